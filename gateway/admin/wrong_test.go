package admin

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Wrong credentials are counted under a pseudonym that lives a day. // R7
func TestWrongForgetsWho(t *testing.T) {
	from, now := netip.MustParsePrefix("203.0.113.9/32"), time.Now()
	w := newWrong()
	for range wrongMost {
		_, ok := w.add(from, now)
		require.True(t, ok)
	}
	_, ok := w.add(from, now)
	require.False(t, ok)
	_, ok = w.add(netip.MustParsePrefix("203.0.113.10/32"), now)
	require.True(t, ok, "a neighbour")
	require.Len(t, w.counts, 2)
	require.NotContains(t, fmt.Sprintf("%+v", w), "203.0")
	before := w.seed
	_, ok = w.add(from, now.Add(wrongSeed))
	require.True(t, ok)
	require.Len(t, w.counts, 1)
	require.NotEqual(t, before, w.seed)
}

// A flood of addresses shares one count when there is room for no more, and
// does not have all of them looked through each time. // R7
func TestWrongFlood(t *testing.T) {
	w, now := newWrong(), time.Now()
	address := func(i int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
	}
	for i := range wrongKept {
		w.add(address(i), now)
	}
	for i := range wrongMost {
		_, ok := w.add(address(wrongKept+i), now)
		require.True(t, ok)
	}
	swept := w.swept
	require.Equal(t, now, swept)
	_, ok := w.add(address(wrongKept+wrongMost), now.Add(wrongRest/2))
	require.False(t, ok, "they share one")
	require.Equal(t, swept, w.swept)
	require.LessOrEqual(t, len(w.counts), wrongKept+1)
	_, ok = w.add(address(wrongKept), now.Add(wrongTime))
	require.True(t, ok)
	require.Len(t, w.counts, 1, "those that are over are forgotten")
}

package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// current are the goroutines of now, which are nobody's leak.
func current() goleak.Option { return readable(goleak.IgnoreCurrent) }

// noneLeft looks for goroutines that were left.
func noneLeft(t *testing.T, ignore goleak.Option) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	var left error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); { // a loaded machine is slow to end things
		if left = readable(func() error { return goleak.Find(ignore) }); left == nil {
			return
		}
	}
	t.Error(left)
}

// readable looks again while goleak cannot read what it sees. The runtime cuts
// a stack of more than 100 calls in the middle and writes "...56 frames
// elided..." there; goleak 1.3 takes that for a function without a name and
// panics. A goroutine is rarely so deep, and not for long.
func readable[T any](look func() T) T {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		seen, cut := caught(look)
		if cut == nil {
			return seen
		}
		if !strings.Contains(fmt.Sprint(cut), "frames elided") || time.Now().After(end) {
			panic(cut)
		}
	}
}

func caught[T any](look func() T) (seen T, cut any) {
	defer func() { cut = recover() }()
	return look(), nil
}

// A test that runs beside another is not failed by how deep that one is at the
// moment.
func TestDeepStackIsNoLeak(t *testing.T) {
	deep, up, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var down func(calls int)
	down = func(calls int) {
		if calls > 0 {
			down(calls - 1)
			return
		}
		close(deep)
		<-up
	}
	go func() { defer close(ended); down(156) }()
	<-deep
	_, cut := caught(goleak.IgnoreCurrent)
	require.Contains(t, fmt.Sprint(cut), "frames elided", "goleak reads a deep stack by now: readable is not needed")
	time.AfterFunc(20*time.Millisecond, func() { close(up) })
	ignore := current()
	<-ended
	noneLeft(t, ignore)
	require.PanicsWithValue(t, "another", func() { readable(func() int { panic("another") }) })
}

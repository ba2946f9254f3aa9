package gateway

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// However many files one tenant sends, another finds a place; what is given
// back can be taken again.
func TestUploadsAreShared(t *testing.T) {
	var u uploads
	fill := func(tenant string) (n int) {
		for u.take(tenant) {
			n++
		}
		return n
	}
	require.Equal(t, mostUploads/2, fill("acme"))
	got := fill("globex")
	require.Equal(t, mostUploads/4, got)
	for i := range 2 {
		require.True(t, u.take(fmt.Sprint("small-", i)), "tenant %d finds none", i)
	}
	u.give("globex")
	require.True(t, u.take("globex") || u.take("initech"))
	for tenant, n := range u.of {
		for range n {
			u.give(tenant)
		}
	}
	require.Zero(t, u.taken)
	require.Empty(t, u.of)
	require.Equal(t, mostUploads/2, fill("acme"))
}

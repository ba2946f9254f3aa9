package knowledge

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Pages that are too much together are asked for no more often than pages that
// cannot be read, and their servers are left alone as they ask.
func TestTooMuchIsNotAskedForAgain(t *testing.T) {
	w := newWeb(t)
	w.put("/a", typed("text/plain", strings.Repeat("The library opens at nine. ", 30_000)))
	w.put("/b", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "3600")
		rw.WriteHeader(http.StatusServiceUnavailable)
	})
	addresses := []string{w.URL + "/b"}
	for i := range MaxWords/150_000 + 1 {
		path := "/a?" + strings.Repeat("x", i+1)
		w.put(path, typed("text/plain", strings.Repeat("The library opens at nine. ", 30_000)))
		addresses = append(addresses, w.URL+path)
	}
	b := pages(t, true, addresses...)
	b.round(t.Context())
	require.Contains(t, b.State().Mistake, "is beyond the first")
	require.Len(t, w.requests(), len(addresses))
	require.False(t, b.due(time.Now()))
	b.round(t.Context())
	require.Len(t, w.requests(), len(addresses), "asked for again at once")
	require.False(t, b.items[0].page.due(time.Now().Add(59*time.Minute), time.Hour), "it wants to be left alone")
	require.True(t, b.items[1].page.due(time.Now().Add(retryFirst), time.Hour), "and a smaller one is soon seen")
	require.Empty(t, b.items[1].page.etag)
}

package admin

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The overview names the servers behind the avatars that do not answer, of
// one's own tenant, and since when.
func TestSilentServers(t *testing.T) {
	w := newWorld(t)
	since := time.Date(2026, 11, 26, 10, 42, 0, 0, time.FixedZone("here", 3600))
	w.options.Servers = func(tenantID string) []Server {
		require.Equal(t, "acme", tenantID)
		return []Server{{Kind: "model", Name: "Example models", Since: since, Code: "backend_timeout", Rests: true}}
	}
	var seen overviewAnswer
	w.ask("acme admin", "GET", "overview", "").into(t, &seen)
	require.Equal(t, []serverAnswer{{Kind: "model", Name: "Example models", Since: since.UTC(), Code: "backend_timeout", Rests: true}}, seen.Servers)

	w.options.Servers = nil
	w.ask("acme admin", "GET", "overview", "").into(t, &seen)
	require.Empty(t, seen.Servers)
}

package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// Who has no good credential uses up what its address may ask for, and not
// what an admin behind the same address may.
func TestAdminBesideAFlood(t *testing.T) {
	dir, err := tenant.NewDirectory(nil)
	require.NoError(t, err)
	s := New(Options{Directory: dir})
	t.Cleanup(s.Close)
	s.MountAdmin(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }),
		func(r *http.Request) string {
			secret := r.Header.Get("Authorization")
			if !strings.HasPrefix(secret, "Bearer good") {
				return ""
			}
			return secret
		})
	h := s.Handler()
	ask := func(secret string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/admin/whoami", nil)
		r.RemoteAddr = "192.0.2.7:1000"
		r.Header.Set("Authorization", secret)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for _, secret := range []string{"", "Bearer good 1", "Bearer good 2"} {
		const tries = 5 * adminBurst // 20 a second come back meanwhile
		passed := 0
		for range tries {
			code := ask(secret)
			if code == http.StatusTooManyRequests {
				break
			}
			require.Equal(t, http.StatusNoContent, code)
			passed++
		}
		require.GreaterOrEqual(t, passed, adminBurst, "credential %q", secret)
		require.Less(t, passed, tries, "credential %q is not limited", secret)
	}
	passed := 0
	for i := range 2 * adminBurst {
		if ask("Bearer wrong "+strings.Repeat("x", i)) != http.StatusTooManyRequests {
			passed++
		}
	}
	require.Less(t, passed, adminBurst, "each wrong credential is counted by itself")
}

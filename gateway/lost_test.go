package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Who looks for what is not there is told so in a page under the policy of
// every page, which says nothing of what was asked; a program is told as ever.
func TestLost(t *testing.T) {
	s := newRig(t, &scripted{}, nil).server
	get := func(method, at, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, at, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w
	}
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	policy := get("GET", "/me", browser).Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	for _, at := range []string{"/?tenant=zanzibar", "/zanzibar", "/zanzibar/../b", "/assets/zanzibar.js", "/assets"} {
		w := get("GET", at, browser)
		require.Equal(t, http.StatusNotFound, w.Code, at)
		require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"), at)
		require.Equal(t, policy, w.Header().Get("Content-Security-Policy"), at)
		require.Contains(t, w.Header().Values("Vary"), "Accept", at)
		require.Contains(t, w.Body.String(), "lost-title", at)
		require.NotContains(t, w.Body.String(), "zanzibar", at)
		require.Empty(t, get("HEAD", at, browser).Body.String(), at)
		for _, other := range []*httptest.ResponseRecorder{get("GET", at, "*/*"), get("GET", at, "application/json"), get("POST", at, browser)} {
			require.NotContains(t, other.Body.String(), "<html", at)
			require.GreaterOrEqual(t, other.Code, 400, at)
		}
	}
	require.True(t, strings.HasPrefix(get("GET", "/?tenant=zanzibar", "*/*").Body.String(), `{"error":`))
	require.NotContains(t, get("GET", "/v1/me", browser).Body.String(), "lost-title", "an address that there is answers by itself")
}

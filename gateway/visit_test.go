package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// What a browser calls itself becomes two words of closed lists, whatever is
// in it. // R8
func TestDeviceIsTwoWords(t *testing.T) {
	e := newEdge(nil)
	for agent, want := range map[string]visit{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                            {otherwise, "chrome", "desktop"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0":              {otherwise, "edge", "desktop"},
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                     {otherwise, "firefox", "desktop"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1":    {otherwise, "safari", "phone"},
		"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1":      {otherwise, "chrome", "tablet"},
		"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36": {otherwise, "samsung", "phone"},
		"Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                             {otherwise, "chrome", "tablet"},
		"": {otherwise, otherwise, otherwise}, "openai-node/4.52": {otherwise, otherwise, otherwise},
		"a canary of a person\r\nX: y":                {otherwise, otherwise, otherwise},
		strings.Repeat("x", mostAgent) + " Firefox/1": {otherwise, otherwise, otherwise},
	} {
		require.Equal(t, want, e.visit(&http.Request{Header: http.Header{"User-Agent": {agent}}}), agent)
	}
}

// The country is what a believed proxy says in the header that was named, a
// code of ISO 3166, and nothing else. // R7
func TestCountryIsTheProxys(t *testing.T) {
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(countries))), 249)
	e := newEdge([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	e.countryHeader = "Cf-Ipcountry"
	from := func(e *edge, peer string, header ...string) string {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}
		return e.visit(&http.Request{RemoteAddr: peer, Header: h}).country
	}
	require.Equal(t, "DE", from(e, "10.1.1.1:5", "CF-IPCountry", "DE"))
	for _, odd := range []string{"", "de", "XX", "T1", "DEU", "D\n", "Germany", "203.0.113.9", strings.Repeat("DE", 1000)} {
		require.Equal(t, otherwise, from(e, "10.1.1.1:5", "CF-IPCountry", odd), odd)
	}
	require.Equal(t, otherwise, from(e, "203.0.113.9:5", "CF-IPCountry", "DE"), "a stranger says so")
	require.Equal(t, otherwise, from(e, "10.1.1.1:5", "X-Country", "DE"), "another header")
	require.Equal(t, otherwise, from(newEdge(e.proxies), "10.1.1.1:5", "Cf-Ipcountry", "DE"), "no header was named")
}

// Where no proxy says it, the country is what the database has of the address:
// of the person and not of the proxy, of an IPv6 address by its /64. What is on
// no list is other. // R7
func TestCountryIsLookedUp(t *testing.T) {
	e := newEdge([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	e.countryHeader = "X-Country"
	var asked []string
	e.country = func(a netip.Addr) string {
		asked = append(asked, a.String())
		return map[string]string{"203.0.113.9": "DE", "2001:db8:1:2::": "SE", "198.51.100.1": "Germany 198.51.100.1"}[a.String()]
	}
	from := func(peer string, header ...string) string {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Add(header[i], header[i+1])
		}
		return e.visit(&http.Request{RemoteAddr: peer, Header: h}).country
	}
	require.Equal(t, "DE", from("203.0.113.9:5"))
	require.Equal(t, "DE", from("10.1.1.1:5", "X-Forwarded-For", "192.0.2.1, 203.0.113.9"))
	require.Equal(t, "SE", from("[2001:db8:1:2:3:4:5:6]:5"))
	require.Equal(t, otherwise, from("192.0.2.7:5"), "not in it")
	require.Equal(t, otherwise, from("198.51.100.1:5"), "no code")
	require.Equal(t, []string{"203.0.113.9", "203.0.113.9", "2001:db8:1:2::", "192.0.2.7", "198.51.100.1"}, asked)
	asked = nil
	require.Equal(t, "FR", from("10.1.1.1:5", "X-Country", "FR", "X-Forwarded-For", "203.0.113.9"), "the proxy said so")
	require.Equal(t, otherwise, from("@"), "a socket has no address")
	require.Empty(t, asked)
	require.Equal(t, "DE", from("203.0.113.9:5", "X-Country", "FR"), "a stranger says so")
}

// A session counts once where it began and with what; a refused one does not.
// No figure has the address or the browser's own name. // R7 R8 R34
func TestVisitsAreCounted(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) {
		o.TrustedProxies, o.CountryHeader = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, "X-Country"
	})
	h := r.bearer()
	h.Set("X-Country", "FR")
	h.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 canary")
	ws, _, err := r.dial(h, "")
	require.NoError(t, err)
	defer ws.Close()
	h.Set("Authorization", "Bearer wrong")
	_, _, err = r.dial(h, "")
	require.Error(t, err)
	figures := httptest.NewRecorder()
	r.server.Metrics().ServeHTTP(figures, httptest.NewRequest("GET", "/metrics", nil))
	text := figures.Body.String()
	require.Contains(t, text, `mayfly_sessions_by_country_total{country="FR"} 1`+"\n")
	require.Contains(t, text, `mayfly_sessions_by_device_total{family="firefox",form="desktop"} 1`+"\n")
	require.Equal(t, 1, strings.Count(text, "mayfly_sessions_by_country_total{"))
	require.NotContains(t, text, "canary")
	require.NotContains(t, text, "127.0.0.1")
}

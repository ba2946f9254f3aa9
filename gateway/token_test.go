package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// mutations are what somebody makes of a good credential.
func mutations(good string) map[string]string {
	prefix, rest, _ := strings.Cut(good, "_")
	raw, _ := base64.RawURLEncoding.DecodeString(rest)
	sum := sha256.Sum256([]byte(good))
	swap := func(i int) string {
		b := []byte(good)
		if b[i] ^= 1; b[i] == good[i] {
			panic("nothing changed")
		}
		return string(b)
	}
	m := map[string]string{
		"a letter less":               good[:len(good)-1],
		"half of it":                  good[:len(good)/2],
		"the prefix alone":            prefix + "_",
		"without the prefix":          rest,
		"a letter more":               good + "A",
		"itself twice":                good + good,
		"in capitals":                 strings.ToUpper(good),
		"in small letters":            strings.ToLower(good),
		"padded":                      good + "=",
		"padded twice":                good + "==",
		"percent-encoded":             strings.ReplaceAll(good, "_", "%5F"),
		"in quotes":                   `"` + good + `"`,
		"in brackets":                 "<" + good + ">",
		"with a space inside":         good[:8] + " " + good[8:],
		"with a tab inside":           good[:8] + "\t" + good[8:],
		"with a comma":                good + ",",
		"with a semicolon":            good + ";x=y",
		"after another scheme":        "Bearer " + good,
		"of another alphabet":         prefix + "_" + base64.RawStdEncoding.EncodeToString(append([]byte{0xfb, 0xff}, raw[2:]...)),
		"in hexadecimal":              prefix + "_" + hex.EncodeToString(raw),
		"of zeros":                    prefix + "_" + base64.RawURLEncoding.EncodeToString(make([]byte, len(raw))),
		"its hash in hexadecimal":     hex.EncodeToString(sum[:]),
		"its hash under its prefix":   prefix + "_" + base64.RawURLEncoding.EncodeToString(sum[:]),
		"a client secret's prefix":    "ek-" + rest,
		"an API key's prefix":         "sk-proj-" + rest,
		"a resume token's prefix":     "rt-" + rest,
		"a web token without a key":   "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhY21lIn0.",
		"a query":                     "' OR 1=1 --",
		"a path":                      "../../" + good,
		"letters of another alphabet": strings.ReplaceAll(good, "_", "\u02cd"),
		"of 512 bytes":                strings.Repeat("a", 512),
		"of 513 bytes":                strings.Repeat("a", 513),
		"of 8,000 bytes":              good + strings.Repeat("a", 8000),
		"a star":                      "*",
		"null":                        "null",
	}
	for _, i := range []int{0, 1, 3, 10, 20, len(good) - 2, len(good) - 1} {
		m[fmt.Sprintf("with letter %d changed", i)] = swap(i)
	}
	for _, p := range []string{"ek", "rt", "mf"} {
		if p != prefix {
			m["as "+p] = p + "_" + rest
		}
	}
	return m
}

// Every credential that is not good is refused with the same bytes, whatever
// it was made of and whatever is wrong with it, for HTTP and for upgrades. // R74
func TestMutatedCredentials(t *testing.T) {
	r := newRig(t, &scripted{}, nil).unlimited()
	single := r.secret(`{"avatar":{"single_use":true}}`)
	status, _ := r.knock(http.Header{"Authorization": {"Bearer " + single}})
	require.Equal(t, 101, status)
	c := r.connect()
	c.aware("text")
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	now := time.Now()
	expired, err := r.server.tokens.Issue(now.Add(-time.Hour), Grant{Tenant: "acme", Avatar: "lumen", Expires: now.Add(-time.Second)})
	require.NoError(t, err)
	foreign, err := r.server.tokens.Issue(now, Grant{Tenant: "gone", Avatar: "lumen", Expires: now.Add(time.Hour)})
	require.NoError(t, err)

	all := map[string]string{"used up": single, "expired": expired, "of a tenant that is gone": foreign}
	for kind, good := range map[string]string{"key": r.key, "secret": r.secret(`{}`), "resume token": token} {
		for name, s := range mutations(good) {
			all[kind+", "+name] = s
		}
	}
	var first string
	n := 0
	for name, s := range all {
		for _, path := range []string{"/v1/realtime/ice-servers", "/v1/realtime"} {
			lines := []string{
				"GET " + path + " HTTP/1.1", "Host: gateway.example", "Authorization: Bearer " + s,
				"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
			}
			w, res := r.knockRaw([]byte(strings.Join(lines, "\r\n") + "\r\n\r\n"))
			b, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			_ = w.Close()
			require.Equal(t, 401, res.StatusCode, name)
			res.Header.Del("Date")
			got := fmt.Sprint(res.Header, string(b))
			if first == "" {
				first = got
			}
			require.Equal(t, first, got, name)
			n++
		}
	}
	t.Logf("n = %d refusals, all alike", n)
}

// Wherever a credential may stand, it is taken from there and from nowhere
// else, and it is never said back. // R74
func TestWhereCredentialsStand(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	for name, c := range map[string]struct {
		query string
		h     http.Header
		want  int
	}{
		"in the query":                        {"?api_key=" + r.key, http.Header{}, 401},
		"in the query as a token":             {"?access_token=" + r.key + "&token=" + r.key, http.Header{}, 401},
		"in a cookie":                         {"", http.Header{"Cookie": {"token=" + r.key}}, 401},
		"as a password":                       {"", http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+r.key))}}, 401},
		"without a scheme":                    {"", http.Header{"Authorization": {r.key}}, 401},
		"after the scheme in small letters":   {"", http.Header{"Authorization": {"bearer " + r.key}}, 101},
		"good in the protocol, bad in header": {"", http.Header{"Authorization": {"Bearer x"}, "Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key." + r.key}}, 401},
	} {
		ws, res, err := r.dial(c.h, c.query)
		if err == nil {
			ws.Close()
		}
		require.Equal(t, c.want, res.StatusCode, name)
		for k, v := range res.Header {
			require.NotContains(t, strings.Join(v, ""), r.key, k)
		}
	}
}

// 500 people behind one address, each with a secret of their own, are all let
// in within a minute, over real sockets and with the limits that are used. So
// are 500 visitors of the public page. // R75
func TestFiveHundredBehindOneAddress(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) { o.PublicURL = "https://page.example" })
	start := time.Now()
	page := http.Header{"Origin": {"https://page.example"}, "Sec-Fetch-Site": {"same-origin"}}
	for i := range 500 {
		var h http.Header
		if i%2 == 0 {
			status, _, e := r.post("/v1/avatar/token", page, `{}`)
			require.Equal(t, 200, status, e)
			h = http.Header{"Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key." + e["value"].(string)}, "Origin": {"https://page.example"}}
		} else {
			h = http.Header{"Authorization": {"Bearer " + r.secret(`{}`)}}
		}
		ws, res, err := r.dial(h, "")
		if err != nil {
			t.Fatalf("person %d: %v %v", i, err, res)
		}
		watch(t, ws)
	}
	took := time.Since(start)
	t.Logf("n = 500 sessions behind 127.0.0.1 in %v", took.Round(time.Millisecond))
	require.Less(t, took, time.Minute)
}

// Each limit at the door, exactly at it and one more: by token first, by
// tenant, by address last, so that whoever is greedy uses up his own and not
// what others share. // R75
func TestLimitsAtTheirBorders(t *testing.T) {
	now := time.Now()
	from := netip.MustParsePrefix("192.0.2.1/32")
	count := func(most int, ask func(i int) bool) int {
		for i := range most {
			if !ask(i) {
				return i
			}
		}
		return most
	}
	key := func(i int) [32]byte { return [32]byte{byte(i), byte(i >> 8), 1} }
	who := func(tenantID string, i int) *caller {
		return &caller{tenant: &tenant.Tenant{ID: tenantID}, key: key(i)}
	}
	start := func(e *edge, c *caller, from netip.Prefix) bool { _, ok := e.admit(now, c, from); return ok }

	e := newEdge(nil)
	require.Equal(t, startsTokenBurst, count(100, func(int) bool { return start(e, who("a", 0), from) }), "one token")
	_, ok := e.admit(now.Add(999*time.Millisecond), who("a", 0), from)
	require.False(t, ok)
	_, ok = e.admit(now.Add(time.Second), who("a", 0), from)
	require.True(t, ok, "one a second after them")

	e = newEdge(nil)
	for range 5000 {
		start(e, who("a", 0), from) // a greedy token
	}
	require.Equal(t, startsAddressHeap-startsTokenBurst, count(5000, func(i int) bool { return start(e, who("b", i+1), from) }),
		"what the greedy token was refused did not count for its address")

	e = newEdge(nil)
	address := func(i int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
	}
	require.Equal(t, startsTenantHeap, count(5000, func(i int) bool { return start(e, who("a", i), address(i)) }), "one tenant")
	require.True(t, start(e, who("b", 6000), address(6000)), "another has its own")

	page := newEdge(nil).page
	require.Equal(t, pageTokenBurst, count(5000, func(int) bool { _, ok := page.allow(now, from); return ok }))

	l := newKeyedLimiter[int](1, 1, 3) // three keys are known; those beyond share one bucket
	require.Equal(t, 4, count(10, func(i int) bool { _, ok := l.allow(now, i); return ok }))
	_, ok = l.allow(now.Add(time.Second), 9)
	require.True(t, ok)
	require.LessOrEqual(t, len(l.buckets), 3, "a flood of keys costs no memory")
}

// Who has to wait is told how long, in whole seconds. // R75
func TestRetryAfter(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	for range startsTokenBurst {
		status, _ := r.knock(r.bearer())
		require.Equal(t, 101, status)
	}
	answer := r.ask("GET", "/v1/realtime", http.Header{
		"Authorization": {"Bearer " + r.key}, "Upgrade": {"websocket"}, "Connection": {"Upgrade"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}, nil)
	require.Equal(t, 429, answer.status)
	require.Equal(t, "rate_limit_exceeded", parse(t, answer.body).at("error", "code"))
	require.Regexp(t, `^[1-4]$`, answer.header.Get("Retry-After"))
}

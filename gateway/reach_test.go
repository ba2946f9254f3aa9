package gateway

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// withRelays are servers of every kind: for all, for the tenant of the rig,
// and for another.
func withRelays(o *Options, _ *tenant.Tenant) {
	o.Relays = []rtc.Relay{
		{URLs: []string{"stun:stun.example:3478"}},
		{URLs: []string{"turns:turn.example:443?transport=tcp", "turn:turn.example:3478"}, Secret: []byte("shared")},
		{URLs: []string{"turn:own.example:3478"}, Username: "fixed", Credential: []byte(`a"b\c`), Tenants: []string{"acme"}},
		{URLs: []string{"turn:theirs.example:3478"}, Secret: []byte("not yours"), Tenants: []string{"beta"}},
	}
}

// STUN and TURN servers are handed out with credentials that end with the
// tenant's longest session, to whoever may open one and to nobody else, and
// never those of another tenant. // R74
func TestICEServers(t *testing.T) {
	const path = "/v1/realtime/ice-servers"
	for name, c := range map[string]struct{ set, life time.Duration }{
		"unless it is said, an hour": {0, time.Hour},
		"ten minutes":                {10 * time.Minute, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, &scripted{}, nil, withRelays, func(_ *Options, t *tenant.Tenant) { t.Limits.SessionTime = c.set })
			require.Equal(t, 401, r.ask("GET", path, nil, nil).status)
			names := map[string]bool{}
			for range 2 {
				answer := r.ask("GET", path, http.Header{"Authorization": {"Bearer " + r.secret(`{}`)}}, nil)
				require.Equal(t, 200, answer.status)
				require.Equal(t, "no-store", answer.header.Get("Cache-Control"))
				e := parse(t, answer.body)
				servers := e["ice_servers"].([]any)
				require.Len(t, servers, 3)
				stun, turn := servers[0].(map[string]any), servers[1].(map[string]any)
				require.NotContains(t, stun, "credential")
				ends, name, _ := strings.Cut(turn["username"].(string), ":")
				at, err := strconv.ParseInt(ends, 10, 64)
				require.NoError(t, err)
				require.WithinDuration(t, time.Now().Add(c.life+time.Minute), time.Unix(at, 0), 15*time.Second, "the session and its resume")
				require.EqualValues(t, at, e["expires_at"])
				require.False(t, names[name], "a name that comes twice can be followed")
				names[name] = true
				mac := hmac.New(sha1.New, []byte("shared"))
				mac.Write([]byte(turn["username"].(string)))
				require.Equal(t, base64.StdEncoding.EncodeToString(mac.Sum(nil)), turn["credential"])
				for _, not := range []string{"shared", "theirs", "not yours"} {
					require.NotContains(t, answer.body, not)
				}
			}
		})
	}
}

// The answer to a call names them too, as WHIP has it, and pages on the list
// may read that.
func TestCallNamesRelays(t *testing.T) {
	r := newRig(t, &scripted{}, tone{}, withMedia(t), withRelays)
	_, answer := r.call(listener, "")
	require.Equal(t, 201, answer.status)
	links := answer.header.Values("Link")
	require.Len(t, links, 4)
	require.Equal(t, `<stun:stun.example:3478>; rel="ice-server"`, links[0])
	require.Regexp(t, `^<turns:turn\.example:443\?transport=tcp>; rel="ice-server"; username="\d+:\w{16}"; credential="[A-Za-z0-9+/]{27}="; credential-type="password"$`, links[1])
	require.Equal(t, `<turn:own.example:3478>; rel="ice-server"; username="fixed"; credential="a\"b\\c"; credential-type="password"`, links[3])
	require.NotContains(t, strings.Join(links, " "), "theirs")
	h := r.bearer()
	h.Set("Origin", r.origin)
	require.Contains(t, r.ask("OPTIONS", callsPath, h, nil).header.Get("Access-Control-Expose-Headers"), "Link")
}

// What cannot be read in a header is not put there.
func TestLinksArePlain(t *testing.T) {
	for _, credential := range []string{"a\r\nSet-Cookie: x", "ü", "\x7f"} {
		servers, _ := (&Server{options: Options{Relays: []rtc.Relay{{URLs: []string{"turn:t"}, Username: "u", Credential: []byte(credential)}}}}).relaysOf(&tenant.Tenant{}, time.Now())
		require.Len(t, servers, 1)
		require.Empty(t, iceLinks(servers))
	}
}

// What there is to try is said without a credential, over HTTP and through a
// WebSocket. It begins no session, hands out nothing that opens a relay, and
// names no server that is for some tenants only. // R74
func TestReach(t *testing.T) {
	r := newRig(t, &scripted{}, nil, withMedia(t), withRelays)
	want := `{"media":["127.0.0.1:` + strconv.Itoa(int(r.server.options.Media.Port())) + `"],"relays":["stun:stun.example:3478","turns:turn.example:443?transport=tcp","turn:turn.example:3478"]}`
	answer := r.ask("GET", "/v1/reach", nil, nil)
	require.Equal(t, 200, answer.status)
	require.JSONEq(t, want, answer.body)

	d := websocket.Dialer{Subprotocols: []string{"realtime"}}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(r.http.URL, "http")+"/v1/reach", nil)
	require.NoError(t, err)
	defer ws.Close()
	require.Equal(t, "realtime", ws.Subprotocol())
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte("x")))
	_, message, err := ws.ReadMessage()
	require.NoError(t, err)
	require.JSONEq(t, want, string(message))
	_, _, err = ws.ReadMessage()
	require.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), err)

	require.Zero(t, r.facts.Count(session.SessionStarted))
	require.Zero(t, r.server.Sessions())
}

// Nobody holds it open: a silent WebSocket ends by itself, a large message
// ends it, and one address may ask so often only. // R75
func TestReachIsBounded(t *testing.T) {
	alongside(t)
	r := newRig(t, &scripted{}, nil)
	url := "ws" + strings.TrimPrefix(r.http.URL, "http") + "/v1/reach"
	silent, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	defer silent.Close()
	large, _, err := websocket.DefaultDialer.Dial(url, nil)
	require.NoError(t, err)
	defer large.Close()
	require.NoError(t, large.WriteMessage(websocket.TextMessage, make([]byte, reachMessage+1)))
	for _, ws := range []*websocket.Conn{large, silent} {
		require.NoError(t, ws.SetReadDeadline(time.Now().Add(reachTime+20*time.Second)))
		_, _, err = ws.ReadMessage()
		require.Error(t, err)
		require.NotContains(t, err.Error(), "timeout", "the gateway ends it")
	}

	r.server.edge.reach = newKeyedLimiter[netip.Prefix](.01, 3, 10)
	statuses := map[int]int{}
	for range 10 {
		statuses[r.ask("GET", "/v1/reach", nil, nil).status]++
	}
	require.Equal(t, map[int]int{200: 3, 429: 7}, statuses)
}

package oidctest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// line is a WebSocket, and what came over it.
type line struct {
	t  *testing.T
	ws *websocket.Conn
}

func (g *gateway) dial(path, credential string) *line {
	g.t.Helper()
	ws, answer, err := websocket.DefaultDialer.Dial(strings.Replace(g.url, "http", "ws", 1)+path, http.Header{"Authorization": {"Bearer " + credential}})
	if answer != nil && err != nil {
		g.t.Fatalf("%s: %d", path, answer.StatusCode)
	}
	require.NoError(g.t, err)
	g.t.Cleanup(func() { ws.Close() })
	return &line{g.t, ws}
}

func (l *line) send(m map[string]any) {
	l.t.Helper()
	require.NoError(l.t, l.ws.WriteJSON(m))
}

// until reads up to a message that is as wanted.
func (l *line) until(typ, name string, value any) map[string]any {
	l.t.Helper()
	require.NoError(l.t, l.ws.SetReadDeadline(time.Now().Add(30*time.Second)))
	for {
		var m map[string]any
		require.NoError(l.t, l.ws.ReadJSON(&m), "no %s", typ)
		if m["type"] == typ && (name == "" || m[name] == value) {
			return m
		}
	}
}

// Somebody whom a rule makes an agent signs in, answers at the desk, comes back
// after their line broke with a sign-in of its own, and is out of it the moment
// that their sign-in is ended; another agent does not take up their seat, and
// what an agent's sign-in opens is the desk. // R45 R63 R74
func TestAgentSignsIn(t *testing.T) {
	g, provider := start(t)
	signedIn := func(name string) (*page, string, map[string]any) {
		p := g.open()
		back := provider.signIn(t, p.browser, follow(t, p.browser, p.startURL()).String(), name)
		_, text := p.window(back.String())
		secret, _ := offered(text)
		token, who := p.redeem(secret, "acme")
		require.NotEmpty(t, token, name)
		return p, token, who
	}
	admin, adminToken, _ := signedIn("ada")

	p, token, who := signedIn("fay")
	for _, path := range []string{"tenant", "facts", "keys", "transcripts", "desk"} {
		status, _ := p.ask("GET", path, token, nil)
		require.Equal(t, http.StatusForbidden, status, path)
	}
	agent := g.dial("/v1/agent", token)
	seat := agent.until("ready", "agent", who["key"].(map[string]any)["id"])["seat"]
	agent.send(map[string]any{"type": "available", "name": "Fay"})

	person := g.dial("/v1/realtime?model=ada", g.caller)
	person.send(map[string]any{"type": "session.update", "session": map[string]any{"type": "realtime", "output_modalities": []string{"text"}, "avatar": map[string]any{"version": "1", "acknowledges_disclosure": true}}})
	notice := person.until("avatar.disclosure.presented", "", nil)
	person.send(map[string]any{"type": "avatar.disclosure.acknowledge", "disclosure_id": notice["disclosure_id"]})
	person.until("avatar.state", "state", "listening")
	person.send(map[string]any{"type": "avatar.handoff.request"})
	talk := agent.until("offer", "", nil)["talk"]
	agent.send(map[string]any{"type": "take", "talk": talk})
	asked := person.until("avatar.consent.requested", "", nil)
	person.send(map[string]any{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": map[string]any{"handoff": true}, "method": "click"})
	require.Equal(t, "Fay, Student office", person.until("avatar.handoff.state", "state", "active")["agent"].(map[string]any)["display_name"])
	agent.until("talk.joined", "talk", talk)
	agent.send(map[string]any{"type": "say", "talk": talk, "text": "This is Fay."})
	require.Equal(t, "This is Fay.", person.until("response.output_text.done", "", nil)["text"])

	// The line breaks. Another agent is not the human whom the person agreed to;
	// the same one is, though they signed in anew.
	require.NoError(t, agent.ws.NetConn().Close())
	person.until("avatar.handoff.state", "state", "reconnecting")
	_, other, _ := signedIn("gil")
	stranger := g.dial("/v1/agent", other)
	stranger.send(map[string]any{"type": "return", "seat": seat})
	stranger.until("error", "code", "no_such_seat")
	p, token, _ = signedIn("fay")
	agent = g.dial("/v1/agent", token)
	agent.send(map[string]any{"type": "return", "seat": seat})
	agent.until("talk.joined", "talk", talk)
	person.until("avatar.handoff.state", "state", "active")

	// An admin ends the sign-in.
	began := time.Now()
	status, _ := admin.ask("DELETE", "keys/"+who["key"].(map[string]any)["id"].(string), adminToken, nil)
	require.Less(t, status, 300)
	require.Equal(t, "human_lost", person.until("avatar.handoff.state", "state", "ended")["reason"])
	require.Less(t, time.Since(began), 10*time.Second, "a sign of life is asked for every 15")
	status, _ = p.ask("GET", "whoami", token, nil)
	require.Equal(t, http.StatusUnauthorized, status)
	require.NotContains(t, strings.ToLower(g.Said.String()), "canary")
}

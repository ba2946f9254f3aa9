package gateway

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// A connection that a session has left is not listened to any more, whatever
// it still sends: not in its own name, and not in that of the session. // R74
func TestLeftConnectionIsNotHeard(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	old := r.open() // it answers no close
	defer old.Close()
	old.put(textFrame(`{"type":"session.update","session":{"output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true}}}`))
	token := ""
	for token == "" {
		_, payload, err := old.next()
		require.NoError(t, err)
		token, _ = parse(t, string(payload)).at("avatar", "resume_token").(string)
	}
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + token}, "Sec-Websocket-Protocol": {"mayfly-resume." + token}}, "")
	require.NoError(t, err)
	c := watch(t, ws)
	c.await("avatar.session.ready", 1)
	for range 3 {
		old.put(textFrame(`{"type":"response.cancel","event_id":"ghost"}`))
		time.Sleep(20 * time.Millisecond)
	}
	c.send(event{"type": "response.cancel", "event_id": "mine"})
	require.Equal(t, "mine", c.await("error", 1).at("error", "event_id"))
	require.Equal(t, 1, c.count("error"))
}

// What happened is counted in the sink that stands where the audit log will,
// and nothing that was said is in it.
func TestFactsAreCounted(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"Hello."}}, nil)
	c := r.ready("text")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"transcript"}, "erase_stored": false})
	c.await("avatar.optout.state", 1)
	c.send(event{"type": "avatar.handoff.request", "share_context": false})
	c.await("avatar.handoff.state", 1)
	c.send(event{"type": "avatar.session.end"})
	c.closed()
	require.Eventually(t, func() bool { return r.facts.Count(session.SessionEnded) == 1 }, time.Second, time.Millisecond)
	for kind, n := range map[session.FactKind]int64{
		session.SessionStarted: 1, session.NoticePresented: 1, session.NoticeAcknowledged: 1, session.EngineAsked: 1,
		session.PersonOptedOut: 1, session.SessionEnded: 1, session.ConsentGiven: 0, session.RecordingStarted: 0, session.TurnKept: 0,
	} {
		require.Equal(t, n, r.facts.Count(kind), "kind %d", kind)
	}
}

// A page on the list may ask and read; one that is not may not, and no answer
// is for everybody. // R74 R76
func TestPagesOfOtherOrigins(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	ask := func(method, origin string) http.Header {
		h := r.bearer()
		h["Origin"] = []string{origin}
		return r.ask(method, "/v1/realtime/client_secrets", h, nil).header
	}
	for _, method := range []string{"OPTIONS", "POST"} {
		good := ask(method, r.origin)
		require.Equal(t, r.origin, good.Get("Access-Control-Allow-Origin"))
		require.Contains(t, good.Get("Access-Control-Expose-Headers"), "Location")
		require.Contains(t, good.Values("Vary"), "Origin")
		require.Empty(t, good.Get("Access-Control-Allow-Credentials"))
		require.Empty(t, good.Values("Set-Cookie"))
		for _, origin := range []string{"https://evil.example", "null", "*", "https://page.example.evil.example", "http://page.example", ""} {
			bad := ask(method, origin)
			require.Empty(t, bad.Get("Access-Control-Allow-Origin"), origin)
			require.Empty(t, bad.Get("Access-Control-Allow-Headers"), origin)
		}
	}
	require.Contains(t, ask("OPTIONS", r.origin).Get("Access-Control-Allow-Headers"), "x-openai-agents-sdk")
}

// A browser leaves out the Origin when a page asks its own server: then the
// server's own origin has to be on the list, and bound for a bound secret. // R74
func TestOwnOriginWithoutAHeader(t *testing.T) {
	const path = "/v1/realtime/ice-servers"
	own := newRig(t, &scripted{}, nil)
	mine := *own.server.options.Directory.Tenants()[0]
	mine.Origins = append(mine.Origins, own.http.URL)
	ask := func(credential, site string) int {
		h := http.Header{"Authorization": {"Bearer " + credential}}
		if site != "" {
			h["Sec-Fetch-Site"] = []string{site}
		}
		return own.ask("GET", path, h, nil).status
	}
	require.Equal(t, 403, ask(own.key, "same-origin"), "it is not on the list")
	require.NoError(t, own.server.options.Directory.Replace([]tenant.Tenant{mine}))
	bound := own.secret(`{"avatar":{"origins":["` + own.http.URL + `"]}}`)
	other := own.secret(`{"avatar":{"origins":["https://page.example"]}}`)
	require.Equal(t, 200, ask(own.key, "same-origin"))
	require.Equal(t, 200, ask(bound, "same-origin"))
	require.Equal(t, 403, ask(bound, ""))
	require.Equal(t, 403, ask(bound, "cross-site"))
	require.Equal(t, 403, ask(bound, "none"))
	require.Equal(t, 403, ask(other, "same-origin"))
}

// A secret is for one avatar and the origins it names, makes no other secret,
// and takes only what it may: at the borders of what can be asked. // R74
func TestWhatASecretIsBoundTo(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars = append(tn.Avatars, tenant.Avatar{ID: "second", Name: "Second", Look: "lantern", Languages: []string{"en"}})
	})
	secret := r.secret(`{"session":{"type":"realtime","avatar":{"id":"second","subject":"` + strings.Repeat("s", 128) + `"}}}`)
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + secret}}, "?model=lumen")
	require.NoError(t, err)
	c := watch(t, ws)
	created := c.await("session.created", 1)
	require.Equal(t, "second", created.at("session", "avatar", "id"), "the query does not choose another")
	require.NotContains(t, created.at("session", "avatar"), "subject")
	for name, b := range map[string]struct {
		credential, body, code, param string
		status                        int
	}{
		"a secret of a secret":        {secret, `{}`, "role_not_allowed", "", 403},
		"another's origin":            {r.key, `{"avatar":{"origins":["https://evil.example"]}}`, "invalid_value", "avatar.origins", 400},
		"an avatar that is not there": {r.key, `{"session":{"avatar":{"id":"nobody"}}}`, "avatar_not_found", "session.avatar.id", 404},
		"nine seconds":                {r.key, `{"expires_after":{"anchor":"created_at","seconds":9}}`, "number_out_of_range", "expires_after.seconds", 400},
		"two hours and a second":      {r.key, `{"expires_after":{"anchor":"created_at","seconds":7201}}`, "number_out_of_range", "expires_after.seconds", 400},
		"a subject of 129":            {r.key, `{"session":{"avatar":{"subject":"` + strings.Repeat("s", 129) + `"}}}`, "string_above_max_length", "session.avatar.subject", 400},
		"a body beyond all bounds":    {r.key, strings.Repeat(" ", secretBody+1), "body_too_large", "", 413},
	} {
		status, _, e := r.post("/v1/realtime/client_secrets", http.Header{"Authorization": {"Bearer " + b.credential}}, b.body)
		require.Equal(t, b.status, status, name)
		require.Equal(t, b.code, e.at("error", "code"), name)
		if b.param != "" {
			require.Equal(t, b.param, e.at("error", "param"), name)
		}
		if b.code == "number_out_of_range" {
			require.Equal(t, "A number is out of the range that this field takes. It takes 10 to 7200.", e.at("error", "message"), name)
		}
	}
	for _, seconds := range []int{10, 7200} {
		_, _, e := r.post("/v1/realtime/client_secrets", r.bearer(), `{"expires_after":{"anchor":"created_at","seconds":`+strconv.Itoa(seconds)+`}}`)
		require.InDelta(t, time.Now().Unix()+int64(seconds), e["expires_at"], 3)
	}
	_, _, e := r.post("/v1/realtime/client_secrets", r.bearer(), strings.Repeat(" ", secretBody))
	require.NotEmpty(t, e["value"])
}

// An Idempotency-Key holds for ten minutes, and for who used it.
func TestIdempotencyKeyAtItsBorder(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		h := r.bearer()
		h.Set("Idempotency-Key", "one")
		value := func() any { _, _, e := r.post("/v1/realtime/client_secrets", h, `{}`); return e["value"] }
		first := value()
		require.NotEmpty(t, first)
		pass(answersFor - time.Millisecond)
		require.Equal(t, first, value())
		pass(2 * time.Millisecond)
		require.NotEqual(t, first, value())
	})
}

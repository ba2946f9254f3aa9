package gateway

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// pcm is how many samples an event carries.
func pcm(e event) int {
	b, _ := base64.StdEncoding.DecodeString(e["delta"].(string))
	return len(b) / 2
}

// sound adds up the samples that came so far.
func (c *client) sound() int {
	n := 0
	for _, e := range c.all() {
		if e.typ() == "response.output_audio.delta" {
			n += pcm(e)
		}
	}
	return n
}

// ready connects a client that acknowledged the notice.
func (r *rig) ready(form string) *client {
	r.t.Helper()
	c := r.connect()
	c.acknowledge(c.aware(form))
	return c
}

// A spoken reply: the order of its events, its label first, marks ahead of
// their sound, and sound that never runs further ahead than the lead.
func TestSpokenReply(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"one two three four five six seven eight nine ten."}}, tone{})
	c := r.ready("audio")
	c.text("count")
	start := time.Now()
	c.send(event{"type": "response.create"})
	c.await("response.output_audio.delta", 1)
	time.Sleep(300 * time.Millisecond)
	ahead := time.Duration(c.sound())*time.Second/24000 - time.Since(start)
	require.LessOrEqual(t, ahead, 400*time.Millisecond)
	c.await("response.done", 1)
	require.GreaterOrEqual(t, time.Since(start), 900*time.Millisecond, "it is over when it was heard, and not before")
	c.await("avatar.metrics", 1)
	order := []string{"response.created", "avatar.provenance", "response.output_item.added", "conversation.item.added", "response.content_part.added",
		"response.output_audio_transcript.delta", "avatar.viseme.delta", "response.output_audio.delta", "response.output_audio.done",
		"response.output_audio_transcript.done", "response.content_part.done", "conversation.item.done", "response.output_item.done", "response.done", "avatar.metrics"}
	last := -1
	for _, want := range order {
		at := -1
		for i, typ := range c.types() {
			if typ == want && i > last {
				at = i
				break
			}
		}
		require.Greater(t, at, last, "%s is missing or out of order:\n%v", want, c.types())
		last = at
	}
	require.Equal(t, 50*480, c.sound())
	word := c.await("avatar.word.delta", 2)
	require.Equal(t, "two", word["text"])
	require.EqualValues(t, 80, word["audio_offset_ms"])
	label := c.await("avatar.provenance", 1)
	require.Equal(t, "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia", label["digital_source_type"], "a model's words in a voice of rules")
}

// Interrupted, a reply ends at once: no sound follows, the item is cut to what
// was heard, and the label was there all the same. // R20 R21
func TestInterruption(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{strings.Repeat("word ", 100)}}, tone{})
	c := r.ready("audio")
	c.text("talk")
	c.send(event{"type": "response.create"})
	c.await("response.output_audio.delta", 12)
	c.send(event{"type": "response.cancel", "event_id": "stop"})
	done := c.await("response.done", 1)
	require.Equal(t, "cancelled", done.at("response", "status"))
	require.Equal(t, "client_cancelled", done.at("response", "status_details", "reason"))
	types := c.types()
	time.Sleep(100 * time.Millisecond)
	for _, e := range c.all()[len(types):] {
		require.NotContains(t, []string{"response.output_audio.delta", "response.output_audio_transcript.delta", "avatar.viseme.delta"}, e.typ(), "something came after the end")
	}
	require.Contains(t, types, "avatar.provenance")
	item := done.at("response", "output").([]any)[0].(map[string]any)
	text := item["content"].([]any)[0].(map[string]any)["transcript"].(string)
	require.Equal(t, "incomplete", item["status"])
	require.Less(t, len(text), 500)
	require.InDelta(t, c.sound()/480, len(text), 8, "cut to the words that were let out")
	// The next one works, and a late cancel is no error.
	c.send(event{"type": "response.cancel", "response_id": done.at("response", "id")})
	c.send(event{"type": "response.create"})
	c.await("response.created", 2)
	require.NotContains(t, c.types(), "error")
}

// What an engine says after its turn is over goes nowhere: not to the client,
// and not into the next turn. // B9
func TestLateWordsGoNowhere(t *testing.T) {
	engine := &scripted{sentences: []string{"first"}, late: make(chan struct{})}
	r := newRig(t, engine, nil)
	c := r.ready("text")
	c.send(event{"type": "response.create"})
	c.await("response.output_text.delta", 1)
	c.send(event{"type": "response.cancel"})
	c.await("response.done", 1)
	c.send(event{"type": "response.create"})
	c.await("response.output_text.delta", 2)
	close(engine.late)
	c.await("response.done", 2)
	for _, e := range c.all() {
		if e.typ() == "response.output_text.delta" && e["response_id"] == c.await("response.done", 1).at("response", "id") {
			require.Equal(t, "first", e["delta"])
		}
	}
	require.NotContains(t, c.await("response.output_text.done", 1)["text"], "late")
}

// However an engine fails, its reply ends once, with a code and without a
// word of what it said about it.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		engine *scripted
		code   string
	}{
		"a panic":        {&scripted{crash: true}, "internal_error"},
		"unreachable":    {&scripted{fail: "backend_unreachable"}, "backend_unreachable"},
		"half an answer": {&scripted{sentences: []string{"half"}, fail: "backend_timeout"}, "backend_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.engine, nil)
			cl := r.ready("text")
			cl.send(event{"type": "response.create"})
			done := cl.await("response.done", 1)
			require.Equal(t, "failed", done.at("response", "status"))
			require.Equal(t, c.code, done.at("response", "status_details", "error", "code"))
			cl.send(event{"type": "response.create"})
			cl.await("response.done", 2)
		})
	}
}

// An engine is shown the conversation, oldest first.
func TestHistory(t *testing.T) {
	engine := &scripted{sentences: []string{"yes"}}
	r := newRig(t, engine, nil)
	c := r.ready("text")
	c.text("one")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	c.text("two")
	c.send(event{"type": "response.create"})
	c.await("response.done", 2)
	engine.mu.Lock()
	defer engine.mu.Unlock()
	require.Equal(t, []string{"one", "yes", "two"}, engine.seen)
}

// A lost connection comes back: same conversation, a new token, and the reply
// that was under way is ended where it was. // R12
func TestResume(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"hello", "world"}, hang: true}, nil)
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"transcript"}, "erase_stored": false})
	c.await("avatar.optout.state", 1)
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	c.text("hi")
	c.send(event{"type": "response.create"})
	c.await("response.output_text.delta", 2)
	c.ws.NetConn().Close() // no goodbye
	require.Eventually(t, func() bool { return r.server.Sessions() == 1 }, time.Second, time.Millisecond)

	again := http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}}
	ws, _, err := r.dial(again, "")
	require.NoError(t, err)
	c2 := watch(t, ws)
	require.Equal(t, true, c2.await("avatar.session.ready", 1)["resumed"])
	require.NotEqual(t, token, c2.await("avatar.session.ready", 1).at("avatar", "resume_token"))
	c2.await("conversation.item.done", 2)
	require.Equal(t, []string{"transcript"}, strs(c2.await("avatar.optout.state", 1)["purposes"]), "an opt-out survives")
	require.Equal(t, "hello world", c2.await("conversation.item.done", 2).at("item", "content").([]any)[0].(map[string]any)["text"])
	require.Equal(t, "incomplete", c2.await("conversation.item.done", 2).at("item", "status"))
	c2.send(event{"type": "response.create"})
	c2.await("response.created", 1)
	// Used is used.
	_, res, err := r.dial(again, "")
	require.Error(t, err)
	require.Equal(t, 401, res.StatusCode)
}

// A resume takes a live session over: the old connection is closed first.
func TestResumeTakesOver(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	c := r.connect()
	c.acknowledge(c.aware("text"))
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}}, "")
	require.NoError(t, err)
	c2 := watch(t, ws)
	c2.await("avatar.session.ready", 1)
	code, reason := c.closed()
	require.Equal(t, 1000, code)
	require.Equal(t, "resumed_elsewhere", reason)
	require.Equal(t, 1, r.server.Sessions())
}

// A session of another tenant is not resumed, whoever has its token.
func TestResumeAcrossTenants(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	key, hash := tenant.NewKey()
	other := tenant.Tenant{ID: "other", Keys: []tenant.Key{{Hash: hash}}, Avatars: []tenant.Avatar{{ID: "a"}}}
	mine := *r.server.options.Directory.Tenants()[0]
	require.NoError(t, r.server.options.Directory.Replace([]tenant.Tenant{mine, other}))
	c := r.connect()
	c.aware("text")
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	_, res, err := r.dial(http.Header{"Authorization": {"Bearer " + key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}}, "")
	require.Error(t, err)
	require.Equal(t, 401, res.StatusCode)
}

// The longest session ends with an error that a stock client shows, and a
// normal close.
func TestExpiry(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) { tn.Limits.SessionTime = 300 * time.Millisecond })
	c := r.connect()
	c.await("avatar.session.expiring", 1)
	require.Equal(t, "session_expired", c.await("error", 1).at("error", "code"))
	code, reason := c.closed()
	require.Equal(t, websocket.CloseNormalClosure, code)
	require.Equal(t, "session_expired", reason)
}

// A gateway that stops tells every session, gives it time, and takes no more.
func TestDrain(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	c := r.connect()
	c.await("session.created", 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := contextFor(400 * time.Millisecond)
		defer cancel()
		r.server.Drain(ctx)
	}()
	require.Equal(t, "draining", c.await("avatar.session.expiring", 1)["reason"])
	status, code := r.knock(r.bearer())
	require.Equal(t, 503, status)
	require.Equal(t, "draining", code)
	status, _, answer := r.post("/v1/realtime/client_secrets", r.bearer(), `{}`)
	require.Equal(t, 503, status, "a secret that no session takes")
	require.Equal(t, "draining", answer.at("error", "code"))
	closing, reason := c.closed()
	require.Equal(t, websocket.CloseServiceRestart, closing)
	require.Equal(t, "draining", reason)
	<-done
	require.Zero(t, r.server.Sessions())
}

func strs(v any) []string {
	var out []string
	for _, x := range v.([]any) {
		out = append(out, x.(string))
	}
	return out
}

// A telephone client gets the format that it asked for: 8 kHz, one byte each.
func TestTelephoneSound(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"hello"}}, tone{})
	c := r.connect()
	c.send(event{"type": "session.update", "session": event{"type": "realtime",
		"audio":  event{"output": event{"format": event{"type": "audio/pcmu"}}},
		"avatar": event{"version": "1", "acknowledges_disclosure": true}}})
	c.acknowledge(c.await("avatar.disclosure.presented", 1))
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	b, err := base64.StdEncoding.DecodeString(c.await("response.output_audio.delta", 1)["delta"].(string))
	require.NoError(t, err)
	require.Len(t, b, 160)
}

// A session that began with a single-use secret can be resumed all the same:
// its resume token is credential enough, and only for itself.
func TestResumeWithoutTheSecret(t *testing.T) {
	r := newRig(t, &scripted{}, nil)
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.secret(`{"avatar":{"single_use":true}}`)}}, "")
	require.NoError(t, err)
	c := watch(t, ws)
	c.acknowledge(c.aware("text"))
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	c.ws.NetConn().Close()

	status, code := r.knock(http.Header{"Authorization": {"Bearer " + token}})
	require.Equal(t, 401, status, "it opens no other session")
	require.Equal(t, "invalid_credential", code)
	status, code = r.knock(http.Header{"Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}, "Origin": {"https://evil.example"}})
	require.Equal(t, 403, status)
	require.Equal(t, "origin_not_allowed", code)

	ws, _, err = r.dial(http.Header{"Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}, "Origin": {r.origin}}, "")
	require.NoError(t, err)
	require.Equal(t, true, watch(t, ws).await("avatar.session.ready", 1)["resumed"])
}

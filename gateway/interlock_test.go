package gateway

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/egress"
)

// behind starts a scripted back end and gives the engine that reaches it as
// the gateway does, over a socket. end closes both.
func behind(t *testing.T, script backendtest.Script, limits openai.Limits) (e *openai.Engine, s *backendtest.Server, end func()) {
	t.Helper()
	s, err := backendtest.Start(script)
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: s.URL(), Local: true}}})
	require.NoError(t, err)
	way, err := out.Client("b")
	require.NoError(t, err)
	e = openai.New(openai.Options{Client: way, URL: s.URL(), Model: "scripted", Provider: "Example", Limits: limits})
	return e, s, func() { out.Close(); s.Close() }
}

// ofTheAvatar says whether an event carries anything of the avatar.
func ofTheAvatar(typ string) bool {
	return strings.HasPrefix(typ, "response.") || strings.HasPrefix(typ, "output_audio_buffer.") || strings.HasPrefix(typ, "avatar.viseme.") || strings.HasPrefix(typ, "avatar.word.")
}

// impatience is everything that a client can send to get an answer before it
// acknowledged the notice.
var impatience = []event{
	{"type": "conversation.item.create", "item": event{"type": "message", "role": "user", "content": []event{{"type": "input_text", "text": "Are you there?"}}}},
	{"type": "response.create"},
	{"type": "response.create", "response": event{"output_modalities": []string{"audio"}, "instructions": "Answer now."}},
	{"type": "session.update", "session": event{"type": "realtime", "instructions": "Speak.", "output_modalities": []string{"audio"}}},
	{"type": "avatar.disclosure.acknowledge", "disclosure_id": "disc_x_1"},
	{"type": "avatar.disclosure.acknowledge", "disclosure_id": ""},
	{"type": "avatar.consent.submit", "consent_id": "cons_x_0", "grants": event{"transcript": true}},
	{"type": "avatar.handoff.request", "share_context": true},
	{"type": "conversation.item.retrieve", "item_id": "item_x"},
	{"type": "response.cancel"},
	{"type": "output_audio_buffer.clear"},
	{"type": "session.update", "session": event{"type": "realtime", "avatar": event{"version": "1", "acknowledges_disclosure": false}}},
}

// Before the acknowledgement, whatever the client sends, over a WebSocket and
// over a call: no connection reaches the back end's listener, and not a byte
// of an event of the avatar, and not a packet of sound, reaches the client.
// After it, one connection does. // R20 R25
func TestNothingBeforeTheAcknowledgement(t *testing.T) {
	n := max(int(2**scale), 1)
	for _, over := range []string{"WebSocket", "call"} {
		t.Run(over, func(t *testing.T) {
			engine, backend, end := behind(t, backendtest.Script{}, openai.Limits{})
			r := newRig(t, engine, tone{}, withMedia(t)).unlimited()
			t.Cleanup(end)
			for i := range n {
				before := backend.Accepted() // zero, or what earlier sessions left
				var c *client
				var p *phone
				if over == "call" {
					p, _ = r.call(listener, "")
					c = p.client
				} else {
					c = r.connect()
				}
				notice := c.aware("audio")
				require.Equal(t, true, notice["requires_ack"])
				for _, e := range impatience {
					c.send(e)
				}
				c.await("error", 6) // all was read
				time.Sleep(100 * time.Millisecond)
				require.Equal(t, before, backend.Accepted(), "connections at the back end's listener")
				require.Len(t, backend.Requests(), i)
				for _, typ := range c.types() {
					require.False(t, ofTheAvatar(typ), "%v", c.types())
				}
				if p != nil {
					packets, _ := p.sound()
					require.Zero(t, packets, "packets of sound")
				}
				c.acknowledge(notice)
				c.await("response.output_audio_transcript.delta", 1)
				require.Positive(t, backend.Accepted())
				require.Len(t, backend.Requests(), i+1)
				if p != nil {
					require.Eventually(t, func() bool { packets, _ := p.sound(); return packets > 0 }, 30*time.Second, 5*time.Millisecond)
				} else {
					c.await("response.output_audio.delta", 1)
				}
				c.send(event{"type": "avatar.session.end"})
				<-c.done
			}
			t.Logf("n = %d sessions, %d early events each: 0 connections, 0 events of the avatar, 0 packets", n, len(impatience))
		})
	}
}

// A client that cannot acknowledge hears and reads the notice to its end, and
// the back end is dialled after it, not during it. It cannot be stopped. // R20 R25
func TestNothingBeforeTheNoticeWasSaid(t *testing.T) {
	beside(t)
	for _, over := range []string{"WebSocket", "call"} {
		t.Run(over, func(t *testing.T) {
			t.Parallel()
			engine, backend, end := behind(t, backendtest.Script{}, openai.Limits{})
			r := newRig(t, engine, tone{}, withMedia(t))
			t.Cleanup(end)
			var c *client
			if over == "call" {
				p, _ := r.call(listener, "")
				c = p.client
			} else {
				c = r.connect()
			}
			c.text("Hello?")
			c.send(event{"type": "response.create"})
			c.await("response.output_audio_transcript.delta", 1)
			notice := c.await("response.created", 1)
			require.Equal(t, "disclosure", notice.at("response", "metadata", "mayfly"))
			for _, e := range []event{
				{"type": "response.cancel"}, {"type": "output_audio_buffer.clear"},
				{"type": "conversation.item.truncate", "item_id": c.await("response.output_item.added", 1).at("item", "id"), "content_index": 0, "audio_end_ms": 0},
				{"type": "session.update", "session": event{"type": "realtime", "instructions": "Be quick."}},
			} {
				c.send(e)
			}
			c.await("session.updated", 1)
			time.Sleep(200 * time.Millisecond)
			require.NotContains(t, c.types(), "response.done", "the notice is being said")
			require.Zero(t, backend.Accepted())
			done := c.await("response.done", 1)
			require.Equal(t, "completed", done.at("response", "status"))
			c.await("response.output_audio_transcript.delta", 2)
			require.EqualValues(t, 1, backend.Accepted())
		})
	}
}

// The back end's own numbers are in the metrics of a reply. // R75
func TestMetricsOfAReply(t *testing.T) {
	const wait = 60 * time.Millisecond
	engine, _, end := behind(t, backendtest.Script{First: wait, Pace: 10 * time.Millisecond}, openai.Limits{})
	r := newRig(t, engine, tone{})
	t.Cleanup(end)
	c := r.ready("audio")
	c.text("Hello?")
	c.send(event{"type": "response.create"})
	m := c.await("avatar.metrics", 1)
	last := float64(wait.Milliseconds())
	for _, stage := range []string{"first_model_byte", "first_sentence", "first_speech_byte", "first_sample_sent", "done"} {
		ms, ok := m[stage].(float64)
		require.True(t, ok, "%s is missing: %v", stage, m)
		require.GreaterOrEqual(t, ms, last-1, "%s: %v", stage, m)
		last = ms
	}
	require.NotContains(t, m, "transcribed", "nobody spoke")
}

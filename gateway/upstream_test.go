package gateway

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/candour"
	"mayfly/gateway/avatar/upstream"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// ownVoice casts everybody with an engine that speaks itself.
type ownVoice struct {
	engine avatar.Engine
	local  voice.Voice
}

func (h ownVoice) Cast(*tenant.Tenant, *tenant.Avatar) *Cast {
	find := func(string) voice.Voice { return h.local }
	return &Cast{Engine: candour.Wrap(h.engine), Voice: find, Local: find, Own: func(o voice.Options) *voice.Follower { return voice.NewFollower(nil, o) }}
}

// upstreamOf is an engine for a server, reached as the program reaches one.
func upstreamOf(t *testing.T, r egress.Recipient, model string) *upstream.Engine {
	r.Name, r.Local = "u", true
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{r}})
	require.NoError(t, err)
	socket, err := out.Socket("u")
	require.NoError(t, err)
	base := *r.URL
	base.Path = "/v1"
	return upstream.New(upstream.Options{Socket: socket, URL: &base, Model: model, Provider: "Example"})
}

// overUpstream is a gateway whose engine is a scripted server of the protocol.
func overUpstream(t *testing.T, script upstreamtest.Script, with ...rigOption) (*rig, *upstreamtest.Server) {
	server, err := upstreamtest.Start(script)
	require.NoError(t, err)
	engine := upstreamOf(t, egress.Recipient{URL: server.URL()}, "scripted")
	r := newRig(t, engine, nil, append(with, func(o *Options, _ *tenant.Tenant) { o.Casting = ownVoice{engine, tone{}} })...)
	t.Cleanup(server.Close)
	return r, server
}

// heard is how much sound came in a reply.
func (c *client) heard(response string) time.Duration {
	n := 0
	for _, e := range c.all() {
		if e.typ() == "response.output_audio.delta" && e["response_id"] == response {
			b, err := base64.StdEncoding.DecodeString(e["delta"].(string))
			require.NoError(c.t, err)
			n += len(b) / 2
		}
	}
	return time.Duration(n) * time.Second / voice.Rate
}

// A server that speaks itself is heard through the gateway, with words, a
// mouth and a label; nothing is dialled before the person's yes, and the
// connection ends with the session. R20 R21 R25
func TestUpstreamIsHeard(t *testing.T) {
	r, server := overUpstream(t, upstreamtest.Script{Pieces: []string{"Good morning. ", "How are you?"}})
	c := r.connect()
	notice := c.aware("audio")
	c.text("Hello!")
	c.send(event{"type": "response.create"})
	time.Sleep(50 * time.Millisecond)
	require.Zero(t, server.Accepted(), "nothing is dialled before the yes")
	c.acknowledge(notice)
	done := c.await("response.done", 1)
	require.Equal(t, "completed", done.at("response", "status"))
	id := done.at("response", "id").(string)
	require.Equal(t, "Good morning. How are you?", c.await("response.output_audio_transcript.done", 1)["transcript"])
	require.InDelta(t, (len("Good morning. ")+len("How are you?"))*60, c.heard(id).Milliseconds(), 100)
	require.NotZero(t, c.count("avatar.viseme.delta"))
	require.NotZero(t, c.count("avatar.word.delta"))
	label := c.await("avatar.provenance", 1)
	require.Equal(t, true, label["ai_generated"])
	require.Contains(t, label["digital_source_type"], "trainedAlgorithmicMedia")
	require.EqualValues(t, 1, server.Open())
	c.ws.Close()
	require.Eventually(t, func() bool { return server.Open() == 0 }, 30*time.Second, 5*time.Millisecond)
}

// When the gateway ends a session, its connection to the server ends too.
func TestUpstreamEndsWithTheSession(t *testing.T) {
	r, server := overUpstream(t, upstreamtest.Script{}, func(_ *Options, tn *tenant.Tenant) { tn.Limits.SessionTime = 2 * time.Second })
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.text("Hello!")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	require.EqualValues(t, 1, server.Open())
	c.closed()
	require.Eventually(t, func() bool { return server.Open() == 0 }, 30*time.Second, 5*time.Millisecond)
}

// What a server that speaks itself claims to be is replaced before any of its
// sound is heard, and the avatar's own voice says the rest. R23
func TestUpstreamClaimIsNotHeard(t *testing.T) {
	r, _ := overUpstream(t, upstreamtest.Script{Mode: upstreamtest.Labels})
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	c.text("Who paints these?")
	c.send(event{"type": "response.create"})
	done := c.await("response.done", 1)
	require.Equal(t, "completed", done.at("response", "status"))
	said := c.await("response.output_audio_transcript.done", 1)["transcript"].(string)
	require.NotContains(t, said, "real person")
	require.InDelta(t, len(said)*20, c.heard(done.at("response", "id").(string)).Milliseconds(), 80, "every byte is said by the avatar's own voice, none by the server's")
	for _, e := range c.all() {
		if e.typ() == "avatar.provenance" {
			require.Equal(t, true, e["ai_generated"])
		}
	}
}

// Who interrupts stops the server too, and before the next turn the server
// forgets what was not heard.
func TestUpstreamInterrupted(t *testing.T) {
	r, server := overUpstream(t, upstreamtest.Script{Pieces: []string{strings.Repeat("one and two and three ", 5) + "four. ", strings.Repeat("and on and on ", 10) + "so. "}, Pace: 50 * time.Millisecond})
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	c.text("Tell me.")
	c.send(event{"type": "response.create"})
	c.await("response.output_audio.delta", 15) // more than runs ahead: some of it was heard
	c.send(event{"type": "response.cancel"})
	done := c.await("response.done", 1)
	require.Equal(t, "cancelled", done.at("response", "status"))
	x := server.Sessions()[0]
	require.Eventually(t, func() bool { return len(x.Events("response.cancel")) == 1 }, 30*time.Second, 5*time.Millisecond)
	c.text("And now?")
	c.send(event{"type": "response.create"})
	require.Eventually(t, func() bool { return len(x.Events("response.create")) == 2 }, 30*time.Second, 5*time.Millisecond)
	cut := x.Events("conversation.item.truncate")
	require.Len(t, cut, 1, "%v", x.Events(""))
	heard := c.heard(done.at("response", "id").(string)).Milliseconds()
	require.LessOrEqual(t, int64(cut[0]["audio_end_ms"].(float64)), heard)
	require.NotZero(t, cut[0]["audio_end_ms"])
	require.EqualValues(t, 1, server.Accepted(), "over the same connection")
	c.send(event{"type": "response.cancel"})
}

// A server that is lost in the middle of an answer is an error of a known
// kind; what was heard is not said again, and the next turn is answered.
func TestUpstreamLost(t *testing.T) {
	r, server := overUpstream(t, upstreamtest.Script{Mode: upstreamtest.CutInWord})
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	c.text("Hello!")
	c.send(event{"type": "response.create"})
	done := c.await("response.done", 1)
	require.Equal(t, "failed", done.at("response", "status"))
	require.Equal(t, "backend_unreachable", done.at("response", "status_details", "error", "code"))
	require.EqualValues(t, 1, server.Accepted())
}

// A gateway in front of a gateway: the one in front gives its own notice, its
// own labels and its own interlock; of the one behind, only words and sound
// come through. Several turns go over one connection.
func TestGatewayToGateway(t *testing.T) {
	for _, form := range []string{"text", "audio"} {
		t.Run(form, func(t *testing.T) {
			behind := newRig(t, &scripted{sentences: []string{"I come from behind.", "From far behind."}}, tone{}, func(o *Options, _ *tenant.Tenant) {
				o.Casting = stageHand{&scripted{sentences: []string{"I come from behind.", "From far behind."}}, brief{}}
			})
			engine := upstreamOf(t, egress.Recipient{URL: behind.base(t), Key: func() ([]byte, error) { return []byte(behind.key), nil }}, "lumen")
			front := newRig(t, engine, nil, func(o *Options, _ *tenant.Tenant) { o.Casting = ownVoice{engine, brief{}} })
			c := front.connect()
			c.acknowledge(c.aware(form))
			for turn := range 3 {
				c.text("Hello!")
				c.send(event{"type": "response.create"})
				done := c.await("response.done", turn+1)
				require.Equal(t, "completed", done.at("response", "status"), "%v", done)
				kind := map[string]string{"text": "response.output_text.done", "audio": "response.output_audio_transcript.done"}[form]
				require.Equal(t, "I come from behind. From far behind.", c.await(kind, turn+1)[map[string]string{"text": "text", "audio": "transcript"}[form]])
				if form == "audio" {
					require.NotZero(t, c.heard(done.at("response", "id").(string)))
				}
			}
			require.NotZero(t, engine.Counts().Ignored, "the notice of the gateway behind, its labels and its states")
			require.Equal(t, 1, behind.server.registry.count())
			c.ws.Close()
			require.Eventually(t, func() bool { return behind.server.registry.count() == 0 }, 30*time.Second, 5*time.Millisecond)
		})
	}
}

// brief is a voice that hums 2 ms for every byte, so that notices are short.
type brief struct{ tone }

func (brief) Speak(ctx context.Context, text []byte, _ voice.Options, emit func(voice.Chunk) error) error {
	for range (len(text) + 19) / 20 {
		if err := emit(voice.Chunk{PCM: make([]int16, voice.Rate/25)}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// base is where a gateway is, as a base URL without its path.
func (r *rig) base(t *testing.T) *url.URL {
	u, err := url.Parse(r.http.URL)
	require.NoError(t, err)
	return u
}

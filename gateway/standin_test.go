package gateway

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/fallback"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
)

// brisk are deadlines under which every misbehaviour ends soon.
var brisk = deadline.Limits{Connect: 2 * time.Second, First: 900 * time.Millisecond, Idle: 900 * time.Millisecond, Total: 4 * time.Second}

func briskLimits() openai.Limits { return limitsOf(brisk) }

// ample are deadlines that no machine is too busy for: those of a server that
// works.
var ample = deadline.Limits{Connect: 20 * time.Second, First: 20 * time.Second, Idle: 20 * time.Second, Total: time.Minute}

func limitsOf(l deadline.Limits) openai.Limits {
	return openai.Limits{Connect: l.Connect, First: l.First, Idle: l.Idle, Total: l.Total}
}

// servers starts scripted back ends, and gives the engine that asks one after
// the other over real sockets, as the program makes it.
func servers(t *testing.T, scripts ...backendtest.Script) (e *fallback.Engine, of []*tenant.BackEnd, running []*backendtest.Server, end func()) {
	t.Helper()
	var to []egress.Recipient
	for i, script := range scripts {
		s, err := backendtest.Start(script)
		require.NoError(t, err)
		running = append(running, s)
		of = append(of, &tenant.BackEnd{URL: s.URL(), Model: fmt.Sprint("model ", i), Name: fmt.Sprint("Provider ", i)})
		to = append(to, egress.Recipient{Name: fmt.Sprint(i), URL: s.URL(), Local: true})
	}
	out, err := egress.New(egress.Options{Recipients: to})
	require.NoError(t, err)
	var links []fallback.Link
	for i, b := range of {
		way, err := out.Client(fmt.Sprint(i))
		require.NoError(t, err)
		links = append(links, fallback.Link{
			Engine: openai.New(openai.Options{Client: way, URL: b.URL, Model: b.Model, Provider: b.Name, Limits: briskLimits()}),
			Server: fallback.NewServer(fallback.Model, b.Name, fallback.Rules{}),
		})
	}
	for _, b := range of[1:] {
		of[0].Fallback = append(of[0].Fallback, *b)
	}
	return fallback.New(links...), of, running, func() {
		out.Close()
		for _, s := range running {
			s.Close()
		}
	}
}

// signing signs receipts.
func signing(t *testing.T) (receipt.Keyring, rigOption) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	return *ring, func(o *Options, _ *tenant.Tenant) { o.Signer = ring }
}

// The server that answers in the place of another is the one that the label
// names, before the first of its words; the receipt names those that were sent
// something and no other; and the policy of the moment decides who may be. R21
// R57
func TestStandIn(t *testing.T) {
	for name, c := range map[string]struct {
		first   backendtest.Mode
		policy  bool // allows the fall-back
		answers string
		code    string
		sent    []string
	}{
		"the first answers":    {backendtest.Streams, true, "Provider 0 model 0", "", []string{"Provider 0"}},
		"nobody listens there": {backendtest.Refuses, true, "Provider 1 model 1", "", []string{"Provider 0", "Provider 1"}},
		"it is silent":         {backendtest.Silent, true, "Provider 1 model 1", "", []string{"Provider 0", "Provider 1"}},
		"it is busy":           {backendtest.TooManyLater, true, "Provider 1 model 1", "", []string{"Provider 0", "Provider 1"}},
		"it lets nobody in":    {backendtest.Unauthorised, true, "Provider 1 model 1", "", []string{"Provider 0", "Provider 1"}},
		"it breaks off":        {backendtest.CutInWord, true, "Provider 0 model 0", "backend_unreachable", []string{"Provider 0"}},
		"not allowed":          {backendtest.Silent, false, "Provider 0 model 0", "backend_timeout", []string{"Provider 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			engine, of, running, end := servers(t, backendtest.Script{Mode: c.first}, backendtest.Script{Pieces: []string{"It stands in. ", "That is all."}})
			ring, signed := signing(t)
			r := newRig(t, engine, nil, signed, func(_ *Options, tn *tenant.Tenant) {
				tn.Avatars[0].BackEnd = of[0]
				if !c.policy {
					of[0].Region, tn.Policy.Regions = "eu", []string{"eu"}
				}
			})
			t.Cleanup(end)
			cl := r.connect()
			cl.acknowledge(cl.aware("text"))
			cl.text("Hello?")
			cl.send(event{"type": "response.create"})
			done := cl.await("response.done", 1)
			if c.code != "" {
				require.Equal(t, c.code, done.at("response", "status_details", "error", "code"))
			} else {
				require.Equal(t, "completed", done.at("response", "status"))
			}
			label := cl.await("avatar.provenance", 1)
			require.Equal(t, c.answers, fmt.Sprint(label["provider"], " ", label["system"]))
			cl.labelled()
			require.Equal(t, 1, cl.count("avatar.provenance"), "one label for the reply")
			cl.send(event{"type": "avatar.receipt.request"})
			got, err := receipt.Verify(cl.await("avatar.receipt", 1)["jws"].(string), ring.Keys())
			require.NoError(t, err)
			var sent []string
			for _, to := range got.Recipients {
				sent = append(sent, to.Name)
			}
			require.Equal(t, c.sent, sent)
			require.Equal(t, len(c.sent) > 1, len(running[1].Requests()) > 0, "what the receipt says is what happened")
		})
	}
}

// The engine that is built in answers last, labelled as itself: no trained
// model.
func TestResidentStandsIn(t *testing.T) {
	engine, of, _, end := servers(t, backendtest.Script{Mode: backendtest.Refuses})
	server := fallback.NewServer(fallback.Model, "Provider 0", fallback.Rules{})
	r := newRig(t, fallback.New(fallback.Link{Engine: engine, Server: server}, fallback.Link{Engine: resident.New((*resident.Knowledge)(nil))}), nil, func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].BackEnd = of[0]
	})
	t.Cleanup(end)
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.turn("Hello?", 1)
	label := c.await("avatar.provenance", 1)
	require.Equal(t, "resident", label["system"])
	require.Contains(t, label["digital_source_type"], "algorithmicMedia")
	c.labelled()
}

// faltering is a voice that counts as a trained model and fails from the nth
// sentence on, after so many pieces of sound.
type faltering struct {
	tone
	fails, after int
	asked        int
}

func (*faltering) Neural() bool { return true }
func (n *faltering) Speak(ctx context.Context, text []byte, o voice.Options, emit func(voice.Chunk) error) error {
	if n.asked++; n.fails == 0 || n.asked < n.fails {
		return n.tone.Speak(ctx, text, o, emit)
	}
	left := n.after
	err := n.tone.Speak(ctx, text, o, func(c voice.Chunk) error {
		if left--; left < 0 {
			return errGone
		}
		return emit(c)
	})
	if err == nil {
		err = errGone
	}
	return err
}

var errGone = &voice.Failure{Voice: "faltering", Code: "unreachable"}

// voices casts an engine with a list of voices, the first of which asks a
// server.
type voices struct {
	engine avatar.Engine
	first  *faltering
	server *fallback.Server
	last   voice.Voice // nil: none
}

func (v voices) Cast(*tenant.Tenant, *tenant.Avatar) *Cast {
	return &Cast{Engine: v.engine, Local: func(string) voice.Voice { return v.last }, Voice: func(string) voice.Voice {
		all := []fallback.Speaker{{Voice: v.first, Server: v.server}}
		if v.last != nil {
			all = append(all, fallback.Speaker{Voice: v.last})
		}
		return fallback.NewVoice(all...)
	}}
}

// A speech server that is lost before a sentence is replaced by the voice that
// is here, and the label says what is heard from then on, before it is heard.
// One that is lost in a sentence leaves the rest in writing: the words are
// whole, nothing is said twice, and the client is told, then and when it works
// again. R21
func TestVoiceIsLost(t *testing.T) {
	alongside(t)
	const all = "One is said. Two is said. Three is said."
	for name, c := range map[string]struct {
		fails, after int
		last         voice.Voice
		sources      []string // of the labels of the reply
		rungs        []string // of the reply, and of the next
		pieces       int      // of sound: 20 ms for each byte of what is heard
	}{
		"it speaks":             {0, 0, tone{}, []string{"trained"}, nil, 12 + 12 + 14},
		"before a sentence":     {2, 0, tone{}, []string{"trained", "composite"}, nil, 12 + 12 + 14},
		"at once":               {1, 0, tone{}, []string{"trained", "composite"}, nil, 12 + 12 + 14},
		"in a sentence":         {2, 5, tone{}, []string{"trained"}, []string{"text voice_failed", "video recovered"}, 12 + 5},
		"with no other":         {2, 0, nil, []string{"trained"}, []string{"text voice_failed", "video recovered"}, 12},
		"at once and no other":  {1, 0, nil, []string{"trained"}, []string{"text voice_failed", "video recovered"}, 0},
		"in a sentence, no one": {3, 4, nil, []string{"trained"}, []string{"text voice_failed", "video recovered"}, 24 + 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := &faltering{fails: c.fails, after: c.after}
			v := voices{&scripted{sentences: []string{"One is said.", "Two is said.", "Three is said."}}, first, fallback.NewServer(fallback.Speech, "Speech", fallback.Rules{}), c.last}
			r := newRig(t, v.engine, nil, func(o *Options, tn *tenant.Tenant) {
				o.Casting = v
				tn.Avatars[0].Speech = &tenant.BackEnd{Name: "Speech", URL: &url.URL{Scheme: "https", Host: "speech.example"}}
			})
			cl := r.connect()
			cl.acknowledge(cl.aware("audio"))
			cl.turn("Hello?", 1)
			done := cl.await("response.done", 1)
			require.Equal(t, "completed", done.at("response", "status"))
			require.Equal(t, all, cl.await("response.output_audio_transcript.done", 1)["transcript"], "the words are whole, and once")
			require.Equal(t, (c.pieces*voice.Rate/50+959)/960*960, cl.sound(), "what was begun is not said again")
			var sources []string
			for _, e := range cl.all() {
				switch source, _ := e["digital_source_type"].(string); source {
				case "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia":
					sources = append(sources, "trained")
				case "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia":
					sources = append(sources, "composite")
				case "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia":
					sources = append(sources, "algorithmic")
				}
			}
			require.Equal(t, c.sources, sources)
			if len(sources) == 1 {
				cl.labelled()
			}

			first.fails = 0
			cl.turn("And now?", 2)
			if n := len(c.rungs); n > 0 {
				cl.await("avatar.ladder.state", n) // the last may follow the answer
			}
			var rungs []string
			for _, e := range cl.all() {
				if e.typ() == "avatar.ladder.state" {
					rungs = append(rungs, fmt.Sprint(e["rung"], " ", e["reason"]))
				}
			}
			require.Equal(t, c.rungs, rungs)
		})
	}
}

// Where nothing answers and there is a desk, the person is told that a human
// can be asked for, once, and nobody asks for them; when it answers again, they
// are told that. Without a desk nobody is promised. R21
func TestNothingAnswers(t *testing.T) {
	for _, desk := range []bool{true, false} {
		t.Run(fmt.Sprint("desk ", desk), func(t *testing.T) {
			engine := &scripted{fail: "backend_timeout"}
			r := newRig(t, engine, nil, func(_ *Options, tn *tenant.Tenant) {
				if desk {
					tn.Handoff = &tenant.Handoff{}
				}
			})
			c := r.connect()
			c.acknowledge(c.aware("text"))
			c.turn("Hello?", 1)
			c.turn("Is anybody there?", 2)
			engine.mu.Lock()
			engine.fail, engine.sentences = "", []string{"Here."}
			engine.mu.Unlock()
			c.turn("Still?", 3)
			if desk {
				c.await("avatar.ladder.state", 2) // follows the answer
			}
			var rungs []string
			for _, e := range c.all() {
				if e.typ() == "avatar.ladder.state" {
					rungs = append(rungs, fmt.Sprint(e["rung"], " ", e["reason"]))
				}
			}
			if desk {
				require.Equal(t, []string{"human no_answer", "text no_voice"}, rungs)
			} else {
				require.Empty(t, rungs)
			}
			for _, e := range c.all() {
				if e.typ() == "avatar.handoff.state" {
					require.Contains(t, []any{"none", "ended"}, e["state"], "nobody asked for one")
				}
			}
			c.labelled()
		})
	}
}

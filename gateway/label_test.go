package gateway

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
)

// made is an engine with a label of its own.
type made struct {
	*scripted
	label avatar.Label
}

func (m made) Label() avatar.Label { return m.label }

// neural is a voice of a trained model.
type neural struct{ tone }

func (neural) Neural() bool { return true }

// The label of a reply, by what made its words and what made its sound. The
// face is drawn by rules and adds nothing to either. // R21
func TestProvenanceOfEveryPart(t *testing.T) {
	rules := avatar.Label{Source: avatar.Algorithmic, Provider: "mayfly", System: "resident", Version: "1"}
	model := avatar.Label{Source: avatar.Trained, Provider: "Example", System: "a model", Version: "7"}
	both := avatar.Label{Source: avatar.Composite, Provider: "Example", System: "rules and a model", Version: "2"}
	for _, c := range []struct {
		name         string
		words        avatar.Label
		voice        voice.Voice // nil: written
		answer, told string      // of the answer, and of the notice to a stock client
	}{
		{"resident, written", rules, nil, realtime.SourceAlgorithmic, realtime.SourceAlgorithmic},
		{"resident, voice of rules", rules, tone{}, realtime.SourceAlgorithmic, realtime.SourceAlgorithmic},
		{"resident, neural voice", rules, neural{}, realtime.SourceComposite, realtime.SourceComposite},
		{"model, written", model, nil, realtime.SourceTrained, realtime.SourceAlgorithmic},
		{"model, voice of rules", model, tone{}, realtime.SourceComposite, realtime.SourceAlgorithmic},
		{"model, neural voice", model, neural{}, realtime.SourceTrained, realtime.SourceComposite},
		{"both, written", both, nil, realtime.SourceComposite, realtime.SourceAlgorithmic},
		{"both, voice of rules", both, tone{}, realtime.SourceComposite, realtime.SourceAlgorithmic},
		{"both, neural voice", both, neural{}, realtime.SourceComposite, realtime.SourceComposite},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, made{&scripted{sentences: []string{"Hello."}}, c.words}, c.voice, func(t *testing.T, r *rig) {
				form := "audio"
				if c.voice == nil {
					form = "text"
				}
				cl := r.connect()
				cl.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{form}}})
				cl.send(event{"type": "response.create"})
				pass(30 * time.Second)
				notice, answer := cl.await("avatar.provenance", 1), cl.await("avatar.provenance", 2)
				require.Equal(t, c.told, notice["digital_source_type"])
				require.Equal(t, "notice", notice["system"])
				require.Equal(t, c.answer, answer["digital_source_type"])
				for _, l := range []event{notice, answer} {
					require.Equal(t, true, l["ai_generated"])
					require.Equal(t, "avatar", l["speaker"])
					at, err := time.Parse(time.RFC3339Nano, l["generated_at"].(string))
					require.NoError(t, err)
					require.WithinDuration(t, time.Now(), at, time.Minute)
					require.Len(t, l["id"], 36)
				}
				require.Equal(t, c.words.Provider, answer["provider"])
				require.Equal(t, c.words.System, answer["system"])
				require.Equal(t, c.words.Version, answer["system_version"])
				require.NotEqual(t, notice["id"], answer["id"])
			})
		})
	}
}

// labelled demands of everything that came: each response has one label,
// before anything else of it, and each item that it made says what it is.
func (c *client) labelled() {
	c.t.Helper()
	labels := map[any]int{}
	for _, e := range c.all() {
		switch typ := e.typ(); {
		case typ == "response.created":
			labels[e.at("response", "id")] = 0
		case typ == "avatar.provenance":
			labels[e["response_id"]]++
		case strings.HasPrefix(typ, "response.") && typ != "response.done":
			require.Equal(c.t, 1, labels[e["response_id"]], typ)
		}
		if it, ok := e["item"].(map[string]any); ok && it["role"] == "assistant" {
			require.Equal(c.t, map[string]any{"speaker": "avatar", "ai_generated": true}, it["avatar"], e.typ())
		}
		if out, ok := e.at("response", "output").([]any); ok && e.typ() == "response.done" {
			for _, it := range out {
				require.Equal(c.t, map[string]any{"speaker": "avatar", "ai_generated": true}, it.(map[string]any)["avatar"])
			}
		}
	}
	for id, n := range labels {
		require.Equal(c.t, 1, n, id)
	}
}

// However a reply ends, completed, cancelled, failed or incomplete, before its
// first word or after, it had its label; so has each of its items, also when
// they are said again after a loss. // R20 R21
func TestEveryReplyIsLabelled(t *testing.T) {
	for name, c := range map[string]struct {
		engine *scripted
		form   string
		end    func(*client)
		status string
	}{
		"completed":                {&scripted{sentences: []string{"Hello."}}, "text", func(*client) {}, "completed"},
		"completed, aloud":         {&scripted{sentences: []string{"Hello."}}, "audio", func(*client) {}, "completed"},
		"completed without a word": {&scripted{}, "text", func(*client) {}, "completed"},
		"cancelled before a word":  {&scripted{hang: true}, "text", func(c *client) { c.send(event{"type": "response.cancel"}) }, "cancelled"},
		"cancelled amid words":     {&scripted{sentences: []string{"Hello."}, hang: true}, "text", func(c *client) { c.await("response.output_text.delta", 1); c.send(event{"type": "response.cancel"}) }, "cancelled"},
		"cancelled amid sound":     {&scripted{sentences: []string{strings.Repeat("word ", 50)}}, "audio", func(c *client) { c.await("response.output_audio.delta", 3); c.send(event{"type": "response.cancel"}) }, "cancelled"},
		"failed before a word":     {&scripted{fail: "backend_timeout"}, "text", func(*client) {}, "failed"},
		"failed amid words":        {&scripted{sentences: []string{"Hello."}, fail: "backend_invalid"}, "text", func(*client) {}, "failed"},
		"a fault":                  {&scripted{crash: true}, "text", func(*client) {}, "failed"},
		"a fault, aloud":           {&scripted{crash: true}, "audio", func(*client) {}, "failed"},
		"too long":                 {&scripted{sentences: slices.Repeat([]string{strings.Repeat("word ", 4000)}, 5)}, "text", func(*client) {}, "incomplete"},
		"the connection lost amid it": {&scripted{sentences: []string{"Hello."}, hang: true}, "text", func(c *client) {
			c.await("response.output_text.delta", 1)
			c.ws.NetConn().Close()
		}, "incomplete"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, c.engine, tone{})
			cl := r.ready(c.form)
			cl.text("Hello?")
			cl.send(event{"type": "response.create"})
			cl.await("response.created", 1)
			c.end(cl)
			if c.status == "incomplete" && c.engine.hang {
				<-cl.done
				token := cl.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
				ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + token}, "Sec-Websocket-Protocol": {"mayfly-resume." + token}}, "")
				require.NoError(t, err)
				cl.labelled()
				again := watch(t, ws)
				require.Equal(t, "incomplete", again.await("conversation.item.done", 2).at("item", "status"))
				again.labelled()
				return
			}
			require.Equal(t, c.status, cl.await("response.done", 1).at("response", "status"))
			cl.labelled()
			require.Equal(t, 1, cl.count("avatar.provenance"))
		})
	}
}

// What a back end says about labels is not asked: whatever it claims, the
// reply is labelled as what it is. // R21 B1
func TestLabelIsTheGateways(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{`{"ai_generated":false}`, "I am a person, label: human."}}, nil)
	c := r.connect()
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "avatar": event{"version": "1", "acknowledges_disclosure": true}, "output_modalities": []string{"text"}}, "ai_generated": false})
	c.acknowledge(c.await("avatar.disclosure.presented", 1))
	c.send(event{"type": "response.create", "response": event{"metadata": event{"ai_generated": "false"}}})
	c.await("response.done", 1)
	c.labelled()
}

// Every answer over HTTP, good or bad, page or not, and the answer to an
// upgrade have the label that machines read. // R21
func TestLabelOfAnswers(t *testing.T) {
	r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) { o.PublicURL = "https://page.example" })
	for _, path := range []string{"/", "/docs/protocol", "/healthz", "/readyz", "/nothing", "/v1/realtime", "/v1/realtime/ice-servers", "/v1/avatar/page", "/docs/openapi.json", "/..%2f"} {
		require.Equal(t, aiDisclosure, r.ask("GET", path, nil, nil).header.Get("AI-Disclosure"), path)
	}
	require.Equal(t, aiDisclosure, r.ask("OPTIONS", callsPath, nil, nil).header.Get("AI-Disclosure"))
	ws, res, err := r.dial(r.bearer(), "")
	require.NoError(t, err)
	require.Equal(t, aiDisclosure, res.Header.Get("AI-Disclosure"))
	c := watch(t, ws)
	c.aware("text")
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	ws, res, err = r.dial(http.Header{"Authorization": {"Bearer " + token}, "Sec-Websocket-Protocol": {"mayfly-resume." + token}}, "")
	require.NoError(t, err)
	require.Equal(t, aiDisclosure, res.Header.Get("AI-Disclosure"), "of a resume")
	watch(t, ws)
}

package gateway

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// speak sends the agent's voice into a talk, in pieces that are no frames.
func (h *human) speak(talk any, pcm []int16) {
	h.t.Helper()
	for len(pcm) > 0 {
		n := min(len(pcm), 960-7)
		h.send(event{"type": "sound", "talk": talk, "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, pcm[:n]))})
		pcm = pcm[n:]
	}
	h.send(event{"type": "sound", "talk": talk, "paused": true})
}

// heard is how much of the person's voice the agent was sent so far, in
// milliseconds.
func (h *human) heard() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	samples := 0
	for _, e := range h.events {
		if e.typ() == "sound" {
			samples += base64.StdEncoding.DecodedLen(len(e["audio"].(string))) / 2
		}
	}
	return samples * 1000 / audio.Rate
}

// Person and human speak with each other: the human's voice comes over the
// person's transport with the human's label, and the person's voice reaches
// the human only where both of the person's yes stand. // R3 R21 R41 R45
func TestHandoffVoice(t *testing.T) {
	for _, allowed := range []bool{true, false} {
		t.Run(map[bool]string{true: "heard", false: "not heard"}[allowed], func(t *testing.T) {
			var key string
			s := &scribe{words: []string{"hello person", "hello human"}}
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, hearing(s), desked(&key, tenant.Handoff{}))
			h := r.human(key)
			h.send(event{"type": "available", "name": "Maya"})
			c := r.connect()
			c.acknowledge(c.aware("audio"))
			if allowed {
				c.allow(1)
			} else {
				c.answer(1, event{"voice_input": false})
			}
			c.send(event{"type": "avatar.handoff.request"})
			offer := h.take(c, 2, event{"handoff": true})
			require.Equal(t, allowed, h.until("talk.joined", nil)["microphone"])

			const spoken = 24000 / 2
			h.speak(offer["talk"], make([]int16, spoken))
			done := c.await("response.done", 1)
			require.Equal(t, "completed", done.at("response", "status"))
			item := done.at("response", "output").([]any)[0].(map[string]any)
			require.Equal(t, "human", item["avatar"].(map[string]any)["speaker"])
			samples, labelled := 0, false
			for _, e := range c.all() {
				switch e.typ() {
				case "avatar.provenance":
					labelled = e["response_id"] == done.at("response", "id") && e["ai_generated"] == false || labelled
				case "response.output_audio.delta":
					require.True(t, labelled, "the label comes before the voice")
					b, err := base64.StdEncoding.DecodeString(e["delta"].(string))
					require.NoError(t, err)
					samples += len(b) / 2
				}
			}
			require.GreaterOrEqual(t, samples, spoken)
			require.Less(t, samples, spoken+audio.Frame, "what is added is silence, less than a frame")

			c.speak()
			if !allowed {
				require.Equal(t, "voice_input_not_consented", c.await("error", 1).at("error", "code"))
				time.Sleep(50 * time.Millisecond)
				require.Zero(t, h.heard())
				return
			}
			h.until("item", func(e event) bool { return e["text"] == "hello human" && e["spoken"] == true })
			all := (len(said(t)) + len(silence(800*time.Millisecond))) * 1000 / audio.Rate
			require.Eventually(t, func() bool { return h.heard() >= all }, 10*time.Second, 5*time.Millisecond)
			require.Equal(t, all, h.heard(), "all of it, and no more")

			// After the no to being heard nothing more of the voice.
			c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"voice_input"}})
			h.until("talk.state", func(e event) bool { return e["microphone"] == false })
			before := h.heard()
			c.append(silence(500 * time.Millisecond))
			c.text("written instead")
			h.until("item", func(e event) bool { return e["text"] == "written instead" })
			require.Equal(t, before, h.heard())
		})
	}
}

// A human on a call is heard over the call's own track.
func TestHandoffOnACall(t *testing.T) {
	var key string
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, withMedia(t), desked(&key, tenant.Handoff{}))
	h := r.human(key)
	h.send(event{"type": "available", "name": "Maya"})
	p := newPhone(t, listener)
	answer := r.dialCall(p, r.key, "")
	require.Equal(t, 201, answer.status, answer.body)
	p.take(answer.body)
	p.acknowledge(p.aware("audio"))
	p.send(event{"type": "avatar.handoff.request"})
	offer := h.take(p.client, 1, event{"handoff": true})
	h.until("talk.joined", nil)
	loud := make([]int16, 24000)
	for i := range loud {
		loud[i] = int16(8000 * (1 - 2*(i/24%2)))
	}
	for len(loud) >= audio.Frame { // as it is spoken: a call plays in real time
		h.send(event{"type": "sound", "talk": offer["talk"], "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, loud[:audio.Frame]))})
		loud = loud[audio.Frame:]
		time.Sleep(20 * time.Millisecond)
	}
	h.speak(offer["talk"], nil)
	p.await("output_audio_buffer.started", 1)
	require.Equal(t, "human", p.await("response.done", 1).at("response", "output").([]any)[0].(map[string]any)["avatar"].(map[string]any)["speaker"])
	require.Eventually(t, func() bool { packets, _ := p.sound(); return packets > 20 }, 10*time.Second, 20*time.Millisecond, "nothing of the human's voice came over the call")
}

// What a human writes is kept under the rule of the session, as a human's; off
// the record the agent is told, and nothing more is kept; and the receipt says
// that a human read. // R10 R12 R18
func TestHandoffRecorded(t *testing.T) {
	var key string
	tp := &tape{}
	ring, signed := signing(t)
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, nil, recorded(tp), desked(&key, tenant.Handoff{Name: "Office"}), signed)
	h := r.human(key)
	h.send(event{"type": "available", "name": "Maya"})
	c := r.agreed()
	c.send(event{"type": "avatar.handoff.request"})
	offer := h.take(c, 2, event{"handoff": true})
	require.Equal(t, true, h.until("talk.joined", nil)["recorded"])
	c.text("to the human")
	h.until("item", nil)
	h.send(event{"type": "say", "talk": offer["talk"], "text": "from the human"})
	c.await("avatar.transcript.committed", 1)
	kept := tp.all()
	require.Len(t, kept, 1)
	require.Contains(t, kept[0].text, "to the human")
	require.Contains(t, kept[0].text, `"human":true`)
	require.Contains(t, kept[0].text, "from the human")
	require.NotContains(t, kept[0].text, "Maya", "whose name it is, is not kept")

	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"transcript"}})
	h.until("talk.state", func(e event) bool { return e["recorded"] == false })
	h.send(event{"type": "say", "talk": offer["talk"], "text": "off the record"})
	c.await("response.done", 2)
	c.send(event{"type": "avatar.receipt.request"})
	got, err := receipt.Verify(c.await("avatar.receipt", 1)["jws"].(string), ring.Keys())
	require.NoError(t, err)
	require.Len(t, got.Humans, 1)
	require.True(t, got.Humans[0].Left.IsZero())
	require.False(t, got.Humans[0].Context)
	c.send(event{"type": "avatar.handoff.cancel"})
	c.untilHandoff("ended", 1)
	c.send(event{"type": "avatar.receipt.request"})
	got, err = receipt.Verify(c.await("avatar.receipt", 2)["jws"].(string), ring.Keys())
	require.NoError(t, err)
	require.False(t, got.Humans[0].Left.IsZero())
	for _, turn := range tp.all() {
		require.NotContains(t, turn.text, "off the record")
	}
	require.EqualValues(t, 1, r.facts.Count(session.TurnKept))
}

// Two desks of two tenants on one gateway never meet. // R63
func TestHandoffIsolated(t *testing.T) {
	keys := map[string]string{}
	r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) { tn.Handoff = &tenant.Handoff{} })
	var all []tenant.Tenant
	for _, id := range []string{"acme", "beta"} {
		caller, callerHash := tenant.NewKey()
		agent, agentHash := tenant.NewKey()
		keys[id], keys[id+" agent"] = caller, agent
		all = append(all, tenant.Tenant{
			ID: id, Name: strings.ToUpper(id), Handoff: &tenant.Handoff{}, Policy: tenant.Policy{AuditDetail: true},
			Keys:    []tenant.Key{{Hash: callerHash}, {Hash: agentHash, Role: tenant.Agent}},
			Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen of " + id, Languages: []string{"en"}}},
		})
	}
	require.NoError(t, r.server.options.Directory.Replace(all))
	r.key = keys["acme"]
	stranger := r.human(keys["beta agent"])
	stranger.send(event{"type": "available"})
	stranger.until("desk", func(e event) bool { return e["available"] == true })
	c := r.begin()
	c.send(event{"type": "avatar.handoff.request", "share_context": true})
	c.untilHandoff("queued", 1)
	own := r.human(keys["acme agent"])
	own.send(event{"type": "available"})
	offer := own.until("offer", nil)
	for _, kind := range []string{"take", "back", "end"} {
		stranger.send(event{"type": kind, "talk": offer["talk"]})
	}
	stranger.send(event{"type": "say", "talk": offer["talk"], "text": "from a stranger"})
	own.send(event{"type": "take", "talk": offer["talk"]})
	own.until("talk.asking", nil)
	c.answer(1, event{"handoff": true})
	own.until("talk.joined", nil)
	c.text("a canary")
	own.until("item", nil)
	time.Sleep(50 * time.Millisecond)
	stranger.mu.Lock()
	defer stranger.mu.Unlock()
	for _, e := range stranger.events {
		require.NotContains(t, []string{"offer", "item", "talk.asking", "talk.joined"}, e.typ())
		if e.typ() == "desk" {
			require.EqualValues(t, 0, e["waiting"])
		}
	}
	for _, e := range c.all() {
		require.NotEqual(t, "from a stranger", e["delta"])
	}
}

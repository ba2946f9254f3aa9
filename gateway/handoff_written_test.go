package gateway

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// spokenAgent is a talk in which an agent may speak, and the person's nth
// question was the one about them.
func spokenAgent(r *rig, key string, nth int, c *client) (h *human, talk any, told event) {
	r.t.Helper()
	h = r.human(key)
	h.send(event{"type": "available", "name": "Maya"})
	c.send(event{"type": "avatar.handoff.request"})
	talk = h.take(c, nth, event{"handoff": true})["talk"]
	return h, talk, h.until("talk.joined", nil)
}

// untilLeft waits until so many of a scribe's sentences are left to be said.
func (s *scribe) untilLeft(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.words) == n
	}, 10*time.Second, time.Millisecond)
}

// captions are the words of a reply as the person reads them.
func (c *client) captions(response any) (words string) {
	for _, e := range c.all() {
		if e.typ() == "response.output_audio_transcript.delta" && e["response_id"] == response {
			words += e["delta"].(string)
		}
	}
	return words
}

// What a human says aloud is written down: the person reads it under the
// human's label, in one turn with the sound and in the order in which it was
// said, and it is kept as what the human writes is. The agent is told before
// they speak. Off the record it is read, and not kept. // R10 R18 R21 R45
func TestHandoffWrittenDown(t *testing.T) {
	var key string
	tp := &tape{}
	s := &scribe{words: []string{"Hello.", "This is Maya.", "Off the record."}, pause: 300 * time.Millisecond}
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, recorded(tp), hearing(s), desked(&key, tenant.Handoff{}))
	c := r.agreedTo("transcript")
	h, talk, told := spokenAgent(r, key, 2, c)
	require.Equal(t, true, told["written"])
	require.NotContains(t, told, "written_by", "nobody else does it")
	c.text("a question")
	h.until("item", nil)
	h.speak(talk, make([]int16, 24000/2))
	s.untilLeft(t, 2) // the first is being written down
	h.speak(talk, make([]int16, 24000/2))
	done := c.await("response.done", 1)
	require.Equal(t, "Hello. This is Maya.", c.captions(done.at("response", "id")), "one turn, and all of it")
	item := done.at("response", "output").([]any)[0].(map[string]any)
	require.Equal(t, "human", item["avatar"].(map[string]any)["speaker"])
	require.Equal(t, "Hello. This is Maya.", item["content"].([]any)[0].(map[string]any)["transcript"])
	h.until("item", func(e event) bool { return e["speaker"] == "human" && e["text"] == "Hello. This is Maya." })
	c.await("avatar.transcript.committed", 1)
	require.Len(t, tp.all(), 1)
	require.Contains(t, tp.all()[0].text, `"human":true`)
	require.Contains(t, tp.all()[0].text, "This is Maya.")

	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"transcript"}})
	h.until("talk.state", func(e event) bool { return e["recorded"] == false && e["written"] == true })
	h.speak(talk, make([]int16, 24000/2))
	require.Equal(t, "Off the record.", c.captions(c.await("response.done", 2).at("response", "id")))
	require.Len(t, tp.all(), 1)
	require.EqualValues(t, 1, r.facts.Count(session.TurnKept))
}

// stutter is a transcriber that takes longest for what it is given first.
type stutter struct{ *scribe }

func (s stutter) Hear(ctx context.Context, h avatar.Hearing) avatar.Utterance {
	u := s.scribe.Hear(ctx, h).(*scribed)
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.all)
	own := &scribe{words: []string{fmt.Sprint("sentence ", n)}, pause: time.Duration(max(300-100*n, 0)) * time.Millisecond}
	u.of = own
	return u
}

// What a human says is read in the order in which it was said, however long
// each takes to be written down, and all of it, however many wait. // R10 R45
func TestHandoffWrittenInOrder(t *testing.T) {
	var key string
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, hearing(stutter{&scribe{}}), desked(&key, tenant.Handoff{}))
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	c.answer(1, event{"voice_input": false})
	h, talk, _ := spokenAgent(r, key, 2, c)
	for range 3 {
		h.speak(talk, make([]int16, 24000/5))
	}
	done := c.await("response.done", 1)
	require.Equal(t, "sentence 1 sentence 2 sentence 3", c.captions(done.at("response", "id")))
}

// What a human said is not lost with their line, and none of it is written down
// after the person said no. // R12 R45
func TestHandoffWrittenToTheEnd(t *testing.T) {
	for _, no := range []bool{false, true} {
		t.Run(map[bool]string{false: "line broken", true: "said no"}[no], func(t *testing.T) {
			var key string
			s := &scribe{words: []string{"Just before the end."}, pause: 300 * time.Millisecond}
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, hearing(s), desked(&key, tenant.Handoff{}))
			c := r.connect()
			c.acknowledge(c.aware("audio"))
			c.answer(1, event{"voice_input": false})
			h, talk, _ := spokenAgent(r, key, 2, c)
			h.speak(talk, make([]int16, 24000/2))
			s.untilLeft(t, 0) // all of it came
			if no {
				c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"handoff"}})
				c.untilHandoff("ended", 1)
				time.Sleep(400 * time.Millisecond)
				require.Zero(t, c.count("response.output_audio_transcript.delta"))
				s.mu.Lock()
				defer s.mu.Unlock()
				require.True(t, s.all[0].dropped)
				return
			}
			h.broken()
			c.untilHandoff("reconnecting", 1)
			delta := c.await("response.output_audio_transcript.delta", 1)
			require.Equal(t, "Just before the end.", delta["delta"])
		})
	}
}

// A yes to the transcript that comes after a human spoke, and before their words
// are there, is none to those words. // R10 R12
func TestHandoffWrittenAfterTheYes(t *testing.T) {
	var key string
	tp := &tape{}
	s := &scribe{words: []string{"Before the yes.", "After it."}, pause: time.Second}
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, recorded(tp), hearing(s), desked(&key, tenant.Handoff{}))
	c := r.agreedTo()
	h, talk, _ := spokenAgent(r, key, 2, c)
	h.speak(talk, make([]int16, 24000/2))
	s.untilLeft(t, 1)                                                // it is being written down
	h.send(event{"type": "say", "talk": talk, "text": "in writing"}) // which ends the turn
	c.await("response.done", 1)
	c.answer(2, event{"transcript": true})
	h.until("talk.state", func(e event) bool { return e["recorded"] == true })
	require.Zero(t, c.count("response.output_audio_transcript.delta"), "its words are not there yet")
	require.Equal(t, "Before the yes.", c.await("response.output_audio_transcript.delta", 1)["delta"])
	h.speak(talk, make([]int16, 24000/2))
	c.await("avatar.transcript.committed", 1)
	require.Len(t, tp.all(), 1)
	require.Contains(t, tp.all()[0].text, "After it.")
	require.NotContains(t, tp.all()[0].text, "Before the yes.")
}

// A transcriber that the policy does not allow, or that an avatar without a
// microphone does not name to anybody, is given nothing of a human's voice, and
// the agent is told that it is not written down. // R4 R45
func TestHandoffNotWrittenDown(t *testing.T) {
	where, err := url.Parse("https://transcriber.example/v1")
	require.NoError(t, err)
	for name, set := range map[string]struct {
		with rigOption
		by   string
	}{
		"not allowed":   {with: func(_ *Options, tn *tenant.Tenant) { *tn.Avatars[0].Transcriber.Terms.Training = true }},
		"no microphone": {with: func(_ *Options, tn *tenant.Tenant) { tn.Avatars[0].Microphone = false }},
		"allowed":       {with: func(*Options, *tenant.Tenant) {}, by: "Words Ltd"},
	} {
		t.Run(name, func(t *testing.T) {
			var key string
			s := &scribe{words: []string{"A caption."}, remote: true}
			trains := false
			server := func(_ *Options, tn *tenant.Tenant) {
				tn.Avatars[0].Transcriber = &tenant.BackEnd{URL: where, Name: "Words Ltd", Terms: tenant.Terms{Training: &trains}}
			}
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, hearing(s), server, set.with, desked(&key, tenant.Handoff{}))
			c := r.connect()
			c.acknowledge(c.aware("audio"))
			nth := 1
			if name != "no microphone" {
				c.answer(1, event{"voice_input": false})
				nth = 2
			}
			h, talk, told := spokenAgent(r, key, nth, c)
			require.Equal(t, set.by != "", told["written"])
			h.speak(talk, make([]int16, 24000/2))
			done := c.await("response.done", 1)
			if set.by == "" {
				require.Empty(t, c.captions(done.at("response", "id")))
				require.Empty(t, s.heard(), "nothing of it was taken")
				return
			}
			require.Equal(t, set.by, told["written_by"])
			require.Equal(t, "A caption.", c.captions(done.at("response", "id")))
		})
	}
}

// A transcriber that fails, hangs or breaks holds nothing up but the end of a
// turn, and for as long as one may take: the voice goes on. // R45
func TestHandoffTranscriberFails(t *testing.T) {
	for name, s := range map[string]*scribe{"fails": {fail: "backend_timeout"}, "breaks": {crash: true}} {
		t.Run(name, func(t *testing.T) {
			var key string
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, hearing(s), desked(&key, tenant.Handoff{}))
			c := r.connect()
			c.acknowledge(c.aware("audio"))
			c.answer(1, event{"voice_input": false})
			h, talk, _ := spokenAgent(r, key, 2, c)
			n := times(8)
			for i := range n {
				h.speak(talk, make([]int16, 24000/5))
				require.Equal(t, "completed", c.await("response.done", i+1).at("response", "status"))
			}
			h.send(event{"type": "say", "talk": talk, "text": "in writing, then"})
			c.await("response.done", n+1)
			t.Logf("n = %d", n)
		})
	}
}

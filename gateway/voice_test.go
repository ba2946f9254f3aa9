package gateway

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
)

// order requires that the events came in an order, others between them.
func (c *client) order(want ...string) {
	c.t.Helper()
	types := c.types()
	at := 0
	for _, w := range want {
		i := slices.Index(types[at:], w)
		require.GreaterOrEqual(c.t, i, 0, "no %s after %v in\n%v", w, want, types)
		at += i + 1
	}
}

// The main path: a person speaks over a WebSocket, what they said is written
// down, and it is answered. One id from the first sound to the words.
func TestSpokenTurn(t *testing.T) {
	engine, s := &scripted{sentences: []string{"Nothing."}}, &scribe{words: []string{"What do you keep of what I say?"}, partial: "what do"}
	r := newRig(t, engine, tone{}, hearing(s))
	c := r.listened("text")
	require.Contains(t, strs(c.await("avatar.session.ready", 1).at("avatar", "capabilities")), "voice_input")
	require.Equal(t, "scribe", c.await("session.updated", 1).at("session", "audio", "input", "transcription", "model"))
	c.speak()
	done := c.await("response.done", 1)
	require.Equal(t, "completed", done.at("response", "status"))
	c.order("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.added",
		"conversation.item.done", "conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed", "response.created", "response.done")
	id := c.await("input_audio_buffer.speech_started", 1)["item_id"]
	for _, typ := range []string{"input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.input_audio_transcription.completed", "avatar.transcript.partial"} {
		require.Equal(t, id, c.await(typ, 1)["item_id"], typ)
	}
	added := c.await("conversation.item.added", 1)
	require.Equal(t, id, added.at("item", "id"))
	require.Equal(t, []any{map[string]any{"type": "input_audio", "transcript": nil}}, added.at("item", "content"))
	require.Equal(t, "What do you keep of what I say?", c.await("conversation.item.input_audio_transcription.completed", 1)["transcript"])
	require.Equal(t, "what do", c.await("avatar.transcript.partial", 1)["text"])
	require.Equal(t, []string{"What do you keep of what I say?"}, engine.seen)
	require.Contains(t, c.await("avatar.metrics", 1), "transcribed")
	c.send(event{"type": "conversation.item.retrieve", "item_id": id})
	require.Equal(t, []any{map[string]any{"type": "input_audio", "transcript": "What do you keep of what I say?"}}, c.await("conversation.item.retrieved", 1).at("item", "content"))

	// From the end of the sentence to the commit: the silence that was set and
	// 50 ms, in the time of the sound. The prefix is in what was written down.
	end := int(time.Duration(len(said(t))) * time.Second / 24000 / time.Millisecond)
	stopped := int(c.await("input_audio_buffer.speech_stopped", 1)["audio_end_ms"].(float64))
	started := int(c.await("input_audio_buffer.speech_started", 1)["audio_start_ms"].(float64))
	require.InDelta(t, end, stopped, 120)
	heard := s.heard()
	require.Len(t, heard, 1)
	require.LessOrEqual(t, started+heard[0], end+500+50, "committed")
	t.Logf("spoken to %d ms, stopped at %d, committed at %d", end, stopped, started+heard[0])
	require.Zero(t, c.count("error"))
}

// Nothing is heard of a person who has not been told, or not been asked, or
// has said no; and what they said before is not heard afterwards.
func TestNothingIsHeardBeforeTheYes(t *testing.T) {
	s := &scribe{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, tone{}, hearing(s))
	c := r.connect()
	notice := c.aware("text")
	c.speak()
	c.acknowledge(notice)
	asked := c.await("avatar.consent.requested", 1)
	require.Contains(t, strs(asked["purposes"]), "voice_input")
	c.speak()
	c.send(event{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": event{"voice_input": false}, "method": "click"})
	c.await("avatar.consent.state", 1)
	require.Zero(t, c.count("error"), "a microphone that is early is no mistake")
	c.speak()
	c.speak()
	c.send(event{"type": "input_audio_buffer.commit", "event_id": "mine"})
	c.text("still here")
	c.await("conversation.item.done", 1)
	require.Equal(t, "voice_input_not_consented", c.await("error", 1).at("error", "code"))
	require.Equal(t, 1, c.count("error"), "said once")
	require.Empty(t, s.heard())
	require.NotContains(t, c.types(), "input_audio_buffer.speech_started")
	for _, live := range r.server.registry.all() {
		live.mu.Lock()
		require.Nil(t, live.ear.hearer, "something is held")
		live.mu.Unlock()
	}
}

// The person takes their yes back in the middle of a sentence: the
// transcriber gets nothing more within 200 ms, what it had is dropped, and
// nothing of it becomes words or a question. So with an opt-out, and with a
// tenant that switches the microphone off.
func TestWithdrawalIsHeardAtOnce(t *testing.T) {
	for name, no := range map[string]func(*rig, *client){
		"withdrawn": func(_ *rig, c *client) {
			c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"voice_input"}})
		},
		"opted out": func(_ *rig, c *client) {
			c.send(event{"type": "avatar.optout.submit", "purposes": []string{"voice_input"}})
		},
		"switched off": func(r *rig, _ *client) {
			d := r.server.options.Directory
			changed := *d.Tenant("acme")
			changed.Avatars = append([]tenant.Avatar{}, changed.Avatars...)
			changed.Avatars[0].Microphone = false
			require.NoError(r.t, d.Replace([]tenant.Tenant{changed}))
			r.server.Narrow("acme", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine, s := &scripted{sentences: []string{"ok"}}, &scribe{}
			r := newRig(t, engine, tone{}, hearing(s))
			c := r.listened("text")
			// One utterance waits for its words, another is being said.
			s.mu.Lock()
			s.hang = true
			s.mu.Unlock()
			c.speak()
			c.await("input_audio_buffer.committed", 1)
			c.append(said(t)[:voice.Rate*3/2])
			c.await("input_audio_buffer.speech_started", 2)
			stop := make(chan struct{})
			over := make(chan struct{})
			go func() { // the microphone goes on
				defer close(over)
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
						c.append(said(t)[voice.Rate : voice.Rate+voice.Rate/50])
					}
				}
			}()
			require.Eventually(t, func() bool { return time.Since(s.last()) < 20*time.Millisecond }, 30*time.Second, time.Millisecond)
			at := time.Now()
			no(r, c)
			c.await("input_audio_buffer.cleared", 1)
			time.Sleep(400 * time.Millisecond)
			close(stop)
			<-over
			require.Less(t, s.last().Sub(at), 200*time.Millisecond, "the last sound that the transcriber got")
			t.Logf("the last sound reached the transcriber %v after the no was sent", s.last().Sub(at))
			require.Equal(t, "voice_input_not_consented", c.await("conversation.item.input_audio_transcription.failed", 1).at("error", "code"))
			kept, late := 0, 0
			s.mu.Lock()
			for _, u := range s.all {
				late += u.late
				if !u.dropped {
					kept++
				}
			}
			s.mu.Unlock()
			require.Zero(t, kept, "utterances that the transcriber still has")
			require.Zero(t, late, "pieces of sound after it was dropped")
			require.Len(t, s.heard(), 2)
			require.Zero(t, engine.count())
			for _, live := range r.server.registry.all() {
				live.mu.Lock()
				require.Nil(t, live.ear.hearer)
				require.Empty(t, live.ear.waiting)
				live.mu.Unlock()
			}
		})
	}
}

// The person speaks over the avatar: it is played more quietly at the first
// voice, stops when it is speech, and what they said is answered.
func TestSpeakingOverTheAvatar(t *testing.T) {
	engine, s := &scripted{sentences: []string{"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen."}}, &scribe{}
	r := newRig(t, engine, tone{}, hearing(s))
	c := r.listened("audio")
	c.text("count")
	c.send(event{"type": "response.create"})
	c.await("response.output_audio.delta", 2)
	c.speak()
	done := c.await("response.done", 1)
	require.Equal(t, "cancelled", done.at("response", "status"))
	require.Equal(t, "turn_detected", done.at("response", "status_details", "reason"))
	c.order("avatar.playback.duck", "input_audio_buffer.speech_started", "response.output_audio.done", "response.done", "avatar.playback.duck")
	require.Equal(t, true, c.await("avatar.playback.duck", 1)["on"])
	require.Equal(t, false, c.await("avatar.playback.duck", 2)["on"])
	c.await("response.created", 2)
	require.Eventually(t, func() bool { return engine.count() == 2 }, 30*time.Second, time.Millisecond)
	var after int
	for _, e := range c.all()[slices.Index(c.types(), "response.done"):] {
		if e.typ() == "response.output_audio.delta" && e["response_id"] == done.at("response", "id") {
			after++
		}
	}
	require.Zero(t, after, "sound of a reply that was cut")
}

// With interrupt_response off the avatar goes on, and the answer to what was
// said over it follows its own.
func TestNotInterrupting(t *testing.T) {
	engine, s := &scripted{sentences: []string{"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen."}}, &scribe{}
	r := newRig(t, engine, tone{}, hearing(s))
	c := r.listened("audio")
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": event{"type": "server_vad", "interrupt_response": false}}}}})
	c.text("count")
	c.send(event{"type": "response.create"})
	c.await("response.output_audio.delta", 2)
	c.speak()
	c.await("conversation.item.input_audio_transcription.completed", 1)
	require.Equal(t, "completed", c.await("response.done", 1).at("response", "status"))
	c.await("response.created", 2)
}

// Push to talk: without turn detection nothing is decided here. A reply that
// is asked for right after the commit waits for the words.
func TestPushToTalk(t *testing.T) {
	engine, s := &scripted{sentences: []string{"ok"}}, &scribe{words: []string{"hello"}, pause: 50 * time.Millisecond}
	r := newRig(t, engine, tone{}, hearing(s))
	c := r.listened("text")
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": nil}}}})
	require.Nil(t, c.await("session.updated", 2).at("session", "audio", "input", "turn_detection"))
	c.send(event{"type": "input_audio_buffer.commit", "event_id": "early"})
	require.Equal(t, "input_audio_buffer_commit_empty", c.await("error", 1).at("error", "code"))
	c.append(silence(90 * time.Millisecond))
	c.send(event{"type": "input_audio_buffer.commit"})
	require.Equal(t, "input_audio_buffer_commit_empty", c.await("error", 2).at("error", "code"))
	c.send(event{"type": "input_audio_buffer.clear"})
	c.await("input_audio_buffer.cleared", 1)
	c.speak()
	require.Zero(t, c.count("input_audio_buffer.committed"))
	c.send(event{"type": "input_audio_buffer.commit"})
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	c.order("input_audio_buffer.committed", "conversation.item.added", "conversation.item.input_audio_transcription.completed", "response.created", "response.done")
	require.Equal(t, []string{"hello"}, engine.seen)
	require.Zero(t, c.count("input_audio_buffer.speech_started"))
	whole := 100 * (len(said(t)) + 24000*8/10) / 24000 * 10
	require.InDelta(t, whole, s.heard()[len(s.heard())-1], 30, "all of it, and nothing of before")

	// A transcriber that fails: the reply that was asked for fails too.
	s.mu.Lock()
	s.fail = "backend_unreachable"
	s.mu.Unlock()
	c.speak()
	c.send(event{"type": "input_audio_buffer.commit"})
	c.send(event{"type": "response.create"})
	require.Equal(t, "failed", c.await("response.done", 2).at("response", "status"))
	require.Equal(t, "backend_unreachable", c.await("conversation.item.input_audio_transcription.failed", 1).at("error", "code"))
}

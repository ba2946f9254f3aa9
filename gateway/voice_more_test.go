package gateway

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/hear"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
)

// "Off the record" and "I want to talk to a human", said aloud or written as
// all of a message, do what the events do; a sentence that only mentions them
// does not. // R12 R45
func TestSpokenIntents(t *testing.T) {
	engine, s := &scripted{sentences: []string{"ok"}}, &scribe{words: []string{
		"Off the record.", "Can I talk to a human?", "My lawyer said that it was off the record, what does that mean?"}}
	r := newRig(t, engine, nil, hearing(s))
	c := r.listened("text")
	c.speak()
	require.ElementsMatch(t, []string{"transcript", "audio_recording"}, strs(c.await("avatar.optout.state", 1)["purposes"]))
	c.await("response.done", 1)
	c.speak()
	require.Equal(t, "no_desk", c.await("avatar.handoff.state", 1)["reason"])
	c.await("response.done", 2)
	c.speak()
	c.await("response.done", 3)
	require.Equal(t, 1, c.count("avatar.optout.state"))
	require.Equal(t, 1, c.count("avatar.handoff.state"))
	c.turn("I want to talk to a human", 4)
	c.await("avatar.handoff.state", 2)
	c.turn("off the record", 5)
	c.await("avatar.optout.state", 2)
}

// What answers hangs: a human can be asked for all the same. // R45
func TestHumanWhileTheBackEndIsStuck(t *testing.T) {
	s := &scribe{words: []string{"Talk to a human."}}
	r := newRig(t, &scripted{hang: true}, nil, hearing(s))
	c := r.listened("text")
	c.text("hello")
	c.send(event{"type": "response.create"})
	c.await("response.created", 1)
	c.speak()
	c.await("avatar.handoff.state", 1)
}

// Nobody speaks for as long as the client set: it is told, and the avatar
// speaks.
func TestNobodySpeaks(t *testing.T) {
	engine, s := &scripted{sentences: []string{"Are you there?"}}, &scribe{}
	r := newRig(t, engine, nil, hearing(s))
	c := r.listened("text")
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": event{"type": "server_vad", "idle_timeout_ms": 2000}}}}})
	c.append(silence(2500 * time.Millisecond))
	idle := c.await("input_audio_buffer.timeout_triggered", 1)
	c.await("response.done", 1)
	c.order("input_audio_buffer.timeout_triggered", "input_audio_buffer.committed", "conversation.item.added", "conversation.item.input_audio_transcription.completed", "response.created")
	require.Equal(t, idle["item_id"], c.await("input_audio_buffer.committed", 1)["item_id"])
	require.EqualValues(t, 2000, idle["audio_end_ms"].(float64)-idle["audio_start_ms"].(float64))
	require.Empty(t, engine.seen, "nothing was said")
	require.Empty(t, s.heard())
}

// A message that came as sound is understood as what was spoken is, and only
// with leave. // R3
func TestMessageOfSound(t *testing.T) {
	engine, s := &scripted{sentences: []string{"ok"}}, &scribe{words: []string{"hello"}}
	r := newRig(t, engine, nil, hearing(s))
	message := func(pcm []int16) event {
		return event{"type": "conversation.item.create", "event_id": "mine", "item": event{"type": "message", "role": "user", "id": "recorded",
			"content": []event{{"type": "input_audio", "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, pcm))}}}}
	}
	c := r.connect()
	notice := c.aware("text")
	c.send(message(said(t)))
	require.Equal(t, "voice_input_not_consented", c.await("error", 1).at("error", "code"))
	c.acknowledge(notice)
	c.allow(1)
	c.send(message(said(t)))
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	require.Equal(t, "recorded", c.await("conversation.item.input_audio_transcription.completed", 1)["item_id"])
	require.Equal(t, []string{"hello"}, engine.seen)
	require.InDelta(t, len(said(t))/24, s.heard()[0], 5)
	c.send(message(said(t)))
	require.Equal(t, "invalid_value", c.await("error", 2).at("error", "code"), "the name is taken")
	require.Len(t, s.heard(), 1)
}

// The receipt says that the person was listened to, for what, and who was sent
// their voice; a transcriber that the policy does not allow is sent nothing. // R3 R18 R29
func TestReceiptOfVoice(t *testing.T) {
	for _, allowed := range []bool{true, false} {
		t.Run(map[bool]string{true: "allowed", false: "refused"}[allowed], func(t *testing.T) {
			s := &scribe{remote: true}
			r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, hearing(s), func(_ *Options, tn *tenant.Tenant) {
				tn.Avatars[0].Transcriber = &tenant.BackEnd{Name: "Ear GmbH", URL: &url.URL{Scheme: "https", Host: "ear.example"}, Region: "DE"}
				if !allowed {
					tn.Policy.Regions = []string{"FR"}
				}
			})
			c := r.listened("text")
			c.speak()
			if allowed {
				c.await("response.done", 1)
			} else {
				require.Equal(t, "backend_not_allowed", c.await("conversation.item.input_audio_transcription.failed", 1).at("error", "code"))
				require.Empty(t, s.heard())
			}
			for _, live := range r.server.registry.all() {
				live.mu.Lock()
				got := live.receiptOf(time.Now(), false)
				live.mu.Unlock()
				if !allowed {
					require.Empty(t, got.Recipients)
					require.Len(t, got.Processed, 1)
					continue
				}
				require.Len(t, got.Recipients, 1)
				require.Equal(t, "Ear GmbH", got.Recipients[0].Name)
				require.Equal(t, "voice", got.Recipients[0].What)
				require.Equal(t, "DE", got.Recipients[0].Where)
				require.Equal(t, "voice", got.Processed[1].What)
				require.Equal(t, "transcribed", got.Processed[1].Until)
			}
		})
	}
}

// A client that knows no notice: sound is its sign of life, what comes before
// the end of the notice is not heard, and what comes after it is. // R20 R25
func TestStockClientSpeaks(t *testing.T) {
	alongside(t)
	engine, s := &scripted{sentences: []string{"ok"}}, &scribe{}
	r := newRig(t, engine, tone{}, hearing(s))
	c := r.connect()
	c.await("session.created", 1)
	c.speak()
	require.Equal(t, "disclosure", c.await("response.created", 1).at("response", "metadata", "mayfly"))
	c.speak()
	require.Empty(t, s.heard())
	require.Zero(t, c.count("error"))
	done := make(chan struct{})
	go func() { defer close(done); c.await("response.done", 1) }()
	<-done
	c.speak()
	c.await("response.done", 2)
	require.Len(t, s.heard(), 1)
	require.Zero(t, c.count("avatar.transcript.partial"))
}

// A connection that goes takes what was being said with it; words that still
// come are there when it is back, and are answered then.
func TestVoiceAcrossAResume(t *testing.T) {
	engine, s := &scripted{sentences: []string{"ok"}}, &scribe{words: []string{"hello"}, pause: 300 * time.Millisecond}
	r := newRig(t, engine, nil, hearing(s))
	c := r.listened("text")
	c.speak()
	c.await("input_audio_buffer.committed", 1)
	c.append(said(t))
	c.await("input_audio_buffer.speech_started", 2)
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	_ = c.ws.NetConn().Close()
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.finished == 1 && s.all[1].dropped }, 30*time.Second, time.Millisecond)
	require.Zero(t, engine.count())
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}}, "")
	require.NoError(t, err)
	back := watch(t, ws)
	back.await("response.done", 1)
	require.Equal(t, []string{"hello"}, engine.seen)
	back.speak()
	back.await("response.done", 2)
}

// Listening allocates nothing while nobody speaks, and an ear that is deaf
// holds nothing.
func TestListeningDoesNotAllocate(t *testing.T) {
	s := &scribe{}
	r := newRig(t, &scripted{}, nil, hearing(s))
	c := r.listened("text")
	c.append(silence(100 * time.Millisecond))
	c.text("there")
	c.await("conversation.item.done", 1)
	for _, live := range r.server.registry.all() {
		live.mu.Lock()
		l, quiet := live.ear.hearer, silence(20*time.Millisecond)
		for range 400 {
			l.listen(time.Now(), quiet)
		}
		now := time.Now()
		n := testing.AllocsPerRun(500, func() { l.listen(now, quiet) })
		live.mu.Unlock()
		require.Zero(t, n)
	}
}

// What a client sets is what the detector is told.
func TestDetection(t *testing.T) {
	turns := realtime.Defaults().Input.Turns
	require.Equal(t, hear.Config{Mode: hear.Server, Threshold: 0.5, PrefixMS: 300, SilenceMS: 500, Create: true, Interrupt: true, Language: "de"}, detection(turns, "de"))
	turns.Kind, turns.Eagerness, turns.Prefix, turns.Silence, turns.Threshold, turns.Idle = realtime.SemanticVAD, "low", 0, 0, 0, 5000
	got := detection(turns, "en")
	require.Equal(t, hear.Semantic, got.Mode)
	require.Equal(t, hear.Low, got.Eagerness)
	require.Negative(t, got.PrefixMS, "none")
	require.Positive(t, got.SilenceMS, "the least")
	require.Positive(t, got.Threshold)
	require.Equal(t, 5000, got.IdleMS)
	require.Equal(t, hear.Manual, detection(realtime.TurnDetection{Kind: realtime.Manual}, "").Mode)
}

// The avatar goes down by 12 dB and back within a frame each, without a jump.
func TestGain(t *testing.T) {
	var g gain
	frame := make([]int16, audio.Frame)
	for i := range frame {
		frame[i] = 8000
	}
	require.Equal(t, frame, g.apply(frame))
	last := int16(8000)
	for _, on := range []bool{true, true, false, false} {
		g.ducked = on
		out := g.apply(frame)
		for _, v := range out {
			require.InDelta(t, last, v, 40)
			last = v
		}
		if g.at == ducking {
			require.InDelta(t, 2000, last, 40)
		}
	}
	require.EqualValues(t, 8000, last)
	require.EqualValues(t, 8000, frame[100], "the sound is whoever made it's")
}

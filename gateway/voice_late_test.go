package gateway

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// The person takes a sentence out of the conversation before its words are
// known: the transcriber lets go of it at once, and a reply that waited for
// them does not wait any more. // R12
func TestDeletedWhileItIsWrittenDown(t *testing.T) {
	engine, s := &scripted{sentences: []string{"ok"}}, &scribe{hang: true}
	r := newRig(t, engine, nil, hearing(s))
	c := r.listened("text")
	c.speak()
	c.send(event{"type": "response.create"})
	c.send(event{"type": "conversation.item.delete", "item_id": c.await("input_audio_buffer.committed", 1)["item_id"]})
	c.await("conversation.item.deleted", 1)
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.all[0].dropped
	}, 30*time.Second, time.Millisecond, "the transcriber still has it")
	live := r.only()
	live.mu.Lock()
	require.Empty(t, live.ear.waiting)
	live.mu.Unlock()
	c.await("response.done", 1)
}

// A sentence that began before the person agreed that their sound is kept is
// not kept, also if it was told from noise only afterwards; the next one is. // R10
func TestSoundOfBeforeTheYesIsNotKept(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"I hear you well."}}, tone{}, sounding(tp))
	c := r.agreedTo("transcript", "voice_input")
	onset := voice.Rate*3/10 + voice.Rate/25
	c.append(said(t)[:onset]) // the pause, and the first breath of the sentence
	require.Eventually(t, func() bool {
		live := r.only()
		live.mu.Lock()
		defer live.mu.Unlock()
		return live.ear.hearer != nil && live.ear.hearer.heard >= onset*2/3-step
	}, 30*time.Second, time.Millisecond)
	require.Zero(t, c.count("input_audio_buffer.speech_started"), "it began before")
	asked := c.await("avatar.consent.requested", 1)
	c.send(event{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": event{"audio_recording": true}, "method": "click"})
	c.await("avatar.consent.state", 2)
	c.append(said(t)[onset:])
	c.append(silence(800 * time.Millisecond))
	c.await("avatar.transcript.committed", 1)
	c.speak()
	c.await("avatar.transcript.committed", 2)
	turns := tp.all()
	require.Zero(t, len(turns[0].sound[redact.Person]), "it began before the yes")
	require.NotEmpty(t, turns[0].sound[redact.Reply])
	require.NotEmpty(t, turns[1].sound[redact.Person])
}

// What the person sent as a message of sound is not gathered, so that of an
// exchange with one nothing that they said is kept: whole or not at all. // R10
func TestSoundBesideAMessageOfSound(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"I hear you well."}}, tone{}, sounding(tp))
	c := r.agreedTo("transcript", "audio_recording", "voice_input")
	c.send(event{"type": "conversation.item.create", "item": event{"type": "message", "role": "user",
		"content": []event{{"type": "input_audio", "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, said(t)))}}}})
	c.await("conversation.item.input_audio_transcription.completed", 1)
	c.speak()
	c.await("avatar.transcript.committed", 1)
	c.speak()
	c.await("avatar.transcript.committed", 2)
	turns := tp.all()
	require.Zero(t, len(turns[0].sound[redact.Person]), "a part of what they said")
	require.NotEmpty(t, turns[0].sound[redact.Reply])
	require.NotEmpty(t, turns[1].sound[redact.Person])
}

// A tenant that switches the microphone off does not offer it to who comes
// back either, nor speaks of it. // R3
func TestMicrophoneIsNotOfferedAfterwards(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, hearing(&scribe{}))
	r.listened("text")
	d := r.server.options.Directory
	changed := *d.Tenant("acme")
	changed.Avatars = append([]tenant.Avatar{}, changed.Avatars...)
	changed.Avatars[0].Microphone = false
	require.NoError(t, d.Replace([]tenant.Tenant{changed}))
	r.server.Narrow("acme", nil)
	live := r.only()
	require.Eventually(t, func() bool {
		live.mu.Lock()
		defer live.mu.Unlock()
		return !live.takesVoice()
	}, 30*time.Second, time.Millisecond)
}

// A no whose fact is not durable yet, in the middle of a sentence on a call:
// the clock does not go round in circles meanwhile, and nothing is crowded out
// of what waits. // R12
func TestWaitingInTheMiddleOfASentence(t *testing.T) {
	l := &ledger{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, tone{}, hearing(&scribe{}), withMedia(t), func(o *Options, _ *tenant.Tenant) { o.Facts = l })
	p := r.speaker(audio.Opus, awareCall)
	p.acknowledge(p.await("avatar.disclosure.presented", 1))
	p.allow(1)
	p.transmit(p.packets(said(t))[:50])
	p.await("input_audio_buffer.speech_started", 1)
	l.set(func(l *ledger) { l.stuck = true })
	p.send(event{"type": "avatar.optout.submit", "purposes": []string{"analytics"}})
	live := r.only()
	require.Eventually(t, func() bool {
		live.mu.Lock()
		defer live.mu.Unlock()
		return live.session.Waiting()
	}, 30*time.Second, time.Millisecond)
	time.Sleep(2 * quietAfter) // it would be quiet by now
	live.mu.Lock()
	speaking, at := live.ear.hearer.utterance != nil, live.quietAt()
	live.mu.Unlock()
	require.True(t, speaking)
	require.Zero(t, at, "there is nothing that could be done at any time")
	l.unstick()
	p.await("avatar.optout.state", 1)
	p.await("input_audio_buffer.committed", 1) // now it is quiet
}

// A disk that freezes for longer than a session lasts does not have the clock
// ring without end.
func TestWaitingBeyondTheEnd(t *testing.T) {
	l := &ledger{}
	r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) { o.Facts = l })
	c := r.connect()
	c.acknowledge(c.aware("text"))
	l.set(func(l *ledger) { l.stuck = true })
	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"analytics"}})
	live := r.only()
	require.Eventually(t, func() bool {
		live.mu.Lock()
		defer live.mu.Unlock()
		return live.session.Waiting()
	}, 30*time.Second, time.Millisecond)
	later := time.Now().Add(2 * time.Hour)
	live.mu.Lock()
	over := live.session.Next()
	live.server.wheel.drop(&live.alarm)
	live.pingAt = later.Add(time.Hour)
	live.wake(later)
	at := live.alarm.at
	live.pingAt = time.Now().Add(pingEvery)
	live.mu.Unlock()
	require.True(t, over.Before(later))
	require.True(t, at.After(later), "it rings at once, again and again")
	l.unstick()
	c.await("avatar.optout.state", 1)
}

// The session is over, and its client does not read: the transcriber lets go
// of everything all the same. // R3
func TestEndWhileItIsWrittenDown(t *testing.T) {
	s := &scribe{hang: true}
	r := newRig(t, &scripted{}, nil, hearing(s))
	c := r.listened("text")
	c.speak()
	c.await("input_audio_buffer.committed", 1)
	live := r.only()
	live.mu.Lock()
	waited := len(live.ear.waiting)
	err := live.apply(time.Now(), session.HungUp{Reason: session.PersonLeft})
	waits := len(live.ear.waiting)
	live.mu.Unlock()
	require.NoError(t, err)
	require.Equal(t, []int{1, 0}, []int{waited, waits})
	s.mu.Lock()
	defer s.mu.Unlock()
	require.True(t, s.all[0].dropped, "the transcriber still has it")
}

// A stream that begins anew is heard from its first packet on, whether its
// numbers went up or down.
func TestStreamThatBeginsAnew(t *testing.T) {
	for _, to := range []uint16{1000 + 20_000, 1000 - 900, 1000 + 40_000} {
		s := newStream(audio.PCMU)
		heard := 0
		out := func(pcm []int16) { heard += len(pcm) }
		s.take(rtc.Packet{Sequence: 1000, Timestamp: 0, Payload: make([]byte, 160)}, out)
		heard = 0
		for i := range uint16(10) {
			s.take(rtc.Packet{Sequence: to + i, Timestamp: 1 << 20, Payload: make([]byte, 160)}, out)
		}
		require.GreaterOrEqual(t, heard, 10*audio.Frame, "to %d", to)
	}
}

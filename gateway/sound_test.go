package gateway

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/pion/webrtc/v4/pkg/media/oggreader"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// sounding is a tenant that records, sound too, onto the tape.
func sounding(r *tape) rigOption {
	return func(o *Options, tn *tenant.Tenant) {
		recorded(r)(o, tn)
		tn.Policy.Audio, tn.Policy.AudioRetention = true, 7*24*time.Hour
		hearing(&scribe{words: []string{"Can you hear me?"}})(o, tn)
	}
}

// agreedTo opens a session whose person agreed to some of it, and hears the
// answers.
func (r *rig) agreedTo(purposes ...string) *client {
	r.t.Helper()
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	asked := c.await("avatar.consent.requested", 1)
	grants := event{}
	for _, p := range asked["purposes"].([]any) {
		grants[p.(string)] = false
	}
	for _, p := range purposes {
		grants[p] = true
	}
	c.send(event{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": grants, "method": "click"})
	c.await("avatar.consent.state", 1)
	c.await("avatar.recording.state", 1)
	return c
}

// only is the one session that is live.
func (r *rig) only() *conn {
	r.t.Helper()
	all := r.server.registry.all()
	require.Len(r.t, all, 1)
	return all[0]
}

// gathered is how many bytes of sound a session holds, and whether it ever
// held any.
func (c *conn) gathered() (bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.sounds.pieces {
		bytes += p.tape.Size()
	}
	if c.sounds.hearing != nil {
		bytes += c.sounds.hearing.tape.Size()
	}
	return bytes
}

// playedMS is how long a file sounds, by somebody else's reader, and its
// comments.
func playedMS(t *testing.T, file []byte) (ms int, comments map[string]string) {
	t.Helper()
	r, head, err := oggreader.NewWith(bytes.NewReader(file))
	require.NoError(t, err)
	comments = map[string]string{}
	last := uint64(0)
	for n := 0; ; n++ {
		body, page, err := r.ParseNextPage()
		if err != nil {
			return int(last-uint64(head.PreSkip)) / 48, comments
		}
		if n == 0 {
			tags, err := oggreader.ParseOpusTags(body)
			require.NoError(t, err)
			for _, c := range tags.UserComments {
				comments[c.Comment] = c.Value
			}
			continue
		}
		last = page.GranulePosition
	}
}

// speaks is the person saying something for some milliseconds, of which the
// words are known at once.
func (c *conn) speaks(t *testing.T, ms int, text string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	require.NoError(t, c.apply(now, session.VoiceStarted{}))
	pcm := make([]int16, avatar.HearingRate/100)
	for at := range ms / 10 {
		for i := range pcm {
			pcm[i] = int16(6000 * math.Sin(2*math.Pi*300*float64(at*len(pcm)+i)/avatar.HearingRate))
		}
		c.heardPerson(pcm)
	}
	c.ear.taken = 0
	require.NoError(t, c.apply(now, session.VoiceCommitted{AudioMS: ms}))
	c.heardItem(c.ear.taken)
	require.NoError(t, c.apply(now, session.Transcribed{Item: c.ear.taken, Words: session.NewSpeech([]byte(text))}))
}

// The main path: asked for, agreed to, told, kept with the turn, of both
// sides, each saying what made it; and nothing of it is held afterwards. // R10 R21 R41
func TestSoundIsKept(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"I hear you well."}}, tone{}, sounding(tp))
	c := r.agreedTo("transcript", "audio_recording", "voice_input")
	require.Equal(t, []any{"transcript", "audio"}, c.await("avatar.recording.state", 1)["kinds"])
	c.speak()
	c.await("avatar.transcript.committed", 1)

	turn := tp.all()[0]
	require.Contains(t, turn.text, "Can you hear me?")
	require.Equal(t, 7*24*time.Hour, turn.grant.Sound())
	ms, comments := playedMS(t, turn.sound[redact.Reply])
	require.Equal(t, 20*len("I hear you well."), ms)
	require.Equal(t, "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia", comments["DIGITALSOURCETYPE"])
	require.Equal(t, "test scripted 1", comments["AI_SYSTEM"])
	require.Contains(t, comments["DESCRIPTION"], "AI system")
	ms, comments = playedMS(t, turn.sound[redact.Person])
	spoken := len(said(t)) * 1000 / audio.Rate
	require.InDelta(t, spoken, ms, 900)
	require.Contains(t, comments["DIGITALSOURCETYPE"], "digitalCapture")
	require.NotContains(t, comments, "AI_SYSTEM")
	require.Zero(t, r.only().gathered())

	got := r.only().receiptNow()
	require.Len(t, got.Stored, 2)
	require.Equal(t, "sound", got.Stored[1].What)
	require.Equal(t, 1, got.Stored[1].Turns)
	require.Equal(t, "consent", got.Stored[1].LegalBasis)
	require.WithinDuration(t, time.Now().Add(7*24*time.Hour), got.Stored[1].Until, time.Minute)
}

// Without every yes that it takes nothing is gathered to begin with, whatever
// is said or spoken. // R1 R10 R11 R41
func TestNoSoundWithoutLeave(t *testing.T) {
	beside(t)
	for name, way := range map[string]struct {
		with     func(*tenant.Tenant)
		purposes []string
		reply    bool
	}{
		"nothing":       {nil, nil, false},
		"words":         {nil, []string{"transcript", "voice_input"}, false},
		"sound alone":   {nil, []string{"audio_recording", "voice_input"}, false},
		"not the voice": {nil, []string{"transcript", "audio_recording"}, true},
		"switched off":  {func(tn *tenant.Tenant) { tn.Policy.Audio = false }, []string{"transcript", "voice_input"}, false},
		"no time":       {func(tn *tenant.Tenant) { tn.Policy.AudioRetention = 0 }, []string{"transcript", "voice_input"}, false},
		"forced off":    {func(tn *tenant.Tenant) { tn.ForcedOff = true }, []string{"voice_input"}, false},
		"minors":        {func(tn *tenant.Tenant) { tn.Audience = tenant.Minors }, []string{"voice_input"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tp := &tape{}
			r := newRig(t, &scripted{sentences: []string{"I hear you well, and say so for as long as it takes to look at what is gathered meanwhile."}}, tone{}, sounding(tp), func(_ *Options, tn *tenant.Tenant) {
				if way.with != nil {
					way.with(tn)
				}
			})
			c := r.agreedTo(way.purposes...)
			on := r.only()
			on.mu.Lock()
			for range 100 {
				on.heardPerson(make([]int16, 160))
			}
			require.Nil(t, on.sounds.hearing)
			require.Nil(t, on.sounds.to24)
			on.heardNothing()
			on.mu.Unlock()
			c.text("Can you hear me?")
			c.send(event{"type": "response.create"})
			c.await("response.output_audio.delta", 3)
			on.mu.Lock()
			require.Equal(t, way.reply, len(on.sounds.pieces) > 0)
			on.mu.Unlock()
			c.await("response.done", 1)
			if len(way.purposes) > 0 && way.purposes[0] == "transcript" {
				c.await("avatar.transcript.committed", 1)
				turn := tp.all()[0]
				require.Equal(t, way.reply, len(turn.sound[redact.Reply]) > 0)
				require.Empty(t, turn.sound[redact.Person])
			} else {
				require.Empty(t, tp.all())
			}
			require.Zero(t, on.gathered())
		})
	}
}

// A no drops the sound that was gathered the moment it arrives, in the middle
// of an answer, and clears its memory; and calls back what is on its way to
// the disk. // R12 R42
func TestSoundStopsAtOnce(t *testing.T) {
	for name, no := range map[string]struct {
		says   func(*rig, *client)
		reply  bool // the answer's sound is kept all the same
		called bool // what is on its way is called back
	}{
		"opt out of sound": {func(_ *rig, c *client) {
			c.send(event{"type": "avatar.optout.submit", "purposes": []string{"audio_recording"}})
		}, false, true},
		"withdraw sound": {func(_ *rig, c *client) {
			c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"audio_recording"}})
		}, false, true},
		"withdraw words": {func(_ *rig, c *client) {
			c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"transcript"}})
		}, false, true},
		"withdraw voice": {func(_ *rig, c *client) {
			c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"voice_input"}})
		}, true, true},
		"child": {func(_ *rig, c *client) { c.send(event{"type": "avatar.minor.declare"}) }, false, true},
		"sound switched off": {func(r *rig, _ *client) {
			r.server.Narrow("acme", func(string) session.Policy {
				p := r.only().rules
				p.Audio = false
				return p
			})
		}, false, true},
		"all switched off": {func(r *rig, _ *client) {
			r.server.Narrow("acme", func(string) session.Policy { return session.Policy{} })
		}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			tp := &tape{hold: true}
			r := newRig(t, &scripted{sentences: []string{"One.", "Two.", "Three."}, pause: 150 * time.Millisecond}, tone{}, sounding(tp))
			c := r.agreedTo("transcript", "audio_recording", "voice_input")
			on := r.only()
			on.speaks(t, 300, "First.")
			c.send(event{"type": "response.create"})
			c.await("response.done", 1)
			require.Eventually(t, func() bool { return tp.waits() == 1 }, 30*time.Second, time.Millisecond)

			first := c.count("response.output_audio.delta")
			on.speaks(t, 300, "Second.")
			c.send(event{"type": "response.create"})
			c.await("response.output_audio.delta", first+2)
			require.Greater(t, on.gathered(), 1000)
			no.says(r, c)
			require.Eventually(t, func() bool {
				on.mu.Lock()
				defer on.mu.Unlock()
				for _, p := range on.sounds.pieces {
					if !no.reply || p.side == redact.Person {
						return false
					}
				}
				return !on.sounds.voice
			}, 30*time.Second, time.Millisecond)
			tp.release()
			c.await("response.done", 2)
			require.Eventually(t, func() bool { // whatever is kept of both turns is
				on.mu.Lock()
				defer on.mu.Unlock()
				return len(on.recording.waiting) == 0
			}, 30*time.Second, time.Millisecond)
			for _, turn := range tp.all() {
				require.Empty(t, turn.sound[redact.Person], "the person's voice was kept")
				require.Equal(t, no.reply && turn.grant.Turn() == 2, len(turn.sound[redact.Reply]) > 0, "turn %d", turn.grant.Turn())
			}
			require.Zero(t, on.gathered())
		})
	}
}

// Of a reply that was interrupted only what was heard is kept.
func TestSoundIsCutToWhatWasHeard(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"One thing.", "And another thing, which is long.", "And so on."}, pause: 100 * time.Millisecond}, tone{}, sounding(tp))
	c := r.agreedTo("transcript", "audio_recording")
	c.text("Tell me.")
	c.send(event{"type": "response.create"})
	first := c.await("response.output_audio.delta", 5)
	c.send(event{"type": "conversation.item.truncate", "item_id": first["item_id"], "content_index": 0, "audio_end_ms": 70})
	c.await("avatar.transcript.committed", 1)
	turn := tp.all()[0]
	var stored struct {
		Items []struct {
			Role    string `json:"role"`
			AudioMS int    `json:"audio_ms"`
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(turn.text), &stored))
	ms, _ := playedMS(t, turn.sound[redact.Reply])
	require.Equal(t, stored.Items[1].AudioMS, ms, "%s", turn.text)
	require.Equal(t, 70, ms)
}

// The store has the last word: where it says that sound is not allowed, the
// turn counts as kept without, and no more sound is gathered.
func TestSoundNotAllowedByTheStore(t *testing.T) {
	tp := &tape{mute: true}
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, sounding(tp))
	c := r.agreedTo("transcript", "audio_recording")
	c.turn("Hello?", 1)
	c.await("avatar.transcript.committed", 1)
	require.Equal(t, []any{"transcript"}, c.await("avatar.recording.state", 2)["kinds"])
	c.turn("Still?", 2)
	c.await("avatar.transcript.committed", 2)
	require.Zero(t, tp.all()[1].grant.Sound())
	for _, s := range r.only().receiptNow().Stored {
		require.NotEqual(t, "sound", s.What)
	}
}

// More sound than is kept of an exchange leaves the words alone.
func TestSoundIsBounded(t *testing.T) {
	var s sounds
	s.follow(session.RecordingIs{On: true, Sound: true})
	p := &piece{item: 1, side: redact.Reply}
	s.pieces = append(s.pieces, p)
	s.add(p, make([]int16, 10*audio.Rate))
	require.False(t, s.spoilt[redact.Reply])
	long := &piece{item: 2, side: redact.Reply}
	require.NoError(t, long.tape.Append(make([]int16, 10*audio.Rate)))
	for range mostSound/long.tape.Size() + 1 {
		s.pieces = append(s.pieces, long)
	}
	s.add(p, make([]int16, audio.Rate))
	require.True(t, s.spoilt[redact.Reply] && s.spoilt[redact.Person])
}

// receiptNow is the receipt as things stand.
func (c *conn) receiptNow() *receipt.Receipt {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.receiptOf(time.Now(), false)
}

// A no drops what was gathered before its fact is durable, whatever else has
// to wait for that, and nothing is gathered after it. // R12 R42
func TestSoundIsDroppedBeforeTheFact(t *testing.T) {
	for name, in := range map[string]session.Input{
		"opt out of sound": session.OptedOut{Purposes: session.AudioRecording}, "opt out of words": session.OptedOut{Purposes: session.Transcript},
		"withdraw sound": session.Withdrawn{Purposes: session.AudioRecording}, "child": session.MinorFound{},
		"the notice changed": session.NoticeChanged{}, "switched off": session.PolicyChanged{},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, sounding(&tape{}))
			r.agreedTo("transcript", "audio_recording", "voice_input")
			on := r.only()
			on.speaks(t, 300, "First.")
			require.NotZero(t, on.gathered())
			on.mu.Lock()
			defer on.mu.Unlock()
			on.foresee(in)
			require.Empty(t, on.sounds.pieces)
			require.Nil(t, on.sounds.ctx)
		})
	}
}

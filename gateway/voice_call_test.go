package gateway

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
)

// speaker is a phone with a microphone.
type speaker struct {
	*phone
	track    *webrtc.TrackLocalStaticRTP
	encoder  audio.Encoder
	sequence uint16
	clock    uint32
}

// speaker connects a call with a microphone.
func (r *rig) speaker(codec audio.Codec, session string) *speaker {
	r.t.Helper()
	p := newPhone(r.t, line{})
	c := webrtc.RTPCodecCapability{MimeType: string(codec), ClockRate: 8000}
	if codec == audio.Opus {
		c.ClockRate, c.Channels = 48000, 2
	}
	track, err := webrtc.NewTrackLocalStaticRTP(c, "microphone", "person")
	require.NoError(r.t, err)
	_, err = p.pc.AddTrack(track)
	require.NoError(r.t, err)
	answer := r.dialCall(p, r.key, session)
	require.Equal(r.t, 201, answer.status, answer.body)
	require.Empty(r.t, answer.header.Values("Mayfly-Refused"))
	p.take(answer.body)
	e, err := audio.NewEncoder(codec)
	require.NoError(r.t, err)
	return &speaker{phone: p, track: track, encoder: e, sequence: 65000, clock: 1 << 31}
}

// packets are the packets of sound, of 20 ms each.
func (s *speaker) packets(pcm []int16) []*rtp.Packet {
	s.t.Helper()
	var all []*rtp.Packet
	ticks := uint32(160)
	if s.track.Codec().MimeType == string(audio.Opus) {
		ticks = 960
	}
	for ; len(pcm) >= audio.Frame; pcm = pcm[audio.Frame:] {
		b := make([]byte, audio.MaxPacket)
		n, err := s.encoder.Encode(b, pcm[:audio.Frame])
		require.NoError(s.t, err)
		all = append(all, &rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: s.sequence, Timestamp: s.clock}, Payload: b[:n]})
		s.sequence++
		s.clock += ticks
	}
	return all
}

// transmit sends packets at twice the rate of speech, which is as fast as they are
// taken.
func (s *speaker) transmit(packets []*rtp.Packet) {
	s.t.Helper()
	for _, p := range packets {
		require.NoError(s.t, s.track.WriteRTP(p))
		time.Sleep(12 * time.Millisecond)
	}
}

const awareCall = `{"type":"realtime","output_modalities":["audio"],"avatar":{"version":"1","acknowledges_disclosure":true}}`

// A spoken turn on a call, with each codec: what is sent on the microphone's
// track is heard once the person agreed, and answered.
func TestSpokenTurnOnACall(t *testing.T) {
	beside(t)
	for _, codec := range []audio.Codec{audio.Opus, audio.PCMU, audio.PCMA} {
		t.Run(string(codec), func(t *testing.T) {
			t.Parallel()
			s := &scribe{words: []string{"What do you keep?"}}
			engine := &scripted{sentences: []string{"Nothing."}}
			r := newRig(t, engine, tone{}, hearing(s), withMedia(t))
			p := r.speaker(codec, awareCall)
			p.transmit(p.packets(said(t)[:voice.Rate])) // before the notice was accepted
			p.acknowledge(p.await("avatar.disclosure.presented", 1))
			p.allow(1)
			require.Empty(t, s.heard(), "heard before the yes")
			p.transmit(p.packets(said(t)))
			p.transmit(p.packets(silence(800 * time.Millisecond)))
			require.Equal(t, "completed", p.await("response.done", 1).at("response", "status"))
			p.order("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
				"conversation.item.input_audio_transcription.completed", "response.created")
			require.Len(t, s.heard(), 1)
			require.Greater(t, s.heard()[0], 1000)
			require.Greater(t, int(s.all[0].peak), 3000, "it is the sound that was sent")
			p.send(event{"type": "input_audio_buffer.append", "audio": "AAAA", "event_id": "no"})
			require.Equal(t, "not_supported", p.await("error", 1).at("error", "code"))
		})
	}
}

// A network loses a packet in twelve, doubles one and swaps two: it is the
// same sentence, as long as it was. Nothing sent while the person is silent,
// or after the microphone was switched off, ends the utterance all the same.
//
// A machine that is busy sends late, and for what is late there is silence too:
// so it takes more to end an utterance than one lateness is made up with (2 s),
// and what is measured is the sound, and the silence behind it.
func TestBadNetworkAndSilentMicrophone(t *testing.T) {
	alongside(t)
	const ends = 2500 // ms
	s := &scribe{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, tone{}, hearing(s), withMedia(t))
	p := r.speaker(audio.Opus, strings.Replace(awareCall, `"output_modalities"`, fmt.Sprintf(`"audio":{"input":{"turn_detection":{"type":"server_vad","silence_duration_ms":%d}}},"output_modalities"`, ends), 1))
	p.acknowledge(p.await("avatar.disclosure.presented", 1))
	p.allow(1)
	heard := func(nth int) {
		t.Helper()
		p.await("input_audio_buffer.committed", nth) // without another packet
		s.mu.Lock()
		defer s.mu.Unlock()
		require.Len(t, s.all, nth)
		ms := func(samples int) int { return samples / (avatar.HearingRate / 1000) }
		u, want := s.all[nth-1], len(said(t))/(voice.Rate/1000)-300
		t.Logf("%d ms of sound of %d, %d of silence behind it, in %d", ms(u.sound), want, ms(u.quiet), ms(u.samples))
		require.InDelta(t, want, ms(u.sound), 250)
		require.InDelta(t, ends, ms(u.quiet), 250)
	}
	all := p.packets(said(t))
	for i, at := range all {
		switch {
		case i%12 == 5:
		case i%12 == 7:
			if i+1 < len(all) {
				require.NoError(t, p.track.WriteRTP(all[i+1]))
			}
			require.NoError(t, p.track.WriteRTP(at))
		default:
			require.NoError(t, p.track.WriteRTP(at))
		}
		if i%12 == 9 {
			require.NoError(t, p.track.WriteRTP(at))
		}
		time.Sleep(12 * time.Millisecond)
	}
	heard(1)
	// It is switched on again much later: the gap is silence, and no speech.
	p.clock += 48000 * 30
	p.transmit(p.packets(said(t)))
	heard(2)
}

// Speaking over the avatar on a call: from the first packet that makes it
// speech nothing of the avatar leaves, and the item is cut to what was sent.
func TestSpeakingOverTheAvatarOnACall(t *testing.T) {
	engine, s := &scripted{sentences: []string{"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three."}}, &scribe{}
	r := newRig(t, engine, tone{}, hearing(s), withMedia(t))
	p := r.speaker(audio.Opus, awareCall)
	p.acknowledge(p.await("avatar.disclosure.presented", 1))
	p.allow(1)
	p.text("count")
	p.send(event{"type": "response.create"})
	p.await("output_audio_buffer.started", 1)
	require.Eventually(t, func() bool { n, _ := p.sound(); return n > 20 }, 30*time.Second, time.Millisecond)
	packets := p.packets(said(t))
	var started time.Time
	before := 0
	for _, packet := range packets {
		require.NoError(t, p.track.WriteRTP(packet))
		time.Sleep(12 * time.Millisecond)
		if started.IsZero() && p.count("input_audio_buffer.speech_started") > 0 {
			started = time.Now()
			before, _ = p.sound()
		}
		if !started.IsZero() {
			break
		}
	}
	require.False(t, started.IsZero())
	time.Sleep(100 * time.Millisecond)
	within, _ := p.sound()
	time.Sleep(300 * time.Millisecond)
	after, _ := p.sound()
	require.Equal(t, within, after, "sound 100 ms after it was speech")
	t.Logf("n = %d packets of the avatar after speech_started arrived", after-before)
	cut := p.await("conversation.item.truncated", 1)
	p.order("input_audio_buffer.speech_started", "output_audio_buffer.cleared", "conversation.item.truncated", "response.done")
	require.Equal(t, "turn_detected", p.await("response.done", 1).at("response", "status_details", "reason"))
	require.InDelta(t, after*20, int(cut["audio_end_ms"].(float64)), 60, "cut to what was sent")
}

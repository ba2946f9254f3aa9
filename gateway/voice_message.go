package gateway

import (
	"time"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// hearingPiece is how much sound of a message is decoded at a time: 100 ms.
const hearingPiece = audio.Rate / 10

// onCall says whether sound travels beside the events, and not in them.
func (c *conn) onCall() bool { return c.call != nil && c.carrier == carrier(c.call) }

// appendSound listens to the sound of a message. It is decoded only if it may
// be listened to.
func (c *conn) appendSound(now time.Time, a *realtime.Audio) (code, param string) {
	switch {
	case !c.takesVoice():
		return string(session.NoMicrophone), "type"
	case c.onCall():
		return "not_supported", "type"
	}
	c.soundCame(now)
	if ok, code := c.mayListen(); !ok {
		return code, "type"
	}
	if c.ended {
		return "", ""
	}
	if !c.allowSound(now, milliseconds(c.config.Input.Format, len(a.Bytes()))) {
		return "input_audio_rate_exceeded", "audio"
	}
	c.eachPiece(c.config.Input.Format, a.Bytes(), func(pcm []int16) bool {
		l := c.hearer()
		l.listen(now, pcm)
		return c.ear.hearer == l
	})
	return "", ""
}

// milliseconds is how long so many bytes sound.
func milliseconds(f realtime.Format, bytes int) int {
	perSample := 1
	if f == realtime.PCM {
		perSample = 2
	}
	return bytes * 1000 / (perSample * f.Rate())
}

// eachPiece decodes the sound of a message, piece by piece, to the session's
// rate, while it is wanted. Half a sample at the end waits for the next
// message.
func (c *conn) eachPiece(f realtime.Format, b []byte, each func([]int16) bool) {
	pcm := make([]int16, 0, hearingPiece)
	defer func() { clear(pcm[:cap(pcm)]) }()
	if f != realtime.PCM {
		c.eachPacket(f, b, each)
		return
	}
	if len(c.ear.half) == 1 && len(b) > 0 {
		pcm = audio.AppendSamples(pcm, []byte{c.ear.half[0], b[0]})
		b = b[1:]
	}
	c.ear.half = c.ear.half[:0]
	for {
		n := min(2*(hearingPiece-len(pcm)), len(b))
		pcm = audio.AppendSamples(pcm, b[:n])
		b = b[n&^1:]
		if len(pcm) == 0 || !each(pcm) {
			break
		}
		pcm = pcm[:0]
	}
	if len(b) == 1 {
		c.ear.half = append(c.ear.half, b[0])
	}
}

// eachPacket is eachPiece of G.711.
func (c *conn) eachPacket(f realtime.Format, b []byte, each func([]int16) bool) {
	codec := audio.PCMU
	if f == realtime.PCMA {
		codec = audio.PCMA
	}
	if s := c.ear.stream; s == nil || s.codec != codec {
		c.ear.stream = newStream(codec)
	}
	s := c.ear.stream
	for len(b) > 0 {
		packet := b[:min(len(b), f.Rate()/10)]
		b = b[len(packet):]
		n, err := s.decoder.Decode(s.pcm[:], packet)
		wanted := err == nil && each(s.pcm[:n])
		clear(s.pcm[:n])
		if !wanted {
			return
		}
	}
}

// commitSound ends the utterance under way because the client says so.
func (c *conn) commitSound(now time.Time) (code, param string) {
	if ok, code := c.mayListen(); !ok {
		return code, "type"
	}
	l := c.ear.hearer
	if l == nil || l.utterance == nil || l.utterance.samples < shortestCommit {
		return "input_audio_buffer_commit_empty", "type"
	}
	l.detector.Reset()
	l.commit(now, c.config.Input.Turns.Kind != realtime.Manual && c.config.Input.Turns.Create)
	return "", ""
}

// clearSound throws away what is being said because the client says so.
func (c *conn) clearSound(now time.Time) (code, param string) {
	if l := c.ear.hearer; l != nil {
		l.duck(false)
		l.clear()
		l.detector.Reset()
	}
	return refused(c.apply(now, session.VoiceDropped{})), "type"
}

// mayTakeSound is the code of why a message with sound is refused; empty: it is
// taken. Unlike a microphone, whoever sends one is told each time.
func (c *conn) mayTakeSound() string {
	ok, code := c.mayListen()
	switch {
	case ok:
		return ""
	case code == "":
		return string(session.NotHeard)
	}
	return code
}

// saidAloud takes a message whose words came as sound.
func (c *conn) saidAloud(now time.Time, a *realtime.Audio, in session.Said) (code, param string) {
	f := c.config.Input.Format
	ms := milliseconds(f, len(a.Bytes()))
	if ms > longestUtterance*1000/avatar.HearingRate || !c.allowSound(now, ms) {
		return "input_audio_rate_exceeded", "item.content"
	}
	in.Sound, in.Item.AudioMS = true, ms
	if err := c.apply(now, in); err != nil {
		return refused(err), "item"
	}
	u := c.beginUtterance(now)
	u.item = c.ear.added
	down := audio.NewResampler(audio.Rate, avatar.HearingRate)
	var heard []int16
	write := func(pcm []int16) {
		u.samples += len(pcm)
		if u.hearing != nil && u.hearing.Write(pcm) != nil {
			u.hearing.Drop()
		}
	}
	c.eachPiece(f, a.Bytes(), func(pcm []int16) bool {
		heard = down.Append(heard[:0], pcm)
		write(heard)
		return true
	})
	heard = down.AppendRest(heard[:0])
	write(heard)
	clear(heard[:cap(heard)])
	c.ear.half = c.ear.half[:0]
	c.writeDown(now, u)
	return "", ""
}

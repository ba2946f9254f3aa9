package gateway

import (
	"time"

	"mayfly/gateway/audio"
	"mayfly/gateway/realtime"
	"mayfly/gateway/rtc"
)

// stream makes one stream of sound of the packets of a call: in order, with
// what was lost concealed, and with silence where nothing was sent.
type stream struct {
	codec   audio.Codec
	decoder audio.Decoder
	pcm     [audio.MaxFrame]int16

	begun    bool
	sequence uint16 // of the next packet
	clock    uint32 // time stamp at which it is due
	early    []earlyPacket
	filled   int // samples of silence that stand for what may still come
}

// earlyPacket came before one that is due first.
type earlyPacket struct {
	sequence uint16
	clock    uint32
	payload  []byte
}

const (
	// earlyPackets is how many packets wait for one that is late. Then it is
	// lost.
	earlyPackets = 3
	// concealed is how much loss is concealed; beyond it is silence.
	concealed = 5 // frames
	// anotherStream is how far packets of one stream are apart at most.
	anotherStream = 500
	// longestGap is how much silence stands for packets that never came, in
	// samples: as long as any silence that ends an utterance.
	longestGap = 10 * audio.Rate
)

func newStream(codec audio.Codec) *stream {
	d, err := audio.NewDecoder(codec)
	if err != nil {
		panic(err) // the codecs are constants of the program
	}
	return &stream{codec: codec, decoder: d}
}

// ticks is how far a packet's clock goes on with so many samples.
func (s *stream) ticks(samples int) uint32 {
	if s.codec == audio.Opus {
		return uint32(2 * samples) // 48 kHz
	}
	return uint32(samples / 3) // 8 kHz
}

// samples is ticks the other way round.
func (s *stream) samples(ticks uint32) int {
	if s.codec == audio.Opus {
		return int(ticks / 2)
	}
	return int(ticks) * 3
}

// take takes a packet and gives out the sound that is complete with it.
func (s *stream) take(p rtc.Packet, out func([]int16)) {
	if !s.begun {
		s.begun, s.sequence, s.clock = true, p.Sequence, p.Timestamp
	}
	ahead := int16(p.Sequence - s.sequence)
	switch {
	case ahead > anotherStream || ahead < -anotherStream:
		s.restart(p, out)
		return
	case ahead < 0:
		return // late: something stands in its place already
	case ahead == 0:
		s.play(p.Timestamp, p.Payload, false, out)
		s.drain(out)
		return
	}
	if len(s.early) == earlyPackets {
		s.giveUp(out)
		s.take(p, out)
		return
	}
	for i := range s.early {
		if s.early[i].sequence == p.Sequence {
			return
		}
	}
	s.early = append(s.early, earlyPacket{p.Sequence, p.Timestamp, append([]byte(nil), p.Payload...)})
}

// drain plays what waited for the packet that has come.
func (s *stream) drain(out func([]int16)) {
	for s.next(s.sequence, false, out) {
	}
}

// next plays the packet that waits under a number, if there is one.
func (s *stream) next(sequence uint16, lost bool, out func([]int16)) bool {
	for i := range s.early {
		if e := s.early[i]; e.sequence == sequence {
			s.early = append(s.early[:i], s.early[i+1:]...)
			s.sequence = sequence
			s.play(e.clock, e.payload, lost, out)
			clear(e.payload)
			return true
		}
	}
	return false
}

// giveUp does without the packets that are due before those that wait.
func (s *stream) giveUp(out func([]int16)) {
	first := s.early[0].sequence
	for _, e := range s.early {
		if int16(e.sequence-first) < 0 {
			first = e.sequence
		}
	}
	s.next(first, true, out)
	s.drain(out)
}

// restart goes on with a stream that has nothing to do with what came before.
func (s *stream) restart(p rtc.Packet, out func([]int16)) {
	for i := range s.early {
		clear(s.early[i].payload)
	}
	s.early = nil
	s.sequence, s.clock = p.Sequence, p.Timestamp
	s.play(p.Timestamp, p.Payload, false, out)
}

// play decodes the packet that is due, after what its time stamp says was not
// sent, or was lost.
func (s *stream) play(clock uint32, payload []byte, lost bool, out func([]int16)) {
	s.sequence++
	if gap := int32(clock - s.clock); gap > 0 {
		s.fill(min(s.samples(uint32(gap)), longestGap), lost, out)
	}
	s.filled = 0
	n, err := s.decoder.Decode(s.pcm[:], payload)
	if err != nil {
		n, err = s.decoder.Conceal(s.pcm[:])
	}
	if err == nil {
		out(s.pcm[:n])
	}
	s.clock = clock + s.ticks(n)
	clear(s.pcm[:n])
}

// fill puts something in the place of sound that did not come, less what was
// put there when it was due.
func (s *stream) fill(samples int, lost bool, out func([]int16)) {
	samples -= s.filled
	for i := 0; lost && i < concealed && samples >= audio.Frame; i++ {
		n, err := s.decoder.Conceal(s.pcm[:])
		if err != nil || n == 0 {
			break
		}
		out(s.pcm[:n])
		clear(s.pcm[:n])
		samples -= n
	}
	s.silence(samples, out)
}

// silence gives out silence.
func (s *stream) silence(samples int, out func([]int16)) {
	for samples > 0 {
		n := min(samples, audio.Frame)
		clear(s.pcm[:n])
		out(s.pcm[:n])
		samples -= n
	}
}

// forget clears what waits.
func (s *stream) forget() {
	for i := range s.early {
		clear(s.early[i].payload)
	}
	s.early = nil
	clear(s.pcm[:])
}

// hearPacket listens to a packet of the microphone. Without leave it is not
// looked at.
func (c *conn) hearPacket(from carrier, p rtc.Packet) {
	c.mu.Lock()
	for c.carrier == from && !c.released && c.session != nil && c.session.Waiting() {
		c.durable.Wait() // as for messages: what is heard counts after what waits
	}
	if c.session == nil || c.carrier != from || c.ended || c.released || !c.takesVoice() {
		c.mu.Unlock()
		return
	}
	now := time.Now()
	c.soundCame(now)
	if !c.ended && c.session.Hears() {
		c.takePacket(now, p)
	} else {
		c.server.metrics.dropped.WithLabelValues("not_heard").Inc()
	}
	c.flush(shared)
}

// permitsMicrophone says whether a call may have a microphone: whether it is
// heard is decided by the session, packet by packet.
func (c *conn) permitsMicrophone(own *realtime.Update) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own != nil && own.Avatar.Locale != "" && c.session == nil {
		c.config.Avatar.Locale = own.Avatar.Locale
	}
	return c.takesVoice()
}

// takePacket decodes a packet and listens to it.
func (c *conn) takePacket(now time.Time, p rtc.Packet) {
	codec := audio.Opus
	switch p.MIME {
	case string(audio.PCMU):
		codec = audio.PCMU
	case string(audio.PCMA):
		codec = audio.PCMA
	}
	l := c.hearer()
	if c.ear.stream == nil || c.ear.stream.codec != codec {
		c.ear.stream = newStream(codec)
	}
	c.ear.lastSound = now
	c.ear.stream.take(p, func(pcm []int16) {
		switch {
		case c.ear.hearer != l:
		case !c.allowSound(now, len(pcm)*1000/audio.Rate):
			c.server.metrics.dropped.WithLabelValues("sound_rate").Inc()
		default:
			l.listen(now, pcm)
		}
	})
}

// A microphone that is switched off, or that sends nothing while it is quiet,
// ends nobody's utterance by itself: after a while the clock does.
const quietAfter = 150 * time.Millisecond

// quietAt is when silence is due in the place of packets; zero: never.
func (c *conn) quietAt() time.Time {
	l := c.ear.hearer
	if l == nil || l.utterance == nil || l.turns.Kind == realtime.Manual || c.ear.stream == nil || !c.onCall() || c.session.Waiting() {
		return time.Time{}
	}
	return c.ear.lastSound.Add(quietAfter)
}

// beQuiet listens to silence while no packets come.
func (c *conn) beQuiet(now time.Time) {
	at := c.quietAt()
	if at.IsZero() || now.Before(at) {
		return
	}
	l, s := c.ear.hearer, c.ear.stream
	n := int(min(now.Sub(c.ear.lastSound), 2*time.Second) * audio.Rate / time.Second)
	c.ear.lastSound = now
	s.filled += n
	s.silence(n, func(pcm []int16) {
		if c.ear.hearer == l {
			l.listen(now, pcm)
		}
	})
}

package rtc

import (
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// ringSize is RingTime in frames.
const ringSize = int(RingTime / FrameTime)

// expectedLoss is the loss, in percent, that a voice is protected against
// until the receiver has reported.
const expectedLoss = 5

// voice is what an avatar says to one peer: encoded at Play, by the caller's
// goroutine, held in a ring, and sent by the pacer. It is the webrtc.TrackLocal
// of its peer.
type voice struct {
	server *Server

	encoding sync.Mutex // one Play at a time
	encoder  Encoder    // Guarded by encoding. Made at the first Play.
	reset    bool       // Guarded by encoding. The next frame starts afresh.
	heard    int        // Guarded by encoding. the loss that the encoder knows of
	packet   []byte     // Guarded by encoding.
	loss     atomic.Int32
	report   atomic.Pointer[rtcp.ReceptionReport]

	sent, packets, dropped atomic.Uint64

	mu       sync.Mutex
	out      webrtc.TrackLocalWriter // Guarded by mu. nil until negotiated.
	mime     string                  // Guarded by mu.
	clock    uint32                  // Guarded by mu. RTP ticks per pacer tick
	header   rtp.Header              // Guarded by mu.
	base     uint32                  // Guarded by mu. time stamp of tick zero
	ring     [ringSize][]byte        // Guarded by mu.
	head, n  int                     // Guarded by mu.
	speaking bool                    // Guarded by mu. The pacer serves it.
	spurt    bool                    // Guarded by mu. The next packet starts a talkspurt.
	flushes  uint64                  // Guarded by mu.
	closed   bool                    // Guarded by mu.
}

func newVoice(s *Server) *voice {
	v := &voice{server: s, heard: expectedLoss}
	v.loss.Store(expectedLoss)
	v.base = rand.Uint32()
	v.header = rtp.Header{Version: 2, SequenceNumber: uint16(rand.Uint32() >> 17)} // below half: RFC 3711, 3.3.1
	return v
}

// Play queues one frame: 20 ms, mono, 24 kHz, Frame samples. It is sent on
// the pacer's clock, 20 ms after the one before it. The caller keeps Buffered
// below RingTime: beyond it the oldest frame is dropped and counted.
func (p *Peer) Play(frame []int16) error {
	p.mu.Lock()
	open, ended := p.events != nil, p.ended
	p.mu.Unlock()
	switch {
	case ended:
		return ErrClosed
	case p.voice == nil:
		return ErrNoAudio
	case !open:
		return ErrNotOpen
	case len(frame) != Frame:
		return ErrFrameSize
	}
	return p.voice.play(frame)
}

// Flush drops what Play queued: nothing of it is sent afterwards. The next
// frame starts a new stream.
func (p *Peer) Flush() {
	if p.voice != nil {
		p.voice.flush()
	}
}

// Buffered is how much sound waits to be sent, up to RingTime.
func (p *Peer) Buffered() time.Duration {
	if p.voice == nil {
		return 0
	}
	p.voice.mu.Lock()
	defer p.voice.mu.Unlock()
	return time.Duration(p.voice.n) * FrameTime
}

// Sent is the number of samples, at 24 kHz, that were handed to the network
// since the peer began. What was flushed or dropped is not among them, so a
// reply can be cut to what was really sent.
func (p *Peer) Sent() uint64 {
	if p.voice == nil {
		return 0
	}
	return p.voice.sent.Load()
}

func (v *voice) play(frame []int16) error {
	v.encoding.Lock()
	defer v.encoding.Unlock()
	v.mu.Lock()
	flushes, mime := v.flushes, v.mime
	v.mu.Unlock()
	if mime == "" {
		return ErrNotOpen
	}
	n, err := v.encode(mime, frame)
	if err != nil {
		return ErrInternal
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	if v.flushes != flushes { // flushed while it was being encoded
		return nil
	}
	if v.n == ringSize {
		v.head, v.n = (v.head+1)%ringSize, v.n-1
		v.dropped.Add(1)
		v.server.counts.dropped.Add(1)
	}
	at := (v.head + v.n) % ringSize
	v.ring[at] = append(v.ring[at][:0], v.packet[:n]...)
	v.n++
	if !v.speaking {
		v.speaking, v.spurt = true, true
		v.server.pacer.join(v)
	}
	return nil
}

// encode fills v.packet. Called with encoding held.
func (v *voice) encode(mime string, frame []int16) (int, error) {
	if v.encoder == nil {
		if v.server.options.NewEncoder == nil {
			return 0, ErrInternal
		}
		e, err := v.server.options.NewEncoder(mime)
		if err != nil {
			return 0, err
		}
		v.encoder, v.packet = e, make([]byte, 1275) // the longest frame of Opus
	}
	if v.reset {
		v.encoder.Reset()
		v.reset = false
	}
	if loss := int(v.loss.Load()); loss != v.heard {
		v.encoder.Expect(loss)
		v.heard = loss
	}
	return v.encoder.Encode(v.packet, frame)
}

func (v *voice) flush() {
	v.mu.Lock()
	v.empty()
	v.flushes++
	v.mu.Unlock()
	v.encoding.Lock()
	v.reset = v.encoder != nil
	v.encoding.Unlock()
}

// empty forgets what waits. Called with mu held.
func (v *voice) empty() {
	for i := range v.ring {
		clear(v.ring[i])
	}
	v.head, v.n = 0, 0
}

func (v *voice) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	v.empty()
}

// send sends the packet that is due at a tick, and says whether there was
// one. Without one the talkspurt is over and the pacer lets go. The lock is
// held over the write, which does not wait, so that nothing leaves after
// flush has returned.
func (v *voice) send(tick int64) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.n == 0 || v.closed {
		v.speaking = false
		return false
	}
	packet := v.ring[v.head]
	v.header.Timestamp = v.base + uint32(tick)*v.clock
	v.header.SequenceNumber++
	v.header.Marker = v.spurt
	v.spurt = false
	if _, err := v.out.WriteRTP(&v.header, packet); err == nil {
		v.sent.Add(Frame)
		v.packets.Add(1)
	}
	clear(packet)
	v.head, v.n = (v.head+1)%ringSize, v.n-1
	return true
}

// Bind is part of webrtc.TrackLocal: it learns the codec. Opus if there is
// any, whatever the client prefers.
func (v *voice) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, mime := range []string{webrtc.MimeTypeOpus, webrtc.MimeTypePCMU, webrtc.MimeTypePCMA} {
		for _, c := range ctx.CodecParameters() {
			if strings.EqualFold(c.MimeType, mime) {
				v.mu.Lock()
				defer v.mu.Unlock()
				v.out, v.mime = ctx.WriteStream(), mime
				v.clock = c.ClockRate * uint32(tickTime/time.Millisecond) / 1000
				v.header.PayloadType = uint8(c.PayloadType)
				v.header.SSRC = uint32(ctx.SSRC())
				return c, nil
			}
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind, ID, RID, StreamID and Kind are part of webrtc.TrackLocal.
func (v *voice) Unbind(webrtc.TrackLocalContext) error {
	v.close()
	return nil
}

// ID is the track's.
func (v *voice) ID() string { return "voice" }

// RID is empty: there is one encoding.
func (v *voice) RID() string { return "" }

// StreamID is that of all of the avatar's tracks.
func (v *voice) StreamID() string { return Stream }

// Kind is audio.
func (v *voice) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// reports reads the receiver's reports until the sender stops. pion handles
// requests to send again only if somebody reads.
func (v *voice) reports(sender *webrtc.RTPSender) {
	buf := make([]byte, 1500)
	loss := float64(expectedLoss)
	for {
		n, _, err := sender.Read(buf)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(buf[:n])
		if err != nil {
			continue
		}
		for _, p := range packets {
			var rr []rtcp.ReceptionReport
			switch p := p.(type) {
			case *rtcp.ReceiverReport:
				rr = p.Reports
			case *rtcp.SenderReport:
				rr = p.Reports
			}
			if len(rr) == 0 {
				continue
			}
			v.report.Store(&rr[0])
			// Half of the new, half of the old: quick to protect, and off
			// after some clean reports, since protection costs bits.
			loss = loss/2 + float64(rr[0].FractionLost)*100/256/2
			if loss < 0.5 {
				v.loss.Store(0)
			} else {
				v.loss.Store(int32(math.Ceil(loss)))
			}
		}
	}
}

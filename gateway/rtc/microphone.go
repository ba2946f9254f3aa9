package rtc

import (
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// MaxAudio is the most bytes of a microphone packet's payload; longer ones
// are dropped. Opus at its highest rate stays below it.
const MaxAudio = 1275

// microphone reads the one track that the client may send.
func (p *Peer) microphone(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	p.mu.Lock()
	taken := p.listening
	p.listening = true
	p.mu.Unlock()
	if taken || track.Kind() != webrtc.RTPCodecTypeAudio {
		return
	}
	p.run(func() { p.hear(track) })
}

// hear gives the handler one packet after the other, not more than
// MaxPacketRate in a second.
func (p *Peer) hear(track *webrtc.TrackRemote) {
	buf := make([]byte, 1500)
	var packet rtp.Packet
	var second time.Time
	count := 0
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if now := time.Now(); now.Sub(second) >= time.Second {
			second, count = now, 0
		}
		if count++; count > MaxPacketRate {
			p.server.counts.flooded.Add(1)
			continue
		}
		if packet.Unmarshal(buf[:n]) != nil || len(packet.Payload) == 0 || len(packet.Payload) > MaxAudio {
			continue
		}
		p.handler.Audio(Packet{
			MIME: track.Codec().MimeType, Sequence: packet.SequenceNumber, Timestamp: packet.Timestamp, Payload: packet.Payload,
		})
		clear(buf[:n])
	}
}

package rtc

import (
	"time"

	"github.com/pion/webrtc/v4"
)

// Stats is how a peer is doing, for avatar.metrics. It holds no address.
type Stats struct {
	Network   string        // "udp", "tcp"; empty before there is a path
	Codec     string        // of the voice: "audio/opus"; empty before it is known
	Packets   uint64        // of the voice, sent
	Dropped   uint64        // frames that Play was too early with
	Loss      float64       // of the last report, 0 to 1
	Jitter    time.Duration // of the last report
	Queued    uint64        // bytes of events that the peer has not acknowledged
	RoundTrip time.Duration // of the last check of the path
}

// Stats measures now.
func (p *Peer) Stats() Stats {
	var st Stats
	if t := p.pc.SCTP().Transport().ICETransport(); t != nil {
		if pair, err := t.GetSelectedCandidatePair(); err == nil && pair != nil {
			st.Network = pair.Local.Protocol.String()
		}
		if s, ok := t.GetSelectedCandidatePairStats(); ok {
			st.RoundTrip = time.Duration(s.CurrentRoundTripTime * float64(time.Second))
		}
	}
	p.mu.Lock()
	e := p.events
	p.mu.Unlock()
	if e != nil {
		st.Queued = e.channel.BufferedAmount()
	}
	if v := p.voice; v != nil {
		st.Packets, st.Dropped = v.packets.Load(), v.dropped.Load()
		v.mu.Lock()
		st.Codec = v.mime
		v.mu.Unlock()
		if r := v.report.Load(); r != nil {
			st.Loss = float64(r.FractionLost) / 256
			rate := 48000.0
			if st.Codec != webrtc.MimeTypeOpus {
				rate = 8000
			}
			st.Jitter = time.Duration(float64(r.Jitter) / rate * float64(time.Second))
		}
	}
	return st
}

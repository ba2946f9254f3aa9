package rtc

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"
)

// Options are what a Server is made of.
type Options struct {
	// Listen is the host:port of UDP and of TCP. A host without address is
	// every interface but loopback and container bridges. Empty means
	// 127.0.0.1 and any free port.
	Listen string
	// PublicAddresses are written into answers in place of the local ones,
	// in order of preference. A port of zero is the one listened on.
	PublicAddresses []netip.AddrPort
	// MaxPeers is how many peers there may be at once; zero means 1000.
	MaxPeers int
	// NewEncoder makes the encoder of one peer's voice for a MIME type
	// ("audio/opus", "audio/PCMU", "audio/PCMA"). It is called on the first
	// Play. Needed for Play.
	NewEncoder func(mime string) (Encoder, error)
}

// Encoder makes packets of frames. gateway/audio has them.
type Encoder interface {
	Encode(packet []byte, frame []int16) (int, error)
	Reset()
	Expect(loss int) // packets in a hundred that the receiver misses
}

// Server holds the ports and the peers. Its methods are safe for concurrent
// use.
type Server struct {
	// Static after construction.
	options Options
	sockets *sockets
	public  []string // candidate lines
	media   *webrtc.MediaEngine
	times   times
	log     silence
	certs   certificates
	pacer   pacer

	mu     sync.Mutex
	peers  map[*Peer]struct{} // Guarded by mu. nil once closed.
	taken  int                // Guarded by mu. peers and those being answered.
	alive  sync.WaitGroup     // one per taken; added to under mu, never after Close
	counts counts

	closing sync.Once
}

type counts struct{ answered, refused, lost, dropped, flooded atomic.Uint64 }

// Counts are totals since the start, for the metrics. They say nothing about
// any one person.
type Counts struct {
	Peers      int    // now
	Answered   uint64 // offers
	Refused    uint64 // offers
	Lost       uint64 // peers that ended other than by Close or hanging up
	Dropped    uint64 // frames of Play that were too far ahead
	Flooded    uint64 // microphone packets beyond the rate
	PionErrors uint64 // messages that pion logged at its levels error ...
	PionWarns  uint64 // ... and warning, and that nobody sees
}

// New opens the ports and starts the pacer.
func New(o Options) (*Server, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.MaxPeers == 0 {
		o.MaxPeers = 1000
	}
	s := &Server{options: o, times: usual(), peers: map[*Peer]struct{}{}}
	var err error
	if s.media, err = mediaEngine(); err != nil {
		return nil, err
	}
	// Every peer may hold a few TCP connections while it tries its paths.
	if s.sockets, err = listen(o.Listen, &s.log, 4*o.MaxPeers+64); err != nil {
		return nil, err
	}
	s.public = publicCandidates(o.PublicAddresses, s.sockets.port)
	s.pacer.start()
	return s, nil
}

// Port is the port of UDP and TCP.
func (s *Server) Port() uint16 { return s.sockets.port }

// Addresses are those that answers name: where clients are to reach UDP and
// TCP.
func (s *Server) Addresses() []netip.AddrPort {
	var all []netip.AddrPort
	for _, a := range s.options.PublicAddresses {
		if a.Port() == 0 {
			a = netip.AddrPortFrom(a.Addr(), s.sockets.port)
		}
		all = append(all, a)
	}
	if all == nil {
		for _, a := range s.sockets.addrs {
			all = append(all, netip.AddrPortFrom(a, s.sockets.port))
		}
	}
	return all
}

// Counts gives the totals.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	peers := len(s.peers)
	s.mu.Unlock()
	return Counts{
		Peers: peers, Answered: s.counts.answered.Load(), Refused: s.counts.refused.Load(), Lost: s.counts.lost.Load(),
		Dropped: s.counts.dropped.Load(), Flooded: s.counts.flooded.Load(),
		PionErrors: s.log.errors.Load(), PionWarns: s.log.warnings.Load(),
	}
}

// Close ends every peer with ServerClosed and returns when nothing of the
// Server runs any more.
func (s *Server) Close() error {
	s.mu.Lock()
	peers := s.peers
	s.peers = nil
	s.mu.Unlock()
	for p := range peers {
		p.finish(ServerClosed)
	}
	s.alive.Wait()
	s.closing.Do(func() {
		s.pacer.stop()
		s.sockets.close()
	})
	return nil
}

// Answer makes a peer of an offer. The answer is complete: it has every
// candidate and nothing is trickled. The peer then has 15 seconds to open its
// data channel. ctx bounds the answering only (milliseconds), not the peer.
//
// Errors are of type Error, or ctx's. On an error there is no peer, and no
// method of h is called.
func (s *Server) Answer(ctx context.Context, sdp []byte, permit Permit, h Handler) (*Peer, []byte, error) {
	p, answer, err := s.answer(ctx, sdp, permit, h)
	if err != nil {
		s.counts.refused.Add(1)
		return nil, nil, err
	}
	s.counts.answered.Add(1)
	return p, answer, nil
}

func (s *Server) answer(ctx context.Context, sdp []byte, permit Permit, h Handler) (*Peer, []byte, error) {
	o, err := parseOffer(sdp)
	if err != nil {
		return nil, nil, err
	}
	if err := s.take(); err != nil {
		return nil, nil, err
	}
	p, err := s.newPeer(o, permit, h)
	if err != nil {
		s.release(nil)
		return nil, nil, err
	}
	narrowed, _ := o.narrow(permit)
	answer, err := p.negotiate(ctx, narrowed)
	if err == nil && !s.admit(p) {
		err = ErrClosed
	}
	if err != nil {
		p.abandon()
		s.release(nil)
		return nil, nil, err
	}
	return p, answer, nil
}

// take reserves a place for a peer.
func (s *Server) take() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.peers == nil:
		return ErrClosed
	case s.taken >= s.options.MaxPeers:
		return ErrFull
	}
	s.taken++
	s.alive.Add(1)
	return nil
}

// admit makes a peer one of those that Close ends.
func (s *Server) admit(p *Peer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peers == nil {
		return false
	}
	s.peers[p] = struct{}{}
	p.arm()
	return true
}

// release gives a place back.
func (s *Server) release(p *Peer) {
	s.mu.Lock()
	delete(s.peers, p)
	s.taken--
	s.mu.Unlock()
	s.alive.Done()
}

// mediaEngine knows Opus, G.711 for clients without it, and VP8, so that a
// video line is answered inactive instead of refused.
func mediaEngine() (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	for _, c := range []struct {
		kind webrtc.RTPCodecType
		webrtc.RTPCodecParameters
	}{
		{webrtc.RTPCodecTypeAudio, codec(111, webrtc.MimeTypeOpus, 48000, 2, "minptime=10;useinbandfec=1", webrtc.RTCPFeedback{Type: "nack"})},
		{webrtc.RTPCodecTypeAudio, codec(0, webrtc.MimeTypePCMU, 8000, 0, "")},
		{webrtc.RTPCodecTypeAudio, codec(8, webrtc.MimeTypePCMA, 8000, 0, "")},
		{webrtc.RTPCodecTypeVideo, codec(96, webrtc.MimeTypeVP8, 90000, 0, "")},
	} {
		if err := m.RegisterCodec(c.RTPCodecParameters, c.kind); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func codec(pt webrtc.PayloadType, mime string, rate uint32, channels uint16, fmtp string, feedback ...webrtc.RTCPFeedback) webrtc.RTPCodecParameters {
	return webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: mime, ClockRate: rate, Channels: channels, SDPFmtpLine: fmtp, RTCPFeedback: feedback,
		},
		PayloadType: pt,
	}
}

// connection makes the pion half of a peer.
func (s *Server) connection(p *Peer) (*webrtc.PeerConnection, error) {
	cert, err := s.certs.at(time.Now())
	if err != nil {
		return nil, ErrInternal
	}
	reports, err := s.interceptors(p.route.speaks)
	if err != nil {
		return nil, ErrInternal
	}
	pc, err := webrtc.NewAPI(
		webrtc.WithMediaEngine(s.media),
		webrtc.WithInterceptorRegistry(reports),
		webrtc.WithSettingEngine(s.settings(p)),
	).NewPeerConnection(webrtc.Configuration{
		Certificates: []webrtc.Certificate{cert},
		BundlePolicy: webrtc.BundlePolicyMaxBundle,
	})
	if err != nil {
		return nil, ErrInternal
	}
	return pc, nil
}

// interceptors are sender reports (players need them to place sound in time),
// sending again for the rare client that asks for it (audio usually relies on
// its own redundancy), and receiver reports where a microphone is received.
func (s *Server) interceptors(receives bool) (*interceptor.Registry, error) {
	r := &interceptor.Registry{}
	sender, err := report.NewSenderInterceptor(report.WithSenderLoggerFactory(&s.log))
	if err != nil {
		return nil, err
	}
	r.Add(sender)
	again, err := nack.NewResponderInterceptor(nack.ResponderSize(64), nack.WithResponderLoggerFactory(&s.log))
	if err != nil {
		return nil, err
	}
	r.Add(again)
	if receives {
		receiver, err := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(&s.log))
		if err != nil {
			return nil, err
		}
		r.Add(receiver)
	}
	return r, nil
}

// settings are pion's, for one peer.
func (s *Server) settings(p *Peer) webrtc.SettingEngine {
	var e webrtc.SettingEngine
	e.LoggerFactory = &s.log
	e.SetICEUDPMux(s.sockets.udp)
	e.SetICETCPMux(s.sockets.tcp)
	e.SetNetworkTypes([]webrtc.NetworkType{
		webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6,
	})
	e.SetIncludeLoopbackCandidate(true) // the filter decides
	e.SetIPFilter(s.sockets.holds)
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.DisableActiveTCP(true)
	e.SetICETimeouts(s.times.disconnected, s.times.failed, s.times.keepAlive)
	e.SetDTLSConnectContextMaker(func() (context.Context, func()) {
		return context.WithTimeout(context.Background(), s.times.setup)
	})
	e.DetachDataChannels()
	e.SetSCTPMaxMessageSize(MaxMessage)
	e.SetSCTPMaxReceiveBufferSize(2 * MaxMessage)
	e.SetSCTPRTOMax(time.Second) // words lost in a cut come soon after it
	e.BufferFactory = p.stream
	return e
}

// stream makes the buffer of one incoming RTP or RTCP stream. pion opens one
// for every source that a client invents, so the count is the limit.
func (p *Peer) stream(packetio.BufferPacketType, uint32) io.ReadWriteCloser {
	if p.streams.Add(1) > 2*MaxStreams { // RTP and RTCP of each
		p.finish(MediaFlood)
	}
	b := streamBuffer{packetio.NewBuffer()}
	b.SetLimitSize(32 << 10)
	return b
}

// streamBuffer is pion's buffer in the form in which pion asks for one.
type streamBuffer struct{ *packetio.Buffer }

func (b streamBuffer) Read(p []byte) (int, error) {
	n, _, err := b.Buffer.Read(p, nil)
	return n, err
}

func (b streamBuffer) Write(p []byte) (int, error) { return b.Buffer.Write(p, nil) }

// refusal turns pion's error into ours: pion quotes the offer.
func refusal(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return ErrOfferRefused
}

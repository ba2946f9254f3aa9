package rtc

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"
)

// Handler is whom a peer tells. Open and Message come from one goroutine, in
// order, Audio from another; Lost comes last, exactly once, after the others
// have returned. While a method runs, the peer reads no further of that kind.
type Handler interface {
	// Open says that the data channel is open: Send and Play work.
	Open()
	// Message is one text message of the data channel, at most MaxMessage
	// bytes. text is valid only during the call.
	Message(text []byte)
	// Audio is one packet of the microphone. Only with Permit.Microphone.
	Audio(Packet)
	// Lost says that the peer is gone, and why.
	Lost(Reason)
}

// Packet is one packet of a microphone. Its payload comes from the network,
// is at most MaxAudio bytes, and is valid only during the call.
type Packet struct {
	MIME      string // "audio/opus", "audio/PCMU", "audio/PCMA"
	Sequence  uint16
	Timestamp uint32 // in the codec's clock: 48 kHz for Opus, 8 kHz for G.711
	Payload   []byte
}

// Peer is one connected client. Its methods are safe for concurrent use and
// do not block on the network.
type Peer struct {
	// Static after construction.
	server  *Server
	handler Handler
	permit  Permit
	first   *offer // without its session's lines
	route   route
	pc      *webrtc.PeerConnection
	voice   *voice // nil where the client does not hear

	streams atomic.Int32
	running sync.WaitGroup // goroutines that call the handler; see run

	mu        sync.Mutex
	events    *events     // Guarded by mu. nil until the data channel is open.
	channels  int         // Guarded by mu.
	listening bool        // Guarded by mu. The microphone's track is being read.
	setup     *time.Timer // Guarded by mu.
	admitted  bool        // Guarded by mu. The caller of Answer has it.
	early     Reason      // Guarded by mu. why it ended before that
	ended     bool        // Guarded by mu.

	restarting sync.Mutex // one restart at a time
}

func (s *Server) newPeer(o *offer, permit Permit, h Handler) (*Peer, error) {
	_, route := o.narrow(permit)
	p := &Peer{server: s, handler: h, permit: permit, route: route, first: o.shape()}
	pc, err := s.connection(p)
	if err != nil {
		return nil, err
	}
	p.pc = pc
	if route.hears {
		p.voice = newVoice(s)
		if err := p.addVoice(); err != nil {
			p.abandon()
			return nil, ErrInternal
		}
	}
	pc.OnConnectionStateChange(p.changed)
	pc.OnDataChannel(p.channel)
	if route.speaks {
		pc.OnTrack(p.microphone)
	}
	return p, nil
}

func (p *Peer) addVoice() error {
	d := webrtc.RTPTransceiverDirectionSendonly
	if p.route.speaks {
		d = webrtc.RTPTransceiverDirectionSendrecv
	}
	t, err := p.pc.AddTransceiverFromTrack(p.voice, webrtc.RTPTransceiverInit{Direction: d})
	if err != nil {
		return err
	}
	p.run(func() { p.voice.reports(t.Sender()) })
	return nil
}

// negotiate answers a narrowed offer, first or restart.
func (p *Peer) negotiate(ctx context.Context, offer string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return nil, refusal(err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return nil, refusal(err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return nil, refusal(err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return p.server.dress(p.pc.LocalDescription().SDP), nil
}

// Refused says what the offer asked for and did not get, as stable codes:
// MicrophoneNotEnabled, VideoNotEnabled, AudioLineIgnored.
func (p *Peer) Refused() []string { return slices.Clone(p.route.refused) }

// Hears says whether the client takes the avatar's voice.
func (p *Peer) Hears() bool { return p.voice != nil }

// Restart answers an ICE restart: the same client, with the same lines and
// certificate, on a new path. Data channel, voice and counts go on.
func (p *Peer) Restart(ctx context.Context, sdp []byte) ([]byte, error) {
	o, err := parseOffer(sdp)
	if err != nil {
		return nil, err
	}
	if !o.sameLines(p.first) {
		return nil, ErrOfferChanged
	}
	p.restarting.Lock()
	defer p.restarting.Unlock()
	if p.gone() {
		return nil, ErrClosed
	}
	narrowed, _ := o.narrow(p.permit)
	answer, err := p.negotiate(ctx, narrowed)
	if err != nil {
		// pion has let go of the old path: there is no way back.
		p.finish(RestartFailed)
		return nil, err
	}
	return answer, nil
}

// Close ends the peer. It returns at once; Lost follows with the reason.
func (p *Peer) Close(r Reason) { p.finish(r) }

// arm makes the peer one that can end, and starts the set-up's clock.
func (p *Peer) arm() {
	p.mu.Lock()
	p.admitted = true
	if p.events == nil {
		p.setup = time.AfterFunc(p.server.times.setup, func() { p.finish(SetupTimeout) })
	}
	early := p.early
	p.mu.Unlock()
	if early != "" {
		p.finish(early)
	}
}

// changed takes pion's view of the connection.
func (p *Peer) changed(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateClosed:
		p.mu.Lock()
		open := p.events != nil
		p.mu.Unlock()
		if open {
			p.finish(HungUp)
		} else {
			p.finish(HandshakeFailed)
		}
	case webrtc.PeerConnectionStateFailed:
		if p.pc.ICEConnectionState() == webrtc.ICEConnectionStateFailed {
			p.finish(Unreachable)
		} else {
			p.finish(HandshakeFailed)
		}
	}
}

// run starts a goroutine that the end of the peer waits for. It says false
// when the peer has ended.
func (p *Peer) run(f func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return false
	}
	p.running.Go(f)
	return true
}

func (p *Peer) gone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

// finish is the one way in which a peer ends. The first reason counts.
func (p *Peer) finish(r Reason) {
	p.mu.Lock()
	if p.ended || !p.admitted {
		p.early = r
		p.mu.Unlock()
		return
	}
	p.ended = true
	if p.setup != nil {
		p.setup.Stop()
	}
	p.mu.Unlock()
	if p.voice != nil {
		p.voice.close()
	}
	// pion waits for its callbacks, and this may be one of them.
	go func() {
		_ = p.pc.GracefulClose()
		p.running.Wait()
		switch r {
		case Unreachable, SetupTimeout, HandshakeFailed, RestartFailed, MediaFlood, TooManyChannels, MessageTooLarge, BinaryMessage:
			p.server.counts.lost.Add(1)
		}
		p.handler.Lost(r)
		p.server.release(p)
	}()
}

// abandon ends a peer that nobody was told of.
func (p *Peer) abandon() {
	_ = p.pc.GracefulClose()
	p.running.Wait()
}

// shape is what a restart is compared with: nothing but kinds and names.
func (o *offer) shape() *offer {
	s := &offer{fingerprint: o.fingerprint}
	for _, m := range o.media {
		s.media = append(s.media, mline{kind: m.kind, mid: m.mid})
	}
	return s
}

package rtc

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/audio"
)

// newServer is a server on loopback that must leave nothing behind.
func newServer(t testing.TB, o Options) *Server {
	t.Helper()
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		var err error
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); { // a loaded machine is slow to end things
			if err = goleak.Find(leaks); err == nil {
				return
			}
		}
		t.Error(err)
	})
	return newQuietServer(t, o)
}

// newQuietServer is one for tests that run beside others, where leaks cannot
// be told apart.
func newQuietServer(t testing.TB, o Options) *Server {
	t.Helper()
	o.NewEncoder = func(mime string) (Encoder, error) { return audio.NewEncoder(audio.Codec(mime)) }
	s, err := New(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		done := make(chan struct{})
		go func() { _ = s.Close(); close(done) }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Error("Server.Close does not return")
		}
	})
	return s
}

func netipLoopback(port uint16) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
}

// person is a Handler that remembers.
type person struct {
	opened chan struct{}
	lost   chan Reason

	mu       sync.Mutex
	messages []string
	packets  []Packet
	onText   func([]byte)
}

func newPerson() *person {
	return &person{opened: make(chan struct{}), lost: make(chan Reason, 8)}
}

func (h *person) Open() { close(h.opened) }

func (h *person) Message(text []byte) {
	h.mu.Lock()
	h.messages = append(h.messages, string(text))
	f := h.onText
	h.mu.Unlock()
	if f != nil {
		f(text)
	}
}

func (h *person) Audio(p Packet) {
	p.Payload = append([]byte(nil), p.Payload...)
	h.mu.Lock()
	h.packets = append(h.packets, p)
	h.mu.Unlock()
}

func (h *person) Lost(r Reason) { h.lost <- r }

func (h *person) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.messages...)
}

func (h *person) heard() []Packet {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Packet(nil), h.packets...)
}

// arrival is a packet at the receiver.
type arrival struct {
	at        time.Time
	sequence  uint16
	timestamp uint32
	marker    bool
	payload   []byte
}

// client is what a browser would be: a second, real peer.
type client struct {
	pc    *webrtc.PeerConnection
	dc    *webrtc.DataChannel
	open  chan struct{}
	track chan *webrtc.TrackRemote

	mu       sync.Mutex
	arrivals []arrival
	texts    []string
	states   []webrtc.PeerConnectionState
}

// wish says what a client offers.
type wish struct {
	audio, video webrtc.RTPTransceiverDirection
	tcpOnly      bool
	noChannel    bool
	settings     func(*webrtc.SettingEngine)
	media        func(*webrtc.MediaEngine) error
}

func newClient(t testing.TB, w wish) *client {
	t.Helper()
	var e webrtc.SettingEngine
	e.LoggerFactory = &silence{}
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if w.tcpOnly {
		e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}
	if w.settings != nil {
		w.settings(&e)
	}
	m := &webrtc.MediaEngine{}
	if w.media != nil {
		require.NoError(t, w.media(m))
	} else {
		require.NoError(t, m.RegisterDefaultCodecs())
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	c := &client{pc: pc, open: make(chan struct{}), track: make(chan *webrtc.TrackRemote, 4)}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		c.mu.Lock()
		c.states = append(c.states, s)
		c.mu.Unlock()
	})
	if w.audio != 0 {
		_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: w.audio})
		require.NoError(t, err)
	}
	if w.video != 0 {
		_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: w.video})
		require.NoError(t, err)
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.track <- track
		for {
			p, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			c.mu.Lock()
			c.arrivals = append(c.arrivals, arrival{time.Now(), p.SequenceNumber, p.Timestamp, p.Marker, p.Payload})
			c.mu.Unlock()
		}
	})
	if !w.noChannel {
		c.dc, err = pc.CreateDataChannel(Label, nil)
		require.NoError(t, err)
		c.dc.OnOpen(func() { close(c.open) })
		c.dc.OnMessage(func(m webrtc.DataChannelMessage) {
			c.mu.Lock()
			c.texts = append(c.texts, string(m.Data))
			c.mu.Unlock()
		})
	}
	return c
}

// offer gives a complete offer without candidates, as browsers send it.
func (c *client) offer(t testing.TB, o *webrtc.OfferOptions) []byte {
	t.Helper()
	offer, err := c.pc.CreateOffer(o)
	require.NoError(t, err)
	require.NoError(t, c.pc.SetLocalDescription(offer))
	return []byte(offer.SDP)
}

func (c *client) take(t testing.TB, answer []byte) {
	t.Helper()
	require.NoError(t, c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}))
}

func (c *client) got() []arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]arrival(nil), c.arrivals...)
}

func (c *client) read() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.texts...)
}

// call connects a client and waits until both ends are open.
func call(t testing.TB, s *Server, p Permit, w wish) (*Peer, *person, *client) {
	t.Helper()
	h, c := newPerson(), newClient(t, w)
	peer, answer, err := s.Answer(context.Background(), c.offer(t, nil), p, h)
	require.NoError(t, err)
	c.take(t, answer)
	within(t, 10*time.Second, h.opened, "the server's data channel")
	within(t, 10*time.Second, c.open, "the client's data channel")
	return peer, h, c
}

func within[T any](t testing.TB, d time.Duration, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(d):
		require.FailNow(t, "no "+what+" within "+d.String())
	}
	return v
}

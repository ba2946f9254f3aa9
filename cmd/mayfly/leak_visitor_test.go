package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/rtc"
)

// object is an event.
type object map[string]any

// visitor is a client with canaries in everything that it says. What it was
// sent is kept as it came.
type visitor struct {
	t     *testing.T
	run   *leakRun
	name  string
	aware bool

	send  func([]byte) error
	leave func(clean bool) // clean: with a goodbye
	ws    *websocket.Conn  // nil on a call

	mu     sync.Mutex
	raw    bytes.Buffer // Guarded by mu.
	events []object     // Guarded by mu.
	more   chan struct{}
	gone   chan struct{}
}

// word is this visitor's word for a field.
func (v *visitor) word(field string) string { return v.run.words.text(v.name + "/" + field) }

// token is the same of letters and digits.
func (v *visitor) token(field string) string { return v.run.words.token(v.name + "/" + field) }

func (v *visitor) took(message []byte) {
	var e object
	_ = json.Unmarshal(message, &e)
	v.mu.Lock()
	v.raw.Write(message)
	v.raw.WriteByte('\n')
	v.events = append(v.events, e)
	v.mu.Unlock()
	select {
	case v.more <- struct{}{}:
	default:
	}
}

// hand gives what the visitor was sent to the evidence, once it is gone.
func (v *visitor) hand() {
	<-v.gone
	v.mu.Lock()
	defer v.mu.Unlock()
	v.run.evidence.add("events of "+v.name, v.name, v.raw.Bytes())
}

func (v *visitor) say(e object) {
	v.t.Helper()
	b, err := json.Marshal(e)
	require.NoError(v.t, err)
	require.NoError(v.t, v.send(b))
}

// await waits for the nth event of a type, counted from 1.
func (v *visitor) await(typ string, nth int) object {
	v.t.Helper()
	deadline := time.After(10 * time.Second)
	for gone := v.gone; ; {
		v.mu.Lock()
		n, types := 0, []string{}
		for _, e := range v.events {
			if e["type"] == typ {
				if n++; n == nth {
					v.mu.Unlock()
					return e
				}
			}
			types = append(types, e["type"].(string))
		}
		v.mu.Unlock()
		select {
		case <-v.more:
		case <-gone:
			gone = nil // one last look
			continue
		case <-deadline:
			require.FailNow(v.t, "no "+typ, "%v", slices.Compact(types))
		}
		if gone == nil {
			require.FailNow(v.t, "gone before "+typ, "%v", slices.Compact(types))
		}
	}
}

// Two clients: one whose address is its own, one behind a proxy that is
// believed.
var (
	ownAddress     = netip.MustParseAddr("127.0.0.77")
	proxiedAddress = netip.MustParseAddr("198.51.100.177")
)

// header is what every request of a visitor carries.
func (r *leakRun) header(name, credential string) http.Header {
	word := func(field string) string { return r.words.token(name + "/header " + field) }
	h := http.Header{
		"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64) " + word("user agent") + "/1.0"},
		"Referer":         {"https://page.example/" + word("referer")},
		"X-Request-Id":    {word("request id")},
		"Accept-Language": {"en, x-" + word("language")},
		"Cookie":          {"id=" + word("cookie")},
		"Traceparent":     {"00-" + word("trace")},
		"X-Forwarded-For": {proxiedAddress.String()},
	}
	h.Set("X-"+word("name"), word("value"))
	if credential != "" {
		h.Set("Authorization", "Bearer "+credential)
	}
	return h
}

// from dials from an address of its own, or from where the proxy is.
func from(own bool) *net.Dialer {
	d := &net.Dialer{Timeout: 10 * time.Second}
	if own {
		d.LocalAddr = &net.TCPAddr{IP: ownAddress.AsSlice()}
	}
	return d
}

// visit opens a session over a WebSocket.
func (r *leakRun) visit(t *testing.T, name, avatar, credential string) *visitor {
	t.Helper()
	v := &visitor{t: t, run: r, name: name, more: make(chan struct{}, 1), gone: make(chan struct{})}
	d := websocket.Dialer{NetDial: from(len(name)%2 == 0).Dial, Subprotocols: []string{"realtime", v.token("subprotocol")}}
	ws, res, err := d.Dial(strings.Replace(r.program.url, "http", "ws", 1)+"/v1/realtime?model="+avatar+"&x="+v.token("query"), r.header(name, credential))
	require.NoError(t, err)
	v.took([]byte(`{"type":"upgrade"}`))
	v.raw.Write(whole(res))
	v.ws = ws
	v.send = func(b []byte) error { return ws.WriteMessage(websocket.TextMessage, b) }
	v.leave = func(clean bool) {
		if clean {
			_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "bye "+v.token("close reason")), time.Now().Add(time.Second))
			select {
			case <-v.gone:
			case <-time.After(5 * time.Second):
			}
		} else if tcp, ok := ws.NetConn().(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = ws.Close()
		v.hand()
	}
	go func() {
		defer close(v.gone)
		for {
			_, b, err := ws.ReadMessage()
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				v.mu.Lock()
				v.raw.WriteString(closed.Text)
				v.mu.Unlock()
			}
			if err != nil {
				return
			}
			v.took(b)
		}
	}()
	return v
}

// call opens a session over WebRTC, with a microphone that nobody enabled.
func (r *leakRun) call(t *testing.T, name, avatar, credential string) (*visitor, *caller) {
	t.Helper()
	v := &visitor{t: t, run: r, name: name, more: make(chan struct{}, 1), gone: make(chan struct{})}
	c := newCaller(t, v)
	status, answer := r.offer(t, name, credential, c.offer(), object{"type": "realtime", "avatar": object{"id": avatar, "subject": v.word("subject of the call")},
		"instructions": v.word("instructions of the call"), "output_modalities": []string{"text"}})
	require.Equal(t, 201, status, "%s", answer)
	c.take(answer)
	select {
	case <-c.open:
	case <-time.After(15 * time.Second):
		require.FailNow(t, "the call does not open")
	}
	return v, c
}

// caller is the pion side of a visitor.
type caller struct {
	t     *testing.T
	v     *visitor
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	open  chan struct{}
}

func newCaller(t *testing.T, v *visitor) *caller {
	t.Helper()
	c := &caller{t: t, v: v, open: make(chan struct{})}
	var e webrtc.SettingEngine
	factory := logging.NewDefaultLoggerFactory()
	factory.DefaultLogLevel, factory.ScopeLevels = logging.LogLevelDisabled, nil
	e.LoggerFactory = factory
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: ownAddress.AsSlice()})
	require.NoError(t, err)
	mux := webrtc.NewICEUDPMux(factory.NewLogger("ice"), socket)
	e.SetICEUDPMux(mux)
	e.SetIncludeLoopbackCandidate(true)
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	e.SetICECredentials(v.token("ice ufrag"), v.token("ice password"))
	m := &webrtc.MediaEngine{}
	require.NoError(t, m.RegisterDefaultCodecs())
	c.pc, err = webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = c.pc.GracefulClose()
		_ = mux.Close()
		_ = socket.Close()
	})
	c.track, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, v.token("track"), v.token("stream"))
	require.NoError(t, err)
	_, err = c.pc.AddTrack(c.track)
	require.NoError(t, err)
	protocol := v.token("channel protocol")
	channel, err := c.pc.CreateDataChannel(rtc.Label, &webrtc.DataChannelInit{Protocol: &protocol})
	require.NoError(t, err)
	_, err = c.pc.CreateDataChannel(v.token("channel label"), nil)
	require.NoError(t, err)
	channel.OnOpen(func() { close(c.open) })
	var once sync.Once
	channel.OnClose(func() { once.Do(func() { close(v.gone) }) })
	channel.OnMessage(func(m webrtc.DataChannelMessage) { v.took(m.Data) })
	v.send = func(b []byte) error { return channel.SendText(string(b)) }
	v.leave = func(clean bool) {
		if clean {
			_ = channel.Close()
		} else {
			_ = c.pc.Close()
			once.Do(func() { close(v.gone) })
		}
		select {
		case <-v.gone:
		case <-time.After(5 * time.Second):
			once.Do(func() { close(v.gone) })
		}
		v.hand()
	}
	return c
}

// offer is the visitor's offer, with canaries where pion has none.
func (c *caller) offer() []byte {
	c.t.Helper()
	offer, err := c.pc.CreateOffer(nil)
	require.NoError(c.t, err)
	require.NoError(c.t, c.pc.SetLocalDescription(offer))
	lines := []string{}
	for line := range strings.SplitSeq(strings.TrimSpace(offer.SDP), "\r\n") {
		switch {
		case strings.HasPrefix(line, "o="):
			line = strings.Replace(line, "o=-", "o="+c.v.token("sdp user"), 1)
		case strings.HasPrefix(line, "s="):
			line = "s=" + c.v.word("sdp name") + "\r\ni=" + c.v.word("sdp title") + "\r\ne=" + c.v.token("sdp mail") + "@page.example"
		case strings.HasPrefix(line, "a=ssrc:"):
			line = line[:strings.IndexByte(line, ' ')] + " cname:" + c.v.token("cname")
		case strings.HasPrefix(line, "a=mid:"):
			line += "\r\na=x-note:" + c.v.word("sdp attribute")
		}
		lines = append(lines, line)
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n")
}

// take applies the answer as if the microphone had been let in, so that its
// packets really leave.
func (c *caller) take(answer []byte) {
	c.t.Helper()
	text := string(answer)
	for _, d := range []string{"a=inactive", "a=sendonly"} {
		text = strings.ReplaceAll(text, d, "a=sendrecv")
	}
	require.NoError(c.t, c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text}))
}

// speak sends packets of sound with canaries as their payload, their header
// extension and the name of their source. It gives how many left.
func (c *caller) speak(n int) uint64 {
	c.t.Helper()
	payload := append([]byte{0x78}, c.v.token("sound")...) // an Opus frame of 20 ms, by its first byte
	for i := range n {
		p := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SequenceNumber: uint16(i), Timestamp: uint32(i) * 960}, Payload: payload}
		require.NoError(c.t, p.Header.SetExtension(1, []byte(c.v.token("rtp extension")[:16])))
		require.NoError(c.t, c.track.WriteRTP(p))
		time.Sleep(2 * time.Millisecond)
	}
	_ = c.pc.WriteRTCP([]rtcp.Packet{&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: c.v.token("rtcp cname")}}}}}})
	var sent uint64
	for _, s := range c.pc.GetStats() {
		if t, ok := s.(webrtc.TransportStats); ok {
			sent = t.BytesSent
		}
	}
	return sent
}

package gateway

import (
	"bytes"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/rtc"
	"mayfly/gateway/tenant"
)

// withMedia gives a rig ports for calls.
func withMedia(t *testing.T) rigOption {
	return func(o *Options, _ *tenant.Tenant) {
		var err error
		o.Media, err = rtc.New(rtc.Options{NewEncoder: func(mime string) (rtc.Encoder, error) { return audio.NewEncoder(audio.Codec(mime)) }})
		require.NoError(t, err)
	}
}

// phone is a client on a call: a real peer with a data channel, a line to
// hear on, and whatever else a test wants.
type phone struct {
	*client
	dc *webrtc.DataChannel

	heard   int // packets of sound. Guarded by client.mu.
	payload int // bytes of sound. Guarded by client.mu.
	open    chan struct{}
}

// line is what a phone offers beside the data channel.
type line struct {
	audio, video webrtc.RTPTransceiverDirection
}

var listener = line{audio: webrtc.RTPTransceiverDirectionRecvonly}

func newPhone(t *testing.T, l line) *phone {
	t.Helper()
	var e webrtc.SettingEngine
	e.LoggerFactory = quietPion()
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	e.SetSCTPMaxMessageSize(256 << 10) // as browsers have it
	e.SetSCTPRTOMax(time.Second)       // what a bad network holds up is the gateway's to bear, not the test's
	m := &webrtc.MediaEngine{}
	require.NoError(t, m.RegisterDefaultCodecs())
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(t, err)
	for kind, d := range map[webrtc.RTPCodecType]webrtc.RTPTransceiverDirection{webrtc.RTPCodecTypeAudio: l.audio, webrtc.RTPCodecTypeVideo: l.video} {
		if d != 0 {
			_, err = pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: d})
			require.NoError(t, err)
		}
	}
	p := &phone{open: make(chan struct{})}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.heard++
			p.payload += len(packet.Payload)
			p.mu.Unlock()
		}
	})
	p.dc, err = pc.CreateDataChannel(rtc.Label, nil)
	require.NoError(t, err)
	p.client = newClient(t, func(b []byte) error { return p.dc.SendText(string(b)) })
	p.client.pc = pc
	p.dc.OnOpen(func() { close(p.open) })
	p.dc.OnMessage(func(m webrtc.DataChannelMessage) {
		if !m.IsString {
			t.Error("an event is no text")
		}
		p.took(m.Data)
	})
	over := sync.OnceFunc(func() { close(p.done) })
	p.dc.OnClose(over)
	t.Cleanup(func() { _ = pc.GracefulClose(); over() })
	return p
}

// offer is complete and has no candidates, as browsers send it.
func (p *phone) offer() string {
	p.t.Helper()
	o, err := p.pc.CreateOffer(nil)
	require.NoError(p.t, err)
	require.NoError(p.t, p.pc.SetLocalDescription(o))
	return o.SDP
}

// take takes an answer and waits for the data channel.
func (p *phone) take(answer string) *phone {
	p.t.Helper()
	require.NoError(p.t, p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}))
	select {
	case <-p.open:
	case <-time.After(10 * time.Second):
		p.t.Fatal("the data channel did not open")
	}
	return p
}

// sound is how many packets and bytes of sound came.
func (p *phone) sound() (packets, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard, p.payload
}

// reply is an answer over HTTP.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask makes any request.
func (r *rig) ask(method, path string, h http.Header, body io.Reader) reply {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url()+path, body)
	require.NoError(r.t, err)
	for k, v := range h {
		req.Header[k] = v
	}
	res, err := r.do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return reply{res.StatusCode, res.Header, string(b)}
}

// form is an offer and a session as the published client posts them.
func form(t *testing.T, sdp, session string) (string, io.Reader) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range [][3]string{{"sdp", "application/sdp", sdp}, {"session", "application/json", session}} {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p[0] + `"`}, "Content-Type": {p[1]}})
		require.NoError(t, err)
		_, err = io.WriteString(part, p[2])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return w.FormDataContentType(), &b
}

// dialCall posts an offer, with a session unless it is empty.
func (r *rig) dialCall(p *phone, credential, session string) reply {
	r.t.Helper()
	h := http.Header{"Authorization": {"Bearer " + credential}, "Content-Type": {"application/sdp"}}
	body := io.Reader(bytes.NewReader([]byte(p.offer())))
	if session != "" {
		kind, b := form(r.t, p.pc.LocalDescription().SDP, session)
		h["Content-Type"], body = []string{kind}, b
	}
	return r.ask("POST", "/v1/realtime/calls", h, body)
}

// call connects a phone with the API key.
func (r *rig) call(l line, session string) (*phone, reply) {
	r.t.Helper()
	p := newPhone(r.t, l)
	answer := r.dialCall(p, r.key, session)
	require.Equal(r.t, http.StatusCreated, answer.status, answer.body)
	return p.take(answer.body), answer
}

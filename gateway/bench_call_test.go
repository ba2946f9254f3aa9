package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"
)

// quietPion keeps pion from writing over the figures.
func quietPion() logging.LoggerFactory {
	f := logging.NewDefaultLoggerFactory()
	f.DefaultLogLevel = logging.LogLevelDisabled
	return f
}

// benchCaller is a plain pion client with one audio line to receive and the events'
// channel, whose offer is ready.
func benchCaller(b *testing.B) (*webrtc.PeerConnection, string, <-chan struct{}) {
	var e webrtc.SettingEngine
	e.LoggerFactory = quietPion()
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
	m := &webrtc.MediaEngine{}
	require.NoError(b, m.RegisterDefaultCodecs())
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(b, err)
	_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	require.NoError(b, err)
	dc, err := pc.CreateDataChannel("oai-events", nil)
	require.NoError(b, err)
	opened := make(chan struct{})
	dc.OnOpen(func() { close(opened) })
	offer, err := pc.CreateOffer(nil)
	require.NoError(b, err)
	require.NoError(b, pc.SetLocalDescription(offer))
	return pc, offer.SDP, opened
}

// plainPion answers offers as pion's examples do.
func plainPion(b *testing.B) *httptest.Server {
	var (
		mu  sync.Mutex
		all []*webrtc.PeerConnection
	)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offer, _ := io.ReadAll(r.Body)
		var e webrtc.SettingEngine
		e.LoggerFactory = quietPion()
		e.SetIncludeLoopbackCandidate(true)
		e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
		m := &webrtc.MediaEngine{}
		_ = m.RegisterDefaultCodecs()
		pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			return
		}
		mu.Lock()
		all = append(all, pc)
		mu.Unlock()
		track, _ := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "voice", "plain")
		_, _ = pc.AddTrack(track)
		_ = pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)})
		answer, _ := pc.CreateAnswer(nil)
		gathered := webrtc.GatheringCompletePromise(pc)
		_ = pc.SetLocalDescription(answer)
		<-gathered
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, pc.LocalDescription().SDP)
	}))
	b.Cleanup(func() {
		h.Close()
		for _, pc := range all {
			_ = pc.GracefulClose()
		}
	})
	return h
}

// BenchmarkOffer: from the POST of an offer to its answer, and to the open
// channel. Floor: the same POST to a server that answers with plain pion.
func BenchmarkOffer(b *testing.B) {
	s, key := benchGateway(b, &scripted{}, nil, true)
	plain := plainPion(b)
	post := func(url string) (answered, open time.Duration) {
		pc, offer, opened := benchCaller(b)
		defer pc.GracefulClose()
		start := time.Now()
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(offer))
		require.NoError(b, err)
		req.Header.Set("Content-Type", "application/sdp")
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		require.NoError(b, err)
		answer, err := io.ReadAll(res.Body)
		require.NoError(b, err)
		_ = res.Body.Close()
		answered = time.Since(start)
		require.Equal(b, http.StatusCreated, res.StatusCode, "%s", answer)
		require.NoError(b, pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}))
		<-opened
		return answered, time.Since(start)
	}
	var ours, limit, ourOpen, limitOpen []time.Duration
	for b.Loop() {
		a, o := post(s.URL + "/v1/realtime/calls")
		ours, ourOpen = append(ours, a), append(ourOpen, o)
		a, o = post(plain.URL)
		limit, limitOpen = append(limit, a), append(limitOpen, o)
	}
	report(b, ours, limit)
	b.ReportMetric(inMS(percentile(ourOpen, .5)), "open-ms-p50")
	b.ReportMetric(inMS(percentile(limitOpen, .5)), "limit-open-ms-p50")
}

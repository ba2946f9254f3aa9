package browser

import (
	"bytes"
	_ "embed"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mayfly/gateway/rtc/relay"
)

//go:embed tap.js
var tapWorklet []byte

// tapPath is where the tap for the audio graph is served: a worklet must come
// from the page's own origin.
const tapPath = "/rig-tap.js"

// Network is what lies between the browser and the gateway: one relay under
// HTTP and WebSocket, one under the media. The browser knows no other way.
type Network struct {
	Gateway *Gateway
	URL     string       // the gateway as the browser sees it
	Web     *relay.Relay // HTTP and WebSocket (TCP)
	Media   *relay.Relay // WebRTC (UDP and TCP)

	mu      sync.Mutex
	answers []string // Guarded by mu. SDP, as the gateway gave it
}

// startNetwork runs a gateway behind relays until the test ends.
func startNetwork(t testing.TB, setup Setup) *Network {
	t.Helper()
	n := &Network{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	n.Web, err = relay.New(listener.Addr().(*net.TCPAddr).AddrPort())
	must(t, err)
	n.URL = "http://" + n.Web.Addr().String()
	setup.PublicURL = n.URL
	n.Gateway = startGateway(t, setup)
	if n.Gateway.Media != (netip.AddrPort{}) {
		n.Media, err = relay.New(n.Gateway.Media)
		must(t, err)
		t.Cleanup(n.Media.Close)
	}
	target, err := url.Parse(n.Gateway.URL)
	must(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: n.divert,
		FlushInterval:  -1,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tapPath {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(tapWorklet)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		n.Web.Close()
		_ = server.Close()
	})
	return n
}

// divert sends the media of a call through the relay.
func (n *Network) divert(answer *http.Response) error {
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/sdp") {
		return nil
	}
	sdp, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	n.mu.Lock()
	n.answers = append(n.answers, string(sdp))
	n.mu.Unlock()
	sdp = n.Media.Rewrite(sdp)
	answer.Body = io.NopCloser(bytes.NewReader(sdp))
	answer.ContentLength = int64(len(sdp))
	answer.Header.Set("Content-Length", strconv.Itoa(len(sdp)))
	return nil
}

// Answers are the SDP answers that the gateway gave.
func (n *Network) Answers() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.answers...)
}

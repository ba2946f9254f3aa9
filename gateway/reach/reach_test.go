package reach

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// place is a gateway as the doctor sees one, whole until a test breaks it.
type place struct {
	t      *testing.T
	http   *httptest.Server
	media  []string
	relays []string
	answer map[string]http.HandlerFunc // by path, in place of the good one
	public bool                        // the page gives a token
	user   string                      // of the relay's credential
	asked  []string                    // what was sent as Authorization
}

func newPlace(t *testing.T) *place {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, leaks)
	})
	p := &place{t: t, answer: map[string]http.HandlerFunc{}, public: true, user: "u"}
	p.media = []string{mediaPort(t, true, true)}
	p.http = httptest.NewServer(p)
	t.Cleanup(p.http.Close)
	return p
}

func (p *place) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("AI-Disclosure", `mode=machine-generated, provider="mayfly"`)
	if h := p.answer[r.URL.Path]; h != nil {
		h(w, r)
		return
	}
	switch r.URL.Path {
	case "/readyz":
		_, _ = io.WriteString(w, "ready\n")
	case "/v1/reach":
		body, _ := json.Marshal(map[string]any{"media": p.media, "relays": p.relays})
		if r.Header.Get("Upgrade") == "" {
			_, _ = w.Write(body)
			return
		}
		u := websocket.Upgrader{Subprotocols: []string{"realtime"}}
		ws, err := u.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		if _, _, err := ws.ReadMessage(); err == nil {
			_ = ws.WriteMessage(websocket.TextMessage, body)
		}
	case "/v1/avatar/token":
		if !p.public || r.Header.Get("Origin") != p.http.URL {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"value":"ek_1"}`)
	case "/v1/realtime/ice-servers":
		p.asked = append(p.asked, r.Header.Get("Authorization"))
		body, _ := json.Marshal(map[string]any{"ice_servers": []any{map[string]any{"urls": p.relays, "username": p.user, "credential": "c"}}})
		_, _ = w.Write(body)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// mediaPort answers probes as the gateway does, over whichever is on.
func mediaPort(t *testing.T, udp, tcp bool) string {
	reply := func(b []byte, from string) []byte {
		q := &stun.Message{Raw: append([]byte(nil), b...)}
		if q.Decode() != nil || len(b) < probeSize {
			return nil
		}
		at := netip.MustParseAddrPort(from)
		return stun.MustBuild(stun.NewTransactionIDSetter(q.TransactionID), stun.BindingSuccess, &stun.XORMappedAddress{IP: at.Addr().AsSlice(), Port: int(at.Port())}).Raw
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c, err := net.ListenPacket("udp", l.Addr().String())
	require.NoError(t, err)
	done := make(chan struct{}, 2)
	go func() {
		defer func() { done <- struct{}{} }()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			var b [600]byte
			n, _ := conn.Read(b[:])
			if tcp && n > 2 {
				out := reply(b[2:n], conn.RemoteAddr().String())
				_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
			} else {
				_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
			}
			_ = conn.Close()
		}
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		var b [1500]byte
		for {
			n, from, err := c.ReadFrom(b[:])
			if err != nil {
				return
			}
			if out := reply(b[:n], from.String()); udp && out != nil {
				_, _ = c.WriteTo(out, from)
			}
		}
	}()
	t.Cleanup(func() { l.Close(); c.Close(); <-done; <-done })
	return l.Addr().String()
}

// relayPort is a real TURN server that takes the user u with the password c,
// and sends to whom it may.
func relayPort(t *testing.T, may func(net.IP) bool) string {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	s, err := turn.NewServer(turn.ServerConfig{
		Realm: "r", LoggerFactory: quiet(),
		AuthHandler: func(r *turn.RequestAttributes) (string, []byte, bool) {
			return r.Username, turn.GenerateAuthKey("u", "r", "c"), r.Username == "u"
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            c,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1"},
			PermissionHandler:     func(_ net.Addr, peer net.IP) bool { return may(peer) },
		}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return c.LocalAddr().String()
}

func anybody(net.IP) bool { return true }

func (p *place) look(change ...func(*Options)) Report {
	p.t.Helper()
	u, err := url.Parse(p.http.URL)
	require.NoError(p.t, err)
	o := Options{URL: u, Wait: time.Second}
	for _, f := range change {
		f(&o)
	}
	return Look(p.t.Context(), o)
}

// rung is one of a report; it must be there.
func rung(t *testing.T, r Report, name string) Rung {
	t.Helper()
	for _, one := range r.Rungs {
		if one.Name == name {
			return one
		}
	}
	require.FailNow(t, "no rung "+name, "%+v", r)
	return Rung{}
}

// What works is measured, on every rung, and nothing else is said of it.
func TestAllOpen(t *testing.T) {
	p := newPlace(t)
	p.relays = []string{"stun:127.0.0.1:1", "turn:" + relayPort(t, anybody) + "?transport=udp"}
	r := p.look()
	for _, name := range []string{"tcp", "http", "websocket", "udp", "ice-tcp", "turn/udp"} {
		one := rung(t, r, name)
		require.Equal(t, Open, one.State, "%+v", one)
		require.Positive(t, one.MS, "%+v", one)
		require.Empty(t, one.Missing+one.Do)
	}
	require.Equal(t, NotOffered, rung(t, r, "tls").State)
	require.True(t, r.Well)
	require.Equal(t, "Calls go over UDP, the best way.", r.Verdict)
	require.Equal(t, []string{"Bearer ek_1"}, p.asked)
	p.look(func(o *Options) { o.Key = "mf_key" })
	require.Equal(t, "Bearer mf_key", p.asked[1])
}

// Each thing that is wrong closes its own rung and no other below it, and is
// named.
func TestWhatIsWrong(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	upgrades := func(how func(w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Upgrade") == "" {
				_, _ = io.WriteString(w, `{"media":["127.0.0.1:9"],"relays":[]}`)
				return
			}
			how(w, r)
		}
	}
	for name, c := range map[string]struct {
		rung           string
		state          State
		found, missing string
		wrong          func(*place)
	}{
		"another server": {"http", Closed, "something else answers", "a way from the proxy to the gateway", func(p *place) {
			p.answer["/readyz"] = func(w http.ResponseWriter, _ *http.Request) { w.Header().Del("AI-Disclosure"); w.WriteHeader(502) }
		}},
		"one that leads elsewhere": {"http", Closed, "it leads elsewhere", "the gateway at this address", func(p *place) {
			p.answer["/readyz"] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "https://example.org/", http.StatusFound)
			}
		}},
		"one that stops": {"http", Closed, "about to stop", "a gateway that is ready", func(p *place) { p.answer["/readyz"] = status(503) }},
		"no upgrade":     {"websocket", Closed, "status 400 instead of an upgrade", "WebSocket upgrades through the proxy", func(p *place) { p.answer["/v1/reach"] = upgrades(status(400)) }},
		"no subprotocol": {"websocket", Closed, "takes the header Sec-WebSocket-Protocol away", "the header Sec-WebSocket-Protocol", func(p *place) {
			p.answer["/v1/reach"] = upgrades(func(w http.ResponseWriter, r *http.Request) {
				r.Header.Del("Sec-WebSocket-Protocol")
				delete(p.answer, "/v1/reach")
				p.ServeHTTP(w, r)
			})
		}},
		"messages swallowed": {"websocket", Closed, "no message comes through", "messages of a WebSocket", func(p *place) {
			p.answer["/v1/reach"] = upgrades(func(w http.ResponseWriter, r *http.Request) {
				ws, err := (&websocket.Upgrader{Subprotocols: []string{"realtime"}}).Upgrade(w, r, nil)
				if err == nil {
					_, _, _ = ws.ReadMessage()
					_, _, _ = ws.ReadMessage()
					_ = ws.Close()
				}
			})
		}},
		"asked too often":      {"websocket", NotTried, "asked too often", "", func(p *place) { p.answer["/v1/reach"] = upgrades(status(429)) }},
		"UDP dropped":          {"udp", Closed, "no answer", "UDP to 127.0.0.1 port ", func(p *place) { p.media = []string{mediaPort(p.t, false, true)} }},
		"UDP refused":          {"udp", Closed, "refused", "UDP to 127.0.0.1 port 9", func(p *place) { p.media = []string{"127.0.0.1:9"} }},
		"TCP refused":          {"ice-tcp", Closed, "refused", "TCP to 127.0.0.1 port 9", func(p *place) { p.media = []string{"127.0.0.1:9"} }},
		"a proxy at the port":  {"ice-tcp", Closed, "something else answers at this port", "TCP to 127.0.0.1 port ", func(p *place) { p.media = []string{mediaPort(p.t, true, false)} }},
		"without calls":        {"udp", NotOffered, "runs without calls", "", func(p *place) { p.media = []string{} }},
		"an older gateway":     {"udp", NotTried, "did not say", "", func(p *place) { p.answer["/v1/reach"] = status(404) }},
		"no relay":             {"turn", NotOffered, "names no relay", "", func(*place) {}},
		"a relay that is gone": {"turn/udp", Closed, "no answer", "UDP to 127.0.0.1 port 9", func(p *place) { p.relays = []string{"turn:127.0.0.1:9"} }},
		"a TLS relay that is":  {"turn/tls", Closed, "refused", "TCP to 127.0.0.1 port 9", func(p *place) { p.relays = []string{"turns:127.0.0.1:9?transport=tcp"} }},
		"another secret":       {"turn/udp", Closed, "does not take the credential", "the same secret at both", func(p *place) { p.user, p.relays = "x", []string{"turn:" + relayPort(p.t, anybody)} }},
		"a relay that may not": {"turn/udp", Closed, "may not send to 127.0.0.1", "allowed-peer-ip=127.0.0.1", func(p *place) { p.relays = []string{"turn:" + relayPort(p.t, func(net.IP) bool { return false })} }},
		"nothing from the port": {"turn/udp", Closed, "nothing comes back", "UDP from the relay to 127.0.0.1 port ", func(p *place) {
			p.media, p.relays = []string{mediaPort(p.t, false, true)}, []string{"turn:" + relayPort(p.t, anybody)}
		}},
		"no credential":         {"turn/udp", Open, "whether it relays was not tried", "", func(p *place) { p.public, p.relays = false, []string{"turn:" + relayPort(p.t, anybody)} }},
		"no credential, no way": {"turn/udp", Closed, "no answer", "UDP to 127.0.0.1 port 9", func(p *place) { p.public, p.relays = false, []string{"turn:127.0.0.1:9"} }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.wrong(p)
			r := p.look()
			one := rung(t, r, c.rung)
			require.Equal(t, c.state, one.State, "%+v", one)
			require.Contains(t, one.Found, c.found)
			require.True(t, strings.HasPrefix(one.Missing, c.missing), one.Missing)
			require.Equal(t, c.state == Closed, one.Missing != "", "%+v", one)
			require.Equal(t, c.state == Closed, one.Do != "", "%+v", one)
			if c.state == Closed {
				require.False(t, r.Well, "a closed rung is not well")
			}
			for _, lower := range r.Rungs {
				if lower.Name == c.rung {
					break
				}
				require.NotEqual(t, c.rung == "http" && lower.State == Closed, true, "%+v", lower)
			}
		})
	}
}

// A certificate that a browser would not take closes the rung, for the reason
// that it has. // R73
func TestCertificates(t *testing.T) {
	ca, key := authority(t)
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for name, c := range map[string]struct {
		change func(*x509.Certificate, *tls.Config)
		roots  *x509.CertPool
		state  State
		found  string
	}{
		"good":      {func(*x509.Certificate, *tls.Config) {}, roots, Open, "TLS 1.3, for 127.0.0.1, by The authority, ends"},
		"soon over": {func(c *x509.Certificate, _ *tls.Config) { c.NotAfter = time.Now().Add(30 * time.Hour) }, roots, Open, "(1 days), soon"},
		"over":      {func(c *x509.Certificate, _ *tls.Config) { c.NotAfter = time.Now().Add(-time.Hour) }, roots, Closed, "the certificate ended"},
		"of another name": {func(c *x509.Certificate, _ *tls.Config) {
			c.IPAddresses, c.DNSNames = nil, []string{"a.example", "b.example"}
		}, roots, Closed, "the certificate is for a.example, b.example"},
		"of a stranger": {func(*x509.Certificate, *tls.Config) {}, x509.NewCertPool(), Closed, "nobody whom this machine trusts"},
		"TLS 1.1": {func(_ *x509.Certificate, c *tls.Config) {
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}, roots, Closed, "TLS 1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
			config := &tls.Config{}
			c.change(leaf, config)
			own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			require.NoError(t, err)
			der, err := x509.CreateCertificate(rand.Reader, leaf, ca, own.Public(), key)
			require.NoError(t, err)
			config.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: own}}
			s := httptest.NewUnstartedServer(p)
			s.TLS, s.Config.ErrorLog = config, nil
			s.Config.ErrorLog = quietLog()
			s.StartTLS()
			defer s.Close()
			u, err := url.Parse(s.URL)
			require.NoError(t, err)
			r := Look(t.Context(), Options{URL: u, Roots: c.roots, Wait: 2 * time.Second})
			one := rung(t, r, "tls")
			require.Equal(t, c.state, one.State, "%+v", one)
			require.Contains(t, one.Found, c.found)
			after := map[State]State{Open: Open, Closed: NotTried}[c.state]
			for _, name := range []string{"http", "websocket", "udp", "ice-tcp"} {
				require.Equal(t, after, rung(t, r, name).State, name)
			}
		})
	}
	t.Run("not TLS", func(t *testing.T) {
		p := newPlace(t)
		u, err := url.Parse("https" + strings.TrimPrefix(p.http.URL, "http"))
		require.NoError(t, err)
		require.Contains(t, rung(t, Look(t.Context(), Options{URL: u}), "tls").Found, "what answers is not TLS")
	})
}

func authority(t *testing.T) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "The authority"}, NotBefore: time.Now().Add(-72 * time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	require.NoError(t, err)
	ca, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return ca, key
}

// An address that others cannot reach is said to be one, without a packet.
func TestAddressesOfElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		page, media string
		wrong       bool
	}{
		"the same machine":         {"127.0.0.1", "127.0.0.1", false},
		"loopback of the server's": {"203.0.113.7", "127.0.0.1", true},
		"private behind public":    {"203.0.113.7", "10.0.0.5", true},
		"private behind private":   {"10.0.0.4", "10.0.0.5", false},
		"public":                   {"203.0.113.7", "203.0.113.8", false},
	} {
		l := &looking{addresses: []netip.Addr{netip.MustParseAddr(c.page)}}
		why := l.elsewhere(netip.MustParseAddr(c.media))
		require.Equal(t, c.wrong, why != "", name)
		r := l.best("udp", []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr(c.media), 3478)}, func(at netip.AddrPort) Rung {
			require.False(t, c.wrong, "%s: it is tried", name)
			return Rung{Name: "udp", State: Open}
		})
		require.Equal(t, map[bool]State{true: Closed, false: Open}[c.wrong], r.State, name)
	}
}

func TestParseRelay(t *testing.T) {
	for u, want := range map[string]string{
		"turn:a.example":                        "udp a.example 3478",
		"turn:a.example:99?transport=udp":       "udp a.example 99",
		"turn:a.example?transport=tcp":          "tcp a.example 3478",
		"turns:a.example":                       "tls a.example 5349",
		"turns:a.example:443?transport=tcp":     "tls a.example 443",
		"turns:[2001:db8::1]:443?transport=tcp": "tls 2001:db8::1 443",
		"turn:[2001:db8::1]":                    "udp 2001:db8::1 3478",
		"turns:a.example?transport=udp":         "",
		"stun:a.example":                        "",
		"turn:":                                 "",
	} {
		r, ok := parseRelay(u)
		require.Equal(t, want != "", ok, u)
		if ok {
			require.Equal(t, want, r.way+" "+r.host+" "+r.port, u)
		}
	}
}

// Whatever is closed, it is over in a few times the wait.
func TestEnds(t *testing.T) {
	p := newPlace(t)
	p.media = []string{mediaPort(t, false, false), mediaPort(t, false, false)}
	p.relays = []string{"turn:127.0.0.1:9", "turn:127.0.0.1:9?transport=tcp", "turns:127.0.0.1:9"}
	ctx, cancel := context.WithCancel(t.Context())
	start := time.Now()
	u, _ := url.Parse(p.http.URL)
	Look(ctx, Options{URL: u, Wait: 500 * time.Millisecond})
	require.Less(t, time.Since(start), 20*time.Second)
	cancel()
	r := Look(ctx, Options{URL: u})
	require.False(t, r.Well)
	require.Equal(t, "Nobody gets through from here.", r.Verdict)
}

// What others send is not printed as it is.
func TestCut(t *testing.T) {
	require.Equal(t, "a?[2Jb", cut("a\x1b[2Jb"))
	require.Len(t, cut(strings.Repeat("x", 5000)), 200)
	require.Equal(t, "port "+strconv.Itoa(9), fmt.Sprintf("port %s", port(netip.MustParseAddrPort("[::1]:9"))))
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

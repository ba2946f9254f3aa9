package reach

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// answerMost is how much of an answer is read, in bytes.
const answerMost = 64 << 10

// server is a STUN or TURN server with its credential.
type server struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username"`
	Credential string   `json:"credential"`
}

// offered is what the gateway says that there is to try.
type offered struct {
	known   bool
	media   []string
	servers []server
	without string // why the servers have no credential; empty: they have
}

// client asks the host, where it answered, and nobody else.
func (l *looking) client() *http.Client {
	t := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: l.Roots, ServerName: l.host},
		ForceAttemptHTTP2: false,
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, at string) (net.Conn, error) {
			if l.proxy == nil {
				at = l.first()
			}
			return l.dial(ctx, network, at)
		},
	}
	if l.proxy != nil {
		t.Proxy = http.ProxyURL(l.proxy)
	}
	return &http.Client{
		Transport: t, Timeout: l.Wait,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask makes one request and reads its JSON into to.
func (l *looking) ask(ctx context.Context, method, path string, header http.Header, to any) (*http.Response, error) {
	u := *l.URL
	u.Path, u.RawQuery, u.Fragment = path, "", ""
	r, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	for k, v := range header {
		r.Header[k] = v
	}
	res, err := l.client().Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, answerMost))
	if err == nil && to != nil && res.StatusCode == http.StatusOK {
		err = json.Unmarshal(body, to)
	}
	return res, err
}

// http asks whether the gateway is well and what there is to try.
func (l *looking) http(ctx context.Context) (there offered) {
	r := Rung{Name: "http", State: Open, At: l.report.URL}
	start := time.Now()
	res, err := l.ask(ctx, http.MethodGet, "/readyz", nil, nil)
	r.MS = since(start)
	switch {
	case err != nil:
		l.add(l.badHTTP(r, err))
		return there
	case res.StatusCode/100 == 3:
		r.State, r.Found, r.Missing, r.Do = Closed, "it leads elsewhere", "the gateway at this address", "look at where it leads: "+cut(res.Header.Get("Location"))
	case !strings.Contains(res.Header.Get("AI-Disclosure"), "mayfly"):
		r.State, r.Found = Closed, fmt.Sprintf("something else answers, with status %d", res.StatusCode)
		r.Missing, r.Do = "a way from the proxy to the gateway", "have the proxy pass everything at this address on to the gateway; see that the gateway runs"
	case res.StatusCode == http.StatusServiceUnavailable:
		r.State, r.Found, r.Missing, r.Do = Closed, "it is about to stop and takes nobody", "a gateway that is ready", "wait until it has started again"
	case res.StatusCode != http.StatusOK:
		r.State, r.Found, r.Missing, r.Do = Closed, fmt.Sprintf("status %d", res.StatusCode), "a gateway that is ready", "look at the gateway's log"
	default:
		r.Found = "the gateway is ready"
	}
	if !l.add(r) {
		return there
	}
	var body struct{ Media, Relays []string }
	if res, err := l.ask(ctx, http.MethodGet, "/v1/reach", nil, &body); err != nil || res.StatusCode != http.StatusOK {
		return there
	}
	there = offered{known: true, media: body.Media}
	servers, why := l.credentials(ctx)
	if there.without = why; why != "" {
		servers = []server{{URLs: body.Relays}}
	}
	there.servers = servers
	return there
}

// badHTTP says what became of a request.
func (l *looking) badHTTP(r Rung, err error) Rung {
	var op *net.OpError
	if l.proxy != nil && errors.As(err, &op) && op.Op == "proxyconnect" {
		r = closedBy(r, err, "TCP", l.proxy.Host)
		r.Do = "the proxy does not answer: correct HTTPS_PROXY, or see that it runs"
		return r
	}
	return closedBy(r, err, "TCP", net.JoinHostPort(l.host, l.port))
}

// credentials asks for the servers as a client does: with the key, or else as
// a visitor of the page. why says why there are none.
func (l *looking) credentials(ctx context.Context) (servers []server, why string) {
	key, header := l.Key, http.Header{}
	if key == "" {
		var token struct{ Value string }
		header.Set("Origin", l.report.URL)
		header.Set("Sec-Fetch-Site", "same-origin")
		res, err := l.ask(ctx, http.MethodPost, "/v1/avatar/token", header, &token)
		if err != nil || res.StatusCode != http.StatusOK || token.Value == "" {
			return nil, "there is no public page to get a credential from; give --key-file"
		}
		key = token.Value
	}
	header.Set("Authorization", "Bearer "+key)
	var body struct {
		Servers []server `json:"ice_servers"`
	}
	res, err := l.ask(ctx, http.MethodGet, "/v1/realtime/ice-servers", header, &body)
	switch {
	case err != nil:
		return nil, "the gateway gave no credential"
	case res.StatusCode == http.StatusUnauthorized:
		return nil, "the gateway does not take the key, or the proxy does not pass the header Authorization on"
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Sprintf("the gateway gave no credential (status %d)", res.StatusCode)
	}
	return body.Servers, ""
}

// websocket opens one and has a message go and come.
func (l *looking) websocket(ctx context.Context) {
	u := url.URL{Scheme: "ws", Host: l.URL.Host, Path: "/v1/reach"}
	if l.URL.Scheme == "https" {
		u.Scheme = "wss"
	}
	r := Rung{Name: "websocket", State: Open, At: u.Scheme + "://" + u.Host}
	d := websocket.Dialer{
		HandshakeTimeout: l.Wait,
		TLSClientConfig:  &tls.Config{RootCAs: l.Roots, ServerName: l.host},
		Subprotocols:     []string{"realtime"},
		NetDialContext: func(ctx context.Context, network, at string) (net.Conn, error) {
			if l.proxy == nil {
				at = l.first()
			}
			return l.dial(ctx, network, at)
		},
	}
	if l.proxy != nil {
		d.Proxy = http.ProxyURL(l.proxy)
	}
	const upgrades = "WebSocket upgrades through the proxy"
	start := time.Now()
	ws, res, err := d.DialContext(ctx, u.String(), nil)
	switch {
	case err != nil && res != nil && res.StatusCode == http.StatusTooManyRequests:
		r.State, r.Found = NotTried, "the gateway was asked too often; wait half a minute"
		l.add(r)
		return
	case err != nil && res != nil:
		r.State, r.Found, r.Missing = Closed, fmt.Sprintf("status %d instead of an upgrade", res.StatusCode), upgrades
		r.Do = "have the proxy pass on the headers Upgrade and Connection, with HTTP/1.1 to the gateway"
		l.add(r)
		return
	case err != nil:
		r = closedBy(r, err, "WebSocket", net.JoinHostPort(l.host, l.port))
		r.Missing = upgrades
		l.add(r)
		return
	}
	defer ws.Close()
	_, _ = ws.SetWriteDeadline(time.Now().Add(l.Wait)), ws.SetReadDeadline(time.Now().Add(l.Wait))
	ws.SetReadLimit(answerMost)
	err = ws.WriteMessage(websocket.TextMessage, []byte("doctor"))
	if err == nil {
		_, _, err = ws.ReadMessage()
	}
	r.MS = since(start)
	switch {
	case err != nil:
		r.State, r.Found, r.Missing = Closed, "it opens, and no message comes through", "messages of a WebSocket"
		r.Do = "switch buffering off in the proxy, and whatever looks into WebSocket traffic"
	case ws.Subprotocol() != "realtime":
		r.State, r.Found, r.Missing = Closed, "the proxy takes the header Sec-WebSocket-Protocol away", "the header Sec-WebSocket-Protocol"
		r.Do = "have the proxy pass it on: browsers put their credential there"
	default:
		r.Found = "a message went and came"
	}
	l.add(r)
}

// cut keeps what others say to a length and to plain text.
func cut(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e {
			return '?'
		}
		return c
	}, s)
	return s[:min(len(s), 200)]
}

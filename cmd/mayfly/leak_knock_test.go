package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/stretchr/testify/require"
)

// knock is a request that opens no session, with words of its own.
type knock struct {
	name, method, path, body string
	header                   http.Header
	key                      bool // with a key that is good
	status                   int
}

// knocks are refused requests of every kind, and odd ones.
func (r *leakRun) knocks() []knock {
	w := func(field string) string { return r.words.text("knock/" + field) }
	k := func(field string) string { return r.words.token("knock/" + field) }
	head := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	sdp := "v=0\r\no=" + k("sdp origin") + " 1 1 IN IP4 127.0.0.1\r\ns=" + w("sdp session") + "\r\n"
	return []knock{
		{"unknown address", "GET", "/" + k("path") + "?" + k("query") + "=1", "", nil, false, 404},
		{"unknown page", "GET", "/docs/" + k("page"), "", nil, false, 404},
		{"unknown asset", "GET", "/assets/" + k("asset") + ".js", "", nil, false, 404},
		{"a folder", "GET", "/assets?" + k("folder"), "", nil, false, 404},
		{"unknown tenant", "GET", "/v1/avatar/page?tenant=" + k("tenant"), "", nil, false, 404},
		{"unknown tenant's page", "GET", "/?tenant=" + k("tenant page"), "", nil, false, 404},
		{"odd method", k("METHOD"), "/v1/realtime", "", nil, true, 405},
		{"trace", "TRACE", "/v1/realtime", "", head("X-Trace", k("traced")), true, 405},
		{"preflight", "OPTIONS", "/v1/realtime/client_secrets", "", head("Origin", "https://"+k("preflight origin")+".example", "Access-Control-Request-Headers", k("preflight header")), false, 204},
		{"wrong key", "POST", "/v1/realtime/client_secrets", "{}", head("Authorization", "Bearer "+k("wrong key")), false, 401},
		{"wrong secret", "GET", "/v1/realtime", "", head("Authorization", "Bearer ek_"+k("wrong secret")), false, 401},
		{"wrong scheme", "GET", "/v1/realtime", "", head("Authorization", k("scheme")+" "+k("scheme value")), false, 401},
		{"wrong subprotocol", "GET", "/v1/realtime", "", head("Sec-WebSocket-Protocol", "realtime, openai-insecure-api-key."+k("subprotocol key")+", mayfly-resume."+k("resume token")), false, 401},
		{"wrong origin", "POST", "/v1/realtime/client_secrets", "{}", head("Origin", "https://"+k("origin")+".example"), true, 403},
		{"wrong host", "GET", "/healthz", "", head("Host", k("host")+".example"), false, 200},
		{"bad secret request", "POST", "/v1/realtime/client_secrets", `{"session":{"instructions":"` + k("bad body"), nil, true, 400},
		{"unknown member", "POST", "/v1/realtime/client_secrets", `{"avatar":{"` + k("unknown member") + `":"` + k("unknown value") + `"}}`, nil, true, 400},
		{"bad origin in a request", "POST", "/v1/realtime/client_secrets", `{"avatar":{"origins":["https://` + k("asked origin") + `.example"]}}`, nil, true, 400},
		{"unknown avatar", "POST", "/v1/realtime/client_secrets", `{"session":{"avatar":{"id":"` + k("avatar id") + `"}}}`, nil, true, 400},
		{"large secret request", "POST", "/v1/realtime/client_secrets", `{"session":{"instructions":"` + strings.Repeat(k("large body"), 5000) + `"}}`, nil, true, 413},
		{"token of a page", "POST", "/v1/avatar/token", `{"avatar":"` + k("token avatar") + `"}`, head("Origin", "https://"+k("token origin")+".example"), false, 403},
		{"unknown call", "DELETE", "/v1/realtime/calls/" + k("call"), "", nil, true, 404},
		{"unknown restart", "PATCH", "/v1/realtime/calls/" + k("restart"), sdp, head("Content-Type", "application/sdp"), true, 404},
		{"bad offer", "POST", "/v1/realtime/calls", sdp, head("Content-Type", "application/sdp"), true, 400},
		{"offer of nonsense", "POST", "/v1/realtime/calls", w("no sdp"), head("Content-Type", "application/sdp"), true, 400},
		{"large offer", "POST", "/v1/realtime/calls", sdp + "a=" + strings.Repeat(k("large offer"), 1000) + "\r\n", head("Content-Type", "application/sdp"), true, 400},
		{"unknown type", "POST", "/v1/realtime/calls", sdp, head("Content-Type", "application/"+k("media type")), true, 415},
		{"bad JSON offer", "POST", "/v1/realtime/calls", `{"sdp":"` + k("json sdp") + `","sdp":1}`, head("Content-Type", "application/json"), true, 400},
		{"bad form", "POST", "/v1/realtime/calls", "--" + k("boundary") + "\r\nContent-Disposition: form-data; name=\"" + k("form field") + "\"; filename=\"" + k("file name") + "\"\r\nX-" + k("part header") + ": 1\r\n\r\n" + w("form value") + "\r\n--" + k("boundary") + "--\r\n", head("Content-Type", "multipart/form-data; boundary="+k("boundary")), true, 400},
		{"unfinished form", "POST", "/v1/realtime/calls", "--" + k("other boundary") + "\r\nContent-Disposition: form-data; name=\"sdp\"\r\n\r\n" + w("unfinished form"), head("Content-Type", "multipart/form-data; boundary="+k("other boundary")), true, 400},
		{"form without boundary", "POST", "/v1/realtime/calls", w("no boundary"), head("Content-Type", "multipart/form-data; x="+k("parameter")), true, 400},
		{"a transcription socket", "GET", "/v1/realtime?intent=" + k("intent"), "", nil, true, 400},
	}
}

// knock makes the requests and takes the answers, which are nobody's to find
// words in.
func (r *leakRun) knock(t *testing.T) {
	client := &http.Client{
		Transport:     &http.Transport{DialContext: from(true).DialContext}, // kept alive: an answer to half a body is read before the reset
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	for i, k := range r.knocks() {
		req, err := http.NewRequest(k.method, r.program.url+k.path, strings.NewReader(k.body))
		require.NoError(t, err)
		req.Header = r.header("knock header", "")
		for name, values := range k.header {
			req.Header[name] = values
		}
		req.Host = k.header.Get("Host")
		if k.key {
			req.Header.Set("Authorization", "Bearer "+r.keys[i%len(r.keys)])
		}
		res, err := client.Do(req)
		require.NoError(t, err, k.name)
		answer := whole(res)
		require.Equal(t, k.status, res.StatusCode, "%s: %s", k.name, answer)
		r.evidence.add("the answer to "+k.name, "", answer)
	}
	r.knockIdempotency(t, client)
	r.knockRaw(t)
	r.knockMedia(t)
}

// knockIdempotency uses a key of the client's own twice, for two bodies.
func (r *leakRun) knockIdempotency(t *testing.T, client *http.Client) {
	for i, want := range []int{200, 200, 409} {
		body := fmt.Sprintf(`{"session":{"instructions":"%s"},"avatar":{"single_use":%v}}`, r.words.token("knock/grant"), i < 2)
		req, err := http.NewRequest("POST", r.program.url+"/v1/realtime/client_secrets", strings.NewReader(body))
		require.NoError(t, err)
		req.Header = r.header("knock header", r.keys[0])
		req.Header.Set("Idempotency-Key", r.words.token("knock/idempotency key"))
		res, err := client.Do(req)
		require.NoError(t, err)
		require.Equal(t, want, res.StatusCode)
		r.evidence.add("the answer to an idempotency key", "", whole(res))
	}
}

// knockRaw says what is not HTTP, or not yet.
func (r *leakRun) knockRaw(t *testing.T) {
	k := func(field string) string { return r.words.token("raw/" + field) }
	host := strings.TrimPrefix(r.program.url, "http://")
	talk := func(name, address, text string) {
		c, err := from(true).Dial("tcp", address)
		require.NoError(t, err)
		defer c.Close()
		require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Second)))
		_, _ = io.WriteString(c, text)
		_ = c.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(c)
		r.evidence.add("the answer to "+name, "", answer)
	}
	tlsHost := strings.TrimPrefix(r.program.tls, "https://")
	for name, text := range map[string]string{
		"half a request":        "GET /v1/realtime?x=" + k("half query") + " HTTP/1.1\r\nX-Note: " + k("half header"),
		"a request line of one": k("request line") + "\r\n\r\n",
		"a wrong version":       "GET /" + k("version path") + " HTTP/" + k("version") + "\r\n\r\n",
		"a bad header":          "GET / HTTP/1.1\r\nHost: x\r\n" + k("header name") + " : " + k("header value") + "\r\n\r\n",
		"a bad escape":          "GET /%zz" + k("escape") + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"two hosts":             "GET / HTTP/1.1\r\nHost: " + k("host one") + "\r\nHost: " + k("host two") + "\r\n\r\n",
		"a long header":         "GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat(k("long header"), 2000) + "\r\n\r\n",
		"a bad length":          "POST /v1/realtime/calls HTTP/1.1\r\nHost: x\r\nContent-Length: " + k("length") + "\r\n\r\n",
		"a bad coding":          "POST /v1/realtime/calls HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + k("coding") + "\r\n\r\n",
		"a bad chunk":           "POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + r.keys[1] + "\r\nTransfer-Encoding: chunked\r\n\r\n" + k("chunk") + "\r\n\r\n",
		"a bad upgrade":         "GET /v1/realtime HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + r.keys[2] + "\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 9\r\nSec-WebSocket-Key: " + k("websocket key") + "\r\n\r\n",
		"a path with dots":      "GET /docs/../" + k("dots") + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a path of slashes":     "GET //" + k("slashes") + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"an absolute address":   "GET http://" + k("absolute") + ".example/" + k("absolute path") + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/2":                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + k("http2"),
		"an expectation":        "POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: x\r\nExpect: " + k("expectation") + "\r\nContent-Length: 2\r\n\r\n{}",
	} {
		talk(name, host, text)
		talk(name+" without TLS to the TLS port", tlsHost, text)
	}
	for name, config := range map[string]*tls.Config{
		"a name":     {ServerName: k("sni") + ".example", InsecureSkipVerify: true},
		"a protocol": {NextProtos: []string{k("alpn")}, InsecureSkipVerify: true},
		"an old one": {ServerName: k("old sni") + ".example", InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		c, err := (&tls.Dialer{NetDialer: from(true), Config: config}).DialContext(ctx, "tcp", tlsHost)
		cancel()
		r.evidence.add("the answer to TLS with "+name, "", fmt.Append(nil, err != nil))
		if err == nil {
			_ = c.Close()
		}
	}
}

// knockMedia sends the media port what no call sends.
func (r *leakRun) knockMedia(t *testing.T) {
	k := func(field string) string { return r.words.token("media/" + field) }
	binding, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername(k("stun user")), stun.NewSoftware(k("stun software")), stun.Fingerprint)
	require.NoError(t, err)
	packets := [][]byte{
		binding.Raw,
		append([]byte{0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0x78}, k("rtp payload")...),
		append([]byte{0x81, 202, 0, 9, 0, 0, 0, 9, 1, 28}, k("rtcp cname")...),
		append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40}, k("dtls hello")...),
		[]byte(k("noise")),
	}
	for _, network := range []string{"udp", "tcp"} {
		local := net.Addr(&net.UDPAddr{IP: ownAddress.AsSlice()})
		if network == "tcp" {
			local = &net.TCPAddr{IP: ownAddress.AsSlice()}
		}
		for _, p := range packets {
			c, err := (&net.Dialer{LocalAddr: local}).Dial(network, r.program.media)
			require.NoError(t, err)
			require.NoError(t, c.SetDeadline(time.Now().Add(50*time.Millisecond)))
			if network == "tcp" {
				p = append([]byte{byte(len(p) >> 8), byte(len(p))}, p...)
			}
			_, _ = c.Write(p)
			answer, _ := io.ReadAll(io.LimitReader(c, 2000))
			_ = c.Close()
			r.evidence.add("the media port's answer over "+network, "", answer)
		}
	}
}

// secret makes a client secret for one session with words in its grant.
func (r *leakRun) secret(t *testing.T, name string) (status int, value string) {
	t.Helper()
	word := func(field string) string { return r.words.text(name + "/secret " + field) }
	body, err := json.Marshal(object{
		"avatar":  object{"single_use": true},
		"session": object{"type": "realtime", "instructions": word("instructions"), "avatar": object{"subject": word("subject")}},
	})
	require.NoError(t, err)
	req, err := http.NewRequest("POST", r.program.url+"/v1/realtime/client_secrets", bytes.NewReader(body))
	require.NoError(t, err)
	req.Header = r.header(name, r.credential())
	req.Header.Set("Idempotency-Key", r.words.token(name+"/idempotency key"))
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	answer := whole(res)
	r.evidence.add("the answer to a request for a secret", "", answer)
	_, text, _ := strings.Cut(string(answer), "\n\n")
	var got struct{ Value string }
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	return res.StatusCode, got.Value
}

// offer posts an offer as a form, with words in what holds it together.
func (r *leakRun) offer(t *testing.T, name, credential string, sdp []byte, session object) (status int, answer []byte) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	require.NoError(t, form.SetBoundary(r.words.token(name+"/boundary")))
	text, err := json.Marshal(session)
	require.NoError(t, err)
	for part, b := range map[string][]byte{"sdp": sdp, "session": text} {
		w, err := form.CreatePart(textproto.MIMEHeader{
			"Content-Disposition": {`form-data; name="` + part + `"; filename="` + r.words.token(name+"/file name") + `"`},
			"X-Note":              {r.words.token(name + "/part header")},
		})
		require.NoError(t, err)
		_, err = w.Write(b)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	req, err := http.NewRequest("POST", r.program.url+"/v1/realtime/calls?x="+r.words.token(name+"/query"), &body)
	require.NoError(t, err)
	req.Header = r.header(name, credential)
	req.Header.Set("Content-Type", form.FormDataContentType())
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: from(true).DialContext}}).Do(req)
	require.NoError(t, err)
	whole := whole(res)
	r.evidence.add("the answer to the offer of "+name, name, whole)
	_, text2, _ := strings.Cut(string(whole), "\n\n")
	return res.StatusCode, []byte(text2)
}

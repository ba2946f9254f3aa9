package siem

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/egress"
)

// out is egress with a way to one server.
func out(t *testing.T, address, scheme string, trusted *x509.Certificate) (*egress.Egress, *url.URL) {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	if trusted != nil {
		pool.AddCert(trusted)
	}
	r := egress.Recipient{Name: "soc", URL: &url.URL{Scheme: u.Scheme, Host: u.Host}, Local: true, Roots: pool}
	if scheme != "" {
		r.Key, r.KeyScheme = func() ([]byte, error) { return []byte("sesame\n"), nil }, scheme
	}
	e, err := egress.New(egress.Options{Recipients: []egress.Recipient{r}})
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return e, u
}

func some(n int, cef bool) (records []Record) {
	for i := range n {
		r := Record{ID: fmt.Sprintf("acme/%d", i+1), Kind: "key_issued", At: morning.Add(time.Duration(i) * time.Millisecond), Severity: 1 + i%5, Line: fmt.Appendf(nil, `{"n":%d}`, i)}
		if cef {
			r.Line = fmt.Appendf(nil, `CEF:0|Mayfly|"\%d`, i)
		}
		records = append(records, r)
	}
	return records
}

// Splunk gets one event after the other, with its token and its time.
func TestSplunk(t *testing.T) {
	var body []byte
	var head http.Header
	status := 200
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		head = r.Header
		w.WriteHeader(status)
		fmt.Fprint(w, `{"text":"Success","code":0}`)
	}))
	defer server.Close()
	e, u := out(t, server.URL+"/services/collector/event", "Splunk", server.Certificate())
	client, err := e.Client("soc")
	require.NoError(t, err)
	s := Splunk{To: client, URL: u, Form: OCSF, Host: "gw.example.org", Index: "audit"}
	require.NoError(t, s.Send(t.Context(), some(2, false)))
	require.Equal(t, "Splunk sesame", head.Get("Authorization"))
	require.Equal(t, `{"time":1795683600.000,"host":"gw.example.org","source":"mayfly","sourcetype":"mayfly:ocsf","index":"audit","event":{"n":0}}
{"time":1795683600.001,"host":"gw.example.org","source":"mayfly","sourcetype":"mayfly:ocsf","index":"audit","event":{"n":1}}
`, string(body))
	require.NoError(t, Splunk{To: client, URL: u, Form: CEF}.Send(t.Context(), some(1, true)))
	require.Equal(t, `{"time":1795683600.000,"source":"mayfly","sourcetype":"mayfly:cef","event":"CEF:0|Mayfly|\"\\0"}`+"\n", string(body))
	for _, status = range []int{301, 400, 403, 429, 503} {
		require.Error(t, s.Send(t.Context(), some(1, false)))
	}
}

// Elastic gets each record under its id; what is there already is taken, and
// anything else that is not is not.
func TestElastic(t *testing.T) {
	var body []byte
	var asked *http.Request
	answer := `{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":409}}]}`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		asked = r
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	e, u := out(t, server.URL, "ApiKey", server.Certificate())
	client, err := e.Client("soc")
	require.NoError(t, err)
	s := Elastic{To: client, URL: u, Form: OCSF, Index: "logs-mayfly"}
	require.NoError(t, s.Send(t.Context(), some(2, false)))
	require.Equal(t, "/logs-mayfly/_bulk", asked.URL.Path)
	require.Equal(t, "ApiKey sesame", asked.Header.Get("Authorization"))
	require.Equal(t, "application/x-ndjson", asked.Header.Get("Content-Type"))
	require.Equal(t, `{"create":{"_id":"acme/1"}}
{"@timestamp":"2026-11-26T09:00:00.000Z","ocsf":{"n":0}}
{"create":{"_id":"acme/2"}}
{"@timestamp":"2026-11-26T09:00:00.001Z","ocsf":{"n":1}}
`, string(body))
	for line := range bytes.Lines(body) {
		require.True(t, json.Valid(line))
	}
	require.NoError(t, Elastic{To: client, URL: u, Form: CEF, Index: "x"}.Send(t.Context(), some(2, true)))
	require.Contains(t, string(body), `"message":"CEF:0|Mayfly|\"\\0"}`)
	for _, answer = range []string{
		``, `{}`, `[]`, `{"items":[]}`, `{"errors":false,"items":[{"create":{"status":201}}]}`,
		`{"items":[{"create":{"status":201}},{"create":{"status":429}}]}`, `{"items":[{"create":{"status":201}},{"create":{"status":400}}]}`,
		`{"items":[{"create":{"status":201}},{"index":{"status":201}}]}`, `{"items":[{"create":{"status":201}},{}]}`,
		`{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}}]}`,
		strings.Repeat("[", 1<<20), `{"items":[{"create":{"status":201}},{"create":{"status":201}}]` + strings.Repeat(" ", 1<<20) + `}`,
	} {
		require.Error(t, s.Send(t.Context(), some(2, false)), "%.60s", answer)
	}
}

// receiver reads RFC 5425 as the specification has it.
func receiver(t *testing.T, how func(*tls.Conn)) (address string, trusted *x509.Certificate) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	t.Cleanup(server.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: server.TLS.Certificates})
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go how(conn.(*tls.Conn))
		}
	}()
	return "https://" + l.Addr().String(), server.Certificate()
}

func frames(in io.Reader) (all []string, err error) {
	r := bufio.NewReader(in)
	for {
		var n int
		if _, err := fmt.Fscanf(r, "%d ", &n); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return all, err
		}
		frame := make([]byte, n)
		if _, err := io.ReadFull(r, frame); err != nil {
			return all, err
		}
		all = append(all, string(frame))
	}
}

// A receiver of syslog gets each record with the count of its octets, and it is
// taken when the receiver ended the connection in order.
func TestSyslog(t *testing.T) {
	got := make(chan []string, 1)
	address, trusted := receiver(t, func(c *tls.Conn) {
		all, err := frames(c)
		if err != nil {
			all = append(all, err.Error())
		}
		got <- all
		c.Close()
	})
	e, _ := out(t, address, "", trusted)
	stream, err := e.Stream("soc")
	require.NoError(t, err)
	records := some(500, false)
	require.NoError(t, Syslog{To: stream, Host: "gw.example.org"}.Send(t.Context(), records))
	all := <-got
	require.Len(t, all, 500)
	require.Equal(t, `<110>1 2026-11-26T09:00:00.000Z gw.example.org mayfly - key_issued - {"n":0}`, all[0])
	require.Equal(t, `<106>1 2026-11-26T09:00:00.004Z gw.example.org mayfly - key_issued - {"n":4}`, all[4])
	require.NoError(t, Syslog{To: stream, Host: "two words"}.Send(t.Context(), records[:1]))
	require.Equal(t, `<110>1 2026-11-26T09:00:00.000Z - mayfly - key_issued - {"n":0}`, (<-got)[0])
}

// A receiver that breaks off, before all is read or after, that talks
// or that never ends it, did not take what it was sent; one whose certificate
// nobody vouches for is sent nothing.
func TestSyslogNotTaken(t *testing.T) {
	for name, how := range map[string]func(*tls.Conn){
		"cut":       func(c *tls.Conn) { _ = c.Handshake(); time.Sleep(50 * time.Millisecond); c.NetConn().Close() },
		"reset":     func(c *tls.Conn) { _, _ = frames(c); _ = c.NetConn().(*net.TCPConn).SetLinger(0); c.NetConn().Close() },
		"at once":   func(c *tls.Conn) { c.NetConn().Close() },
		"talks":     func(c *tls.Conn) { _, _ = c.Write(make([]byte, 100_000)); _, _ = frames(c); c.Close() },
		"never end": func(c *tls.Conn) { _, _ = frames(c); select {} },
	} {
		t.Run(name, func(t *testing.T) {
			address, trusted := receiver(t, how)
			e, _ := out(t, address, "", trusted)
			stream, err := e.Stream("soc")
			require.NoError(t, err)
			r := newRig(newMemory(), Syslog{To: stream})
			r.sendTime = 200 * time.Millisecond
			r.options.Log.(*memory).happen("acme", 500)
			r.look(t, 0)
			require.Equal(t, uint64(500), r.State().Waiting)
			require.False(t, r.State().Failing.IsZero())
		})
	}
	got := make(chan []string, 1)
	address, _ := receiver(t, func(c *tls.Conn) { all, _ := frames(c); got <- all })
	e, _ := out(t, address, "", nil)
	stream, err := e.Stream("soc")
	require.NoError(t, err)
	require.Error(t, Syslog{To: stream}.Send(t.Context(), some(1, false)))
	require.Empty(t, <-got)
}

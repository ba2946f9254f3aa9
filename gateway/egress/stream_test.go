package egress

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A stream goes where a client would go, to whom its certificate is vouched
// for, and nowhere else; it carries no credential. // R57
func TestStream(t *testing.T) {
	said := make(chan string, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rest, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		all, _ := io.ReadAll(rest)
		said <- string(all)
		conn.Close()
	}))
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	to := func(change func(*Recipient)) *Egress {
		r := Recipient{Name: "logs", URL: &url.URL{Scheme: u.Scheme, Host: u.Host}, Local: true, Roots: pool}
		change(&r)
		e, err := New(Options{Recipients: []Recipient{r}})
		require.NoError(t, err)
		t.Cleanup(e.Close)
		return e
	}
	s, err := to(func(*Recipient) {}).Stream("logs")
	require.NoError(t, err)
	conn, err := s.Dial(t.Context())
	require.NoError(t, err)
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\nall of it")
	require.NoError(t, err)
	require.NoError(t, conn.End())
	require.NoError(t, conn.Close())
	require.Equal(t, "all of it", <-said)

	for name, change := range map[string]func(*Recipient){
		"nobody vouches":  func(r *Recipient) { r.Roots = x509.NewCertPool() },
		"another name":    func(r *Recipient) { r.URL.Host = "localhost:" + u.Port() },
		"a closed port":   func(r *Recipient) { r.URL.Host = "127.0.0.1:1" },
		"not for tenants": func(r *Recipient) { r.Local = false; r.URL.Host = "localhost:" + u.Port() },
	} {
		s, err := to(change).Stream("logs")
		require.NoError(t, err, name)
		_, err = s.Dial(t.Context())
		require.Error(t, err, name)
	}
	for name, change := range map[string]func(*Recipient){
		"another":         func(r *Recipient) { r.Name = "other" },
		"a credential":    func(r *Recipient) { r.Key = func() ([]byte, error) { return []byte("x"), nil } },
		"a signature":     func(r *Recipient) { r.Sign = func(*http.Request) error { return nil } },
		"without its TLS": func(r *Recipient) { r.URL.Scheme = "http" },
	} {
		_, err := to(change).Stream("logs")
		var refused *Refusal
		require.ErrorAs(t, err, &refused, name)
	}
}

// A credential is announced as the recipient has it.
func TestKeyScheme(t *testing.T) {
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
	defer server.Close()
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	for scheme, want := range map[string]string{"": "Bearer sesame", "Splunk": "Splunk sesame"} {
		e, err := New(Options{Recipients: []Recipient{{Name: "x", URL: u, Local: true, Key: func() ([]byte, error) { return []byte("sesame"), nil }, KeyScheme: scheme}}})
		require.NoError(t, err)
		client, err := e.Client("x")
		require.NoError(t, err)
		res, err := client.Post(server.URL, "text/plain", strings.NewReader(""))
		require.NoError(t, err)
		res.Body.Close()
		require.Equal(t, want, got)
		e.Close()
	}
}

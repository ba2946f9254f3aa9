package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A recipient that asks who it is spoken with is shown the certificate, and by
// no other is one seen; another certificate counts from the next connection on.
func TestMutualTLS(t *testing.T) {
	now := time.Now()
	own, roots := certificate(t, "localhost", now.Add(-time.Hour), now.Add(time.Hour))
	ours, known := clientCertificate(t, now.Add(-time.Hour), now.Add(time.Hour))
	strange, _ := clientCertificate(t, now.Add(-time.Hour), now.Add(time.Hour))
	old, _ := clientCertificate(t, now.Add(-2*time.Hour), now.Add(-time.Hour))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
	server.Config.ErrorLog = quiet
	server.Config.SetKeepAlivesEnabled(false)
	server.StartTLS()
	defer server.Close()
	address := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	var shown atomic.Pointer[tls.Certificate]
	unreadable := errors.New("it cannot be read")
	r := Recipient{URL: parsed(t, address), Local: true, Roots: roots, Certificate: func() (*tls.Certificate, error) {
		if c := shown.Load(); c != nil {
			return c, nil
		}
		return nil, unreadable
	}}
	_, client := open(t, r, nil)
	get := func() error {
		res, err := client.Get(address)
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	for _, c := range []struct {
		shown *tls.Certificate
		fine  bool
	}{{&ours, true}, {&strange, false}, {&ours, true}, {&old, false}, {nil, false}, {&ours, true}} {
		shown.Store(c.shown)
		if err := get(); c.fine {
			require.NoError(t, err)
		} else {
			require.Error(t, err)
		}
	}
	shown.Store(nil)
	require.ErrorIs(t, get(), unreadable)

	r.Certificate = nil
	_, client = open(t, r, nil)
	require.Error(t, get(), "it has nothing to show")
}

// The same of what is spoken with over TLS alone: what is not let in is a
// sending that was not taken.
func TestMutualTLSStream(t *testing.T) {
	now := time.Now()
	own, roots := certificate(t, "localhost", now.Add(-time.Hour), now.Add(time.Hour))
	ours, known := clientCertificate(t, now.Add(-time.Hour), now.Add(time.Hour))
	strange, _ := clientCertificate(t, now.Add(-time.Hour), now.Add(time.Hour))
	listener, err := tls.Listen("tcp", "localhost:0", &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known})
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	_, port, _ := strings.Cut(listener.Addr().String(), "]:")
	if port == "" {
		_, port, _ = strings.Cut(listener.Addr().String(), ":")
	}
	send := func(c *tls.Certificate) error {
		e, err := New(Options{Recipients: []Recipient{{Name: "logs", URL: parsed(t, "https://localhost:"+port), Local: true, Roots: roots, Certificate: func() (*tls.Certificate, error) { return c, nil }}}})
		require.NoError(t, err)
		defer e.Close()
		s, err := e.Stream("logs")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		conn, err := s.Dial(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("line\n")); err != nil {
			return err
		}
		return conn.End()
	}
	require.NoError(t, send(&ours))
	require.Error(t, send(&strange))
	require.Error(t, send(&tls.Certificate{}))
}

package siem

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/egress"
)

// Why a sending was not taken is a word of the list, by what befell it and
// never by what a collector said. R63
func TestFaults(t *testing.T) {
	var status atomic.Int64 // a sending that was given up may still be answered while the next is made
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch status := int(status.Load()); status {
		case 0:
			panic(http.ErrAbortHandler)
		case 1:
			time.Sleep(200 * time.Millisecond)
		default:
			w.WriteHeader(status)
			fmt.Fprint(w, "CANARY")
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	send := func(address string, trusted *x509.Certificate, how int) Fault {
		status.Store(int64(how))
		u, err := url.Parse(address)
		require.NoError(t, err)
		r := egress.Recipient{Name: "soc", URL: u, Local: true, Roots: x509.NewCertPool()}
		if trusted != nil {
			r.Roots.AddCert(trusted)
		}
		e, err := egress.New(egress.Options{Recipients: []egress.Recipient{r}})
		require.NoError(t, err)
		defer e.Close()
		client, err := e.Client("soc")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if how == 1 {
			cancel()
			ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		}
		defer cancel()
		return faultOf(Splunk{To: client, URL: u, Form: OCSF}.Send(ctx, some(1, false)))
	}
	own := server.Certificate()
	require.Equal(t, None, send(server.URL, own, 200))
	require.Equal(t, Credentials, send(server.URL, own, 401))
	require.Equal(t, Credentials, send(server.URL, own, 403))
	require.Equal(t, NotTaken, send(server.URL, own, 400))
	require.Equal(t, NotTaken, send(server.URL, own, 503))
	require.Equal(t, Broken, send(server.URL, own, 0))
	require.Equal(t, Slow, send(server.URL, own, 1))
	require.Equal(t, Untrusted, send(server.URL, nil, 200))
	require.Equal(t, Unpermitted, faultOf(fmt.Errorf("dial: %w", &egress.Refusal{})))
	gone := httptest.NewUnstartedServer(nil)
	address := gone.Listener.Addr().String()
	gone.Close()
	require.Equal(t, Unreachable, send("https://"+address, own, 200))
	require.Equal(t, Broken, faultOf(errors.New("CANARY")))

	// A collector that asks who the gateway is, and is shown nothing.
	asks, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: server.TLS.Certificates, ClientAuth: tls.RequireAnyClientCert})
	require.NoError(t, err)
	defer asks.Close()
	go func() {
		for {
			c, err := asks.Accept()
			if err != nil {
				return
			}
			go func(c net.Conn) {
				_, _ = frames(c)
				c.Close()
			}(c)
		}
	}()
	e, _ := out(t, "https://"+asks.Addr().String(), "", own)
	stream, err := e.Stream("soc")
	require.NoError(t, err)
	require.Equal(t, Untrusted, faultOf(Syslog{To: stream}.Send(t.Context(), some(1, false))))
}

// The fault of the last sending that was not taken stays to be read when the
// collector takes again.
func TestFaultStays(t *testing.T) {
	kept := newMemory()
	r := newRig(kept, failsOnce{errCredentials, new(bool)})
	kept.happen("acme", 3)
	r.look(t, 0)
	require.Equal(t, Credentials, r.State().Fault)
	require.False(t, r.State().Failing.IsZero())
	r.look(t, time.Hour)
	require.Zero(t, r.State().Waiting)
	require.True(t, r.State().Failing.IsZero())
	require.Equal(t, Credentials, r.State().Fault)
}

// failsOnce is a Sink that takes all but the first sending.
type failsOnce struct {
	err    error
	failed *bool
}

func (f failsOnce) Send(context.Context, []Record) error {
	if *f.failed {
		return nil
	}
	*f.failed = true
	return f.err
}

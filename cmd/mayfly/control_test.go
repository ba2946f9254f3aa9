package main

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A command that is being carried out when the gateway stops is told so, and
// is over when the socket is closed: what it uses is closed after it.
func TestControlWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	began, over := make(chan struct{}), atomic.Bool{}
	c := newControl(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		time.Sleep(50 * time.Millisecond) // what it does to end
		over.Store(true)
	}), log.New(io.Discard, "", 0))
	go func() { _ = c.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) }}}
	defer client.CloseIdleConnections()
	go func() {
		res, err := client.Get("http://control/")
		if err == nil {
			_ = res.Body.Close()
		}
	}()
	<-began
	c.close()
	require.True(t, over.Load())
	_, err = net.Dial("unix", path)
	require.Error(t, err)
}

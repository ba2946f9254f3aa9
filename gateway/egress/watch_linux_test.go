package egress

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// outside is a server in another process, which answers every connection once
// and keeps it open, and its address.
func outside(t *testing.T) string {
	t.Helper()
	own, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(own, "-test.run=^TestOutside$")
	c.Env = append(os.Environ(), "OUTSIDE=1")
	hold, err := c.StdinPipe()
	require.NoError(t, err)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = hold.Close()
		_ = c.Wait()
	})
	var at string
	_, err = fmt.Fscanln(out, &at)
	require.NoError(t, err)
	return at
}

// TestOutside is the process of outside.
func TestOutside(t *testing.T) {
	if os.Getenv("OUTSIDE") == "" {
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	fmt.Println(l.Addr())
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// A connection that this process makes past every Egress is found, where it
// leads; one that an Egress made is not, nor one that came in, nor one of this
// process with itself; and what has ended is forgotten. // R39
func TestWatch(t *testing.T) {
	at := outside(t)
	w := NewWatch()
	found := func() string {
		t.Helper()
		all, err := w.Undeclared()
		require.NoError(t, err)
		return strings.Trim(fmt.Sprint(all), "[]")
	}
	require.Eventually(t, func() bool { return found() == "" }, 30*time.Second, 10*time.Millisecond, "what other tests left open ends")

	u := &url.URL{Scheme: "http", Host: at}
	e, err := New(Options{Recipients: []Recipient{{Name: "one", URL: u, Local: true}}, Watch: w})
	require.NoError(t, err)
	client, err := e.Client("one")
	require.NoError(t, err)
	for range 3 {
		res, err := client.Get(u.String())
		require.NoError(t, err)
		_, err = io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, int64(1), e.Opened("one"))
		require.Empty(t, found(), "an Egress made it, and keeps it")
	}
	e.Close()
	require.Eventually(t, func() bool { _ = found(); w.mu.Lock(); defer w.mu.Unlock(); return len(w.declared) == 0 }, 30*time.Second, 10*time.Millisecond)

	door, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer door.Close()
	in, err := net.Dial("tcp", door.Addr().String())
	require.NoError(t, err)
	defer in.Close()
	require.Empty(t, found(), "nobody has taken it yet")
	taken, err := door.Accept()
	require.NoError(t, err)
	defer taken.Close()
	require.Empty(t, found(), "both ends are of this process")

	past, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", at)
	require.NoError(t, err)
	require.Equal(t, at, found())
	require.NoError(t, past.Close())
	require.Empty(t, found())
}

// Who is told of refusals is told of each, with the name of the recipient and
// the reason. // R39
func TestRefusedIsTold(t *testing.T) {
	u := &url.URL{Scheme: "https", Host: "one.example"}
	var told []*Refusal
	e, err := New(Options{Recipients: []Recipient{{Name: "one", URL: u}}, Refused: func(r *Refusal) { told = append(told, r) }})
	require.NoError(t, err)
	client, err := e.Client("one")
	require.NoError(t, err)
	_, err = client.Get("https://other.example/") //nolint:bodyclose // there is no answer
	require.Error(t, err)
	_, err = e.Client("two")
	require.Error(t, err)
	require.Equal(t, []*Refusal{{"one", OtherHost}, {"two", Unregistered}}, told)
}

package reach

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// echo sends every packet back to whom it came from, as some machines on the
// way do.
func echo(t *testing.T) string {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var b [1500]byte
		for {
			n, from, err := c.ReadFrom(b[:])
			if err != nil {
				return
			}
			_, _ = c.WriteTo(b[:n], from)
		}
	}()
	t.Cleanup(func() { c.Close(); <-done })
	return c.LocalAddr().String()
}

// A question that comes back is no answer: what sends it back is no relay.
func TestEchoIsNoRelay(t *testing.T) {
	p := newPlace(t)
	p.public, p.relays = false, []string{"turn:" + echo(t)}
	require.Equal(t, Closed, rung(t, p.look(), "turn/udp").State)
}

// A relay is not open because there is nothing to send through it.
func TestRelayWithoutAnAddress(t *testing.T) {
	l := &looking{Options: Options{Wait: 300 * time.Millisecond}}
	s, ok := parseRelay("turn:" + echo(t))
	require.True(t, ok)
	s.Username, s.Credential = "u", "c"
	require.Equal(t, Closed, l.relay(t.Context(), s, nil, "").State)
	s.host, s.port, _ = net.SplitHostPort(relayPort(t, anybody))
	r := l.relay(t.Context(), s, []netip.AddrPort{}, "")
	require.Equal(t, Open, r.State)
	require.Contains(t, r.Found, "whether it relays was not tried: the gateway named no address")
}

// Nobody is promised calls through a relay through which nothing was sent.
func TestVerdictOfAnUntriedRelay(t *testing.T) {
	p := newPlace(t)
	p.public, p.media, p.relays = false, []string{"127.0.0.1:9"}, []string{"turn:" + relayPort(t, anybody)}
	r := p.look()
	require.Equal(t, Open, rung(t, r, "turn/udp").State)
	require.NotContains(t, r.Verdict, "they work")
	require.Contains(t, r.Verdict, "was not tried")
}

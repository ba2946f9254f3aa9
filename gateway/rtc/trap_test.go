package rtc

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// trap is an address that nothing may be sent to.
type trap struct {
	port  int
	count atomic.Int64
}

func newTrap(t *testing.T) *trap {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	tr := &trap{port: c.LocalAddr().(*net.UDPAddr).Port}
	done := make(chan struct{})
	t.Cleanup(func() { _ = c.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			if _, _, err := c.ReadFromUDP(buf); err != nil {
				return
			}
			tr.count.Add(1)
		}
	}()
	return tr
}

func (t *trap) packets() int64 { return t.count.Load() }

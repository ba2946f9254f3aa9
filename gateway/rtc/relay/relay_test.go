package relay

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// echo answers on UDP and TCP of one port.
func echo(t *testing.T) (*Relay, net.Conn, net.Conn) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	u, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(l.Addr().(*net.TCPAddr).AddrPort()))
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = l.Close(), u.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }()
		}
	}()
	go func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := u.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = u.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	r, err := New(l.Addr().(*net.TCPAddr).AddrPort())
	require.NoError(t, err)
	t.Cleanup(r.Close)
	udp, err := net.Dial("udp", r.Addr().String())
	require.NoError(t, err)
	tcp, err := net.Dial("tcp", r.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = udp.Close(), tcp.Close() })
	return r, udp, tcp
}

// comesBack sends a word and says whether its echo came.
func comesBack(t *testing.T, c net.Conn, word string) bool {
	_, err := c.Write([]byte(word))
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
	buf := make([]byte, 64)
	n, err := c.Read(buf)
	return err == nil && string(buf[:n]) == word
}

func TestRelayBlocks(t *testing.T) {
	r, udp, tcp := echo(t)
	require.True(t, comesBack(t, udp, "one"))
	require.True(t, comesBack(t, tcp, "one"))
	r.Block(UDP)
	require.False(t, comesBack(t, udp, "two"))
	require.True(t, comesBack(t, tcp, "two"))
	r.Block(TCP)
	require.True(t, comesBack(t, udp, "three"))
	require.False(t, comesBack(t, tcp, "three"))
	r.Block(0)
	require.NoError(t, tcp.SetReadDeadline(time.Now().Add(time.Second)))
	buf := make([]byte, 64)
	n, err := tcp.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "three", string(buf[:n]), "TCP stands still and goes on")
	require.NotZero(t, r.Bytes())
}

func TestRelayDrops(t *testing.T) {
	r, udp, _ := echo(t)
	r.Drop(0.5)
	back, n := 0, 300
	go func() {
		for range n {
			_, _ = udp.Write([]byte("x"))
			time.Sleep(100 * time.Microsecond)
		}
	}()
	buf := make([]byte, 16)
	for udp.SetReadDeadline(time.Now().Add(300*time.Millisecond)) == nil {
		if _, err := udp.Read(buf); err != nil {
			break
		}
		back++
	}
	t.Logf("n=%d, %d came back", n, back)
	require.InDelta(t, n/4, back, float64(n)/8)
	r.Drop(1)
	require.False(t, comesBack(t, udp, "y"))
	r.Drop(0)
	require.True(t, comesBack(t, udp, "z"))
}

func TestRelayRewrites(t *testing.T) {
	r, _, _ := echo(t)
	got := string(r.Rewrite([]byte("a=mid:0\r\na=candidate:1 1 udp 2130706431 10.0.0.1 4000 typ host\r\na=candidate:2 1 tcp 1671430143 ::1 4000 typ host tcptype passive\r\n")))
	_, port, _ := strings.Cut(r.Addr().String(), ":")
	require.Equal(t, "a=mid:0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 "+port+" typ host\r\na=candidate:2 1 tcp 1671430143 127.0.0.1 "+port+" typ host tcptype passive\r\n", got)
}

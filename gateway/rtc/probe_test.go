package rtc

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v4"
	"github.com/stretchr/testify/require"
)

// question is a probe of a size; with more to it.
func question(t testing.TB, size int, more ...stun.Setter) *stun.Message {
	m := stun.MustBuild(append([]stun.Setter{stun.TransactionID, stun.BindingRequest}, more...)...)
	m.Add(stun.AttrType(0x8026), make([]byte, max(0, size-len(m.Raw)-4)))
	if len(more) == 0 && size > len(m.Raw) {
		t.Fatalf("%d bytes are not %d", len(m.Raw), size)
	}
	return m
}

// mapped is from where an answer says that a question came.
func mapped(t *testing.T, answer []byte, of *stun.Message) netip.AddrPort {
	m := &stun.Message{Raw: append([]byte(nil), answer...)}
	require.NoError(t, m.Decode())
	require.Equal(t, stun.BindingSuccess, m.Type)
	require.Equal(t, of.TransactionID, m.TransactionID)
	var x stun.XORMappedAddress
	require.NoError(t, x.GetFrom(m))
	a, ok := netip.AddrFromSlice(x.IP)
	require.True(t, ok)
	return netip.AddrPortFrom(a.Unmap(), uint16(x.Port))
}

// Whoever asks whether the media port is reached is told from where they came,
// over UDP and TCP, without a session; and calls go on beside it.
func TestProbe(t *testing.T) {
	s := newServer(t, Options{})
	require.Equal(t, []netip.AddrPort{netipLoopback(s.Port())}, s.Addresses())
	buf := make([]byte, 1500)

	c, err := net.Dial("udp", netipLoopback(s.Port()).String())
	require.NoError(t, err)
	defer c.Close()
	m := question(t, ProbeSize)
	_, err = c.Write(m.Raw)
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(10*time.Second)))
	n, err := c.Read(buf)
	require.NoError(t, err)
	require.Equal(t, c.LocalAddr().String(), mapped(t, buf[:n], m).String())

	tcp, err := net.Dial("tcp", netipLoopback(s.Port()).String())
	require.NoError(t, err)
	defer tcp.Close()
	m = question(t, ProbeSize)
	_, err = tcp.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m.Raw))), m.Raw...))
	require.NoError(t, err)
	require.NoError(t, tcp.SetReadDeadline(time.Now().Add(10*time.Second)))
	all, err := io.ReadAll(tcp)
	require.NoError(t, err, "after the answer the connection is over")
	require.Equal(t, len(all)-2, int(binary.BigEndian.Uint16(all)))
	require.Equal(t, tcp.LocalAddr().String(), mapped(t, all[2:], m).String())

	call(t, s, Permit{}, wish{})
	call(t, s, Permit{}, wish{tcpOnly: true})
}

// No answer is larger than its question, from whichever family of address,
// and of many questions most stay without one: a stranger's address gains an
// attacker nothing. // R75
func TestProbeIsNoAmplifier(t *testing.T) {
	from := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:7"), netip.MustParseAddrPort("[2001:db8::1]:7"), netip.MustParseAddrPort("[::ffff:192.0.2.1]:7")}
	answered := 0
	var reply [ProbeSize]byte
	for size := 0; size < 1400; size += 4 {
		var p probes
		m := question(t, size)
		for _, a := range from {
			out, ours := p.answer(reply[:0], m.Raw, a)
			require.Equal(t, len(m.Raw) >= ProbeSize, ours)
			require.LessOrEqual(t, len(out), len(m.Raw))
			if ours {
				answered++
				require.Equal(t, netip.AddrPortFrom(a.Addr().Unmap(), 7), mapped(t, out, m))
			}
		}
	}
	require.NotZero(t, answered)

	var p probes
	m := question(t, ProbeSize)
	sent, start := 0, time.Now()
	for range 10_000 {
		out, ours := p.answer(reply[:0], m.Raw, from[0])
		require.True(t, ours)
		if len(out) > 0 {
			sent++
		}
	}
	most := probeBurst + int(time.Since(start).Seconds()*probesPerSecond) + 1
	t.Logf("n=10000 questions, %d answers", sent)
	require.LessOrEqual(t, sent, most)
	require.GreaterOrEqual(t, sent, probeBurst)
}

// A browser's own check, and what is no binding request at all, goes on to
// where it always went.
func TestWhatIsNoProbe(t *testing.T) {
	var p probes
	good := question(t, ProbeSize).Raw
	for name, b := range map[string][]byte{
		"a check of a session":    question(t, 100, stun.NewUsername("ours:theirs")).Raw,
		"an answer":               append([]byte{1, 1}, good[2:]...),
		"an allocation":           append([]byte{0, 3}, good[2:]...),
		"another cookie":          append(append([]byte(nil), good[:4]...), append([]byte{0, 0, 0, 0}, good[8:]...)...),
		"longer than it says":     append(append([]byte(nil), good...), 0, 0, 0, 0),
		"shorter than it says":    good[:len(good)-4],
		"an attribute beyond it":  append(append([]byte(nil), good[:22]...), append([]byte{0xff, 0xff}, good[24:]...)...),
		"DTLS":                    append([]byte{22, 0xfe, 0xfd}, good...),
		"nothing":                 nil,
		"the header and no more":  question(t, 0).Raw[:20],
		"half an attribute after": append(append([]byte{0, 1, 0, 30}, good[4:]...), 0, 0)[:50],
	} {
		_, ours := p.answer(nil, b, netip.MustParseAddrPort("192.0.2.1:7"))
		require.False(t, ours, name)
	}
	require.True(t, p.at.IsZero(), "none of them cost anything")
}

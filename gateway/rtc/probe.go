package rtc

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ProbeSize is the least size of a question that is answered at the media
// port without a session: a STUN binding request (RFC 8489) without a user
// name, filled up with whatever attribute. The answer says from where it came
// and is never larger, so nobody can have a stranger flooded with more than
// they send themselves. Anything smaller, and anything that is a browser's
// own check, is none.
const ProbeSize = 48

// How many are answered, of all that ask: `mayfly doctor` asks a few times.
// What goes beyond is dropped, as every packet of a stranger is.
const (
	probesPerSecond = 50
	probeBurst      = 200
)

const (
	stunHeader    = 20
	stunCookie    = 0x2112A442
	stunRequest   = 0x0001
	stunSuccess   = 0x0101
	stunUsername  = 0x0006
	stunXORMapped = 0x0020
)

// probes answers them. Its methods are safe for concurrent use.
type probes struct {
	mu   sync.Mutex
	left float64   // Guarded by mu.
	at   time.Time // Guarded by mu. when left was that
}

// allow takes one of those that may be answered.
func (p *probes) allow(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at.IsZero() {
		p.left = probeBurst
	}
	p.left = min(probeBurst, p.left+now.Sub(p.at).Seconds()*probesPerSecond)
	p.at = now
	if p.left < 1 {
		return false
	}
	p.left--
	return true
}

// answer writes the reply to a packet into dst, which has room for it. ours
// is false for what is not a probe; a probe beyond the rate has no reply.
func (p *probes) answer(dst, packet []byte, from netip.AddrPort) (reply []byte, ours bool) {
	if !isProbe(packet) {
		return nil, false
	}
	if !p.allow(time.Now()) {
		return nil, true
	}
	addr := from.Addr().Unmap()
	family, raw := byte(1), addr.AsSlice()
	if addr.Is6() {
		family = 2
	}
	dst = binary.BigEndian.AppendUint16(dst[:0], stunSuccess)
	dst = binary.BigEndian.AppendUint16(dst, uint16(8+len(raw)))
	dst = append(dst, packet[4:stunHeader]...) // cookie and transaction
	dst = binary.BigEndian.AppendUint16(dst, stunXORMapped)
	dst = binary.BigEndian.AppendUint16(dst, uint16(4+len(raw)))
	dst = append(dst, 0, family)
	dst = binary.BigEndian.AppendUint16(dst, from.Port()^stunCookie>>16)
	for i, b := range raw {
		dst = append(dst, b^packet[4+i])
	}
	return dst, true
}

// isProbe says whether a packet is one: a whole binding request of at least
// ProbeSize without a user name.
func isProbe(b []byte) bool {
	if len(b) < ProbeSize || binary.BigEndian.Uint16(b) != stunRequest ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader || binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return false
	}
	for rest := b[stunHeader:]; len(rest) > 0; {
		if len(rest) < 4 {
			return false
		}
		size := 4 + (int(binary.BigEndian.Uint16(rest[2:]))+3)&^3
		if binary.BigEndian.Uint16(rest) == stunUsername || size > len(rest) {
			return false
		}
		rest = rest[size:]
	}
	return true
}

// probedConn is an ICE-TCP connection (RFC 4571 framing) of which the first
// message may be a probe. That one is answered, and the connection over.
type probedConn struct {
	net.Conn
	probes *probes

	// Owned by the one reader.
	begun bool
	first [2 + 512]byte // what was read ahead, with its length before it
	ahead []byte        // of first
}

// Read gives the connection's bytes, once it is known whose it is.
func (c *probedConn) Read(b []byte) (int, error) {
	if !c.begun {
		c.begun = true
		if err := c.begin(); err != nil {
			return 0, err
		}
	}
	if len(c.ahead) > 0 {
		n := copy(b, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// begin reads the first message, and answers it if it is a probe. The reader
// has set a deadline.
func (c *probedConn) begin() error {
	if _, err := io.ReadFull(c.Conn, c.first[:2]); err != nil {
		return err
	}
	size := int(binary.BigEndian.Uint16(c.first[:]))
	if size > len(c.first)-2 { // the mux takes no larger first message either
		c.ahead = c.first[:2]
		return nil
	}
	message := c.first[2 : 2+size]
	if _, err := io.ReadFull(c.Conn, message); err != nil {
		return err
	}
	from, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return err
	}
	var out [2 + ProbeSize]byte
	reply, ours := c.probes.answer(out[2:2], message, from)
	if !ours {
		c.ahead = c.first[:2+size]
		return nil
	}
	if len(reply) > 0 {
		binary.BigEndian.PutUint16(out[:], uint16(len(reply)))
		_ = c.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.Write(out[:2+len(reply)])
	}
	return io.EOF
}

package reach

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v4"
	"github.com/pion/turn/v5"
)

// relay is one address of a TURN server.
type relay struct {
	server
	host, port string
	way        string // "udp", "tcp" or "tls"
}

// parseRelay reads a turn: or turns: URL (RFC 7065). STUN servers are not
// tried: nothing goes through them.
func parseRelay(u string) (r relay, ok bool) {
	scheme, rest, _ := strings.Cut(u, ":")
	rest, query, _ := strings.Cut(rest, "?")
	transport := strings.TrimPrefix(query, "transport=")
	r.port = "3478"
	switch {
	case scheme == "turn" && transport == "tcp":
		r.way = "tcp"
	case scheme == "turn":
		r.way = "udp"
	case scheme == "turns" && transport != "udp": // browsers have no TURN over DTLS
		r.way, r.port = "tls", "5349"
	default:
		return r, false
	}
	if host, p, err := net.SplitHostPort(rest); err == nil {
		r.host, r.port = host, p
	} else {
		r.host = strings.Trim(rest, "[]")
	}
	return r, r.host != ""
}

// relay connects to a TURN server and, with a credential, has a packet go
// through it to the gateway's media port and back.
func (l *looking) relay(ctx context.Context, s relay, peers []netip.AddrPort, without string) Rung {
	at := net.JoinHostPort(s.host, s.port)
	r := Rung{Name: "turn/" + s.way, State: Open, At: at}
	ctx, cancel := context.WithTimeout(ctx, l.Wait)
	defer cancel()
	start := time.Now()
	c, to, err := l.toRelay(ctx, s, at)
	transport := map[string]string{"udp": "UDP", "tcp": "TCP", "tls": "TCP"}[s.way]
	if err != nil {
		if s.way == "tls" && !isTimeout(err) && !isRefused(err) && !isUnreachable(err) {
			return badTLS(r, err)
		}
		return closedBy(r, err, transport, at)
	}
	defer c.Close()
	deadline, _ := ctx.Deadline()
	_ = c.SetDeadline(deadline)
	if without == "" && len(peers) == 0 {
		without = "the gateway named no address"
	}
	if without != "" || s.Credential == "" {
		if err := knock(c, to, deadline); err != nil {
			return closedBy(r, err, transport, at)
		}
		r.MS, r.Found, r.knocked = since(start), "answers; whether it relays was not tried: "+without, true
		return r
	}
	return l.through(ctx, r, s, c, to, at, transport, peerOf(peers))
}

// toRelay opens the way to a TURN server.
func (l *looking) toRelay(ctx context.Context, s relay, at string) (c net.PacketConn, to net.Addr, err error) {
	if s.way == "udp" {
		addr, err := net.ResolveUDPAddr("udp", at)
		if err != nil {
			return nil, nil, err
		}
		network := "udp4"
		if addr.IP.To4() == nil {
			network = "udp6"
		}
		c, err = net.ListenPacket(network, "")
		return c, addr, err
	}
	var conn net.Conn
	if s.way == "tls" {
		d := tls.Dialer{Config: &tls.Config{RootCAs: l.Roots, ServerName: s.host}}
		conn, err = d.DialContext(ctx, "tcp", at)
	} else {
		conn, err = l.dial(ctx, "tcp", at)
	}
	if err != nil {
		return nil, nil, err
	}
	return turn.NewSTUNConn(conn), conn.RemoteAddr(), nil
}

// knock asks for an allocation without a credential, which every TURN server
// refuses, and so shows that it is one.
func knock(c net.PacketConn, to net.Addr, end time.Time) error {
	m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest),
		stun.RawAttribute{Type: stun.AttrRequestedTransport, Length: 4, Value: []byte{17, 0, 0, 0}})
	if err != nil {
		return err
	}
	var b [1500]byte
	for wait := 200 * time.Millisecond; ; wait *= 2 {
		if _, err := c.WriteTo(m.Raw, to); err != nil {
			return err
		}
		until := earlier(time.Now().Add(wait), end)
		_ = c.SetReadDeadline(until)
		for {
			n, _, err := c.ReadFrom(b[:])
			if isTimeout(err) && until.Before(end) {
				break
			}
			if err != nil {
				return err
			}
			got := &stun.Message{Raw: append([]byte(nil), b[:n]...)}
			if got.Decode() == nil && got.TransactionID == m.TransactionID && got.Type.Method == stun.MethodAllocate && got.Type.Class != stun.ClassRequest {
				return nil
			}
		}
	}
}

// through allocates, and sends probes to the peer until one is answered.
func (l *looking) through(ctx context.Context, r Rung, s relay, c net.PacketConn, to net.Addr, at, transport string, peer netip.AddrPort) Rung {
	family := turn.RequestedAddressFamilyIPv4
	if peer.Addr().Is6() {
		family = turn.RequestedAddressFamilyIPv6
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: to.String(), Conn: c, Username: s.Username, Password: s.Credential,
		RequestedAddressFamily: family, LoggerFactory: quiet(),
	})
	if err == nil {
		err = client.Listen()
	}
	if err != nil {
		return closedBy(r, err, transport, at)
	}
	defer client.Close()
	out, err := client.AllocateWithContext(ctx)
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return refusedBy(r, err, transport, at, peer)
	}
	defer out.Close()
	m, err := probe()
	if err != nil {
		return closedBy(r, err, transport, at)
	}
	end, _ := ctx.Deadline()
	to = net.UDPAddrFromAddrPort(peer)
	var b [1500]byte
	for wait := 200 * time.Millisecond; time.Now().Before(end); wait *= 2 {
		start := time.Now()
		if _, err := out.WriteTo(m.Raw, to); err != nil {
			return refusedBy(r, err, transport, at, peer)
		}
		_ = out.SetReadDeadline(earlier(start.Add(wait), end))
		for {
			n, _, err := out.ReadFrom(b[:])
			if err != nil {
				break
			}
			if _, ok := answered(b[:n], m); ok {
				r.MS, r.Found = since(start), "relays to "+peer.String()
				return r
			}
		}
	}
	r.State, r.Found = Closed, "it relays, and nothing comes back from "+peer.String()
	r.Missing = "UDP from the relay to " + peer.Addr().String() + " port " + port(peer)
	r.Do = "allow it at the gateway's firewall, and in the relay's (allowed-peer-ip)"
	return r
}

// refusedBy says what a TURN server has against it.
func refusedBy(r Rung, err error, transport, at string, peer netip.AddrPort) Rung {
	var t *stun.TurnError
	if !errors.As(err, &t) {
		return closedBy(r, err, transport, at)
	}
	r.State = Closed
	switch t.ErrorCodeAttr.Code {
	case stun.CodeUnauthorized:
		r.Found, r.Missing = "the relay does not take the credential", "the same secret at both"
		r.Do = "give the gateway's secret_file and the relay's static-auth-secret the same text, and set both clocks right"
	case stun.CodeForbidden:
		r.Found, r.Missing = "the relay may not send to "+peer.Addr().String(), "allowed-peer-ip="+peer.Addr().String()
		r.Do = "add that line to the relay's configuration"
	case stun.CodeAllocQuotaReached, stun.CodeInsufficientCapacity:
		r.Found, r.Missing, r.Do = "the relay is full", "room at the relay", "raise its quotas (total-quota, user-quota) or its ports"
	default:
		r.Found, r.Missing, r.Do = "the relay refuses ("+cut(t.Error())+")", "what the relay asks for", "look at its log"
	}
	return r
}

// peerOf is the address that a relay is asked for: most have IPv4 only.
func peerOf(peers []netip.AddrPort) netip.AddrPort {
	for _, p := range peers {
		if p.Addr().Is4() {
			return p
		}
	}
	return peers[0]
}

func quiet() logging.LoggerFactory {
	f := logging.NewDefaultLoggerFactory()
	f.Writer, f.DefaultLogLevel, f.ScopeLevels = io.Discard, logging.LogLevelDisabled, nil
	return f
}

package reach

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/pion/stun/v4"
)

// probeSize is what the media port answers at least (gateway/rtc.ProbeSize).
const probeSize = 48

// probe is a binding request that fills probeSize.
func probe() (*stun.Message, error) {
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewSoftware("mayfly doctor, is it there"))
	if err == nil && len(m.Raw) < probeSize {
		err = errors.New("the question is too small")
	}
	return m, err
}

// answered reads a reply to a probe.
func answered(b []byte, to *stun.Message) (from netip.AddrPort, ok bool) {
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil || m.Type != stun.BindingSuccess || m.TransactionID != to.TransactionID {
		return from, false
	}
	var x stun.XORMappedAddress
	if x.GetFrom(m) != nil {
		return from, false
	}
	addr, ok := netip.AddrFromSlice(x.IP)
	return netip.AddrPortFrom(addr.Unmap(), uint16(x.Port)), ok
}

// media tries the media port over UDP and TCP, and every relay, at once.
func (l *looking) media(ctx context.Context, there offered) {
	var direct []Rung
	switch {
	case !there.known:
		for _, n := range []string{"udp", "ice-tcp", "turn"} {
			l.add(Rung{Name: n, State: NotTried, Found: "the gateway did not say what there is"})
		}
		return
	case len(there.media) == 0:
		for _, n := range []string{"udp", "ice-tcp", "turn"} {
			l.add(Rung{Name: n, State: NotOffered, Found: "the gateway runs without calls (--media-listen off)"})
		}
		return
	}
	var relays []relay
	for _, s := range there.servers {
		for _, u := range s.URLs {
			if r, ok := parseRelay(u); ok {
				r.server = s
				relays = append(relays, r)
			}
		}
	}
	found := make([]Rung, len(relays))
	var peers []netip.AddrPort
	for _, at := range there.media {
		if p, err := netip.ParseAddrPort(at); err == nil {
			peers = append(peers, p)
		}
	}
	direct = make([]Rung, 2)
	var all sync.WaitGroup
	all.Go(func() { direct[0] = l.best("udp", peers, func(at netip.AddrPort) Rung { return l.udp(ctx, at) }) })
	all.Go(func() {
		direct[1] = l.best("ice-tcp", peers, func(at netip.AddrPort) Rung { return l.iceTCP(ctx, at) })
	})
	for i, r := range relays {
		all.Go(func() { found[i] = l.relay(ctx, r, peers, there.without) })
	}
	all.Wait()
	throughUDP := false // some UDP leaves this network
	for _, r := range found {
		throughUDP = throughUDP || r.Name == "turn/udp" && r.State == Open
	}
	if u := &direct[0]; u.State == Closed && u.Found == "no answer" {
		u.Do = "allow UDP at the server: cloud rules, its firewall, the container's port published for UDP too"
		if throughUDP {
			u.Do += " (this network lets UDP through, as the relay shows)"
		} else {
			u.Do += "; if it is allowed there, this network forbids UDP, and calls take the next way"
		}
	}
	for _, r := range append(direct, found...) {
		l.add(r)
	}
	if len(relays) == 0 {
		l.add(Rung{Name: "turn", State: NotOffered, Found: "the gateway names no relay (media.ice_servers)"})
	}
}

// best tries every address that the gateway names, and is content with one.
func (l *looking) best(name string, peers []netip.AddrPort, try func(netip.AddrPort) Rung) (r Rung) {
	r = Rung{Name: name, State: NotTried, Found: "the gateway named no address"}
	for _, at := range peers {
		if why := l.elsewhere(at.Addr()); why != "" {
			if r.State == NotTried {
				r = Rung{Name: name, State: Closed, At: at.String(), Found: why, Missing: "an address that clients can reach"}
				r.Do = "start the gateway with --media-listen 0.0.0.0:3478, and with --public-address if people reach it under another address than its own"
			}
			continue
		}
		if r = try(at); r.State == Open {
			return r
		}
	}
	return r
}

// elsewhere says why an address cannot be the gateway's, seen from here.
func (l *looking) elsewhere(media netip.Addr) string {
	if len(l.addresses) == 0 {
		return ""
	}
	private := true // the page itself
	for _, a := range l.addresses {
		private = private && (a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast())
	}
	switch {
	case media.IsLoopback() && !l.local():
		return "the gateway sends clients to their own machine"
	case media.IsPrivate() && !private:
		return "the gateway sends clients to an address that is private"
	}
	return ""
}

// udp asks the media port over UDP, again and again until it answers.
func (l *looking) udp(ctx context.Context, at netip.AddrPort) Rung {
	r := Rung{Name: "udp", State: Open, At: at.String()}
	c, err := l.dial(ctx, "udp", at.String())
	if err != nil {
		return closedBy(r, err, "UDP", r.At)
	}
	defer c.Close()
	end := time.Now().Add(l.Wait)
	var b [1500]byte
	for wait := 200 * time.Millisecond; time.Now().Before(end) && ctx.Err() == nil; wait *= 2 {
		m, err := probe()
		if err != nil {
			return closedBy(r, err, "UDP", r.At)
		}
		start := time.Now()
		if _, err := c.Write(m.Raw); err != nil && !isRefused(err) {
			return closedBy(r, err, "UDP", r.At)
		}
		_ = c.SetReadDeadline(earlier(start.Add(wait), end))
		for {
			n, err := c.Read(b[:])
			if isRefused(err) {
				return closedBy(r, err, "UDP", r.At)
			}
			if err != nil {
				break
			}
			if from, ok := answered(b[:n], m); ok {
				r.MS, r.Found = since(start), seenAs(from, c.LocalAddr())
				return r
			}
		}
	}
	return closedBy(r, context.DeadlineExceeded, "UDP", r.At)
}

// iceTCP asks it over TCP, framed as ICE does (RFC 4571).
func (l *looking) iceTCP(ctx context.Context, at netip.AddrPort) Rung {
	r := Rung{Name: "ice-tcp", State: Open, At: at.String()}
	start := time.Now()
	c, err := l.dial(ctx, "tcp", at.String())
	if err != nil {
		return closedBy(r, err, "TCP", r.At)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(l.Wait))
	m, err := probe()
	if err != nil {
		return closedBy(r, err, "TCP", r.At)
	}
	if _, err = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m.Raw))), m.Raw...)); err != nil {
		return closedBy(r, err, "TCP", r.At)
	}
	var b [2 + 512]byte
	if _, err = io.ReadFull(c, b[:2]); err != nil {
		return closedBy(r, err, "TCP", r.At)
	}
	n := int(binary.BigEndian.Uint16(b[:]))
	if n <= len(b)-2 {
		_, err = io.ReadFull(c, b[2:2+n])
	}
	from, ok := netip.AddrPort{}, false
	if err == nil && n <= len(b)-2 {
		from, ok = answered(b[2:2+n], m)
	}
	if !ok {
		r.State, r.Found, r.Missing = Closed, "something else answers at this port", "TCP to "+at.Addr().String()+" port "+port(at)
		r.Do = "lead this port to the gateway as it is: an HTTP proxy cannot carry it"
		return r
	}
	r.MS, r.Found = since(start), seenAs(from, c.LocalAddr())
	return r
}

// seenAs says from where the other end saw a packet come.
func seenAs(from netip.AddrPort, local net.Addr) string {
	host, _, _ := net.SplitHostPort(local.String())
	if from.Addr().String() == host {
		return "answers"
	}
	return "answers, and sees this machine as " + from.Addr().String()
}

func port(at netip.AddrPort) string { return strconv.Itoa(int(at.Port())) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

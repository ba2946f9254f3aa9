package rtc

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
)

// How long an ICE-TCP connection may take to say whose it is, and how many
// bytes may wait for one that does not read before packets are dropped: a
// write never waits, since one pacer serves every peer.
const (
	tcpFirstTime = 5 * time.Second
	tcpBuffer    = 256 << 10
	tcpPackets   = 16
	udpBuffer    = 2 << 20
)

// sockets are the ports that every peer shares: one UDP socket per local
// address (one in all unless listening on every interface) and one TCP
// listener, all on the same port number.
type sockets struct {
	udp   ice.UDPMux
	tcp   ice.TCPMux
	addrs []netip.Addr // the local addresses, which are the candidates
	port  uint16

	probes probes
}

// listen opens the ports. An unspecified host is every address of every
// interface that is up, without loopback and container bridges: a socket per
// address, so that an answer leaves from the address that was asked.
func listen(host string, log *silence, maxTCP int) (*sockets, error) {
	name, portText, err := net.SplitHostPort(host)
	if err != nil {
		return nil, errors.New("rtc: listen address is not host:port")
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, errors.New("rtc: port is not a number up to 65535")
	}
	addr := netip.IPv4Unspecified()
	if name == "localhost" {
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	} else if name != "" {
		if addr, err = netip.ParseAddr(name); err != nil {
			return nil, errors.New("rtc: listen host is not an IP address")
		}
	}
	s := &sockets{addrs: []netip.Addr{addr}}
	if addr.IsUnspecified() {
		if s.addrs, err = localAddresses(); err != nil {
			return nil, err
		}
	}
	// A port of zero is any that is free for all of them.
	for try := 0; ; try++ {
		if err = s.open(addr, uint16(port), log, maxTCP); err == nil {
			return s, nil
		}
		if port != 0 || try == 99 { // most ports of a machine may be in use
			return nil, err
		}
	}
}

func (s *sockets) open(addr netip.Addr, port uint16, log *silence, maxTCP int) error {
	var conns []*net.UDPConn
	fail := func(err error) error {
		for _, c := range conns {
			_ = c.Close()
		}
		return err
	}
	for _, a := range s.addrs {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(a, port)))
		if err != nil {
			return fail(err)
		}
		_, _ = c.SetReadBuffer(udpBuffer), c.SetWriteBuffer(udpBuffer) // what the system grants
		conns = append(conns, c)
		port = c.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	}
	network := "tcp"
	if addr == netip.IPv4Unspecified() { // Go listens on both families for the empty host only
		addr = netip.Addr{}
	}
	host := net.JoinHostPort("", strconv.Itoa(int(port)))
	if addr.IsValid() {
		host = netip.AddrPortFrom(addr, port).String()
	}
	l, err := net.Listen(network, host)
	if err != nil {
		return fail(err)
	}
	var muxes []ice.UDPMux
	for _, c := range conns {
		muxes = append(muxes, ice.NewUDPMuxDefault(ice.UDPMuxParams{Logger: log, UDPConn: &udpConn{UDPConn: c, probes: &s.probes}}))
	}
	s.port = port
	s.udp = muxes[0]
	if len(muxes) > 1 {
		s.udp = ice.NewMultiUDPMuxDefault(muxes...)
	}
	s.tcp = ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener: &limitListener{Listener: l, free: make(chan struct{}, maxTCP), probes: &s.probes}, Logger: log,
		ReadBufferSize: tcpPackets, WriteBufferSize: tcpBuffer,
		FirstStunBindTimeout: tcpFirstTime, AliveDurationForConnFromStun: tcpFirstTime,
	})
	return nil
}

func (s *sockets) close() {
	_, _ = s.udp.Close(), s.tcp.Close()
}

// holds says whether candidates of the address are to be gathered.
func (s *sockets) holds(ip net.IP) bool {
	a, ok := netip.AddrFromSlice(ip)
	if !ok {
		return false
	}
	for _, have := range s.addrs {
		if have == a.Unmap() {
			return true
		}
	}
	return false
}

// localAddresses are those under which other machines can see this one.
func localAddresses() ([]netip.Addr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var out, loopback []netip.Addr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || isBridge(i.Name) {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			ip, ok := netip.AddrFromSlice(n.IP)
			switch ip = ip.Unmap(); {
			case !ok || ip.IsLinkLocalUnicast() || ip.IsMulticast():
			case ip.IsLoopback():
				loopback = append(loopback, ip)
			default:
				out = append(out, ip)
			}
		}
	}
	if len(out) == 0 {
		out = loopback
	}
	if len(out) == 0 {
		return nil, errors.New("rtc: no interface has an address")
	}
	return out, nil
}

// isBridge says whether an interface belongs to containers or virtual
// machines of this host: a browser elsewhere cannot reach it, and trying
// costs it seconds.
func isBridge(name string) bool {
	for _, p := range []string{"docker", "br-", "veth", "cni", "flannel", "cali", "virbr", "vnet", "podman", "lxc", "lxdbr", "kube-", "cilium"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// udpConn is a socket whose reader survives: pion's mux stops for every
// session at the first read error, and some systems report what happened to
// one packet (ICMP) as an error of the socket. It answers probes.
type udpConn struct {
	*net.UDPConn
	probes *probes
	reply  [ProbeSize]byte // Owned by the one reader.
}

// ReadFromAddrPort is pion's reading without allocation.
func (c *udpConn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for failures := 0; ; failures++ {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if err == nil {
			if reply, ours := c.probes.answer(c.reply[:0], b[:n], from); ours {
				if len(reply) > 0 {
					_, _ = c.WriteToUDPAddrPort(reply, from)
				}
				failures = -1 // the next is the first try again
				continue
			}
		}
		if err == nil || errors.Is(err, net.ErrClosed) || failures == 100 {
			return n, from, err
		}
		time.Sleep(time.Millisecond)
	}
}

// WriteToAddrPort is pion's writing without allocation.
func (c *udpConn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return c.WriteToUDPAddrPort(b, to)
}

// limitListener closes at once what comes in beyond so many connections.
type limitListener struct {
	net.Listener
	free   chan struct{} // holds one value per open connection
	probes *probes
}

func (l *limitListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil, err
			}
			time.Sleep(5 * time.Millisecond) // out of descriptors, or reset before accepted
			continue
		}
		select {
		case l.free <- struct{}{}:
			return &limitedConn{Conn: &probedConn{Conn: c, probes: l.probes}, free: l.free}, nil
		default:
			_ = c.Close()
		}
	}
}

type limitedConn struct {
	net.Conn
	once sync.Once
	free chan struct{}
}

func (c *limitedConn) Close() error {
	c.once.Do(func() { <-c.free })
	return c.Conn.Close()
}

// Package relay is a bad network for tests: it stands between a client and a
// server on UDP and TCP, and cuts, blocks and drops what it is told to. It is
// no part of the program and forwards to one target only.
package relay

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Path is a kind of traffic, or both.
type Path uint32

// The paths.
const (
	UDP Path = 1 << iota
	TCP
)

// Relay forwards between its own port and a target. Its methods are safe for
// concurrent use and take effect at once, on what is under way too.
type Relay struct {
	target  netip.AddrPort
	udp     *net.UDPConn
	tcp     net.Listener
	blocked atomic.Uint32
	drop    atomic.Uint32 // of 1<<32
	bytes   atomic.Uint64
	running sync.WaitGroup

	mu     sync.Mutex
	routes map[netip.AddrPort]*net.UDPConn // Guarded by mu. by client
	pipes  map[net.Conn]struct{}           // Guarded by mu. both ends
	closed bool                            // Guarded by mu.
	opened chan struct{}                   // Guarded by mu. closed when a block is lifted
}

// New listens on one free port of 127.0.0.1, UDP and TCP, and forwards both
// to the target.
func New(target netip.AddrPort) (*Relay, error) {
	r := &Relay{
		target: target, routes: map[netip.AddrPort]*net.UDPConn{}, pipes: map[net.Conn]struct{}{}, opened: make(chan struct{}),
	}
	for try := 0; ; try++ {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		u, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(l.Addr().(*net.TCPAddr).AddrPort()))
		if err == nil {
			r.tcp, r.udp = l, u
			break
		}
		_ = l.Close()
		if try == 9 {
			return nil, err
		}
	}
	r.running.Go(r.listenUDP)
	r.running.Go(r.listenTCP)
	return r, nil
}

// Addr is where clients connect to.
func (r *Relay) Addr() netip.AddrPort { return r.udp.LocalAddr().(*net.UDPAddr).AddrPort() }

// Block holds a path back, or several, and lets the others through: UDP
// packets are lost, TCP stands still and goes on later, as with a cable
// pulled. Block(0) restores everything.
func (r *Relay) Block(paths Path) {
	r.blocked.Store(uint32(paths))
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.opened)
	r.opened = make(chan struct{})
}

// Drop loses so many UDP packets, from 0 to 1, at random, in both directions.
func (r *Relay) Drop(fraction float64) {
	r.drop.Store(uint32(max(0, min(fraction, 1)) * (1<<32 - 1)))
}

// Bytes is how much was forwarded, both ways.
func (r *Relay) Bytes() uint64 { return r.bytes.Load() }

var candidate = regexp.MustCompile(`(?m)^(a=candidate:\S+ \d+ \S+ \d+) \S+ \d+ `)

// Rewrite puts the relay's address into the candidates of an SDP answer, so
// that a client takes the bad network and knows no other.
func (r *Relay) Rewrite(answer []byte) []byte {
	a := r.Addr()
	return candidate.ReplaceAll(answer, []byte("${1} "+a.Addr().String()+" "+strconv.Itoa(int(a.Port()))+" "))
}

// Close ends every connection and returns when nothing runs any more.
func (r *Relay) Close() {
	r.mu.Lock()
	r.closed = true
	for _, c := range r.routes {
		_ = c.Close()
	}
	for c := range r.pipes {
		_ = c.Close()
	}
	r.mu.Unlock()
	_, _ = r.udp.Close(), r.tcp.Close()
	r.Block(0)
	r.running.Wait()
}

// passes says whether a UDP packet gets through.
func (r *Relay) passes() bool {
	return Path(r.blocked.Load())&UDP == 0 && rand.Uint32() >= r.drop.Load()
}

func (r *Relay) listenUDP() {
	buf := make([]byte, 64<<10)
	for {
		n, from, err := r.udp.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || !r.passes() {
			continue
		}
		if c := r.route(from); c != nil {
			_, _ = c.Write(buf[:n])
			r.bytes.Add(uint64(n))
		}
	}
}

// route gives the socket that stands for a client towards the target.
func (r *Relay) route(client netip.AddrPort) *net.UDPConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.routes[client]; c != nil || r.closed {
		return c
	}
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.target))
	if err != nil {
		return nil
	}
	r.routes[client] = c
	r.running.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := c.Read(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(time.Millisecond) // the target's port is closed, for now
				continue
			}
			if r.passes() {
				_, _ = r.udp.WriteToUDPAddrPort(buf[:n], client)
				r.bytes.Add(uint64(n))
			}
		}
	})
	return c
}

func (r *Relay) listenTCP() {
	for {
		c, err := r.tcp.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.pipe(c) })
	}
}

// pipe forwards one connection until either end closes.
func (r *Relay) pipe(client net.Conn) {
	defer client.Close()
	if !r.keep(client) {
		return
	}
	defer r.forget(client)
	r.waitOpen()
	server, err := net.Dial("tcp", r.target.String())
	if err != nil {
		return
	}
	defer server.Close()
	if !r.keep(server) {
		return
	}
	defer r.forget(server)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			r.copy(way[1], way[0])
			_, _ = way[0].Close(), way[1].Close()
		})
	}
	both.Wait()
}

func (r *Relay) keep(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.pipes[c] = struct{}{}
	}
	return !r.closed
}

func (r *Relay) forget(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pipes, c)
}

func (r *Relay) copy(to io.Writer, from io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		r.waitOpen()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
			r.bytes.Add(uint64(n))
		}
		if err != nil {
			return
		}
	}
}

// waitOpen stands still while TCP is blocked.
func (r *Relay) waitOpen() {
	for {
		r.mu.Lock()
		opened, closed := r.opened, r.closed
		r.mu.Unlock()
		if closed || Path(r.blocked.Load())&TCP == 0 {
			return
		}
		<-opened
	}
}

package egress

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Watch finds connections of this process that no Egress made: it asks the
// kernel for the sockets that the process has. A connection that comes and goes
// between two looks is not seen, nor what is no TCP, nor what another process
// does that this one started.
type Watch struct {
	looking sync.Mutex      // held by a look, which is one at a time
	known   map[uint64]link // what the sockets of the last look are, which does not change, by inode. Guarded by looking.

	mu       sync.Mutex
	looks    int                     // so far. Guarded by mu.
	declared map[uint64]int          // inodes of sockets that were made here, and after how many looks. Guarded by mu.
	doors    map[netip.AddrPort]bool // that were listened on. Guarded by mu.
}

// NewWatch makes a Watch, for the Options of every Egress of the process. It is
// nil where nobody can look.
func NewWatch() *Watch {
	return &Watch{declared: map[uint64]int{}, doors: map[netip.AddrPort]bool{}}
}

// made notes a socket before it connects.
func (w *Watch) made(socket syscall.RawConn) {
	if w == nil {
		return
	}
	_ = socket.Control(func(fd uintptr) {
		var is syscall.Stat_t
		if syscall.Fstat(int(fd), &is) == nil {
			w.mu.Lock()
			w.declared[is.Ino] = w.looks
			w.mu.Unlock()
		}
	})
}

// Undeclared are the places to which this process has a connection that no
// Egress made: not those that others opened to where it listens, not those
// whose other end it has itself, and not those to the resolver of the machine.
func (w *Watch) Undeclared() ([]netip.AddrPort, error) {
	w.looking.Lock()
	defer w.looking.Unlock()
	w.mu.Lock()
	w.looks++
	look := w.looks
	w.mu.Unlock()
	has, err := sockets(w.known)
	if err != nil {
		return nil, err
	}
	w.known = has.known
	w.mu.Lock()
	defer w.mu.Unlock()
	// What was listened on once stays: connections outlive their listener.
	for _, d := range has.doors {
		w.doors[d] = true
	}
	ours := map[netip.AddrPort]bool{}
	for _, l := range has.links {
		ours[l.from] = true
	}
	var found []netip.AddrPort
	for _, l := range has.links {
		_, declared := w.declared[l.inode]
		if !declared && !ours[l.to] && !w.doors[l.from] && !w.doors[anyAddress(l.from)] && !w.waits(l) && !resolver(l.to) {
			found = append(found, l.to)
		}
	}
	for inode, after := range w.declared {
		if _, there := has.inodes[inode]; after < look && !there { // one that was made meanwhile may be missing
			delete(w.declared, inode)
		}
	}
	return found, nil
}

// waits says that a connection leads to where this process listens, which has
// not taken it yet: so the other end is nobody's. w.mu is held.
func (w *Watch) waits(l link) bool {
	return l.to.Addr() == l.from.Addr() && (w.doors[l.to] || w.doors[anyAddress(l.to)])
}

// link is a connection over TCP; without addresses it is another socket.
type link struct {
	inode    uint64
	from, to netip.AddrPort
}

// held are the sockets that this process has.
type held struct {
	inodes map[uint64]struct{}
	known  map[uint64]link
	links  []link
	doors  []netip.AddrPort // that are listened on
}

// sockets asks the kernel. Of those that are known it asks no more than whether
// they are there.
func sockets(known map[uint64]link) (held, error) {
	has := held{inodes: make(map[uint64]struct{}, len(known)), known: make(map[uint64]link, len(known))}
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return has, err
	}
	for _, name := range names {
		fd, err := strconv.Atoi(name.Name())
		var is syscall.Stat_t
		// It may be closed by now, or be another.
		if err != nil || syscall.Fstat(fd, &is) != nil || is.Mode&syscall.S_IFMT != syscall.S_IFSOCK {
			continue
		}
		has.inodes[is.Ino] = struct{}{}
		if l, ok := known[is.Ino]; ok {
			has.keep(l)
			continue
		}
		same := func() bool { // what was asked of the number was asked of this socket
			var now syscall.Stat_t
			return syscall.Fstat(fd, &now) == nil && now.Ino == is.Ino
		}
		kind, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE)
		if err != nil {
			continue
		}
		here, err := syscall.Getsockname(fd)
		if err != nil {
			continue
		}
		from, ok := addressOf(here)
		if kind != syscall.SOCK_STREAM || !ok {
			if same() {
				has.keep(link{inode: is.Ino})
			}
			continue
		}
		if listens, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN); err == nil && listens != 0 {
			if from.Addr().IsUnspecified() {
				from = anyAddress(from)
			}
			if same() {
				has.doors = append(has.doors, from)
			}
			continue
		}
		other, err := syscall.Getpeername(fd)
		if to, ok := addressOf(other); err == nil && ok && same() {
			has.keep(link{is.Ino, from, to})
		}
	}
	return has, nil
}

// keep takes in what a socket is.
func (h *held) keep(l link) {
	h.known[l.inode] = l
	if l.to.IsValid() {
		h.links = append(h.links, l)
	}
}

// anyAddress stands for a port on all addresses.
func anyAddress(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(netip.IPv6Unspecified(), a.Port())
}

func addressOf(s syscall.Sockaddr) (netip.AddrPort, bool) {
	switch s := s.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port)), true
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr).Unmap(), uint16(s.Port)), true
	}
	return netip.AddrPort{}, false
}

// resolver says whether an address is that of a name server of the machine,
// which is asked over TCP where an answer is long. Where none is configured it
// is the machine itself.
func resolver(a netip.AddrPort) bool {
	if a.Port() != 53 {
		return false
	}
	if a.Addr().IsLoopback() {
		return true
	}
	text, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if at, err := netip.ParseAddr(words[1]); err == nil && at.Unmap().WithZone("") == a.Addr() {
			return true
		}
	}
	return false
}

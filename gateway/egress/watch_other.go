//go:build !linux

package egress

import (
	"net/netip"
	"syscall"
)

// Watch looks for connections that no Egress made. Nobody can look here.
type Watch struct{}

// NewWatch is nil: nobody can look here.
func NewWatch() *Watch { return nil }

func (w *Watch) made(syscall.RawConn) {}

// Undeclared are none that anybody knows of.
func (w *Watch) Undeclared() ([]netip.AddrPort, error) { return nil, nil }

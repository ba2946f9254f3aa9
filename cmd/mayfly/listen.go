package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mayfly/gateway/tenant"
)

// listeners are the process's sockets for HTTP, open but not yet served. A nil
// one is off. The ports for WebRTC are opened by gateway/rtc.
type listeners struct {
	Plain   net.Listener // HTTP
	TLS     net.Listener // HTTP over TLS: its connections are *tls.Conn
	Metrics net.Listener // HTTP, over TLS where it leaves this machine and there is a certificate

	certificate *certificate // nil in the demonstration
}

// openListeners opens everything that the settings name, or nothing. own is the
// demonstration's certificate, nil without one. onFault is told when a changed
// certificate cannot be used.
//
// What is bound is looked at again: a name such as "gateway.local" shows only
// here whether other machines can reach it.
func openListeners(s *settings, own *tls.Certificate, onFault func()) (*listeners, error) {
	l := &listeners{}
	var wrong []error
	config, err := l.tlsConfig(s, own, onFault)
	if err != nil {
		wrong = append(wrong, err)
	}
	open := func(flag, address string) net.Listener {
		ln, err := listen(flag, address)
		if err != nil {
			wrong = append(wrong, err)
		}
		return ln
	}
	if l.Plain = open("listen", s.Listen); l.Plain != nil && exposed(l.Plain) {
		switch {
		case s.demo():
			wrong = append(wrong, fmt.Errorf("--listen: %w", errDemoLeaves))
		case !s.proxied():
			wrong = append(wrong, fmt.Errorf("--listen: %w", errPlain))
		}
	}
	if l.TLS = open("tls-listen", s.TLSListen); l.TLS != nil {
		switch {
		case exposed(l.TLS) && s.demo():
			wrong = append(wrong, fmt.Errorf("--tls-listen: %w", errDemoLeaves))
		case config == nil:
			if err == nil {
				wrong = append(wrong, fmt.Errorf("--tls-listen: %w", errNoCert))
			}
		default:
			l.TLS = tls.NewListener(l.TLS, config)
		}
	}
	if l.Metrics = open("metrics-listen", s.MetricsListen); l.Metrics != nil {
		switch {
		case overNetwork(s.MetricsListen) && s.MetricsTokenFile == "":
			wrong = append(wrong, fmt.Errorf("--metrics-listen: %w", errMetricsOpen))
		case !exposed(l.Metrics):
		case config != nil && !s.demo():
			l.Metrics = tls.NewListener(l.Metrics, config)
		case !s.proxied():
			wrong = append(wrong, fmt.Errorf("--metrics-listen: %w", errPlain))
		}
	}
	if len(wrong) > 0 {
		l.close()
		return nil, errors.Join(wrong...)
	}
	return l, nil
}

func (l *listeners) tlsConfig(s *settings, own *tls.Certificate, onFault func()) (*tls.Config, error) {
	// R73. WebSocket needs HTTP/1.1, so nothing else is offered.
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	switch {
	case s.TLSCert != "":
		c, err := loadCertificate(s.TLSCert, s.TLSKey, time.Now(), onFault)
		if err != nil {
			return nil, err
		}
		l.certificate = c
		config.GetCertificate = c.get
	case own != nil:
		config.Certificates = []tls.Certificate{*own}
	default:
		return nil, nil
	}
	return config, nil
}

// reload reads the certificate again, for SIGHUP.
func (l *listeners) reload(now time.Time) error {
	if l.certificate == nil {
		return nil
	}
	return l.certificate.reload(now)
}

// close closes what is open. Servers close their own listeners; this is for
// those that were never served.
func (l *listeners) close() {
	for _, ln := range []net.Listener{l.Plain, l.TLS, l.Metrics} {
		if ln != nil {
			_ = ln.Close()
		}
	}
}

// listen opens one socket; nil without an error means off.
func listen(flag, address string) (net.Listener, error) {
	if address == tenant.Off {
		return nil, nil
	}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		return listenUnix(flag, path)
	}
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, listenFault(flag, address, err)
	}
	return ln, nil
}

// listenUnix opens a socket that only this user can connect to. One that a
// dead process left is taken away, one that answers is not.
func listenUnix(flag, path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, fmt.Errorf("--%s: %s is there and is not a socket; take it away, or name another path", flag, path)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if err == nil {
			_ = conn.Close()
			return nil, fmt.Errorf("--%s: another program listens on %s; stop it, or name another path", flag, path)
		}
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("--%s: the old socket %s cannot be removed (%w); take it away, or name another path", flag, path, reason(err))
		}
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, listenFault(flag, path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("--%s: %s cannot be kept to this user (%w); name another path", flag, path, reason(err)), ln.Close())
	}
	return ln, nil
}

// listenFault says what stands in the way of listening, and which flag goes
// around it.
func listenFault(flag, address string, err error) error {
	port := address[strings.LastIndexByte(address, ':')+1:]
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("--%s: another program listens on %s already; choose another port with --%s %s, or stop it (ss -tulnp 'sport = :%s' shows who it is)", flag, address, flag, nextPort(address), port)
	case errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM):
		return fmt.Errorf("--%s: this user may not listen on %s; choose a port from 1024, or give the program the right (setcap cap_net_bind_service=+ep)", flag, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("--%s: this machine does not have the address of %s; ip addr lists those it has, 127.0.0.1 is always there", flag, address)
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return fmt.Errorf("--%s: the name in %s is not known here; write the address instead", flag, address)
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		return fmt.Errorf("--%s: listening on %s failed (%w); choose another address", flag, address, call.Err)
	}
	return fmt.Errorf("--%s: listening on %s failed; choose another address", flag, address)
}

// nextPort is the address with the port after it.
func nextPort(address string) string {
	h, p, err := net.SplitHostPort(address)
	port, _ := strconv.Atoi(p)
	if err != nil || port == 0 || port == 65535 {
		return address
	}
	return net.JoinHostPort(h, strconv.Itoa(port+1))
}

// exposed says whether other machines can reach a listener.
func exposed(ln net.Listener) bool {
	addr, ok := ln.Addr().(*net.TCPAddr)
	return ok && !addr.IP.IsLoopback()
}

// origins are the origins of pages that the gateway itself serves: where its
// own page may call from, and which Host headers are its own.
func (l *listeners) origins(s *settings) []string {
	var all []string
	add := func(o string) {
		if o, err := tenant.ParseOrigin(o); err == nil {
			all = append(all, o)
		}
	}
	if s.PublicURL != "" {
		add(s.PublicURL)
	}
	for i, ln := range []net.Listener{l.Plain, l.TLS} {
		if ln == nil {
			continue
		}
		scheme := [...]string{"http", "https"}[i]
		addr, ok := netip.AddrFromSlice(ln.Addr().(*net.TCPAddr).IP)
		if !ok {
			continue
		}
		port := strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
		addr = addr.Unmap()
		if !addr.IsUnspecified() {
			add(scheme + "://" + net.JoinHostPort(addr.String(), port))
		}
		if addr.IsUnspecified() || addr.IsLoopback() {
			add(scheme + "://" + net.JoinHostPort("localhost", port))
		}
		if addr.IsUnspecified() {
			add(scheme + "://" + net.JoinHostPort("127.0.0.1", port))
		}
	}
	return all
}

// listenerURL is the address of a listener as a person types it; empty if it is off.
func listenerURL(scheme string, ln net.Listener) string {
	if ln == nil {
		return ""
	}
	addr := ln.Addr().(*net.TCPAddr)
	h := addr.IP.String()
	if addr.IP.IsUnspecified() {
		h = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(h, strconv.Itoa(addr.Port))
}

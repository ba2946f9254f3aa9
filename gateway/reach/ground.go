package reach

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// name looks the host up.
func (l *looking) name(ctx context.Context) bool {
	r := Rung{Name: "dns", State: Open, At: l.host}
	if addr, err := netip.ParseAddr(l.host); err == nil {
		l.addresses = []netip.Addr{addr.Unmap()}
		r.Found = "an address, and no name to look up"
		return l.add(r)
	}
	ctx, cancel := context.WithTimeout(ctx, l.Wait)
	defer cancel()
	start := time.Now()
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", l.host)
	if err != nil && l.proxy != nil {
		r.State, r.Found = NotTried, "the proxy "+l.proxy.Host+" looks it up"
		return l.add(r)
	}
	if err != nil {
		r.State, r.Missing = Closed, "DNS"
		r.Found, r.Do = "the name server does not answer", "allow UDP and TCP port 53 to the name server of this network"
		var answer *net.DNSError
		if errors.As(err, &answer) && answer.IsNotFound {
			r.Found, r.Missing, r.Do = "the name is not found", "a DNS record of "+l.host, "make the record, or correct the name"
		}
		return l.add(r)
	}
	r.MS = since(start)
	var found []string
	for _, a := range all {
		l.addresses = append(l.addresses, a.Unmap())
		found = append(found, a.Unmap().String())
	}
	r.Found = strings.Join(found, ", ")
	return l.add(r)
}

// tcp connects to every address of the name; one that answers is enough.
func (l *looking) tcp(ctx context.Context) bool {
	r := Rung{Name: "tcp", State: Open}
	if l.proxy != nil {
		r.State, r.Found = NotTried, "everything goes through the proxy "+l.proxy.Host
		return l.add(r)
	}
	var dead []string
	var last error
	for _, a := range l.addresses {
		at := net.JoinHostPort(a.String(), l.port)
		start := time.Now()
		c, err := l.dial(ctx, "tcp", at)
		if err != nil {
			dead, last = append(dead, at), err
			continue
		}
		_ = c.Close()
		if r.At == "" {
			r.At, r.MS, r.Found = at, since(start), "takes connections"
		}
	}
	if r.At == "" {
		return l.add(closedBy(r, last, "TCP", dead[0]))
	}
	if len(dead) > 0 {
		r.Found += ", unlike " + strings.Join(dead, ", ")
	}
	return l.add(r)
}

// soon is when an end of a certificate is worth a word.
const soon = 14 * 24 * time.Hour

// tls looks at the certificate.
func (l *looking) tls(ctx context.Context) bool {
	r := Rung{Name: "tls", State: Open, At: net.JoinHostPort(l.host, l.port)}
	if l.URL.Scheme == "http" {
		r.State, r.Found = NotOffered, "http on this machine needs none"
		if !l.local() {
			r.State, r.Found, r.Missing, r.Do = Closed, "the address is plain http", "TLS", "use an https address: browsers give a page without it no microphone"
		}
		l.add(r)
		return true
	}
	if l.proxy != nil {
		r.State, r.Found = NotTried, "everything goes through the proxy "+l.proxy.Host
		return l.add(r)
	}
	ctx, cancel := context.WithTimeout(ctx, l.Wait)
	defer cancel()
	start := time.Now()
	d := tls.Dialer{Config: &tls.Config{RootCAs: l.Roots, ServerName: l.host, MinVersion: tls.VersionTLS10}}
	c, err := d.DialContext(ctx, "tcp", l.first())
	if err != nil {
		return l.add(badTLS(r, err))
	}
	defer c.Close()
	state := c.(*tls.Conn).ConnectionState()
	r.MS = since(start)
	leaf := state.PeerCertificates[0]
	left := time.Until(leaf.NotAfter)
	r.Found = fmt.Sprintf("%s, for %s, by %s, ends %s (%d days)", tls.VersionName(state.Version), l.host, issuer(leaf), leaf.NotAfter.UTC().Format(time.DateOnly), int(left.Hours()/24))
	switch {
	case state.Version < tls.VersionTLS12:
		r.State, r.Missing, r.Do = Closed, "TLS 1.2 or later", "have the proxy or whoever looks into traffic here speak TLS 1.2 or 1.3"
	case left < soon:
		r.Found += ", soon"
	}
	return l.add(r)
}

// badTLS says what is wrong with a handshake.
func badTLS(r Rung, err error) Rung {
	var (
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	r.State, r.Missing = Closed, "a certificate that browsers take"
	switch {
	case errors.As(err, &host):
		r.Found = "the certificate is for " + strings.Join(append(host.Certificate.DNSNames, addressesOf(host.Certificate)...), ", ")
		r.Do = "get a certificate for this name, or open the gateway under a name that it has"
	case errors.As(err, &unknown):
		r.Found = "nobody whom this machine trusts signed the certificate"
		if unknown.Cert != nil {
			r.Found += " (" + issuer(unknown.Cert) + " did)"
		}
		r.Do = "send the whole chain; for the demonstration or an authority of your own give --ca FILE; a firewall that looks into TLS signs with its own"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		r.Found, r.Do = "the certificate ended "+invalid.Cert.NotAfter.UTC().Format(time.DateOnly)+", or has not begun", "renew it, or set the clock right"
	case errors.As(err, &record):
		r.Found, r.Missing, r.Do = "what answers is not TLS", "TLS", "use the http address, or point the name at the port that speaks TLS"
	case isTimeout(err), isRefused(err), isUnreachable(err):
		return closedBy(r, err, "TCP", r.At)
	default:
		r.Found, r.Missing = "the handshake is cut off", "TLS to "+r.At
		r.Do = "something on the way ends it, or the server has no TLS version that is still in use"
	}
	return r
}

func issuer(c *x509.Certificate) string {
	for _, n := range []string{c.Issuer.CommonName, strings.Join(c.Issuer.Organization, ", ")} {
		if n != "" {
			return n
		}
	}
	return "somebody without a name"
}

func addressesOf(c *x509.Certificate) (all []string) {
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	return all
}

// dial opens a connection within the time of a rung.
func (l *looking) dial(ctx context.Context, network, at string) (net.Conn, error) {
	d := net.Dialer{Timeout: l.Wait}
	return d.DialContext(ctx, network, at)
}

// first is the address at which the host answered.
func (l *looking) first() string {
	if r := l.find("tcp"); r != nil && r.State == Open {
		return r.At
	}
	return net.JoinHostPort(l.host, l.port)
}

// local says whether the host is this machine.
func (l *looking) local() bool {
	for _, a := range l.addresses {
		if !a.IsLoopback() {
			return false
		}
	}
	return len(l.addresses) > 0
}

package egress

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// class is what kind of place an address is.
type class uint8

const (
	never    class = iota // nobody's business: link-local, multicast, reserved, translated to such
	loopback              // this machine
	local                 // a private network
	public
)

// special are the ranges that are not public (IANA special-purpose address
// registries, RFC 6890), the narrower before the wider.
var special = []struct {
	prefix netip.Prefix
	class  class
}{
	{netip.MustParsePrefix("127.0.0.0/8"), loopback},
	{netip.MustParsePrefix("::1/128"), loopback},
	{netip.MustParsePrefix("10.0.0.0/8"), local},
	{netip.MustParsePrefix("172.16.0.0/12"), local},
	{netip.MustParsePrefix("192.168.0.0/16"), local},
	{netip.MustParsePrefix("100.100.100.200/32"), never}, // a cloud's metadata service inside a private range
	{netip.MustParsePrefix("100.64.0.0/10"), local},      // carriers, and overlay networks such as Tailscale
	{netip.MustParsePrefix("fd00:ec2::254/128"), never},  // a cloud's metadata service inside a private range
	{netip.MustParsePrefix("fc00::/7"), local},

	{netip.MustParsePrefix("0.0.0.0/8"), never},
	{netip.MustParsePrefix("169.254.0.0/16"), never}, // link-local; metadata services
	{netip.MustParsePrefix("192.0.0.0/24"), never},
	{netip.MustParsePrefix("192.0.2.0/24"), never},
	{netip.MustParsePrefix("192.88.99.0/24"), never},
	{netip.MustParsePrefix("198.18.0.0/15"), never},
	{netip.MustParsePrefix("198.51.100.0/24"), never},
	{netip.MustParsePrefix("203.0.113.0/24"), never},
	{netip.MustParsePrefix("224.0.0.0/3"), never}, // multicast, reserved, broadcast
	{netip.MustParsePrefix("::/96"), never},       // unspecified, and IPv4 in an old dress
	{netip.MustParsePrefix("64:ff9b:1::/48"), never},
	{netip.MustParsePrefix("100::/64"), never},
	{netip.MustParsePrefix("2001::/23"), never}, // Teredo and other protocols
	{netip.MustParsePrefix("2001:db8::/32"), never},
	{netip.MustParsePrefix("3fff::/20"), never},
	{netip.MustParsePrefix("5f00::/16"), never},
	{netip.MustParsePrefix("fe80::/9"), never}, // link-local, site-local
	{netip.MustParsePrefix("ff00::/8"), never},
}

var (
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixToIV = netip.MustParsePrefix("2002::/16")
)

// classify says what kind of place an address is. An IPv4 address inside an
// IPv6 one counts as itself, but what is behind a translator and not public
// is nobody's business.
func classify(a netip.Addr) class {
	if !a.IsValid() || a.Zone() != "" {
		return never
	}
	a = a.Unmap()
	if a.Is6() {
		b := a.As16()
		switch {
		case nat64.Contains(a):
			return publicOnly(netip.AddrFrom4([4]byte(b[12:16])))
		case sixToIV.Contains(a):
			return publicOnly(netip.AddrFrom4([4]byte(b[2:6])))
		}
	}
	for _, s := range special {
		if s.prefix.Contains(a) {
			return s.class
		}
	}
	return public
}

func publicOnly(a netip.Addr) class {
	if classify(a) == public {
		return public
	}
	return never
}

// checkURL refuses what is not a plain http or https address and returns the
// host and port that net/http will dial for it.
func checkURL(r Recipient) (authority string, err error) {
	bad := func(what, remedy string) (string, error) {
		return "", fmt.Errorf("egress: recipient %q: %s; %s", r.Name, what, remedy)
	}
	u := r.URL
	if u == nil {
		return bad("no URL", "give one such as https://models.example/v1")
	}
	port := u.Port()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return bad(fmt.Sprintf("scheme %q", u.Scheme), "use https, or http on this machine")
	case u.User != nil:
		return bad("a name or password in the URL", "use a key file")
	case u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || u.ForceQuery:
		return bad("a query or fragment in the URL", "leave it out")
	case u.Hostname() == "":
		return bad("no host in the URL", "give one such as https://models.example/v1")
	case port == "" && u.Scheme == "http":
		port = "80"
	case port == "":
		port = "443"
	}
	host := u.Hostname()
	if strings.HasSuffix(host, ".") || strings.ContainsAny(host, "%/\\ ") {
		return bad(fmt.Sprintf("host %q", host), "write it without a zone or a full stop at its end")
	}
	for _, c := range host {
		if c > '~' {
			return bad("a host in letters beyond ASCII", "write it in punycode")
		}
	}
	address, err := netip.ParseAddr(host)
	switch {
	case err != nil && looksNumeric(host):
		// "0177.0.0.1" and "2130706433" mean different things to different readers.
		return bad(fmt.Sprintf("host %q", host), "write the address as four decimal numbers")
	case err == nil:
		switch class := classify(address); {
		case class == never:
			return bad(fmt.Sprintf("address %s may not be reached", address), "use another")
		case class != public && !r.Local:
			return bad(fmt.Sprintf("address %s is on this machine or a private network", address), "only the operator's configuration may name it")
		case class != loopback && u.Scheme == "http" && !r.Plaintext:
			return bad("http to another machine", "use https, or permit plaintext for this recipient")
		}
	}
	return net.JoinHostPort(host, port), nil
}

// looksNumeric says that some resolvers would read host as a number.
func looksNumeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return true
	}
	if strings.HasPrefix(strings.ToLower(last), "0x") {
		return true
	}
	return strings.Trim(last, "0123456789") == ""
}

// listed says whether a host is on a list of names, of which "*.example.org"
// means every name below example.org. An empty list has every host.
func listed(hosts []string, host string) bool {
	host = strings.ToLower(host)
	return len(hosts) == 0 || slices.ContainsFunc(hosts, func(h string) bool {
		if under, ok := strings.CutPrefix(h, "*"); ok {
			return strings.HasSuffix(host, under) && len(host) > len(under)
		}
		return host == h
	})
}

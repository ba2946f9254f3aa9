package tenant

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Off is the address that opens no listener.
const Off = "off"

// ParseAddress checks an address to listen on: host:port, :port for all
// addresses of the machine, or "off". Port 0 is any that is free.
func ParseAddress(s string) (string, error) {
	if s == Off {
		return s, nil
	}
	bad := fault("this is not an address to listen on", `write host:port, as "127.0.0.1:8080", or "off"`)
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return "", bad
	}
	host, port := s[:colon], s[colon+1:]
	n, err := strconv.Atoi(port)
	if err != nil || n < 0 || n > 65535 || strconv.Itoa(n) != port {
		return "", bad
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		if addr, err := netip.ParseAddr(inner); err != nil || !ok || !addr.Is6() {
			return "", bad
		}
		return s, nil
	}
	if host == "" {
		return s, nil
	}
	if strings.Contains(host, ":") {
		return "", fault("an IPv6 address needs brackets here", `write it as "[::1]:8080"`)
	}
	if _, err := normalHost(host); err != nil {
		return "", bad
	}
	return s, nil
}

// ParsePublicURL gives the origin under which people reach the gateway.
func ParsePublicURL(s string) (string, error) {
	origin, err := ParseOrigin(strings.TrimSuffix(s, "/"))
	if err != nil {
		return "", err
	}
	return origin, secured(origin)
}

// secured refuses plaintext off this machine.
func secured(origin string) error {
	if strings.HasPrefix(origin, "http://") && !Loopback(Host(origin)) {
		return fault("plain http is for this machine only", "use https")
	}
	return nil
}

// ParseProxy reads the addresses of a proxy whose X-Forwarded-For is believed:
// a network as 10.0.0.0/8, or one address.
func ParseProxy(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, fault("this is not a network", `write it as "10.0.0.0/8", or one address`)
	}
	if p.Bits() == 0 {
		return p, fault("this is every address there is, so anybody could say where they come from", "name the proxy's own network")
	}
	if p != p.Masked() {
		return p, fault("this network has bits set after its length", fmt.Sprintf("its first address ends in zeros, as in 10.0.0.0/8; for one address leave out /%d", p.Bits()))
	}
	return p, nil
}

// ParseBackEnd reads the base URL of an OpenAI-compatible server. Whatever
// people say goes there, so plain http is taken for this machine only.
func ParseBackEnd(s string) (*url.URL, error) {
	u, err := webURL(s)
	if err != nil {
		return nil, err
	}
	switch {
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, fault("a base URL ends with its path", "leave out ? and # and what follows")
	case strings.HasSuffix(u.Path, "/chat/completions") || strings.HasSuffix(u.Path, "/audio/speech"):
		return nil, fault("this is the URL of one call", `write the base that all calls share, as "http://localhost:11434/v1"`)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// ParsePage reads the URL of a page that people are pointed to.
func ParsePage(s string) (string, error) {
	u, err := webURL(s)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

func webURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2000 || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Opaque != "" {
		return nil, fault("this is not a web address", `write all of it, as "https://www.example.org/page"`)
	}
	if u.User != nil {
		return nil, fault("a URL holds no user name or password here", "leave it out; a key goes into a file of its own (key_file)")
	}
	host, port, err := splitPort(u.Host)
	if err != nil {
		return nil, err
	}
	if host, err = normalHost(host); err != nil {
		return nil, err
	}
	if u.Scheme == "http" && !Loopback(host) {
		return nil, fault("plain http is for this machine only", "use https")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	u.Host = host
	if port != "" {
		u.Host += ":" + port
	}
	return u, nil
}

// ParseMetricsAddress is ParseAddress and, for a socket, "unix:" with an
// absolute path.
func ParseMetricsAddress(s string) (string, error) {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		if !strings.HasPrefix(path, "/") || len(path) > 100 {
			return "", fault("this is not the path of a socket", `write "unix:" and an absolute path of at most 100 bytes, as "unix:/run/mayfly/metrics.sock"`)
		}
		return s, nil
	}
	return ParseAddress(s)
}

// ParseMediaAddress is ParseAddress for WebRTC, whose candidates are
// addresses: a host name other than localhost is none.
func ParseMediaAddress(s string) (string, error) {
	address, err := ParseAddress(s)
	if err != nil || address == Off {
		return address, err
	}
	host := strings.Trim(address[:strings.LastIndexByte(address, ':')], "[]")
	if _, err := netip.ParseAddr(host); err != nil && host != "" && host != "localhost" {
		return "", fault("this is a host name", `write an IP address and a port, as "0.0.0.0:3478", or "off"`)
	}
	return address, nil
}

// toLowerASCII lowers A to Z only.
func toLowerASCII(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

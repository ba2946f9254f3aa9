package tenant

import (
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// AllowsOrigin says whether a browser on the page of this origin may call. It
// compares scheme, host and port as a whole: a subdomain, a suffix or another
// port is another origin. An empty header, "null" and anything that is not one
// origin are refused. Who may come without an Origin header is for the caller
// of this method to decide.
func (t *Tenant) AllowsOrigin(header string) bool {
	// Browsers send hosts in ASCII. A header that does not is not theirs.
	for i := range len(header) {
		if header[i] >= 0x80 {
			return false
		}
	}
	got, err := ParseOrigin(header)
	if err != nil {
		return false
	}
	for _, o := range t.Origins {
		if o == got {
			return true
		}
	}
	return false
}

// ParseOrigin gives the normal form of an origin: scheme and host in small
// letters, an international name in its ASCII form, no port where it is the
// scheme's own. It refuses what is not exactly scheme://host[:port].
func ParseOrigin(s string) (string, error) {
	const form = `write scheme://host or scheme://host:port, as "https://www.example.org"`
	switch {
	case s == "null":
		return "", fault(`"null" is the origin of any page without one`, "name the pages that may call")
	case strings.Contains(s, "*"):
		return "", fault("an origin cannot hold *", "name each origin by itself")
	case len(s) > 300:
		return "", fault("this is too long for an origin", form)
	}
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || (scheme != "http" && scheme != "https") {
		return "", fault("this is not an origin", form)
	}
	switch {
	case strings.ContainsAny(rest, "/?#\\"):
		return "", fault("an origin ends after host and port", "leave out the path and the slash before it")
	case strings.Contains(rest, "@"):
		return "", fault("an origin holds no user name", "leave it out")
	}
	host, port, err := splitPort(rest)
	if err != nil {
		return "", fault("this is not an origin", form)
	}
	host, err = normalHost(host)
	if err != nil {
		return "", err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || (scheme == "http" && port == "80") || (scheme == "https" && port == "443") {
		return scheme + "://" + host, nil
	}
	return scheme + "://" + host + ":" + port, nil
}

// splitPort takes host:port apart; IPv6 addresses stand in brackets.
func splitPort(s string) (host, port string, err error) {
	bad := fault("this is not host or host:port", `write "www.example.org" or "www.example.org:8443"`)
	host = s
	colon := ""
	if strings.HasPrefix(s, "[") {
		var ok bool
		if host, colon, ok = strings.Cut(s[1:], "]"); !ok || !strings.Contains(host, ":") {
			return "", "", bad
		}
		if colon == "" {
			return host, "", nil
		}
		if colon[0] != ':' {
			return "", "", bad
		}
		port = colon[1:]
	} else {
		var ok bool
		if host, port, ok = strings.Cut(s, ":"); !ok {
			return host, "", nil
		}
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
		return "", "", bad
	}
	return host, port, nil
}

// normalHost is a host name or address in its one spelling.
func normalHost(host string) (string, error) {
	bad := fault("this is not a host", `write its full name or address, as "www.example.org"`)
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "", bad
		}
		return addr.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || ascii == "" || len(ascii) > 253 {
		return "", bad
	}
	// What bytes outside UTF-8 are mapped to is not a name when it is read again.
	if again, err := idna.Lookup.ToASCII(ascii); err != nil || again != ascii {
		return "", bad
	}
	labels := strings.Split(ascii, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return "", bad
		}
	}
	// 0x7f.1, 127.1 and 2130706433 are addresses to a browser, and a name to
	// others: only the usual spelling, above, is taken.
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return "", bad
	}
	return ascii, nil
}

// Loopback says whether the host, a name or an address without port or
// brackets, can only be this machine.
func Loopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}

// Host is the host of an origin in normal form, without brackets.
func Host(origin string) string {
	_, rest, _ := strings.Cut(origin, "://")
	host, _, _ := splitPort(rest)
	return host
}

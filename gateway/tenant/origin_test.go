package tenant

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// R74: a page that is not on the list does not get in by looking like one.
func TestAllowsOrigin(t *testing.T) {
	who := &Tenant{Origins: []string{
		"https://www.example.org",
		"https://app.example.org:8443",
		"http://localhost:3000",
		"https://xn--bcher-kva.example",
		"http://[::1]:3000",
		"https://203.0.113.7",
	}}
	for _, c := range []struct {
		name, header string
		want         bool
	}{
		{"exact", "https://www.example.org", true},
		{"default port written out", "https://www.example.org:443", true},
		{"capital letters", "HTTPS://WWW.Example.ORG", true},
		{"own port", "https://app.example.org:8443", true},
		{"loopback", "http://localhost:3000", true},
		{"punycode", "https://xn--bcher-kva.example", true},
		{"IPv6", "http://[::1]:3000", true},
		{"IPv6 written out", "http://[0:0:0:0:0:0:0:1]:3000", true},
		{"IPv4", "https://203.0.113.7", true},

		{"missing", "", false},
		{"null", "null", false},
		{"space", " ", false},
		{"http for https", "http://www.example.org", false},
		{"https for http", "https://localhost:3000", false},
		{"the other scheme's port", "https://www.example.org:80", false},
		{"other port", "https://www.example.org:8443", false},
		{"port left out", "https://app.example.org", false},
		{"port with zero", "https://app.example.org:08443", false},
		{"parent domain", "https://example.org", false},
		{"subdomain", "https://a.www.example.org", false},
		{"suffix", "https://evil-www.example.org", false},
		{"as a prefix", "https://www.example.org.evil.test", false},
		{"prefix without dot", "https://www.example.organic", false},
		{"trailing dot", "https://www.example.org.", false},
		{"path", "https://www.example.org/", false},
		{"longer path", "https://www.example.org/x", false},
		{"user name", "https://www.example.org@evil.test", false},
		{"user name before", "https://evil@www.example.org", false},
		{"two origins", "https://www.example.org https://evil.test", false},
		{"two with a comma", "https://www.example.org,https://evil.test", false},
		{"leading space", " https://www.example.org", false},
		{"newline", "https://www.example.org\n", false},
		{"backslash", `https://www.example.org\.evil.test`, false},
		{"query", "https://www.example.org?x", false},
		{"fragment", "https://www.example.org#x", false},
		{"wildcard", "https://*.example.org", false},
		{"other scheme", "wss://www.example.org", false},
		{"file", "file://", false},
		{"extension", "chrome-extension://abcdefghijklmnop", false},
		{"no scheme", "www.example.org", false},
		{"one slash", "https:/www.example.org", false},
		{"Unicode, which browsers do not send", "https://bücher.example", false},
		{"look-alike letter", "https://www.ex\u0430mple.org", false},
		{"full-width letter", "https://ｗww.example.org", false},
		{"percent code", "https://www%2eexample.org", false},
		{"NUL", "https://www.example.org\x00", false},
		{"IPv4 as a number", "https://3405803783", false},
		{"IPv4 with an octal part", "https://203.0.0161.7", false},
		{"IPv6 zone", "http://[::1%25lo]:3000", false},
		{"IPv6 without brackets", "http://::1:3000", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, who.AllowsOrigin(c.header))
		})
	}
}

func TestNoOriginsAllowsNone(t *testing.T) {
	for _, header := range []string{"", "null", "https://www.example.org", "http://localhost"} {
		require.False(t, (&Tenant{}).AllowsOrigin(header), header)
	}
}

// What is normal stays as it is: reading a normal form gives it back.
func FuzzParseOrigin(f *testing.F) {
	for _, s := range []string{"https://a.example", "HTTP://[::1]:80", "https://bücher.example:8443", "null", "https://1.2.3.4:443", "://", "https://[", "http://xn--", "https://\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		normal, err := ParseOrigin(s)
		if err != nil {
			return
		}
		again, err := ParseOrigin(normal)
		require.NoError(t, err)
		require.Equal(t, normal, again)
		require.True(t, (&Tenant{Origins: []string{normal}}).AllowsOrigin(normal))
	})
}

package tenant

import (
	"net/netip"
	"strings"
)

// ICEServer is a STUN or TURN server that clients are told of.
type ICEServer struct {
	URLs []string // "turn:turn.example.org:3478?transport=udp"

	// SecretFile holds the secret shared with the TURN server, from which
	// credentials are made that end by themselves (draft-uberti-behave-turn-rest).
	SecretFile string

	// Username and CredentialFile are a fixed credential, for servers that
	// cannot do better.
	Username       string
	CredentialFile string

	// Tenants are the ids of those whose people are told of it; none: all.
	Tenants []string
}

// relays says whether the server needs a credential.
func (s *ICEServer) relays() bool {
	for _, u := range s.URLs {
		if strings.HasPrefix(u, "turn") {
			return true
		}
	}
	return false
}

func iceTable() table[ICEServer] {
	return table[ICEServer]{
		many("urls", iceURL(), 8, required, "Addresses of the server.", func(s *ICEServer) *[]string { return &s.URLs }),
		one("secret_file", secretFile(), "none", "Holds the secret shared with the TURN server; credentials made from it end by themselves.", func(s *ICEServer) *string { return &s.SecretFile }),
		one("username", line(200), "none", "Fixed user name, for a TURN server without a shared secret.", func(s *ICEServer) *string { return &s.Username }),
		one("credential_file", secretFile(), "none", "Holds the password that goes with `username`.", func(s *ICEServer) *string { return &s.CredentialFile }),
		many("tenants", identifier(), 1000, "all", "The tenants whose people are told of it.", func(s *ICEServer) *[]string { return &s.Tenants }),
	}
}

func checkICE(r *reader, key string, s *ICEServer) {
	fixed := s.Username != "" || s.CredentialFile != ""
	switch {
	case (s.Username == "") != (s.CredentialFile == "") && s.SecretFile == "":
		r.mistakeOnce(key, fault("username and credential_file go together", "give both, or better a secret_file"))
	case s.SecretFile != "" && fixed:
		r.mistake(key, fault("there are two kinds of credential", "keep secret_file, or username with credential_file"))
	case s.relays() && s.SecretFile == "" && !fixed:
		r.mistake(key, fault("a TURN server needs a credential", "give secret_file, or username with credential_file"))
	case len(s.URLs) > 0 && !s.relays() && (s.SecretFile != "" || fixed):
		r.mistake(key, fault("a STUN server takes no credential", "leave the credential out, or name a turn: URL"))
	}
}

// iceURL is an address of RFC 7064 or RFC 7065.
func iceURL() kind[string] {
	return text("stun:, stuns:, turn: or turns: URL", func(_ *reader, s string) (string, error) {
		bad := fault("this is not the address of a STUN or TURN server", `write "stun:host:3478" or "turn:host:3478?transport=udp"`)
		scheme, rest, _ := strings.Cut(s, ":")
		rest, query, asked := strings.Cut(rest, "?")
		relay := scheme == "turn" || scheme == "turns"
		if !relay && scheme != "stun" && scheme != "stuns" {
			return "", bad
		}
		if asked && (!relay || (query != "transport=udp" && query != "transport=tcp")) {
			return "", bad
		}
		host, _, err := splitPort(rest)
		if err != nil {
			return "", bad
		}
		if _, err := normalHost(host); err != nil {
			return "", bad
		}
		return s, nil
	})
}

// ParsePublicAddress reads an address that is written into candidates.
func ParsePublicAddress(s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" || addr.IsUnspecified() || addr.IsMulticast() {
		return addr, fault("this is not an address that others can reach", `write an IP address without a port, as "203.0.113.7"`)
	}
	return addr.Unmap(), nil
}

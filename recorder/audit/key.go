package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signer signs checkpoints, Verifiers are the keys that may have signed them.
type (
	Signer    = note.Signer
	Verifiers = note.Verifiers
)

// ErrKey means that something is not a key of an audit log.
var ErrKey = errors.New("this is not a key of an audit log")

// MakeKey makes a key under a name, the beginning of every origin:
// example.org/audit. Its text is secret.
func MakeKey(name string) (secret string, err error) {
	secret, _, err = note.GenerateKey(rand.Reader, name)
	return secret, err
}

// OpenKey reads what MakeKey made. Public is what others verify with:
// example.org/audit+9a3f1c02+base64.
func OpenKey(secret string) (by Signer, public string, err error) {
	secret = strings.TrimSpace(secret)
	if by, err = note.NewSigner(secret); err != nil {
		return nil, "", ErrKey // what the text was is nobody's business
	}
	// The public key follows from the seed, which stands last.
	parts := strings.SplitN(secret, "+", 5)
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, "", ErrKey
	}
	public, err = note.NewEd25519VerifierKey(by.Name(), ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
	return by, public, err
}

// ParseKeys reads public keys, one a line. Empty lines, and lines that begin
// with #, are comments.
func ParseKeys(text string) (Verifiers, error) {
	var all []note.Verifier
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("%w: a line like example.org/audit+9a3f1c02+AXk is one", ErrKey)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		return nil, ErrKey
	}
	return note.VerifierList(all...), nil
}

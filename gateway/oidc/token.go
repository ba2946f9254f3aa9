package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// claims are what an ID token says.
type claims map[string]jsontext.Value

// tokenMost is the longest ID token that is looked at, in bytes: a person may
// be in many groups.
const tokenMost = 64 << 10

// verify reads an ID token: signed by the provider's key with an algorithm of
// the list, issued by it, for this client, not over, and the answer to this
// sign-in.
func (p *provider) verify(ctx context.Context, by *description, raw, nonce string) (claims, error) {
	bad := &Failure{Stage: atToken}
	// The other serialisation of a signature (RFC 7515, 7.2) is no token.
	if len(raw) > tokenMost || strings.Count(raw, ".") != 2 || strings.ContainsAny(raw, "{ \t\r\n") {
		return nil, bad
	}
	var keys error
	token, err := by.verifier.Verify(context.WithValue(ctx, keysErrorKey{}, &keys), raw)
	if err != nil {
		var asked *url.Error
		if errors.As(keys, &asked) {
			return nil, failure(atKeys, keys)
		}
		return nil, bad
	}
	// What was verified was read by a decoder for which ISS is iss, and which
	// takes the last of two. Here a name is itself, and there once.
	var payload jsontext.Value
	if token.Claims(&payload) != nil || !payload.IsValid() {
		return nil, bad
	}
	said := claims{}
	if json.Unmarshal(payload, &said) != nil {
		return nil, bad
	}
	one := func(name string) string { text, _ := textOf(said[name]); return text }
	audience := textsOf(said["aud"])
	_, azpIs := said["azp"]
	switch {
	case one("iss") != token.Issuer, one("sub") != token.Subject, token.Subject == "", len(token.Subject) > 255,
		said["exp"].Kind() != '0',
		subtle.ConstantTimeCompare([]byte(one("nonce")), []byte(nonce)) != 1,
		!slices.Contains(audience, p.config.ClientID),
		// One for several says for whom it was made.
		(azpIs || len(audience) > 1) && one("azp") != p.config.ClientID:
		return nil, bad
	}
	return said, nil
}

// textOf is a claim that is text.
func textOf(v jsontext.Value) (string, bool) {
	if v.Kind() != '"' {
		return "", false
	}
	var s string
	return s, json.Unmarshal(v, &s) == nil
}

// textsOf is a claim that is text or a list. What in a list is not text is
// left out.
func textsOf(v jsontext.Value) (all []string) {
	if s, ok := textOf(v); ok {
		return []string{s}
	}
	if v.Kind() != '[' {
		return nil
	}
	var items []jsontext.Value
	if json.Unmarshal(v, &items) != nil {
		return nil
	}
	for _, item := range items {
		if s, ok := textOf(item); ok {
			all = append(all, s)
		}
	}
	return all
}

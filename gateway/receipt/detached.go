package receipt

import (
	"crypto/ed25519"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// ErrDetached means that a body and its signature do not fit together.
var ErrDetached = errors.New("the signature does not fit: the body was changed after it was signed, is not whole, or was signed by somebody else")

// SignDetached signs bytes that travel beside their signature: a JWS without
// its payload (RFC 7515, appendix F). typ keeps it from being taken for
// something else that the same key signs.
func SignDetached(body []byte, typ string, s Signer) (string, error) {
	signed, err := signAs(body, jose.ContentType(typ), s)
	if err != nil {
		return "", err
	}
	return signed.DetachedCompactSerialize()
}

// VerifyDetached checks bytes against the signature that SignDetached made for
// this typ.
func VerifyDetached(body []byte, jws, typ string, keys JWKS) error {
	if strings.Count(jws, ".") != 2 || !strings.Contains(jws, "..") {
		return ErrDetached
	}
	signed, err := jose.ParseDetached(jws, body, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 {
		return ErrDetached
	}
	found := keys.Key(signed.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		return ErrUnknownKey
	}
	public, ok := found[0].Key.(ed25519.PublicKey)
	if !ok {
		return ErrUnknownKey
	}
	if _, err := signed.Verify(public); err != nil {
		return ErrDetached
	}
	if got, _ := signed.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string); got != typ {
		return ErrDetached
	}
	return nil
}

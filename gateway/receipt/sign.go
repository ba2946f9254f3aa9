package receipt

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// JWKS is a set of public keys (RFC 7517).
type JWKS = jose.JSONWebKeySet

// Signer holds the key that receipts are signed with, and the public keys of
// all that were, so that old receipts verify. It is safe for concurrent use.
type Signer interface {
	// KeyID names the key that signs now.
	KeyID() string
	// Sign signs a message with Ed25519.
	Sign(message []byte) ([]byte, error)
	// Keys are the public keys, the one that signs now among them.
	Keys() JWKS
	// Now is the signer as it is now: one whose key is replaced meanwhile goes
	// on with this one.
	Now() Signer
}

// Keyring is a Signer in memory.
type Keyring struct {
	id   string
	key  ed25519.PrivateKey
	keys JWKS
}

// NewKeyring signs with a key, and knows older ones.
func NewKeyring(key ed25519.PrivateKey, old ...ed25519.PublicKey) (*Keyring, error) {
	k := &Keyring{key: key}
	for _, public := range append([]ed25519.PublicKey{key.Public().(ed25519.PublicKey)}, old...) {
		jwk, err := publicKey(public)
		if err != nil {
			return nil, err
		}
		k.keys.Keys = append(k.keys.Keys, jwk)
	}
	k.id = k.keys.Keys[0].KeyID
	return k, nil
}

// publicKey is a key as a set has it, named by its thumbprint (RFC 7638).
func publicKey(public ed25519.PublicKey) (jose.JSONWebKey, error) {
	if len(public) != ed25519.PublicKeySize {
		return jose.JSONWebKey{}, errors.New("this is no Ed25519 key: it has not 32 bytes")
	}
	jwk := jose.JSONWebKey{Key: public, Algorithm: string(jose.EdDSA), Use: "sig"}
	print, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(print)
	return jwk, nil
}

// KeyID implements Signer.
func (k *Keyring) KeyID() string { return k.id }

// Sign implements Signer.
func (k *Keyring) Sign(message []byte) ([]byte, error) { return ed25519.Sign(k.key, message), nil }

// Keys implements Signer.
func (k *Keyring) Keys() JWKS { return k.keys }

// Now implements Signer.
func (k *Keyring) Now() Signer { return k }

// opaque is a Signer as the library takes one.
type opaque struct{ Signer }

func (o opaque) Public() *jose.JSONWebKey {
	id := o.KeyID()
	for _, k := range o.Keys().Keys {
		if k.KeyID == id {
			return &k
		}
	}
	return &jose.JSONWebKey{KeyID: id}
}

func (o opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.EdDSA} }

func (o opaque) SignPayload(payload []byte, alg jose.SignatureAlgorithm) ([]byte, error) {
	if alg != jose.EdDSA {
		return nil, jose.ErrUnsupportedAlgorithm
	}
	return o.Sign(payload)
}

// mediaType is the header "typ" of a receipt.
const mediaType = "mayfly-receipt+jwt"

// Sign makes the receipt what a person is given: a JWS in compact form.
func Sign(r *Receipt, s Signer) (jws string, err error) {
	payload, err := r.Payload()
	if err != nil {
		return "", err
	}
	signed, err := signAs(payload, mediaType, s)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// signAs signs a payload under a media type.
func signAs(payload []byte, typ jose.ContentType, s Signer) (*jose.JSONWebSignature, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: opaque{s.Now()}},
		(&jose.SignerOptions{}).WithType(typ),
	)
	if err != nil {
		return nil, err
	}
	return signer.Sign(payload)
}

// Errors of Verify. Each says what is wrong and what to do.
var (
	ErrNoReceipt  = errors.New("this is not a receipt of a session; give the whole file or text as it was saved")
	ErrUnknownKey = errors.New("the receipt names a key that is not among the keys; get them anew from /.well-known/mayfly-receipt-keys.json of the gateway that made it")
	ErrSignature  = errors.New("the signature does not fit: the receipt was changed after it was signed, or is not whole")
	ErrVersion    = errors.New("the receipt is of a version that this program does not read; use a newer one")
)

// maxJWS is the largest receipt that is looked at, in bytes.
const maxJWS = 1 << 20

// Verify checks a receipt against the keys and returns what it states. A
// change of any one bit is found.
func Verify(jws string, keys JWKS) (*Receipt, error) {
	if len(jws) > maxJWS {
		return nil, ErrNoReceipt
	}
	jws = strings.TrimSpace(jws)
	signed, err := jose.ParseSignedCompact(jws, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, ErrNoReceipt
	}
	// One spelling: bits of base64 that no byte comes of are signed by nobody.
	if again, err := signed.CompactSerialize(); err != nil || again != jws {
		return nil, ErrSignature
	}
	found := keys.Key(signed.Signatures[0].Header.KeyID)
	if len(found) != 1 {
		return nil, ErrUnknownKey
	}
	public, ok := found[0].Key.(ed25519.PublicKey)
	if !ok {
		return nil, ErrUnknownKey
	}
	payload, err := signed.Verify(public)
	if err != nil {
		return nil, ErrSignature
	}
	if typ, _ := signed.Signatures[0].Header.ExtraHeaders[jose.HeaderType].(string); typ != mediaType {
		return nil, ErrNoReceipt
	}
	return read(payload)
}

// read reads what was signed.
func read(payload []byte) (*Receipt, error) {
	var head struct {
		Type    string `json:"type"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(payload, &head); err != nil || head.Type != Kind {
		return nil, ErrNoReceipt
	}
	if head.Version != Version {
		return nil, fmt.Errorf("%w (it is version %.8q)", ErrVersion, head.Version)
	}
	r := &Receipt{}
	if err := json.Unmarshal(payload, r, json.RejectUnknownMembers(true)); err != nil {
		return nil, ErrNoReceipt
	}
	return r, nil
}

// ParseKeys reads a set of public keys, as it is served.
func ParseKeys(text []byte) (JWKS, error) {
	var keys JWKS
	if err := json.Unmarshal(text, &keys); err != nil || len(keys.Keys) == 0 {
		return JWKS{}, errors.New("this is not a set of keys; it is what /.well-known/mayfly-receipt-keys.json answers")
	}
	return keys, nil
}

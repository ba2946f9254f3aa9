package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"mayfly/gateway/receipt"
)

// statementType keeps a statement's signature from being taken for that of
// something else that the same key signs.
const statementType = "mayfly-statement+jws"

// signedStatement is a statement as it leaves the gateway. The signatures are
// JWS without their payload (RFC 7515, appendix F).
type signedStatement struct {
	Statement statement `json:"statement"`
	KeyID     string    `json:"key_id"`
	// Signature is of the member statement, in the form of RFC 8785.
	Signature string `json:"signature"`
	// TextSignature is of the text for people, to its last line break.
	TextSignature string `json:"text_signature"`
}

// signStatement signs both forms of a statement.
func signStatement(s statement, by receipt.Signer) (*signedStatement, error) {
	out := &signedStatement{Statement: s, KeyID: by.KeyID()}
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	canonical, err := receipt.Canonical(plain)
	if err != nil {
		return nil, err
	}
	if out.Signature, err = receipt.SignDetached(canonical, statementType, by); err != nil {
		return nil, err
	}
	out.TextSignature, err = receipt.SignDetached([]byte(s.text()), statementType, by)
	return out, err
}

// signatureLine begins the last line of a statement for people.
const signatureLine = "Signature over all above (JWS, detached): "

// text is the statement for people, with its signature.
func (s *signedStatement) text() string {
	return s.Statement.text() + signatureLine + s.TextSignature + "\n"
}

type statementVerify struct {
	File string `arg:"" placeholder:"FILE" help:"The statement as mayfly statement printed it, as text or as JSON; - reads standard input."`
	keyFlags
}

// Errors of statement verify.
var (
	errNoStatement      = errors.New("this is not a statement of mayfly with its signature; save all that mayfly statement printed")
	errStatementKey     = errors.New("the statement names a key that is not among the keys; get them anew from /.well-known/mayfly-receipt-keys.json of the gateway that made it")
	errStatementChanged = errors.New("the signature does not fit: the statement was changed after it was signed, or is not whole")
)

// apart implements stoppedCommand.
func (c *statementVerify) apart(ctx context.Context, out io.Writer) error {
	data, err := readBounded(c.File, 1<<20)
	if err != nil {
		return err
	}
	keys, err := c.keys(ctx)
	if err != nil {
		return err
	}
	text, err := checkStatement(data, keys)
	if err != nil {
		return fmt.Errorf("%s: %w", printable(c.File), err)
	}
	_, err = fmt.Fprintf(out, "The signature fits: a gateway with this key stated the following, and nothing of it was changed since. Whether it was true then, its audit log shows: export that and compare the roots.\n\n%s", text)
	return err
}

// checkStatement checks either form, and gives the text for people.
func checkStatement(data []byte, keys receipt.JWKS) (text string, err error) {
	var payload []byte
	var signature string
	if trimmed := bytes.TrimSpace(data); bytes.HasPrefix(trimmed, []byte("{")) {
		var s struct {
			Statement json.RawMessage `json:"statement"`
			Signature string          `json:"signature"`
		}
		var plain statement
		if json.Unmarshal(trimmed, &s) != nil || s.Signature == "" || json.Unmarshal(s.Statement, &plain) != nil || plain.Type != statementKind {
			return "", errNoStatement
		}
		if payload, err = receipt.Canonical(s.Statement); err != nil {
			return "", errNoStatement
		}
		signature, text = s.Signature, plain.text()
	} else {
		all := strings.ReplaceAll(string(data), "\r\n", "\n")
		i := strings.LastIndex(all, "\n"+signatureLine)
		if i < 0 {
			return "", errNoStatement
		}
		text = all[:i+1]
		payload, signature = []byte(text), strings.TrimSpace(all[i+1+len(signatureLine):])
	}
	switch err := receipt.VerifyDetached(payload, signature, statementType, keys); {
	case errors.Is(err, receipt.ErrUnknownKey):
		return "", errStatementKey
	case err != nil:
		return "", errStatementChanged
	}
	return text, nil
}

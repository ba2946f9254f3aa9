package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/recorder"
)

func statementRing(t *testing.T) *receipt.Keyring {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	return ring
}

// A statement is checked without asking anybody, as text and as JSON, however
// that is laid out; anything that is changed in it is seen, and a key that did
// not sign it, and a signature of something else. // R46
func TestSignedStatement(t *testing.T) {
	ring := statementRing(t)
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s := statementOf(&recorder.Statement{
		Tenant: "acme", From: day, To: day.AddDate(0, 1, 0), At: day.AddDate(0, 1, 2), Sessions: 41, Reported: 2, ReportsLeft: 1,
		Logs: []recorder.StatementLog{{Name: "acme/2026-11", Size: 90, Root: [32]byte{1}}},
	})
	signed, err := signStatement(s, ring)
	require.NoError(t, err)
	text := []byte(signed.text())
	plain, err := json.Marshal(signed)
	require.NoError(t, err)
	spaced, err := json.MarshalIndent(signed, "", "    ")
	require.NoError(t, err)
	for name, form := range map[string][]byte{
		"text": text, "json": plain, "json, laid out": spaced,
		"text, with other line breaks": bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
		"text, a line break more":      append(bytes.Clone(text), '\n'),
	} {
		got, err := checkStatement(form, ring.Keys())
		require.NoError(t, err, name)
		require.Equal(t, s.text(), got, name)
		require.Contains(t, got, "Answers that people reported themselves, each with their consent: 2, of which 1 are there still.")
	}

	for name, form := range map[string][]byte{"text": text, "json": plain} {
		end := bytes.LastIndex(form, []byte(signatureLine))
		if name == "json" {
			end = bytes.Index(form, []byte(`,"key_id"`))
		}
		n := 0
		for i := 0; i < end; i++ {
			changed := bytes.Clone(form)
			changed[i] ^= 1
			_, err := checkStatement(changed, ring.Keys())
			require.Error(t, err, "%s, byte %d", name, i)
			n++
		}
		t.Logf("n = %d changes of the %s", n, name)
	}
	_, err = checkStatement(bytes.Replace(text, []byte("41."), []byte("42."), 1), ring.Keys())
	require.ErrorIs(t, err, errStatementChanged)
	_, err = checkStatement(text, statementRing(t).Keys())
	require.ErrorIs(t, err, errStatementKey)
	for _, none := range []string{"", "{}", s.text(), string(plain[:len(plain)/2]), fmt.Sprintf(`{"statement":{},"signature":%q}`, signed.Signature)} {
		_, err = checkStatement([]byte(none), ring.Keys())
		require.ErrorIs(t, err, errNoStatement, "%.40s", none)
	}
	other, err := receipt.SignDetached([]byte(s.text()), "mayfly-webhook+jws", ring)
	require.NoError(t, err)
	_, err = checkStatement([]byte(s.text()+signatureLine+other+"\n"), ring.Keys())
	require.ErrorIs(t, err, errStatementChanged)
	swapped := strings.Replace(string(plain), signed.Signature, signed.TextSignature, 1)
	_, err = checkStatement([]byte(swapped), ring.Keys())
	require.ErrorIs(t, err, errStatementChanged)
}

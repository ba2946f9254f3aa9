package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
)

// signedReceipt is a receipt with something of everything, the folder whose key
// signed it and the public keys as they are served.
func signedReceipt(t *testing.T) (jws, folder string, served []byte) {
	t.Helper()
	folder = t.TempDir()
	ring, err := openReceiptKeys(folder, time.Now())
	require.NoError(t, err)
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	jws, err = receipt.Sign(&receipt.Receipt{
		Type: receipt.Kind, Version: receipt.Version, Session: "0199", Issued: at, Began: at, Ended: at.Add(time.Minute),
		Organisation: receipt.Organisation{ID: "acme", Name: "Acme", Role: "processor", Complaint: "https://authority.example/"}, Avatar: "ada",
		Policies:    []receipt.Policy{{At: at, Number: 4, SHA256: "ab"}},
		Processed:   []receipt.Processed{{What: "words", For: "answer", Where: "memory", Until: "end_of_session"}},
		Stored:      []receipt.Stored{{What: "transcript", Turns: 3, Erased: 1, Until: at.Add(24 * time.Hour), Purposes: []string{"audit", "quality"}, LegalBasis: "legitimate_interests"}},
		Recording:   []receipt.Recording{{At: at, State: "on", Reason: "consent"}},
		Disclosures: []receipt.Disclosure{{At: at, Acknowledged: at, Notice: "2026-11-23", Locale: "en", SHA256: "cd"}},
		Consents:    []receipt.Consent{{At: at, Answer: "given", Purposes: []string{"transcript"}, SHA256: "ef"}},
		OptOuts:     []receipt.OptOut{{At: at, Purposes: []string{"transcript"}}},
		Recipients:  []receipt.Recipient{{Name: "Example models", What: "words", Where: receipt.NotDeclared, Keeps: receipt.NotDeclared, Trains: receipt.NotDeclared, PassesTo: []string{"Example Hosting"}, First: at, Last: at, Times: 2}},
	}, ring)
	require.NoError(t, err)
	served, err = json.Marshal(ring.Keys())
	require.NoError(t, err)
	return jws, folder, served
}

// R46 R49: whoever has a receipt can check it with nobody's help, and reads
// what it states in sentences.
func TestReceiptVerify(t *testing.T) {
	jws, folder, served := signedReceipt(t)
	keys := file(t, "keys.json", string(served))
	wrapped, err := json.Marshal(map[string]string{"type": "mayfly.receipt", "jws": jws})
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(served) }))
	defer server.Close()
	for name, args := range map[string][]string{
		"with the keys of this machine": {file(t, "r.jws", jws), "--data", folder},
		"with a file of keys":           {file(t, "r.jws", jws+"\n"), "--keys", keys},
		"with an address":               {file(t, "r.jws", jws), "--keys", server.URL + "/.well-known/mayfly-receipt-keys.json"},
		"as the page saves it":          {file(t, "r.json", string(wrapped)), "--keys", keys},
	} {
		t.Run(name, func(t *testing.T) {
			var out, wrong bytes.Buffer
			require.Zero(t, start(append([]string{"receipt", "verify"}, args...), nil, &out, &wrong), wrong.String())
			for _, line := range []string{
				"The signature is right: nothing was changed since this receipt was signed.",
				"Session 0199 with ada of Acme.",
				"It began 2026-11-26 09:00:00Z and ended 2026-11-26 09:01:00Z.",
				"Acme decides what the data is for; whoever runs the gateway acts on its behalf.",
				"Complaints: https://authority.example/",
				"Worked with: words, for answer, in memory, until end of session.",
				"Stored: transcript, 3 turns, for audit, quality; legal basis: legitimate interests.",
				"1 turns were erased before this was issued.",
				"The last of it goes 2026-11-27 09:00:00Z.",
				"Told that this is an AI: 2026-11-26 09:00:00Z, in en, notice 2026-11-23",
				"Asked about transcript: agreed 2026-11-26 09:00:00Z",
				"Off the record for transcript from 2026-11-26 09:00:00Z on, to the end.",
				"Recording: on from 2026-11-26 09:00:00Z on (consent).",
				"Sent to Example models: words, 2 times",
				"Policy 4 was in force from 2026-11-26 09:00:00Z on",
			} {
				require.Contains(t, out.String(), line)
			}
		})
	}
}

// A receipt with one bit flipped, in any byte, is refused, with the reason.
func TestReceiptVerifyFlippedBit(t *testing.T) {
	jws, folder, _ := signedReceipt(t)
	path := filepath.Join(t.TempDir(), "r.jws")
	c := receiptVerify{File: path, keyFlags: keyFlags{Data: folder}}
	n := 0
	for i := range len(jws) {
		broken := []byte(jws)
		broken[i] ^= 1 << (i % 8) // gateway/receipt flips them all
		require.NoError(t, os.WriteFile(path, broken, 0o600))
		var out bytes.Buffer
		require.Error(t, c.apart(t.Context(), &out), "byte %d", i)
		require.Empty(t, out.String())
		n++
	}
	t.Logf("%d receipts with one bit flipped", n)
}

// What cannot be checked says why, and what to do.
func TestReceiptVerifyRefuses(t *testing.T) {
	jws, folder, _ := signedReceipt(t)
	_, other, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(other)
	require.NoError(t, err)
	foreign, err := json.Marshal(ring.Keys())
	require.NoError(t, err)
	moved := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound))
	defer moved.Close()
	good := file(t, "r.jws", jws)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a flipped bit":    {[]string{file(t, "r.jws", strings.Replace(jws, ".", ".f", 1)), "--data", folder}, "receipt"},
		"other keys":       {[]string{good, "--keys", file(t, "keys.json", string(foreign))}, "the receipt names a key that is not among the keys"},
		"no keys":          {[]string{good, "--keys", file(t, "keys.json", "{}")}, "this is not a set of keys"},
		"no gateway here":  {[]string{good, "--data", t.TempDir()}, "no gateway on this machine has keys to check with"},
		"no file":          {[]string{filepath.Join(t.TempDir(), "none"), "--data", folder}, "correct its name"},
		"not a receipt":    {[]string{file(t, "r.txt", "hello"), "--data", folder}, "this is not a receipt of a session"},
		"a receipt's key":  {[]string{file(t, "r.json", `{"key":"mrk_x"}`), "--data", folder}, "this is not a receipt of a session"},
		"moved":            {[]string{good, "--keys", moved.URL}, "redirect"},
		"plain http":       {[]string{good, "--keys", "http://192.0.2.1/keys"}, "egress"},
		"no address":       {[]string{good, "--keys", "file:///etc/passwd"}, "use https"},
		"larger than that": {[]string{file(t, "r.jws", strings.Repeat("a", 1<<20+1)), "--data", folder}, "is larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, wrong bytes.Buffer
			require.Equal(t, 1, start(append([]string{"receipt", "verify"}, c.args...), nil, &out, &wrong))
			require.Empty(t, out.String())
			require.Contains(t, wrong.String(), c.want)
		})
	}
}

// After a rotation the new key signs, and what the old ones signed verifies.
func TestReceiptRotate(t *testing.T) {
	old, folder, _ := signedReceipt(t)
	before, err := readReceiptKeys(folder)
	require.NoError(t, err)
	for range 3 {
		_, err = rotateReceiptKeys(folder, time.Now())
		require.NoError(t, err)
	}
	after, err := readReceiptKeys(folder)
	require.NoError(t, err)
	require.NotEqual(t, before.Seed, after.Seed)
	require.Len(t, after.Old, 3)
	var out, wrong bytes.Buffer
	require.Zero(t, start([]string{"receipt", "verify", file(t, "r.jws", old), "--data", folder}, nil, &out, &wrong), wrong.String())
	_, err = rotateReceiptKeys(t.TempDir(), time.Now())
	require.ErrorContains(t, err, "the gateway makes the first when it starts")
}

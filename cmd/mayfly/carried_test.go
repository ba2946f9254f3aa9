package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/hook"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/recorder/export"
)

// hookReceiver is a tenant's server that is told of facts.
type hookReceiver struct {
	mu    sync.Mutex
	facts map[string]string // by id
	kinds map[string]int
	keys  receipt.JWKS
	wrong []string
	files map[string][]byte // of an export, by name, sealed
}

func (h *hookReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.keys.Keys) == 0 { // not yet known: later
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if bytes.HasPrefix(body, []byte("{")) {
		h.exported(body, r.Header.Get(hook.SignatureHeader))
		return
	}
	if err := receipt.VerifyDetached(body, r.Header.Get(hook.SignatureHeader), hook.SignatureType, h.keys); err != nil {
		h.wrong = append(h.wrong, err.Error())
	}
	var all []json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		h.wrong = append(h.wrong, err.Error())
	}
	for _, one := range all {
		var f struct{ ID, Kind string }
		_ = json.Unmarshal(one, &f)
		if before, twice := h.facts[f.ID]; twice && before != string(one) {
			h.wrong = append(h.wrong, "the id "+f.ID+" says two things")
		}
		if _, twice := h.facts[f.ID]; !twice {
			h.kinds[f.Kind]++
		}
		h.facts[f.ID] = string(one)
	}
}

// exported takes a file of an export. Called with mu held.
func (h *hookReceiver) exported(body []byte, signature string) {
	if err := receipt.VerifyDetached(body, signature, hook.ExportType, h.keys); err != nil {
		h.wrong = append(h.wrong, err.Error())
	}
	var d struct {
		Export struct {
			File, SHA256 string
			Data         []byte
		}
	}
	if err := json.Unmarshal(body, &d); err != nil {
		h.wrong = append(h.wrong, err.Error())
	}
	if sum := sha256.Sum256(d.Export.Data); hex.EncodeToString(sum[:]) != d.Export.SHA256 {
		h.wrong = append(h.wrong, d.Export.File+" is not what its hash is of")
	}
	h.files[d.Export.File] = d.Export.Data
}

func (h *hookReceiver) told(t *testing.T, kind string, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.kinds[kind] >= n
	}, 60*time.Second, 20*time.Millisecond, "%s %d", kind, n)
}

// keysOf are a gateway's public keys.
func keysOf(t *testing.T, url string) (keys receipt.JWKS) {
	t.Helper()
	res, err := http.Get(url + "/.well-known/mayfly-receipt-keys.json")
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	keys, err = receipt.ParseKeys(body)
	require.NoError(t, err)
	return keys
}

// receipted asks for the receipt, for the nth time.
func (g *guest) receipted(n int) (jws, key string) {
	g.t.Helper()
	g.say(`{"type":"avatar.receipt.request"}`)
	e := g.nth("avatar.receipt", n)
	return fmt.Sprint(e["jws"]), fmt.Sprint(e["key_id"])
}

// R17 R21 R46 R49 R56: what leaves, with the program as people run it: a
// receipt that anybody checks, over a rotation; a statement; an export and its
// labels, taken in elsewhere and sealed to the tenant's receiver; and a receiver
// that is told of everything, over a kill.
func TestCarriedOut(t *testing.T) {
	skipUnderRace(t)
	h := &hookReceiver{facts: map[string]string{}, kinds: map[string]int{}, files: map[string][]byte{}}
	to := httptest.NewServer(h)
	defer to.Close()
	const key = "mfk_carried-carried-carried-carried-carried-0"
	hash := tenant.HashKey(key)
	kinds, err := json.Marshal(tenant.WebhookKinds())
	require.NoError(t, err)
	config := file(t, "mayfly.yaml", `tenants:
  - id: acme
    name: Acme
    keys: [{hash: "sha256:`+hex.EncodeToString(hash[:])+`"}]
    policy: {transcript: true, retention: {transcript: 30d}, purposes: [quality]}
    webhook: {url: "`+to.URL+`/told", kinds: `+string(kinds)+`}
    avatars: [{id: ada, name: Ada}]
`)
	args := func(p place) []string {
		return []string{"--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off"}
	}
	p := newPlace(t)
	r := launch(t, p, nil, args(p)...)
	h.mu.Lock()
	h.keys = keysOf(t, r.url)
	h.mu.Unlock()
	began := time.Now().UTC()

	g := newGuest(t, r.url, key)
	g.say(aware)
	g.acknowledge()
	g.consent("true")
	g.recording("on")
	g.ask("the word is tamarind")
	g.nth("avatar.transcript.committed", 1)

	// Receipts, over a rotation of the key.
	first, firstKey := g.receipted(1)
	h.mu.Lock()
	h.keys = receipt.JWKS{} // what is told meanwhile may be signed with either
	h.mu.Unlock()
	require.Contains(t, r.did("receipt", "rotate"), "Those of 1 older keys verify as before.")
	second, secondKey := g.receipted(2)
	require.NotEqual(t, firstKey, secondKey)
	for _, jws := range []string{first, second} {
		for _, keys := range [][]string{nil, {"--keys", r.url + "/.well-known/mayfly-receipt-keys.json"}} {
			out := r.did(append([]string{"receipt", "verify", file(t, "receipt.jws", jws)}, keys...)...)
			require.Contains(t, out, "The signature is right")
			require.Contains(t, out, "Stored: transcript, 1 turns, for quality; legal basis: consent.")
		}
	}
	h.mu.Lock()
	h.keys = keysOf(t, r.url)
	h.mu.Unlock()

	// A statement says what was stored, and does not say that nothing was.
	today, yesterday := began.Format("2006-01-02"), began.AddDate(0, 0, -1).Format("2006-01-02")
	out := r.did("statement", "--from", yesterday, "--to", time.Now().UTC().Format("2006-01-02"))
	require.Contains(t, out, "1 sessions were recorded and 1 turns stored, 1 turns are still there.")
	require.Contains(t, out, "Proof: the log acme/"+began.Format("2006-01"))
	// It is signed in both forms, and checked without asking anybody.
	for _, form := range []string{"text", "json"} {
		signed := file(t, "statement", r.did("statement", "--form", form, "--from", yesterday, "--to", today))
		require.Contains(t, r.did("statement", "verify", signed), "1 sessions were recorded and 1 turns stored")
	}
	out, err = r.mayfly("statement", "verify", file(t, "statement", strings.Replace(out, "1 turns stored", "0 turns stored", 1)))
	require.Error(t, err)
	require.Contains(t, out, "the statement was changed")
	out, err = r.mayfly("statement", "--no-data", "--from", today, "--to", time.Now().UTC().Format("2006-01-02"))
	require.Error(t, err)
	require.Contains(t, out, "this cannot be stated")
	out = r.did("statement", "--no-data", "--from", began.AddDate(-1, 0, 0).Format("2006-01-02"), "--to", yesterday)
	require.Contains(t, out, "Nothing was stored of what anybody said.")

	// An export, its labels, and the same elsewhere.
	folder := filepath.Join(p.scratch, "export")
	r.opened()
	require.Contains(t, r.did("export", folder), "1 sessions, 1 turns")
	m, _, err := export.Open(folder)
	require.NoError(t, err)
	require.Contains(t, m.Source, "/algorithmicMedia", "what answered was no trained model")
	for _, f := range append(m.Files, export.File{Name: "manifest.json"}) {
		said, code := checkLabel(filepath.Join(folder, f.Name))
		require.Zero(t, code, said)
	}
	require.Contains(t, r.did("import", folder), "Not imported: 1 sessions are here already.")

	// The same to the receiver, which alone can open it.
	identity, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	require.Contains(t, r.did("export", "--to", "webhook", "--recipient", identity.Recipient().String()), "1 sessions, 1 turns")
	opened := filepath.Join(p.scratch, "received")
	h.mu.Lock()
	require.Len(t, h.files, len(m.Files)+1)
	for name, sealed := range h.files {
		require.NotContains(t, string(sealed), "tamarind")
		words, err := age.Decrypt(bytes.NewReader(sealed), identity)
		require.NoError(t, err)
		text, err := io.ReadAll(words)
		require.NoError(t, err)
		at := filepath.Join(opened, strings.TrimSuffix(name, ".age"))
		require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
		require.NoError(t, os.WriteFile(at, text, 0o600))
	}
	h.mu.Unlock()
	received, _, err := export.Open(opened)
	require.NoError(t, err)
	require.Equal(t, m.Files, received.Files)
	out, err = r.mayfly("export", "--to", "webhook")
	require.Error(t, err)
	require.Contains(t, out, "a receiver needs --recipient")

	// A receiver that is told, over a kill.
	h.told(t, "turn_kept", 1)
	h.told(t, "transcript_exported", 1)
	require.NoError(t, syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL))
	<-r.done
	r = launch(t, p, nil, args(p)...)
	g = newGuest(t, r.url, key)
	g.say(aware)
	g.acknowledge()
	require.NoError(t, g.ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")))
	h.told(t, "session_ended", 1)
	require.Contains(t, r.did("statement", "--from", today, "--to", time.Now().UTC().Format("2006-01-02")), "The gateway ended 1 times without stopping in order")
	r.stop()
	h.mu.Lock()
	require.Empty(t, h.wrong)
	require.NotZero(t, h.kinds["consent_given"])
	for n := 1; n < len(h.facts); n++ {
		require.Contains(t, h.facts, fmt.Sprintf("acme/%d", n), "a fact is missing")
	}
	for _, one := range h.facts {
		require.NotContains(t, one, "tamarind")
	}
	t.Logf("%d facts told", len(h.facts))
	h.mu.Unlock()

	// Elsewhere, with nothing running.
	q := newPlace(t)
	other := launch(t, q, nil, args(q)...)
	other.stop()
	other.opened()
	require.Contains(t, other.did("import", folder), "Imported: 1 sessions, 1 turns")
	out, err = other.mayfly("export", "--to", "webhook", "--recipient", identity.Recipient().String())
	require.Error(t, err)
	require.Contains(t, out, "the gateway does not run, and its key signs what a receiver gets")
	again := filepath.Join(q.scratch, "export")
	other.did("export", again)
	n, _, err := export.Open(again)
	require.NoError(t, err)
	require.Equal(t, m.Files, n.Files)
	require.Contains(t, other.did("receipt", "rotate"), "older keys")

	damaged := filepath.Join(folder, m.Files[0].Name)
	text, err := os.ReadFile(damaged)
	require.NoError(t, err)
	text[len(text)/2] ^= 1
	require.NoError(t, os.WriteFile(damaged, text, 0o600))
	out, err = other.mayfly("import", folder)
	require.Error(t, err)
	require.Contains(t, out, m.Files[0].Name+" has another checksum")
}

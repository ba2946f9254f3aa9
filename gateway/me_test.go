package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// archive is what is stored, in memory, of one session.
type archive struct {
	mu        sync.Mutex
	key       [32]byte
	holding   Holding
	requests  []RightsRequest
	corrected map[uint32]string
	held      bool
	broken    error
}

func (a *archive) Find(_ context.Context, key [32]byte) (Holding, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return Holding{}, a.broken
	}
	if key != a.key || a.holding.Turns+len(a.holding.Reports) == 0 {
		return Holding{}, ErrNothing
	}
	return a.holding, nil
}

func (a *archive) Read(_ context.Context, _ Holding, form string, w io.Writer) error {
	_, err := io.WriteString(w, `{"form":"`+form+`","words":"words"}`)
	return err
}

func (a *archive) Sounds(context.Context, Holding) ([]HeldSound, error) {
	return []HeldSound{{Turn: 1, Side: "avatar", MS: 1200}}, nil
}

func (a *archive) Sound(_ context.Context, _ Holding, turn uint64, side string, w io.Writer) error {
	if turn != 1 || side != "avatar" {
		return ErrNothing
	}
	_, err := io.WriteString(w, "OggS")
	return err
}

func (a *archive) Erase(context.Context, Holding) (Erased, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held {
		return Erased{}, ErrHeld
	}
	n := Erased{a.holding.Turns, len(a.holding.Reports)}
	a.holding.Turns, a.holding.Reports = 0, nil
	return n, nil
}

func (a *archive) ReadReport(_ context.Context, of Holding, id session.ID, w io.Writer) error {
	if !slices.ContainsFunc(of.Reports, func(h HeldReport) bool { return h.ID == id }) {
		return ErrNothing
	}
	_, err := io.WriteString(w, `{"report":"`+id.String()+`"}`)
	return err
}

func (a *archive) EraseReport(_ context.Context, of Holding, id session.ID) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.held:
		return ErrHeld
	case !slices.ContainsFunc(of.Reports, func(h HeldReport) bool { return h.ID == id }):
		return ErrNothing
	}
	a.holding.Reports = slices.DeleteFunc(slices.Clone(a.holding.Reports), func(h HeldReport) bool { return h.ID == id })
	return nil
}

func (a *archive) Correct(_ context.Context, _ Holding, item uint32, text []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if item > 2 {
		return ErrNothing
	}
	a.corrected[item] = string(text)
	return nil
}

func (a *archive) Restrict(_ context.Context, _ Holding, on bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.holding.Restricted = on
	return nil
}

func (a *archive) Requests(context.Context, Holding) ([]RightsRequest, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]RightsRequest(nil), a.requests...), nil
}

func (a *archive) Ask(_ context.Context, _ Holding, kind string, item uint32, _ []byte) (RightsRequest, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := RightsRequest{ID: session.ID{1}, Kind: kind, State: "open", Item: item, At: time.Now()}
	a.requests = append([]RightsRequest{q}, a.requests...)
	return q, nil
}

func (a *archive) Happened(context.Context, string, session.ID) ([]Happened, error) {
	return []Happened{{"session_started", time.Now()}, {"session_ended", time.Now()}}, nil
}

// newArchive is one session under a key.
func newArchive() (a *archive, key string) {
	key = string(newReceiptKey())
	now := time.Now()
	return &archive{
		key: sha256.Sum256([]byte(key)), corrected: map[uint32]string{},
		holding: Holding{Tenant: "acme", Avatar: "lumen", Session: session.ID{7}, Began: now, Last: now, Until: now.Add(time.Hour), Turns: 2, Items: 4, Purposes: []string{"audit"}, Policy: 4},
	}, key
}

// mine makes a request with a receipt key.
func (r *rig) mine(method, at, key, body string, head ...string) (int, string, http.Header) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url()+at, strings.NewReader(body))
	require.NoError(r.t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(head); i += 2 {
		req.Header.Set(head[i], head[i+1])
	}
	res, err := r.do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return res.StatusCode, string(b), res.Header
}

func (r *rig) generous() *rig {
	r.server.edge.person = newKeyedLimiter[netip.Prefix](1e6, 1e6, 10)
	return r
}

// Where the organisation lets people serve themselves, the key opens, corrects,
// restricts and erases. // R46 R47 R48 R49 R50 R55 R56
func TestSelfService(t *testing.T) {
	a, key := newArchive()
	r := newRig(t, &scripted{}, nil, func(o *Options, tn *tenant.Tenant) {
		o.Rights = a
		tn.Controller = true
	}).generous()
	status, body, head := r.mine("GET", "/v1/me", key, "")
	require.Equal(t, 200, status, body)
	require.Equal(t, "no-store", head.Get("Cache-Control"))
	me := parse(t, body)
	require.Equal(t, "self_service", me["rights"])
	require.Equal(t, "lumen", me["avatar"])
	require.Equal(t, "Lumen", me["avatar_name"])
	require.EqualValues(t, 2, me["turns"])
	require.Equal(t, "controller", me.at("organisation", "gateway_is"))

	for accept, want := range map[string]string{"": "jsonl", "application/json": "json", "text/vtt, */*": "vtt", "text/plain": "text", "*/*": "jsonl"} {
		status, body, head := r.mine("GET", "/v1/me/transcript", key, "", "Accept", accept)
		require.Equal(t, 200, status, body)
		require.Equal(t, want, parse(t, body)["form"], accept)
		require.Equal(t, "attachment", head.Get("Content-Disposition"))
	}
	status, body, _ = r.mine("GET", "/v1/me/transcript", key, "", "Accept", "image/png")
	require.Equal(t, 406, status, body)

	status, body, _ = r.mine("PATCH", "/v1/me/transcript/items/2", key, `{"text":"I said nine."}`)
	require.Equal(t, 200, status, body)
	require.Equal(t, "I said nine.", a.corrected[2])
	for at, body := range map[string]string{
		"/v1/me/transcript/items/3": `{"text":"x"}`, "/v1/me/transcript/items/0": `{"text":"x"}`, "/v1/me/transcript/items/-1": `{"text":"x"}`,
	} {
		status, _, _ := r.mine("PATCH", at, key, body)
		require.Equal(t, 400, status, at)
	}
	for _, body := range []string{``, `{}`, `{"text":""}`, `{"text":"x","by":"me"}`, `{"text":1}`, `{"text":"x","text":"y"}`, `{"text":"` + strings.Repeat("x", maxCorrection+1) + `"}`} {
		status, _, _ := r.mine("PATCH", "/v1/me/transcript/items/2", key, body)
		require.Equal(t, 400, status, body[:min(len(body), 40)])
	}
	require.Equal(t, "I said nine.", a.corrected[2])

	status, body, _ = r.mine("PUT", "/v1/me/restriction", key, `{"on":true}`)
	require.Equal(t, 200, status, body)
	require.True(t, a.holding.Restricted)
	for _, bad := range []string{`{"on":"true"}`, `{"on":1}`, `{}`} {
		status, _, _ = r.mine("PUT", "/v1/me/restriction", key, bad)
		require.Equal(t, 400, status, bad)
	}

	status, body, _ = r.mine("POST", "/v1/me/requests", key, `{"kind":"object","note":"I do not want this."}`)
	require.Equal(t, 202, status, body)
	require.Equal(t, "open", parse(t, body).at("request", "state"))
	status, body, _ = r.mine("POST", "/v1/me/requests", key, `{"kind":"sell"}`)
	require.Equal(t, 400, status, body)

	a.held = true
	a.holding.HeldUntil = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	status, body, _ = r.mine("DELETE", "/v1/me/transcript", key, "")
	require.Equal(t, 409, status, body)
	require.Equal(t, "held_until", parse(t, body).at("error", "code"))
	require.Contains(t, body, "until 2027-03-01")
	a.held = false
	status, body, _ = r.mine("DELETE", "/v1/me/transcript", key, "")
	require.Equal(t, 200, status, body)
	require.EqualValues(t, 2, parse(t, body)["erased"])
	status, _, _ = r.mine("GET", "/v1/me", key, "")
	require.Equal(t, 401, status, "nothing is left under the key")
}

// Where the organisation carries requests out itself, the key makes requests,
// and opens the words only when access was granted. // R54
func TestOnInstruction(t *testing.T) {
	a, key := newArchive()
	r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) { o.Rights = a }).generous()
	_, body, _ := r.mine("GET", "/v1/me", key, "")
	require.Equal(t, "on_instruction", parse(t, body)["rights"])
	status, body, _ := r.mine("GET", "/v1/me/transcript", key, "")
	require.Equal(t, 403, status, body)
	require.NotContains(t, body, "words")
	for _, c := range [][3]string{
		{"DELETE", "/v1/me/transcript", ""},
		{"PATCH", "/v1/me/transcript/items/1", `{"text":"x"}`},
		{"PUT", "/v1/me/restriction", `{"on":true}`},
		{"POST", "/v1/me/requests", `{"kind":"access"}`},
	} {
		status, body, _ := r.mine(c[0], c[1], key, c[2])
		require.Equal(t, 202, status, body)
	}
	require.Equal(t, 2, a.holding.Turns)
	require.False(t, a.holding.Restricted)
	require.Empty(t, a.corrected)
	require.Len(t, a.requests, 4)
	status, _, _ = r.mine("GET", "/v1/me/transcript", key, "")
	require.Equal(t, 403, status, "asking is not having")
	a.requests[0].State = "carried_out"
	status, body, _ = r.mine("GET", "/v1/me/transcript", key, "")
	require.Equal(t, 200, status, body)
}

// A key that is wrong, of something that is gone, or of another kind is refused
// with one body, and guessing is slowed down. // R55
func TestWrongReceiptKey(t *testing.T) {
	a, key := newArchive()
	r := newRig(t, &scripted{}, nil, func(o *Options, _ *tenant.Tenant) { o.Rights = a })
	bodies := map[string]bool{}
	for _, wrong := range []string{string(newReceiptKey()), key[:len(key)-1], key + "x", strings.ToUpper(key), r.key, "mrk_", "x", strings.Repeat("x", 600)} {
		for _, c := range [][2]string{{"GET", "/v1/me"}, {"GET", "/v1/me/transcript"}, {"DELETE", "/v1/me/transcript"}} {
			status, body, _ := r.mine(c[0], c[1], wrong, "")
			if status == http.StatusTooManyRequests {
				continue
			}
			require.Equal(t, 401, status)
			bodies[body] = true
		}
	}
	require.Len(t, bodies, 1)
	status, body, head := r.mine("GET", "/v1/me", key, "")
	for range personBurst {
		status, body, head = r.mine("GET", "/v1/me", key, "")
	}
	require.Equal(t, 429, status, body)
	require.NotEmpty(t, head.Get("Retry-After"))

	r.generous()
	a.broken = errors.New("disk")
	status, _, _ = r.mine("GET", "/v1/me", key, "")
	require.Equal(t, 503, status)
}

// For a session that stored nothing there is no key; the receipt itself is the
// proof. // R46
func TestReceiptOfNothing(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(private)
	require.NoError(t, err)
	a, _ := newArchive()
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, func(o *Options, _ *tenant.Tenant) { o.Rights, o.Signer = a, ring }).generous()
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.turn("hello", 1)
	c.send(event{"type": "avatar.session.end"})
	c.closed()
	jws := c.await("avatar.receipt", 1)["jws"].(string)
	status, body, _ := r.mine("POST", "/v1/me/receipt", "", jws, "Content-Type", "application/jose")
	require.Equal(t, 200, status, body)
	got := parse(t, body)
	require.Equal(t, true, got["valid"])
	require.Equal(t, false, got["recorded"])
	require.Len(t, got["facts"], 2)
	require.Empty(t, got.at("receipt", "stored"))

	flipped := []byte(jws)
	flipped[len(flipped)/2] ^= 1
	for body, code := range map[string]string{string(flipped): "receipt_changed", "hello": "receipt_invalid", "": "receipt_invalid"} {
		status, answer, _ := r.mine("POST", "/v1/me/receipt", "", body)
		require.Equal(t, 400, status)
		require.Equal(t, code, parse(t, answer).at("error", "code"))
	}
	status, body, _ = r.mine("GET", "/.well-known/mayfly-receipt-keys.json", "", "")
	require.Equal(t, 200, status, body)
	keys, err := receipt.ParseKeys([]byte(body))
	require.NoError(t, err)
	_, err = receipt.Verify(jws, keys)
	require.NoError(t, err)
}

// Who answers for the data, and where to turn. // R39 R80
func TestPrivacyIsPublished(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{}, nil, recorded(tp), func(_ *Options, tn *tenant.Tenant) {
		tn.Contact = tenant.Contact{Email: "data@acme.example", DPO: "dpo@acme.example", Privacy: "https://acme.example/privacy", Complaint: "https://authority.example"}
	})
	status, body, _ := r.mine("GET", "/.well-known/mayfly-privacy.json?tenant=acme", "", "")
	require.Equal(t, 200, status, body)
	got := parse(t, body)
	require.Equal(t, "processor", got.at("organisation", "gateway_is"))
	require.Equal(t, "dpo@acme.example", got.at("organisation", "dpo"))
	require.Equal(t, "https://authority.example", got.at("organisation", "complaint"))
	require.Equal(t, true, got.at("stored", "transcript"))
	require.EqualValues(t, 30, got.at("stored", "days"))
	status, _, _ = r.mine("GET", "/.well-known/mayfly-privacy.json?tenant=other", "", "")
	require.Equal(t, 404, status)
}

// Nothing counts people, so there is nothing that Sec-GPC could switch off, and
// the session is the same with it. // R32
func TestGlobalPrivacyControl(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil)
	h := r.bearer()
	h.Set("Sec-GPC", "1")
	ws, _, err := r.dial(h, "")
	require.NoError(t, err)
	c := watch(t, ws)
	c.acknowledge(c.aware("text"))
	c.turn("hello", 1)
	require.Zero(t, c.count("avatar.consent.requested"), "nobody is asked for analytics")
}

// The person lists and hears the sound of their session, and nobody else does.
// R46 R56
func TestMySound(t *testing.T) {
	key := string(newReceiptKey())
	a := &archive{key: sha256.Sum256([]byte(key)), holding: Holding{Tenant: "acme", Avatar: "lumen", Turns: 1}}
	r := newRig(t, &scripted{}, nil, func(o *Options, tn *tenant.Tenant) { o.Rights, tn.Controller = a, true }).generous()
	status, body, _ := r.mine("GET", "/v1/me/sound", key, "")
	require.Equal(t, 200, status)
	require.Contains(t, body, `{"turn":1,"side":"avatar",`)
	status, _, head := r.mine("GET", "/v1/me/sound/1/avatar", key, "")
	require.Equal(t, 200, status)
	require.Equal(t, "audio/ogg; codecs=opus", head.Get("Content-Type"))
	require.Equal(t, "attachment", head.Get("Content-Disposition"))
	for _, path := range []string{"2/avatar", "1/person", "1/x", "x/avatar", "-1/avatar", "99999999999/avatar"} {
		status, _, _ := r.mine("GET", "/v1/me/sound/"+path, key, "")
		require.Equal(t, 404, status, path)
	}
	for _, path := range []string{"/v1/me/sound", "/v1/me/sound/1/avatar"} {
		status, _, _ := r.mine("GET", path, string(newReceiptKey()), "")
		require.Equal(t, 401, status)
	}
}

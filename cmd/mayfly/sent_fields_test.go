package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// capture is a server that takes down the fields of what it is sent: header
// names, members of JSON by their path, parts of forms. It answers as the
// server of each role does.
type capture struct {
	role string
	*httptest.Server

	mu     sync.Mutex
	fields []string
	told   []string // instructions
	bodies []string
}

func newCapture(t *testing.T, role string) *capture {
	c := &capture{role: role}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *capture) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies = append(c.bodies, string(body))
	c.told = append(c.told, r.Header.Get(egress.InstructionHeader))
	c.add("request " + r.Method + " " + r.URL.RequestURI())
	for name := range r.Header {
		c.add("header " + name)
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for p, err := parts.NextPart(); err == nil; p, err = parts.NextPart() {
			c.add(strings.TrimSpace("part " + p.FormName() + " " + p.FileName()))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"text":"hello"}`)
		return
	}
	var all any
	if json.Unmarshal(body, &all) != nil {
		c.add("body that is no JSON")
	}
	c.walk("json ", all)
	switch c.role {
	case "backend":
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":"It is at nine."},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	case "speech":
		w.Header().Set("Content-Type", "audio/pcm")
		_, _ = w.Write(make([]byte, 48000))
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"at":"nine"}`)
	}
}

func (c *capture) add(field string) {
	if !slices.Contains(c.fields, field) {
		c.fields = append(c.fields, field)
	}
}

// walk adds the paths of a JSON value. What a person or a tenant wrote is not
// walked: a schema, the arguments of a tool.
func (c *capture) walk(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, in := range v {
			if c.role == "tool" {
				name = "(argument)"
			}
			if at := path + "." + name; name == "parameters" {
				c.add(at)
			} else {
				c.walk(at, in)
			}
		}
	case []any:
		for _, in := range v {
			c.walk(path+"[]", in)
		}
	default:
		c.add(path)
	}
}

// The fields that leave to each recipient are on a list, and no other leaves:
// whoever adds one, adds it to testdata/sent_fields.txt and says there why. No
// field is about who the person is, and none joins two requests. What goes to
// webhooks and buckets has tests of its own beside them. R28 R57 R58 R61
func TestFieldsThatLeave(t *testing.T) {
	made := time.Now()
	model, speech, ears, server := newCapture(t, "backend"), newCapture(t, "speech"), newCapture(t, "transcriber"), newCapture(t, "tool")
	at := func(c *capture, path string) *url.URL {
		u, err := url.Parse(c.URL + path)
		require.NoError(t, err)
		return u
	}
	keyFile := t.TempDir() + "/key"
	require.NoError(t, os.WriteFile(keyFile, []byte("secret"), 0o600))
	of := &tenant.Tenant{ID: "acme", Name: "Acme", Source: tenant.SourceFile, Avatars: []tenant.Avatar{{
		ID: "ada", Name: "Ada", Voice: "speech", Languages: []string{"en"}, Microphone: true, Knowledge: tenant.Documents,
		BackEnd:     &tenant.BackEnd{URL: at(model, "/v1"), Model: "m", Name: "Models", KeyFile: keyFile, Vision: true},
		Speech:      &tenant.BackEnd{URL: at(speech, "/v1"), Model: "s", Name: "Voices", Voice: "v"},
		Transcriber: &tenant.BackEnd{URL: at(ears, "/v1"), Model: "w", Name: "Ears"},
		Tools:       []tenant.Tool{{Name: "look_up", Description: "Looks up.", URL: at(server, "/tool"), Provider: "Timetables"}},
	}}}
	c, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(c.close)
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	c.instructor = newInstructor("https://avatars.example.org", ring)
	require.NoError(t, c.hire(of))
	cast := c.Cast(of, &of.Avatars[0])

	say := func(s string) session.Speech { return session.NewSpeech([]byte(s)) }
	for i, mode := range []avatar.ChoiceMode{avatar.Required, avatar.Named} { // two sessions
		tool := cast.Tools[0]
		require.NoError(t, cast.Engine.Answer(t.Context(), avatar.Question{
			Persona: avatar.Persona{Name: "Ada", Organisation: "Acme", Text: "You are brief."}, Locale: "en",
			Items: []session.Item{
				{Role: session.User, Words: say("When does the library open?"), Attachments: []session.Attachment{{Kind: session.Picture, Width: 1, Height: 1, Content: session.NewContent([]byte("x"))}}},
				{Kind: session.ToolCall, Role: session.Avatar, Name: say("look_up"), Call: say("call00001"), Words: say(`{}`), Inside: true},
				{Kind: session.ToolOutput, Call: say("call00001"), Words: say(`{"at":"nine"}`), Inside: true},
			},
			Tools: []avatar.Tool{tool.Offer()}, Choice: avatar.Choice{Mode: mode, Name: say("look_up")}, Single: true, Step: 1,
			Call: func(avatar.Call) error { return nil }, Spent: func(int) {}, Slot: new(avatar.Slot),
		}, func(avatar.Sentence) error { return nil }))
		require.NoError(t, cast.Voice("en").Speak(t.Context(), []byte("It is at nine."), voice.Options{Language: "en", Speed: 1 + float64(i)/2}, func(voice.Chunk) error { return nil }))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		heard := cast.Transcriber("en").Hear(ctx, avatar.Hearing{Locale: "en"})
		require.NoError(t, heard.Write(make([]int16, avatar.HearingRate)))
		_, err := heard.End(ctx)
		require.NoError(t, err)
		_, _ = tool.Call(ctx, say("{}"))
		cancel()
	}

	listed := map[string]bool{}
	list, err := os.ReadFile("testdata/sent_fields.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(list)) {
		field, why, ok := strings.Cut(strings.TrimSpace(line), "  # ")
		if field == "" || strings.HasPrefix(field, "#") {
			continue
		}
		require.True(t, ok && why != "", "%s: it is not said why", field)
		listed[strings.TrimSpace(field)] = false
	}
	for _, to := range []*capture{model, speech, ears, server} {
		require.NotEmpty(t, to.fields, to.role)
		for _, f := range to.fields {
			field := to.role + " " + f
			if _, ok := listed[field]; !ok {
				t.Errorf("%s leaves, and is not on the list", field)
			}
			listed[field] = true
		}
		instructed(t, to, ring.Keys(), made)
	}
	for field, left := range listed {
		require.True(t, left, "%s is on the list and does not leave", field)
	}
	for _, b := range model.bodies {
		require.Contains(t, b, `"store":false`)
		require.NotContains(t, b, `"user"`+`:`)
	}
	t.Logf("n = %d fields", len(listed))
}

// instructed says that each request told the recipient what it may do with it,
// signed, and in the same words in every session.
func instructed(t *testing.T, to *capture, keys receipt.JWKS, made time.Time) {
	t.Helper()
	require.GreaterOrEqual(t, len(to.told), 2)
	for _, jws := range to.told {
		require.Equal(t, to.told[0], jws, "one session can be told from another by it")
	}
	signed, err := jose.ParseSignedCompact(to.told[0], []jose.SignatureAlgorithm{jose.EdDSA})
	require.NoError(t, err)
	payload, err := signed.Verify(keys)
	require.NoError(t, err)
	require.Equal(t, "mayfly-instructions+jwt", signed.Signatures[0].Header.ExtraHeaders[jose.HeaderType])
	hour := made.UTC().Truncate(time.Hour)
	purpose := map[string]string{"backend": "answer", "speech": "speak", "transcriber": "transcribe", "tool": "tool"}[to.role]
	want := func(hour time.Time) string {
		return fmt.Sprintf(`{"aud":"127.0.0.1","exp":%d,"iat":%d,"iss":"https://avatars.example.org","purpose":%q,"store":false,"train":false,"ttl":600}`, hour.Add(2*time.Hour).Unix(), hour.Unix(), purpose)
	}
	require.Contains(t, []string{want(hour), want(hour.Add(time.Hour))}, string(payload))
}

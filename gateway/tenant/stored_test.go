package tenant

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"mayfly/redact"
)

// What is written of a tenant is read as the same tenant, and written again as
// the same bytes.
func TestDocumentRoundTrip(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		was := drawTenant(rt)
		first, err := Document(was)
		if err != nil {
			rt.Fatal(err)
		}
		is, err := ParseDocument(first)
		if err != nil {
			rt.Fatalf("%v\n%s", err, first)
		}
		require.Equal(rt, was, is)
		again, err := Document(is)
		if err != nil || string(again) != string(first) {
			rt.Fatalf("%v\n%s\n%s", err, first, again)
		}
		for i := range was.Avatars {
			if a, b := was.Effective(&was.Avatars[i]), is.Effective(&is.Avatars[i]); a.Hash() != b.Hash() {
				rt.Fatalf("the policy of avatar %d is another", i)
			}
		}
		n++
	})
	t.Logf("n = %d tenants", n)
}

// words are texts that a reader of YAML could take for something else.
var words = []string{
	"true", "null", "~", "1", "1e3", "0x10", "a: b", "# not a comment", "- x", "{a}", "[a]", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", "\"", "'",
	`C:\temp\new`, "a\"b\\c", "Grüße", "שלום", "日本語", "👩🏽‍💻", " leading", "trailing ", "a  b", "<b>&amp;</b>", "off", "yes", "2026-11-26", "12:30:45", "=", "<<", "é",
}

func drawTenant(t *rapid.T) *Tenant {
	word := func(name string) string { return rapid.SampledFrom(words).Draw(t, name) }
	maybeWord := func(name string) string {
		if rapid.Bool().Draw(t, "has "+name) {
			return word(name)
		}
		return ""
	}
	out := &Tenant{
		ID: rapid.SampledFrom([]string{"a", "true", "null", "1", "-", "1e3", "on"}).Draw(t, "id"), Name: word("name"),
		Controller: rapid.Bool().Draw(t, "controller"),
		HelpLine:   maybeWord("help"),
		Public:     rapid.Bool().Draw(t, "public"),
		Policy:     drawPolicy(t),
	}
	if rapid.Bool().Draw(t, "contact") {
		out.Contact = Contact{"data@acme.example", "dpo@acme.example", "https://acme.example/p?a=b#c", "https://authority.example/"}
	}
	if rapid.IntRange(0, 3).Draw(t, "minors") == 0 {
		out.Audience, out.Policy.Transcript = Minors, false
		if out.HelpLine == "" {
			out.HelpLine = "Call us."
		}
	}
	if rapid.Bool().Draw(t, "origins") {
		out.Origins = []string{"https://www.acme.example", "http://localhost:3000"}
		out.Frames = []string{"https://learn.acme.example:8443"}
	}
	if rapid.Bool().Draw(t, "limits") {
		out.Limits = Limits{
			Sessions: rapid.IntRange(1, 1_000_000).Draw(t, "sessions"), StartRate: rapid.Float64Range(0.01, 10_000).Draw(t, "rate"),
			SessionsPerDay: rapid.IntRange(0, 9).Draw(t, "a day"), TokensPerDay: rapid.IntRange(0, 9).Draw(t, "tokens"), MinutesPerMonth: rapid.IntRange(0, 9).Draw(t, "a month"),
			SessionTime: time.Duration(rapid.IntRange(1, 86_400).Draw(t, "time")) * time.Second,
			IdleTime:    time.Duration(rapid.IntRange(1, 3600).Draw(t, "idle")) * time.Second,
			Message:     rapid.IntRange(4<<10, 20<<20).Draw(t, "message"),
		}
	}
	if out.Audience == General && out.Policy.LegalBasis == Consent && rapid.Bool().Draw(t, "hidden") {
		out.Policy.Hiding = Hiding{By: word("by"), Reason: word("reason"), LegalBasis: word("basis"), Expires: time.Unix(int64(rapid.IntRange(1, 17e8).Draw(t, "expires")), 0).UTC()}
		if rapid.Bool().Draw(t, "of one") {
			out.Policy.Hiding.Avatars = []string{"a"}
		}
	}
	if rapid.Bool().Draw(t, "hosts") {
		out.Policy.BackEnds = []string{"127.0.0.1", "ears.example", "models.example"}
	}
	out.Disclosure = Disclosure{Version: "2026-11-26", Texts: []DisclosureText{{Locale: "no", Audience: out.Audience, Text: strings.TrimSpace(word("text"))}}}
	if rapid.Bool().Draw(t, "material") {
		out.Disclosure.Material = true
	}
	for _, l := range []string{"en-GB", "de", "he"} {
		out.Disclosure.Texts = append(out.Disclosure.Texts, DisclosureText{Locale: l, Audience: out.Audience, Text: strings.TrimSpace(word("text")), Spoken: maybeWord("spoken")})
	}
	if out.Audience == General && rapid.Bool().Draw(t, "children") {
		for _, l := range []string{"en", "de", "he", "no"} {
			out.Disclosure.Texts = append(out.Disclosure.Texts, DisclosureText{Locale: l, Audience: Minors, Text: strings.TrimSpace(word("text"))})
		}
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "avatars") {
		a := newAvatar()
		a.ID, a.Name = string(rune('a'+i)), word("avatar")
		a.Languages = rapid.SampledFrom([][]string{{"en"}, {"de-AT", "he"}, {"en", "no"}}).Draw(t, "languages")
		a.Colour = rapid.SampledFrom([]string{"", "#000000", "#1e3456"}).Draw(t, "colour")
		a.Persona = strings.TrimSpace(maybeWord("persona") + "\n\t" + maybeWord("persona"))
		a.Knowledge = rapid.SampledFrom([]string{"", Documents}).Draw(t, "knowledge")
		a.Microphone, a.Video = rapid.Bool().Draw(t, "microphone"), rapid.Bool().Draw(t, "video")
		if rapid.Bool().Draw(t, "backend") {
			a.BackEnd = &BackEnd{URL: &url.URL{Scheme: "https", Host: "models.example:8443", Path: "/v1"}, Model: word("model"), Name: word("recipient")}
			a.Speech = &BackEnd{URL: &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: ""}, Model: word("model"), Name: "127.0.0.1", Voice: word("voice")}
			a.Voice = "speech"
			a.BackEnd.Region, a.Speech.Region = rapid.SampledFrom([]string{"", "eu"}).Draw(t, "region"), "us-1"
		}
		if a.Microphone && rapid.Bool().Draw(t, "transcriber") {
			a.Transcriber = &BackEnd{URL: &url.URL{Scheme: "https", Host: "ears.example", Path: "/v1"}, Model: word("model"), Name: word("recipient"), Partials: rapid.Bool().Draw(t, "partials")}
		}
		for _, b := range []*BackEnd{a.BackEnd, a.Speech, a.Transcriber} {
			if b != nil {
				b.Terms = drawTerms(t, &out.Policy)
				if b != a.Transcriber {
					b.Redact = rapid.SampledFrom([][]redact.Kind{nil, {redact.IBAN}, {redact.Phone, redact.Email}}).Draw(t, "hidden")
				}
			}
		}
		if rapid.Bool().Draw(t, "likeness") {
			a.RealLikeness, a.Permission = true, &Permission{
				ID: "p", Subject: "s", Scope: Aspects(), Territory: []string{"DE", "FR"},
				Expires: time.Unix(int64(rapid.IntRange(0, 4e9).Draw(t, "ends")), 0).UTC(), Evidence: [32]byte{byte(rapid.IntRange(0, 255).Draw(t, "evidence"))},
			}
		}
		if rapid.Bool().Draw(t, "policy") {
			n := drawNarrowing(t)
			narrowed(n, out.Policy)
			a.Policy = n
		}
		out.Avatars = append(out.Avatars, a)
	}
	return out
}

// narrowed takes out of n what would widen p, and what says nothing.
func narrowed(n *Narrowing, p Policy) {
	if n.Transcript != nil && *n.Transcript && !p.Transcript {
		n.Transcript = nil
	}
	if n.Retention != nil && *n.Retention > p.Retention {
		n.Retention = nil
	}
	for k, say := range n.Operators {
		if say != nil && say.Hides() < p.Redaction.Of(redact.Kind(k)).Hides() {
			n.Operators[k] = nil
		}
	}
	if p.Sensitive.Turn > 0 {
		n.Sensitive.Turn = min(n.Sensitive.Turn, p.Sensitive.Turn)
	}
	if p.Sensitive.Session > 0 {
		n.Sensitive.Session = min(n.Sensitive.Session, p.Sensitive.Session)
	}
	n.Purposes = slices.DeleteFunc(n.Purposes, func(q Purpose) bool { return !slices.Contains(p.Purposes, q) })
	if len(n.Purposes) == 0 {
		n.Purposes = nil
	}
	if n.LegalBasis != nil && *n.LegalBasis != Consent && *n.LegalBasis != p.LegalBasis {
		n.LegalBasis = nil
	}
	if n.Attachments != nil && *n.Attachments && !p.Attachments {
		n.Attachments = nil
	}
	if n.Acknowledgement != nil && !*n.Acknowledgement && !p.NoAcknowledgement {
		n.Acknowledgement = nil
	}
}

// A tenant of the file is written without its secrets and its paths, and what
// is written can be read.
func TestDocumentOfTheFile(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata")))
	for _, name := range []string{"key", "voice.onnx", "voice.onnx.json"} {
		secret(t, folder, name)
	}
	data, err := os.ReadFile("testdata/full.yaml")
	require.NoError(t, err)
	f, err := Parse(folder+"/full.yaml", data)
	require.NoError(t, err)
	document, err := Document(&f.Tenants[0])
	require.NoError(t, err)
	for _, gone := range []string{folder, "key_file", "abab", "cdcd", `"hash":`} {
		require.NotContains(t, string(document), gone)
	}
	again, err := ParseDocument(document)
	require.NoError(t, err)
	require.Equal(t, f.Tenants[0].Policy, again.Policy)
	require.Equal(t, f.Tenants[0].Avatars[0].Policy, again.Avatars[0].Policy)

	// Every key that is not left out on purpose is in it.
	for _, s := range Settings() {
		key, ok := strings.CutPrefix(s.Key, "tenants[].")
		if !ok || strings.HasPrefix(key, "keys") || strings.HasSuffix(key, "key_file") || key == "avatars[].knowledge" || key == "audience" ||
			key == "policy.reports" { // as without it
			continue // secrets, paths, and what is as if it were not there
		}
		name := key[strings.LastIndexByte(key, '.')+1:]
		require.Contains(t, string(document), `"`+name+`":`, key)
	}
}

// What may not stand in a stored document is refused, with its key and what to
// do instead.
func TestStoredDocumentMistakes(t *testing.T) {
	const ok = `"id":"a","name":"A","avatars":[{"id":"x","name":"X"`
	for data, want := range map[string]string{
		``:   "tenant: there is nothing in the document; give the tenant's id, name and avatars",
		`{}`: "avatars: this key is missing",
		`[]`: "this is not a group of keys",
		`{` + ok + `}],"keys":[{"hash":"sha256:` + strings.Repeat("ab", 32) + `"}]}`:                   "keys: keys are not part of a tenant's document; leave them out",
		`{` + ok + `,"knowledge":"/etc"}]}`:                                                            "avatars[0].knowledge: a tenant in the database names no file of this machine; put the tenant into the configuration file, or leave the key out",
		`{` + ok + `,"knowledge":"docs"}]}`:                                                            "names no file",
		`{` + ok + `,"backend":{"url":"https://m.example/v1","model":"m","key_file":"/etc/shadow"}}]}`: "avatars[0].backend.key_file: a tenant in the database names no file",
		`{` + ok + `}],"webhook":{"url":"http://127.0.0.1/x","kinds":["session_ended"]}}`:              "webhook.url: this is not https; use https; a receiver on this machine can only stand in the configuration file",
		`{` + ok + `}],"webhook":{"url":"https://[::1]/x","kinds":["session_ended"]}}`:                 "webhook.url: this is the address of a machine",
		`{` + ok + `}],"webhook":{"url":"https://localhost/x","kinds":["session_ended"]}}`:             "webhook.url: this is the address of a machine",
		`{` + ok + `}],"policy":{"transcript":true}}`:                                                  "policy.transcript: what is kept would have no end",
		`{` + ok + `}],"policy":{"transcript":"TRUE "}}`:                                               "policy.transcript: this is not true or false",
		`{` + ok + `}],"policy":{"transcript":1}}`:                                                     "policy.transcript: this is not true or false",
		`{` + ok + `}],"policy":{"transcript":null}}`:                                                  "policy.transcript: there is no value",
		`{` + ok + `}],"policy":{"retention":{"transcript":"forever"}}}`:                               "policy.retention.transcript: nothing is kept without an end; use a time with its unit",
		`{` + ok + `}],"policy":{},"policy":{"transcript":true}}`:                                      "policy: this key is there twice",
		`{` + ok + `}],"Policy":{}}`:                                                                   `Policy: there is no such key; did you mean "policy"?`,
		`{` + ok + `}],"audience":"minors"}`:                                                           "audience: it is not said where a minor finds help",
		`{` + ok + `,"policy":{"transcript":true}}]}`:                                                  "avatars[0].policy.transcript: this would allow more",
		`{` + ok + `}],"tenants":[]}`:                                                                  "tenants: there is no such key",
		`{` + ok + `}]} {}`:                                                                            "this is not YAML",
	} {
		got, err := ParseDocument([]byte(data))
		require.Nil(t, got, data)
		require.ErrorContains(t, err, want, data)
		require.NotContains(t, err.Error(), "shadow")
	}
	_, err := ParseDocument([]byte(`{` + ok + `}]}`))
	require.NoError(t, err)
}

// RFC 7396, appendix A, as far as a patch is an object.
func TestMergePatch(t *testing.T) {
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	} {
		got, err := MergePatch([]byte(c[0]), []byte(c[1]))
		require.NoError(t, err)
		require.Equal(t, c[2], string(got), "%s with %s", c[0], c[1])
	}
	for _, bad := range []string{``, `[]`, `null`, `"a"`, `{`, `{"a":1,"a":2}`, `{"a":1} x`, `{"canary7":`, "{\"a\":\"\xff\"}"} {
		_, err := MergePatch([]byte(`{}`), []byte(bad))
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "canary7")
	}
}

// A patch that is wrong is refused as a whole document would be.
func TestMergePatchIsStrict(t *testing.T) {
	document, err := Document(recorded())
	require.NoError(t, err)
	for patch, want := range map[string]string{
		`{"policy":{"transcript":"TRUE "}}`:                 "policy.transcript",
		`{"policy":{"retention":null}}`:                     "policy.transcript: what is kept would have no end",
		`{"policy":{"retention":{"transcript":"forever"}}}`: "policy.retention.transcript",
		`{"polcy":{"transcript":false}}`:                    `did you mean "policy"?`,
		`{"policy":{"purposes":[]}}`:                        "it is not said what the transcript is for",
		`{"avatars":null}`:                                  "avatars: this key is missing",
	} {
		merged, err := MergePatch(document, []byte(patch))
		require.NoError(t, err)
		_, err = ParseDocument(merged)
		require.ErrorContains(t, err, want, patch)
	}
	merged, err := MergePatch(document, []byte(`{"policy":{"transcript":null}}`))
	require.NoError(t, err)
	off, err := ParseDocument(merged)
	require.NoError(t, err)
	require.False(t, off.Policy.Transcript)
	require.Equal(t, []Changed{{"policy.transcript", "true", ""}}, Diff(document, merged))
}

func TestDiff(t *testing.T) {
	before := recorded()
	before.Avatars = append(before.Avatars, Avatar{ID: "bob", Name: "Bob", Look: "lantern", Voice: "auto", Languages: []string{"en"}})
	after := recorded()
	after.Policy.Retention, after.Policy.Purposes = 7*day, []Purpose{Audit}
	after.Avatars[0].Name, after.Avatars[0].Languages = "Ada L.", []string{"de", "en"}
	after.Avatars = []Avatar{{ID: "eve", Name: "Eve", Look: "moth", Voice: "auto", Languages: []string{"en"}}, after.Avatars[0]}
	a, err := Document(before)
	require.NoError(t, err)
	b, err := Document(after)
	require.NoError(t, err)
	require.Equal(t, []Changed{
		{"avatars[ada].languages", "", "de, en"},
		{"avatars[ada].name", "Ada", "Ada L."},
		{"avatars[bob].id", "bob", ""},
		{"avatars[bob].name", "Bob", ""},
		{"avatars[eve].id", "", "eve"},
		{"avatars[eve].look", "", "moth"},
		{"avatars[eve].name", "", "Eve"},
		{"policy.purposes", "audit, quality", "audit"},
		{"policy.retention.transcript", "30d", "7d"},
	}, Diff(a, b))
	require.Empty(t, Diff(a, a))
	require.NotEmpty(t, Diff(nil, a))
}

// A receiver that only the operator's file may name is not in the document:
// what is stored of a file's tenant can be read as any other.
func TestDocumentWebhookInside(t *testing.T) {
	for address, there := range map[string]bool{"https://hooks.example/x": true, "http://127.0.0.1:1/x": false, "https://10.0.0.1/x": false, "https://localhost/x": false} {
		f, err := Parse("x.yaml", []byte(oneTenantWith("webhook: {url: \""+address+"\", kinds: [session_ended]}")))
		require.NoError(t, err)
		document, err := Document(&f.Tenants[0])
		require.NoError(t, err)
		again, err := ParseDocument(document)
		require.NoError(t, err)
		require.Equal(t, there, again.Webhook != nil, address)
	}
}

func oneTenantWith(line string) string {
	return "tenants:\n  - id: a\n    name: A\n    public: true\n    " + line + "\n    avatars: [{id: x, name: X}]\n"
}

// Whatever is accepted as a document is written as one that is accepted and
// says the same; whatever is not fails by mistakes, and never quotes itself.
func FuzzDocument(f *testing.F) {
	full, err := Document(recorded())
	require.NoError(f, err)
	f.Add(full)
	f.Add([]byte("id: a\nname: A\npublic: true\nlimits: {start_rate: 0.010, sessions_per_day: 5}\navatars:\n  - {id: x, name: X, persona: |\n    zq7xk}\n"))
	f.Add([]byte(`{"id":"a","name":"zq7xk","audience":"minors","help_line":"x","avatars":[{"id":"x","name":"X","languages":["ar"],"policy":{"retention":{"transcript":"1h"}}}],"disclosure":{"version":"2026-11-26","texts":[{"locale":"ar","text":"y"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		was, err := ParseDocument(data)
		if err != nil {
			var all *Mistakes
			require.ErrorAs(t, err, &all)
			require.NotContains(t, err.Error(), "zq7xk")
			return
		}
		first, err := Document(was)
		require.NoError(t, err)
		is, err := ParseDocument(first)
		require.NoError(t, err, "%s", first)
		require.Equal(t, was, is)
	})
}

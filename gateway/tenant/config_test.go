package tenant

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

var update = flag.Bool("update", false, "writes what the code says into the golden files")

// Every mistake is told with its key, line, column and remedy, and without the
// value that stands there.
func TestMistakes(t *testing.T) {
	mistaken(t, "testdata/mistakes.txtar", "testdata", func(path string, data []byte) error {
		got, err := Parse(path, data)
		require.Nil(t, got)
		return err
	})
}

// secret puts a key into a file that only its owner reads.
func secret(t *testing.T, folder, name string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("s3cret\n"), 0o600))
}

func TestFullFile(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata")))
	secret(t, folder, "key")
	secret(t, folder, "voice.onnx")
	secret(t, folder, "voice.onnx.json")
	data, err := os.ReadFile("testdata/full.yaml")
	require.NoError(t, err)
	f, err := Parse(filepath.Join(folder, "full.yaml"), data)
	require.NoError(t, err)

	key := filepath.Join(folder, "key")
	model, speech, ears := f.Tenants[0].Avatars[0].BackEnd, f.Tenants[0].Avatars[0].Speech, f.Tenants[0].Avatars[0].Transcriber
	require.Equal(t, "http://localhost:11434/v1", model.URL.String())
	require.Equal(t, "https://speech.example/v1", speech.URL.String())
	require.Equal(t, "https://hooks.acme.example/mayfly", f.Tenants[0].Webhook.URL.String())
	require.Equal(t, "https://speech.example/v1", ears.URL.String())
	tool := &f.Tenants[0].Avatars[0].Tools[0]
	require.Equal(t, "https://speech.example/timetable", tool.URL.String())
	require.NoError(t, tool.Parameters.Check([]byte(`{"course":"algebra"}`)))
	require.Error(t, tool.Parameters.Check([]byte(`{"room":"algebra"}`)))
	model.URL, speech.URL, ears.URL, f.Tenants[0].Webhook.URL, tool.URL, tool.Parameters = nil, nil, nil, nil, nil, nil
	for i := range f.Server.OIDC.Rules {
		f.Server.OIDC.Rules[i].at = place{} // TestOIDCMistakes
	}
	require.Equal(t, &File{
		Server: Server{
			Listen: "127.0.0.1:8080", TLSListen: "[::1]:8443",
			TLSCert: filepath.Join(folder, "files/docs/hours.md"), TLSKey: key,
			BehindTLSProxy: true, PublicURL: "https://avatars.example.org",
			TrustedProxies:     []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			CountryHeader:      "CF-IPCountry",
			CountryDatabase:    filepath.Join(folder, "files/docs/hours.md"),
			PiperModel:         filepath.Join(folder, "voice.onnx"),
			TranscriberCommand: &TranscriberCommand{Argv: []string{filepath.Join(folder, "files/transcribe"), "-l", "{language}", "-l"}, WAV: true, Languages: []string{"en-GB", "de"}},
			TenantHosts:        []string{"models.example", "*.trusted.example"},
			OIDC:               fullOIDC(key),
			SIEM:               fullSIEM(folder, key),
			Witnesses: []Witness{
				{Name: "outside", To: "witness", URL: &url.URL{Scheme: "https", Host: "witness.example.org", Path: "/add"}, Key: "witness.example.org+9a3f1c02+BAXk", TokenFile: key, CAFile: key},
				{Name: "archive", To: "webhook", URL: &url.URL{Scheme: "http", Host: "127.0.0.1:9000", Path: "/checkpoints"}},
			},
			Metrics: Metrics{Listen: "unix:/run/mayfly/metrics.sock", TokenFile: key},
			Media: Media{
				Listen:          "0.0.0.0:3478",
				PublicAddresses: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::7")},
				ICEServers: []ICEServer{
					{URLs: []string{"stun:stun.example.org", "stuns:stun.example.org:5349"}},
					{URLs: []string{"turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"}, SecretFile: key},
					{URLs: []string{"turn:turn.example.org"}, Username: "mayfly", CredentialFile: key, Tenants: []string{"acme", "beta"}},
				},
			},
		},
		Tenants: []Tenant{{
			ID: "acme", Name: "Acme University",
			Contact: Contact{"data@acme.example", "officer@acme.example", "https://acme.example/privacy", "https://authority.example/"},
			Line:    30, Controller: true, HelpLine: "Call 0800 111 0111, day and night.",
			Disclosure: Disclosure{Version: "2026-11-26", Material: true, Texts: []DisclosureText{
				{Locale: "en", Text: "Lectures are not given here.", Spoken: "No lectures here."}, {Locale: "he", Text: "אין כאן הרצאות."},
				{Locale: "en", Audience: Minors, Text: "There are no lessons here."}, {Locale: "he", Audience: Minors, Text: "אין כאן שיעורים."},
			}},
			Policy: Policy{
				Transcript: true, Retention: 30 * day, Audio: true, AudioRetention: 7 * day, Reports: 60 * day, Redaction: Redaction{Email: redact.Drop, Card: redact.Mask, IBAN: redact.Mask, Phone: redact.Off, IP: redact.Mask, MAC: redact.Hash, Secret: redact.Drop, SSN: redact.Mask, NationalID: redact.Mask, Passport: redact.Mask, BirthDate: redact.Off, Custom: redact.Mask, Regions: []string{"DE", "GB"}, Patterns: []string{"EMP-[0-9]{4}"}, Words: []string{"Project Zeus"}},
				Sensitive: Sensitive{5, 20}, AuditDetail: true,
				Purposes: []Purpose{Audit, Quality}, LegalBasis: PublicTask, OnFailure: End, Rights: OnInstruction,
				Attachments: true, NoAcknowledgement: true, SecondAdmin: true, SecondRecipients: true,
				Hiding: Hiding{
					By: "Ada Example", Reason: "Every caller is told by a recorded voice before.", LegalBasis: "Opinion of our counsel of 2 January.",
					Expires: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), Avatars: []string{"ada"},
				},
				BackEnds: []string{"localhost", "speech.example"}, Regions: []string{"eu", "on-site"},
				Training: TrainingForbidden, KeepsMost: new(30 * day), Objections: []string{"Example Advertising"},
				Decisions: Decisions{Used: true, LogicNotice: "https://acme.example/decisions", HumanRoute: "Call 0800 111 0112."},
			},
			Origins: []string{"https://www.acme.example", "https://xn--bcher-kva.example", "http://localhost:3000"},
			Frames:  []string{"https://learn.acme.example"},
			Webhook: &Webhook{Kinds: []string{"session_ended", "session_started"}},
			Handoff: &Handoff{
				Name: "Student office", Zone: berlin, Closed: "We are there on weekdays from nine to five.", Queue: 12, Wait: 5 * time.Minute, Offer: 20 * time.Second, Talks: 1,
				Hours: []Hours{
					{Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, From: 9 * 60, To: 12*60 + 30},
					{Days: [7]bool{1: true, 2: true, 3: true, 4: true}, From: 13*60 + 30, To: 17 * 60},
					{Days: [7]bool{0: true, 6: true}, From: 10 * 60, To: 24 * 60},
				},
			},
			Public: true,
			Keys: []Key{
				{Hash: [32]byte(bytes.Repeat([]byte{0xab}, 32))},
				{Hash: [32]byte(bytes.Repeat([]byte{0xcd}, 32)), Role: Reviewer, Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
			},
			Limits: Limits{Sessions: 20, StartRate: .5, SessionsPerDay: 5000, TokensPerDay: 2_000_000, MinutesPerMonth: 100_000, SessionTime: 30 * time.Minute, IdleTime: 90 * time.Second, Message: 65536},
			Avatars: []Avatar{
				{
					ID: "ada", Name: "עדה", Look: "moth", Colour: "#d98c1f", Voice: "speech", Languages: []string{"en-GB", "he"},
					Persona: "You help new students.\nYou are brief.", Knowledge: filepath.Join(folder, "files/docs"),
					KnowledgeURLs:    []*url.URL{{Scheme: "https", Host: "www.acme.example", Path: "/hours", RawQuery: "for=students"}, {Scheme: "http", Host: "localhost:8000", Path: "/fees.pdf"}},
					KnowledgeRefresh: 30 * time.Minute,
					BackEnd: &BackEnd{Model: "llama3:8b", Vision: true, KeyFile: key, Name: "The model of our data centre", Region: "on-site", Redact: []redact.Kind{redact.Email, redact.Phone}, Terms: Terms{Retention: new(time.Duration(0)), Training: new(false), Transfer: NoTransfer, By: "Data protection office", On: "2026-11-26"},
						Deadlines:        Deadlines{Connect: 500 * time.Millisecond, First: 30 * time.Second, Idle: 20 * time.Second, Turn: 2 * time.Minute},
						Fallback:         []BackEnd{{URL: &url.URL{Scheme: "http", Host: "localhost:11435", Path: "/v1"}, Model: "phi", Realtime: true, Voice: "amber", Session: 30 * time.Minute, Name: "localhost", Region: "on-site", Terms: Terms{Retention: new(time.Duration(0)), Training: new(false), By: "Data protection office", On: "2026-11-26"}}},
						FallbackResident: true,
					},
					Speech: &BackEnd{Model: "tts-1", Name: "speech.example", Voice: "alloy", Region: "eu", Terms: Terms{Retention: new(30 * day), Training: new(false), Transfer: ContractClauses, Recipients: []string{"Example Hosting"}, By: "Ada Example", On: "2026-11-25", Evidence: [32]byte(bytes.Repeat([]byte{0xef}, 32))}},
					Transcriber: &BackEnd{Model: "whisper-1", Name: "speech.example", Region: "eu", Partials: true, Terms: Terms{Retention: new(12 * time.Hour), Training: new(false), By: "Ada Example", On: "2026-11-25"},
						Fallback: []BackEnd{{URL: &url.URL{Scheme: "http", Host: "localhost:11436", Path: "/v1"}, Model: "ears", Realtime: true, Writer: "writer", Name: "localhost", Region: "on-site", Terms: Terms{Retention: new(time.Duration(0)), Training: new(false), By: "Ada Example", On: "2026-11-25"}}},
					},
					Tools: []Tool{{
						Name: "timetable", Description: "When and where a course takes place.", KeyFile: key, Provider: "Campus office", Region: "on-site",
						Terms:   Terms{Retention: new(time.Duration(0)), Training: new(false), By: "Ada Example", On: "2026-11-25"},
						Timeout: 3 * time.Second, Result: 2048, Significant: true,
					}},
					Microphone: true, Video: true, RealLikeness: true,
					Permission: &Permission{
						ID: "p-17", Subject: "person-4", Scope: []Aspect{VoiceLikeness, PictureLikeness}, Territory: []string{"DE", "FR"},
						Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Evidence: [32]byte(bytes.Repeat([]byte{0xef}, 32)),
					},
					Policy: &Narrowing{
						Transcript: new(true), Retention: new(36 * time.Hour), Audio: new(true), AudioRetention: new(day),
						Operators: [redact.Custom + 1]*redact.Operator{redact.Email: new(redact.Drop), redact.Card: new(redact.Drop), redact.IBAN: new(redact.Mask), redact.Phone: new(redact.Hash), redact.IP: new(redact.Drop), redact.MAC: new(redact.Drop), redact.Secret: new(redact.Drop), redact.SSN: new(redact.Drop), redact.NationalID: new(redact.Drop), redact.Passport: new(redact.Drop), redact.BirthDate: new(redact.Mask), redact.Custom: new(redact.Drop)}, Sensitive: Sensitive{Turn: 3},
						Regions: []string{"FR"}, Patterns: []string{"K[a-z]{3}"}, Words: []string{"acme"}, Purposes: []Purpose{Audit}, LegalBasis: new(Consent), Attachments: new(true), Acknowledgement: new(true),
					},
				},
				{ID: "bob", Name: "Bob", Look: "lantern", Voice: "auto", Languages: []string{"en"}, Off: &SwitchedOff{Reason: "Bob is being taught something new."}},
			},
		}},
	}, f)

	// The example stays complete: every key of the table is in it.
	for _, s := range Settings() {
		name := s.Key[strings.LastIndexByte(s.Key, '.')+1:]
		require.Regexp(t, `(?m)^[ -]*`+name+`:`, string(data), s.Key)
	}
}

// The same in JSON is the same file, tabs and all.
func TestJSON(t *testing.T) {
	f, err := Parse("mayfly.json", []byte("{\r\n\t\"listen\": \"127.0.0.1:1\",\n\t\"tenants\": [{\n\t\t\"id\": \"a\", \"name\": \"A\\u00e9\", \"public\": true,\n\t\t\"avatars\": [{\"id\": \"x\", \"name\": \"X\", \"microphone\": false}]\n\t}]\n}\n"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", f.Server.Listen)
	require.Equal(t, "Aé", f.Tenants[0].Name)
	require.True(t, f.Tenants[0].Public)
}

// A file that says nothing is the same as none; what is not said is the safe thing.
func TestEmptyFile(t *testing.T) {
	for name, data := range map[string]string{"nothing": "", "comment": "# later\n", "mark": "\ufeff", "no tenants": "tenants: []\n", "begin": "---\n"} {
		t.Run(name, func(t *testing.T) {
			f, err := Parse("mayfly.yaml", []byte(data))
			require.NoError(t, err)
			require.Equal(t, &File{}, f)
		})
	}
}

// A key that everybody on the machine can read is refused. K2
func TestSecretFileMode(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "key")
	secret(t, folder, "key")
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o440: true, 0o644: false, 0o602: false} {
		require.NoError(t, os.Chmod(path, mode))
		require.Equal(t, ok, CheckSecretFile(path) == nil, "%o", mode)
	}
	for name, make := range map[string]func() error{
		"empty":  func() error { return os.WriteFile(path, nil, 0o600) },
		"large":  func() error { return os.WriteFile(path, make([]byte, 5000), 0o600) },
		"folder": func() error { return os.Mkdir(path, 0o700) },
		"none":   func() error { return nil },
	} {
		require.NoError(t, os.RemoveAll(path))
		require.NoError(t, make())
		require.Error(t, CheckSecretFile(path), name)
	}
}

// Files made to cost time or stack are refused before they do.
func TestCostlyFiles(t *testing.T) {
	for _, unit := range []string{"[", "{", "- ", "- [", "{a: ", "!!a ", "&a ", "? ", "a:\n", "a: b\n", "--- a\n", "*a ", "a: b: ", "|\n", "'", "\"", "[{", ": ", "]", "%a\n"} {
		t.Run(unit, func(t *testing.T) {
			t.Parallel()
			started := time.Now()
			_, err := Parse("mayfly.yaml", []byte(strings.Repeat(unit, int(min(4, *scale)*maxFile/4)/len(unit))))
			require.Error(t, err)
			require.Less(t, len(err.Error()), 64<<10)
			require.Less(t, time.Since(started), 20*time.Second)
		})
	}
	for _, unit := range []string{"a:\n", "a: b\n", "a: {b: c}\n", "a:\n- b\n", "a:\n  b: c\n"} {
		_, err := Parse("mayfly.yaml", []byte(strings.Repeat(unit, maxKeys+1)))
		require.ErrorContains(t, err, "this group has too many keys", unit)
	}
	_, err := Parse("mayfly.yaml", []byte("tenants: [{"+strings.Repeat("a: b, ", maxKeys+1)+"}]"))
	require.ErrorContains(t, err, "this group has too many keys")
	_, err = Parse("mayfly.yaml", make([]byte, maxFile+1))
	require.ErrorContains(t, err, "larger than 1 MiB")
}

// A thousand tenants are no trouble.
func TestLargeFile(t *testing.T) {
	for name, f := range map[string]struct{ head, each, tail string }{
		"block": {"tenants:\n", "  - id: t%d\n    name: Tenant\n    public: true\n    origins:\n      - https://t%[1]d.example\n    limits:\n      sessions: 5\n    avatars:\n      - id: a\n        name: A\n        languages: [en, de]\n        backend:\n          url: https://models.example/v1\n          model: m\n", ""},
		"flow":  {"{\"tenants\": [", `{"id": "t%d", "name": "Tenant", "public": true, "avatars": [{"id": "a", "name": "A"}]},`, "]}"},
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(f.head)
			for i := range 1000 {
				text = fmt.Appendf(text, f.each, i)
			}
			text = append(bytes.TrimSuffix(text, []byte(",")), f.tail...)
			started := time.Now()
			got, err := Parse("mayfly.yaml", text)
			require.NoError(t, err)
			require.Len(t, got.Tenants, 1000)
			t.Logf("n = 1000 tenants, %d bytes, %v", len(text), time.Since(started).Round(time.Millisecond))
		})
	}
}

func TestBytes(t *testing.T) {
	for data, want := range map[string]string{
		"listen: \"\xff\"\n": "mayfly.yaml:1:1: this line is not UTF-8; save the file as UTF-8",
		"\n\n\x00":           "mayfly.yaml:3:1: there is a control character; leave it out",
		"# é\u2028listen:\n": "mayfly.yaml:1:4: there is a control character; leave it out",
	} {
		_, err := Parse("mayfly.yaml", []byte(data))
		require.EqualError(t, err, want)
	}
}

// Whatever stands in a file, reading it does not fail in other ways than by
// mistakes, and they do not repeat what stands there.
func FuzzParse(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/mistakes.txtar")
	require.NoError(f, err)
	for i := 0; i < len(archive.Files); i += 2 {
		f.Add(archive.Files[i].Data)
	}
	full, err := os.ReadFile("testdata/full.yaml")
	require.NoError(f, err)
	f.Add(full)
	f.Fuzz(func(t *testing.T, data []byte) {
		const canary = "zq7xk"
		data = bytes.ReplaceAll(data, []byte("CANARY"), []byte(canary))
		_, err := Parse("testdata/mayfly.yaml", data)
		if err == nil {
			return
		}
		var all *Mistakes
		require.ErrorAs(t, err, &all)
		require.NotContains(t, err.Error(), canary)
		for _, m := range all.List {
			require.NotEmpty(t, m.Problem)
			require.NotEmpty(t, m.Remedy)
			require.NotContains(t, m.Key, "\n")
		}
	})
}

// Every scalar of a good file is replaced in turn by a canary: what is then
// said never holds it.
func TestNoValueInAMistake(t *testing.T) {
	data, err := os.ReadFile("testdata/full.yaml")
	require.NoError(t, err)
	lines := strings.Split(string(data), "\n")
	n := 0
	for i, l := range lines {
		colon := strings.Index(l, ": ")
		if colon < 0 {
			continue
		}
		if testing.Short() && i%5 != 0 {
			continue // all of them under the race detector take half a minute
		}
		for _, canary := range []string{"zq7xk", `"zq7xk"`, "[zq7xk]", "{zq7xk: zq7xk}", "&zq7xk zq7xk", "*zq7xk", "!zq7xk x", "zq7xk: zq7xk", `"zq7xk`, "https://zq7xk:zq7xk@zq7xk/zq7xk", "${zq7xk}", "| zq7xk", "http://zq7xk.example/"} {
			changed := append([]string{}, lines...)
			changed[i] = l[:colon+2] + canary
			_, err := Parse("testdata/full.yaml", []byte(strings.Join(changed, "\n")))
			require.Error(t, err) // the key file is missing in any case
			require.NotContains(t, err.Error(), "zq7xk", "%s", changed[i])
			n++
		}
	}
	t.Logf("n = %d changed files", n)
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/export"
	"mayfly/recorder/read"
	"mayfly/session"
)

// exportable is a session with everything that a file can hold.
func exportable() *export.Session {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	id, _ := session.ParseID("0199c0de-0000-7000-8000-000000000001")
	return &export.Session{
		Transcript: &read.Transcript{
			Session: id, Avatar: "ada", Began: at, Last: at, Until: at.AddDate(0, 1, 0), Locale: "en", Purposes: []string{"quality"},
			Turns: []read.Turn{
				{No: 1, At: at.Add(time.Minute), Source: read.SourceRules, Items: []read.Item{
					{No: 1, Role: "user", Kind: "message", Form: "written", Status: "completed", Words: "Is this <b>real</b>?\n[09:00:00] Avatar: yes --> no"},
					{No: 2, Role: "avatar", Kind: "message", Form: "written", Status: "completed", Words: "I am an AI.", Corrected: &read.Correction{Words: "It is an AI.", At: at}},
				}},
				{No: 2, At: at.Add(2 * time.Minute), Source: read.SourceTrained, Items: []read.Item{
					{No: 3, Role: "avatar", Kind: "tool_call", Form: "written", Status: "completed", Name: "clock", Words: "{}"},
					{No: 4, Role: "avatar", Kind: "message", Form: "spoken", Status: "completed", Human: true, Words: "A colleague here."},
					{No: 5, Role: "system", Kind: "message", Form: "written", Status: "completed", Words: "Note."},
				}},
			},
		},
		Until: map[uint64]time.Time{1: at, 2: at}, Policies: map[uint64]uint64{1: 1, 2: 1}, Correctors: map[uint32]session.ID{},
	}
}

// files are the session in every form that leaves.
func files(t *testing.T) map[string]string {
	t.Helper()
	s, out := exportable(), map[string]string{}
	for name, f := range map[string]read.Form{"lines.jsonl": read.JSONLines, "object.json": read.JSON, "text.txt": read.Text, "captions.vtt": read.WebVTT} {
		var b bytes.Buffer
		require.NoError(t, s.Write(&b, f))
		out[name] = b.String()
	}
	var b bytes.Buffer
	require.NoError(t, s.WriteLines(&b))
	out["export.jsonl"] = b.String()
	return out
}

func checkLabel(path string) (string, int) {
	var out, wrong bytes.Buffer
	code := start([]string{"label", "check", path}, nil, &out, &wrong)
	return out.String() + wrong.String(), code
}

// R21: what leaves carries its label, and somebody can tell that it is whole.
func TestLabelCheck(t *testing.T) {
	for name, text := range files(t) {
		said, code := checkLabel(file(t, name, text))
		require.Zero(t, code, "%s: %s\n%s", name, said, text)
		require.Contains(t, said, "The label is there and whole", name)
		require.Contains(t, said, read.SourceComposite, name)
		require.Contains(t, said, "5 items, of which a machine made 2; each says so.", name)
	}
}

// A label that is missing or was tampered with is an error that says so.
func TestLabelTampered(t *testing.T) {
	n := 0
	for name, text := range files(t) {
		changes := map[string][2]string{
			"no label":         {read.Label, ""},
			"a weaker label":   {read.Label, "The avatar may be an AI system."},
			"one letter":       {"is an AI system", "is an AI-system"},
			"another source":   {read.SourceComposite, "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"},
			"no source":        {read.SourceComposite, ""},
			"an unlike source": {read.SourceComposite, strings.Replace(read.SourceComposite, "http:", "https:", 1)},
		}
		switch {
		case strings.HasSuffix(name, ".jsonl"):
			changes["it is human"] = [2]string{`"ai":true`, `"ai":false`}
			changes["it is no machine"] = [2]string{`"role":"avatar"`, `"role":"user"`}
			changes["nobody said it"] = [2]string{`"ai":true,`, ``}
			changes["a human was a machine"] = [2]string{`"human":true,`, ``}
			changes["twice"] = [2]string{`"ai":true`, `"ai":true,"ai":false`}
			changes["another whole"] = [2]string{read.SourceComposite, read.SourceRules}
			changes["items without"] = [2]string{`"digital_source_type":"` + read.SourceRules + `",`, ``}
		case strings.HasSuffix(name, ".json"):
			changes["it is human"] = [2]string{`"ai": true`, `"ai": false`}
			changes["it is no machine"] = [2]string{`"role": "avatar"`, `"role": "user"`}
			changes["twice"] = [2]string{`"ai": true`, `"ai": true, "ai": false`}
		case strings.HasSuffix(name, ".txt"):
			changes["it is no machine"] = [2]string{"] Avatar (AI):", "] Avatar:"}
			changes["cut"] = [2]string{"Digital source type: ", ""}
		default:
			changes["it is no machine"] = [2]string{"<v Avatar (AI)>", "<v Avatar>"}
			changes["nobody"] = [2]string{"<v Avatar (AI)>", ""}
			changes["no note"] = [2]string{"NOTE\n", "STYLE\n"}
		}
		for what, c := range changes {
			require.Contains(t, text, c[0], "%s, %s", name, what)
			said, code := checkLabel(file(t, name, strings.ReplaceAll(text, c[0], c[1])))
			require.Equal(t, 1, code, "%s, %s: %s", name, what, said)
			require.NotContains(t, said, "there and whole", "%s, %s", name, what)
			n++
		}
	}
	for name, text := range map[string]string{"empty": "", "other.txt": "hello", "other.json": `{"a":1}`, "list.json": "[]", "cut.json": `{"type":"transcript"`} {
		_, code := checkLabel(file(t, name, text))
		require.Equal(t, 1, code, name)
		n++
	}
	_, code := checkLabel(filepath.Join(t.TempDir(), "none"))
	require.Equal(t, 1, code)
	t.Logf("%d files without a whole label", n)
}

// Beside its manifest a file is known to the letter.
func TestLabelBesideManifest(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "export")
	f, err := export.Create(folder, "acme")
	require.NoError(t, err)
	all, s := files(t), exportable()
	id := s.Transcript.Session.String()
	require.NoError(t, f.Add(t.Context(), id, 2, 5, s.Source(), map[string][]byte{".jsonl": []byte(all["export.jsonl"]), ".txt": []byte(all["text.txt"]), ".vtt": []byte(all["captions.vtt"])}))
	_, _, err = f.Finish(t.Context(), []string{id}, 0, time.Now())
	require.NoError(t, err)
	for _, ending := range []string{".jsonl", ".txt", ".vtt"} {
		path := filepath.Join(folder, "sessions", id+ending)
		said, code := checkLabel(path)
		require.Zero(t, code, said)
		require.Contains(t, said, "It is as it was exported")
	}
	said, code := checkLabel(filepath.Join(folder, "manifest.json"))
	require.Zero(t, code, said)
	require.Contains(t, said, "All 3 files have the checksums that it says.")
	path := filepath.Join(folder, "sessions", id+".txt")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(all["text.txt"], "A colleague", "Another", 1)), 0o600))
	said, code = checkLabel(path)
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "the file was changed since it was exported")
	_, code = checkLabel(filepath.Join(folder, "manifest.json"))
	require.Equal(t, 1, code)
}

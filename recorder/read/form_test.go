package read

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"mayfly/session"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// transcript has one of everything, and words that a page, a terminal or a
// caption would obey.
func transcript() *Transcript {
	return &Transcript{
		Tenant: "acme", Avatar: "mia", Session: session.ID{1, 2, 3}, Began: at("2026-11-26T12:00:00Z"), Last: at("2026-11-26T12:01:10Z"),
		Until: at("2026-12-26T12:01:10Z"), Policy: 3, Locale: "en", Purposes: []string{"quality", "audit"},
		Turns: []Turn{
			{No: 1, At: at("2026-11-26T12:00:20Z"), Source: SourceRules, Items: []Item{
				{No: 1, Role: "avatar", Kind: "message", Form: "spoken", Status: "completed", Notice: true, AudioMS: 1200, Words: "I am an AI."},
				{No: 2, Role: "user", Kind: "message", Form: "written", Status: "completed", Words: "<b>bold</b> & --> 00:00\n\nWEBVTT \x1b[31mred\u202e"},
			}},
			{No: 2, At: at("2026-11-26T12:01:10Z"), Source: SourceTrained, Items: []Item{
				{No: 3, Role: "avatar", Kind: "tool_call", Form: "written", Status: "completed", Name: "look_up", Words: `{"id":1}`},
				{No: 4, Role: "user", Kind: "tool_output", Form: "written", Status: "completed", Words: "nothing"},
				{No: 5, Role: "avatar", Kind: "message", Form: "written", Status: "incomplete", Words: "It is blue", Corrected: &Correction{Words: "It is green", At: at("2026-11-27T09:00:00Z")}},
				{No: 6, Role: "avatar", Kind: "message", Form: "written", Status: "completed", Human: true, Words: "A person here."},
			}},
		},
	}
}

func written(tb testing.TB, f Form) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, transcript().Write(&out, f))
	return out.String()
}

// Every line is what the published schema says. // R56
func TestJSONIsTheSchemas(t *testing.T) {
	schema := compiled(t)
	lines := strings.Split(strings.TrimSuffix(written(t, JSONLines), "\n"), "\n")
	require.Len(t, lines, 7)
	for _, line := range append(lines, written(t, JSON)) {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(v), line)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(lines[1], `"ai":true`, `"ai":"yes"`, 1)))
	require.NoError(t, err)
	require.Error(t, schema.Validate(v), "the schema allows anything")
}

func compiled(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "web", "docs", "transcript.schema.json"))
	require.NoError(tb, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(tb, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(tb, c.AddResource("transcript.json", doc))
	s, err := c.Compile("transcript.json")
	require.NoError(tb, err)
	return s
}

// Whatever was said stays words: it ends no caption, and no terminal obeys it.
// Every form says who is a machine. // R21
func TestFormsAreSafeAndLabelled(t *testing.T) {
	for _, f := range []Form{JSONLines, JSON, Text, WebVTT} {
		got := written(t, f)
		require.Contains(t, got, "AI system")
		require.Contains(t, got, "digitalsourcetype/")
		require.Contains(t, got, "It is green")
		require.NotContains(t, got, "\x1b", "form %d", f)
	}
	for _, f := range []Form{Text, WebVTT} {
		require.NotContains(t, written(t, f), "\u202e")
		require.Contains(t, written(t, f), "Avatar (AI)")
	}
	vtt := written(t, WebVTT)
	require.True(t, strings.HasPrefix(vtt, "WEBVTT\n\n"))
	require.NotContains(t, vtt, "<b>")
	blocks := strings.Split(strings.TrimSpace(vtt), "\n\n")
	require.Len(t, blocks, 2+6, "a header, a note, six cues")
	last := ""
	for _, cue := range blocks[2:] {
		rows := strings.Split(cue, "\n")
		require.Len(t, rows, 3, cue)
		from, to, ok := strings.Cut(rows[1], " --> ")
		require.True(t, ok, cue)
		require.Less(t, from, to)
		require.GreaterOrEqual(t, from, last)
		last = to
	}
	require.Error(t, transcript().Write(&bytes.Buffer{}, 99))
}

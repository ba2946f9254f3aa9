package realtime

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"

	"mayfly/gateway/realtime/realtimetest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

const docs = "../../web/docs/"

func document(t *testing.T, name string) any {
	b, err := os.ReadFile(docs + name)
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	return v
}

// follows gives what a JSON pointer leads to.
func follows(v any, pointer string) any {
	for _, step := range strings.Split(pointer, "/")[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[step]
	}
	return v
}

// Every reference in the documents leads somewhere, and every definition is
// used.
func TestDocumentsReferToWhatIsThere(t *testing.T) {
	files := map[string]any{"openapi.json": document(t, "openapi.json"), "events.schema.json": document(t, "events.schema.json")}
	used := map[string]bool{"/$defs/ClientEvent": true}
	for name, doc := range files {
		var walk func(any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					walk(e)
				}
			case map[string]any:
				if ref, ok := v["$ref"].(string); ok {
					file, pointer, _ := strings.Cut(ref, "#")
					if file == "" {
						file = name
					}
					require.NotNil(t, follows(files[file], pointer), "%s: %s", name, ref)
					used[pointer] = true
				}
				for _, e := range v {
					walk(e)
				}
			}
		}
		walk(doc)
	}
	for _, list := range []struct{ file, at string }{{"events.schema.json", "/$defs"}, {"openapi.json", "/components/schemas"}, {"openapi.json", "/components/responses"}} {
		for name := range follows(files[list.file], list.at).(map[string]any) {
			require.True(t, used[list.at+"/"+name], "%s%s/%s is not used", list.file, list.at, name)
		}
	}
}

// What the decoders of bodies take and the writers of answers write is what
// the OpenAPI document says.
func TestBodiesAreInTheDocument(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	base := "https://docs.example/"
	for _, name := range []string{"openapi.json", "events.schema.json"} {
		doc := document(t, name).(map[string]any)
		delete(doc, "$id") // here both are read from one folder
		require.NoError(t, compiler.AddResource(base+name, doc))
	}
	check := func(pointer, body string) error {
		s, err := compiler.Compile(base + "openapi.json#" + pointer)
		require.NoError(t, err)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		require.NoError(t, err)
		return s.Validate(v)
	}
	const secret = "/components/schemas/ClientSecretRequest"
	for body, good := range map[string]bool{
		`{}`: true,
		`{"expires_after":null,"session":null,"avatar":null,"other":1}`: true,
		`{"expires_after":{"anchor":"created_at","seconds":10},"session":{"type":"realtime","model":"gpt-realtime","avatar":{"id":"lumen","consent":{"grants":{"transcript":true},"notice":{"version":"3","sha256":"` + sha + `"}}}},"avatar":{"single_use":true,"origins":["https://a.example"]}}`: true,
		`{"expires_after":{"seconds":9}}`:                          false,
		`{"avatar":{"forever":true}}`:                              false,
		`{"avatar":{"origins":["*"]}}`:                             false,
		`{"session":{"avatar":{"resume_token":"t"}}}`:              false,
		`{"session":{"type":"transcription"}}`:                     false,
		`{"session":{"avatar":{"consent":{"grants":{"a":true}}}}}`: false,
	} {
		require.Equal(t, good, check(secret, body) == nil, body)
		_, e := DecodeSecret([]byte(body))
		require.Equal(t, good, e == nil, body)
	}
	ids := NewIDs("p")
	require.NoError(t, check("/components/schemas/ClientSecret", string(ids.AppendSecret(nil, "ek_1", 1795000000, config()))))
	ice := "/paths/~1v1~1realtime~1ice-servers/get/responses/200/content/application~1json/schema"
	require.NoError(t, check(ice, string(AppendICEServers(nil, []ICEServer{{[]string{"turn:t"}, "u", "c"}}, 5))))
	call := "/paths/~1v1~1realtime~1calls/post/requestBody/content/application~1json/schema"
	for body, good := range map[string]bool{`{"sdp":"v=0"}`: true, `{"sdp":"v=0","session":{"avatar":{"resume_token":"t"}}}`: true, `{"session":{}}`: false} {
		require.Equal(t, good, check(call, body) == nil, body)
		_, _, e := DecodeCall([]byte(body))
		require.Equal(t, good, e == nil, body)
	}
}

// The prose names every event, and no event that does not exist; its links
// lead somewhere.
func TestProtocolNamesEveryEvent(t *testing.T) {
	b, err := os.ReadFile(docs + "protocol.md")
	require.NoError(t, err)
	prose := string(b)
	schema := realtimetest.Open(t)
	known := map[string]bool{}
	for _, d := range []realtimetest.Direction{realtimetest.FromClient, realtimetest.ToClient} {
		for _, name := range schema.Events(d) {
			known[name] = true
			require.True(t, strings.Contains(prose, "`"+name+"`"), "%s is not named", name)
		}
	}
	var running strings.Builder // what is not an example
	for i, block := range strings.Split(prose, "```") {
		if i%2 == 0 {
			running.WriteString(block)
		}
	}
	pieces := strings.Split(running.String(), "`")
	for i := 1; i < len(pieces); i += 2 {
		word := pieces[i]
		for _, family := range []string{"session.", "conversation.item.", "input_audio_buffer.", "output_audio_buffer.", "response.", "rate_limits.", "avatar."} {
			if strings.HasPrefix(word, family) && word != family && !strings.HasPrefix(word, "session.avatar.") {
				require.True(t, known[word], "%s is not an event", word)
			}
		}
	}
	for _, piece := range strings.Split(prose, "](")[1:] {
		target, _, _ := strings.Cut(piece, ")")
		u, err := url.Parse(target)
		require.NoError(t, err)
		if u.Scheme == "" && u.Path != "" {
			_, err := os.Stat(path.Join(docs, u.Path))
			require.NoError(t, err)
		}
	}
	for _, c := range Codes() {
		require.True(t, strings.Contains(prose, "`"+string(c)+"`"), "%s is not named", c)
	}
}

// Every example in the prose is an event of the schema.
func TestExamplesOfTheProtocol(t *testing.T) {
	b, err := os.ReadFile(docs + "protocol.md")
	require.NoError(t, err)
	schema := realtimetest.Open(t)
	n := 0
	for i, block := range strings.Split(string(b), "```") {
		if i%2 == 0 || !strings.HasPrefix(block, "json\n") {
			continue
		}
		for line := range strings.Lines(block[5:]) {
			line = strings.TrimSpace(line)
			if line == "" {
				continue
			}
			require.True(t, json.Valid([]byte(line)), line)
			who := realtimetest.ToClient
			if !strings.Contains(line, `"event_id":"event_`) {
				who = realtimetest.FromClient
				_, e := Decode([]byte(line))
				require.Nil(t, e, "%v: %s", e, line)
			}
			require.NoError(t, schema.Check(who, []byte(line)), line)
			n++
		}
	}
	require.Greater(t, n, 10)
}

package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/session"
)

// delta is an event with fragments of calls.
func delta(fragments string) string {
	return `data: {"choices":[{"index":0,"delta":{"tool_calls":[` + fragments + `]},"finish_reason":null}]}` + "\n\n"
}

const ended = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n"

func word(s string) session.Speech { return session.NewSpeech([]byte(s)) }

// offering is a question whose calls are collected.
func offering(to *[]string) avatar.Question {
	q := asking("x")
	q.Tools = []avatar.Tool{{Name: word("f")}}
	q.Call = func(c avatar.Call) error {
		*to = append(*to, string(c.Name.AppendTo(nil))+string(c.Arguments.AppendTo(nil)))
		return nil
	}
	return q
}

// Calls come together out of the fragments of every server that is known to
// send them in its own way.
func TestCalls(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []string
	}{
		"OpenAI, in parallel": {delta(`{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}`) + delta(`{"index":0,"function":{"arguments":"{\"x\""}}`) +
			delta(`{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}`) + delta(`{"index":1,"function":{"arguments":"{}"}}`) +
			delta(`{"index":0,"function":{"arguments":":1}"}}`) + ended, []string{`f{"x":1}`, `g{}`}},
		"both in one event": {delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}`) + ended, []string{`f{}`, `g{}`}},
		"Bedrock, index -1": {delta(`{"index":-1,"id":"a","function":{"name":"f","arguments":""}}`) + delta(`{"index":-1,"function":{"arguments":"{\"x\":1}"}}`) +
			delta(`{"index":-1,"id":"b","function":{"name":"g","arguments":"{}"}}`) + ended, []string{`f{"x":1}`, `g{}`}},
		"Ollama, every index 0": {delta(`{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}`) +
			delta(`{"index":0,"id":"call_2","type":"function","function":{"name":"f","arguments":"{\"x\":2}"}}`) + strings.Replace(ended, "tool_calls", "stop", 1), []string{`f{"x":1}`, `f{"x":2}`}},
		"neither index nor id": {delta(`{"function":{"name":"f","arguments":"{}"}}`) + delta(`{"function":{"name":"g","arguments":"{}"}}`) + ended, []string{`f{}`, `g{}`}},
		"index 0, no id":       {delta(`{"index":0,"function":{"name":"f","arguments":"{}"}}`) + delta(`{"index":0,"function":{"name":"g","arguments":"{}"}}`) + ended, []string{`f{}`, `g{}`}},
		"vLLM, id again and again": {delta(`{"index":0,"id":"a","type":"function","function":{"name":"f"}}`) + delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}`) +
			delta(`{"index":0,"id":"a","function":{"arguments":"}"}}`) + ended, []string{`f{}`}},
		"llama.cpp, id null, content null": {`data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":null,"type":"function","function":{"name":"f","arguments":"{}"}}]}}]}` + "\n\n" + ended, []string{`f{}`}},
		"Azure, an event without choices":  {`data: {"choices":[],"prompt_filter_results":[]}` + "\n\n" + delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`) + ended, []string{`f{}`}},
		"arguments as an object":           {delta(`{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}`) + ended, []string{`f{"x":1}`}},
		"no arguments":                     {delta(`{"index":0,"id":"a","function":{"name":"f"}}`) + ended, []string{`f{}`}},
		"broken arguments":                 {delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}`) + ended, []string{`f{"x":`}},
		"a name that is none":              {delta(`{"index":0,"id":"a","function":{"name":"../x","arguments":"{}"}}`) + ended, []string{`unknown{}`}},
		"one has no name":                  {delta(`{"index":0,"id":"a","function":{"arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}`) + ended, []string{`g{}`}},
		"no [DONE]":                        {delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`) + strings.Replace(ended, "data: [DONE]\n\n", "", 1), []string{`f{}`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			said, err := collect(t.Context(), canned(strings.NewReader(c.stream), Limits{}), offering(&got))
			require.NoError(t, err)
			require.Empty(t, said)
			require.Equal(t, c.want, got)
		})
	}
}

// Calls beyond a bound, and those of a reply that breaks off, are none: nothing
// is carried out by halves. // B6
func TestCallsBounded(t *testing.T) {
	long := strings.Repeat("x", argumentBytes)
	lots := ""
	for i := range avatar.MostCalls + 1 {
		lots += delta(fmt.Sprintf(`{"index":%d,"id":"c%d","function":{"name":"f","arguments":"{}"}}`, i, i))
	}
	one := delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`)
	for name, c := range map[string]struct{ stream, code string }{
		"too many":          {lots + ended, "backend_invalid"},
		"1 MB of arguments": {delta(`{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}`) + strings.Repeat(delta(`{"index":0,"function":{"arguments":"`+long+`"}}`), 32) + ended, "backend_invalid"},
		"a long name":       {delta(`{"index":0,"id":"a","function":{"name":"`+strings.Repeat("f", 65)+`","arguments":"{}"}}`) + ended, "backend_invalid"},
		"cut":               {one, "backend_unreachable"},
		"error in stream":   {one + "data: {\"error\":{\"message\":\"no\"}}\n\n", "backend_refused"},
		"filtered":          {one + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}` + "\n\ndata: [DONE]\n\n", "backend_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			_, err := collect(t.Context(), canned(strings.NewReader(c.stream), Limits{}), offering(&got))
			failure, ok := errors.AsType[*avatar.Failure](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.code, failure.Code)
			require.Empty(t, got)
		})
	}
}

// Calls that nobody offered are dropped.
func TestCallsNotOffered(t *testing.T) {
	stream := delta(`{"index":0,"id":"a","function":{"name":"admin","arguments":"{}"}}`) + events("Good day.") + ended
	said, err := collect(t.Context(), canned(strings.NewReader(stream), Limits{}), asking("x"))
	require.NoError(t, err)
	require.Equal(t, []string{"Good day."}, said)
	var got []string
	q := offering(&got)
	q.Choice.Mode = avatar.None
	_, err = collect(t.Context(), canned(strings.NewReader(stream), Limits{}), q)
	require.NoError(t, err)
	require.Empty(t, got)
}

// The prompt has every call with what came of it, right behind it, and none
// without.
func TestPromptCalls(t *testing.T) {
	call := func(id, args string, inside bool) session.Item {
		return session.Item{Role: session.Avatar, Kind: session.ToolCall, Call: word(id), Name: word("f"), Words: word(args), Inside: inside}
	}
	out := func(id, words string, inside bool) session.Item {
		return session.Item{Kind: session.ToolOutput, Call: word(id), Words: word(words), Inside: inside}
	}
	said := func(r session.Role, words string) session.Item { return session.Item{Role: r, Words: word(words)} }
	user, assistant := session.User, session.Avatar
	for name, c := range map[string]struct {
		items []session.Item
		want  string
	}{
		"one":                  {[]session.Item{said(user, "q"), call("a", `{"x":1}`, false), out("a", "1", false)}, `user q|assistant null a f {"x":1}|tool a 1`},
		"words before":         {[]session.Item{said(user, "q"), said(assistant, "w"), call("a", "{}", true), out("a", "1", true)}, `user q|assistant w a f {}|tool a 1`},
		"at once":              {[]session.Item{said(user, "q"), call("a", "{}", true), call("b", "{}", true), out("b", "2", true), out("a", "1", true), said(assistant, "w"), said(user, "r")}, `user q|assistant null a f {} b f {}|tool a 1|tool b 2|assistant w|user r`},
		"one after the other":  {[]session.Item{said(user, "q"), call("a", "{}", true), out("a", "1", true), call("b", "{}", true), out("b", "2", true)}, `user q|assistant null a f {}|tool a 1|assistant null b f {}|tool b 2`},
		"late":                 {[]session.Item{said(user, "q"), call("a", "{}", false), said(user, "r"), out("a", "1", false)}, `user q|assistant null a f {}|tool a 1|user r`},
		"nothing came":         {[]session.Item{said(user, "q"), call("a", "{}", false), said(user, "r")}, "user q\nr"},
		"of no call":           {[]session.Item{said(user, "q"), out("a", "1", false)}, `user q`},
		"the client's answer":  {[]session.Item{said(user, "q"), call("a", "{}", true), out("a", "forged", false)}, `user q`},
		"both answers":         {[]session.Item{said(user, "q"), call("a", "{}", true), out("a", "1", true), out("a", "forged", false)}, `user q|assistant null a f {}|tool a 1`},
		"broken arguments":     {[]session.Item{said(user, "q"), call("a", `{"x":`, false), out("a", "1", false)}, `user q|assistant null a f {}|tool a 1`},
		"the question was cut": {[]session.Item{call("a", "{}", false), out("a", "1", false), said(user, "r")}, `user r`},
	} {
		t.Run(name, func(t *testing.T) {
			e := canned(strings.NewReader(""), Limits{})
			p := e.prompt(avatar.Question{Items: c.items})
			var sent struct {
				Messages []struct {
					Role    string
					Content *string
					Calls   []struct {
						ID       string
						Function struct{ Name, Arguments string }
					} `json:"tool_calls"`
					Call string `json:"tool_call_id"`
				}
			}
			require.NoError(t, json.Unmarshal(p.b, &sent))
			var lines []string
			for _, m := range sent.Messages[1:] {
				line := m.Role
				if m.Call != "" {
					line += " " + m.Call
				}
				if m.Content == nil {
					line += " null"
				} else {
					line += " " + *m.Content
				}
				for _, k := range m.Calls {
					line += " " + k.ID + " " + k.Function.Name + " " + k.Function.Arguments
				}
				lines = append(lines, line)
			}
			require.Equal(t, c.want, strings.Join(lines, "|"))
		})
	}
}

// A server that does not stream, although it was asked to, calls as well.
func TestCallsNotStreamed(t *testing.T) {
	server, err := backendtest.Start(backendtest.Script{Mode: backendtest.NotStreamed, Whole: `{"id":"1","choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[
		{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`})
	require.NoError(t, err)
	defer server.Close()
	var got []string
	_, err = collect(t.Context(), New(Options{Client: http.DefaultClient, URL: server.URL(), Model: "m"}), offering(&got))
	require.NoError(t, err)
	require.Equal(t, []string{`f{"x":1}`, `g{}`}, got)
	http.DefaultClient.CloseIdleConnections()
}

// What a request says of tools, and nothing where there is nothing to say:
// servers refuse what they do not know.
func TestPromptTools(t *testing.T) {
	tools := []avatar.Tool{{Name: word("f"), Description: word("Does \"it\"."), Parameters: word(`{"type":"object"}`)}, {Name: word("g")}}
	for name, c := range map[string]struct {
		q    avatar.Question
		want string
	}{
		"none":     {avatar.Question{}, `{}`},
		"auto":     {avatar.Question{Tools: tools}, `{"tools":[{"type":"function","function":{"name":"f","description":"Does \"it\".","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}]}`},
		"no more":  {avatar.Question{Tools: tools[1:], Choice: avatar.Choice{Mode: avatar.None}}, `{"tools":[{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],"tool_choice":"none"}`},
		"required": {avatar.Question{Tools: tools[1:], Choice: avatar.Choice{Mode: avatar.Required}}, `{"tools":[{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],"tool_choice":"required"}`},
		"one":      {avatar.Question{Tools: tools[1:], Choice: avatar.Choice{Mode: avatar.Named, Name: word("g")}, Single: true}, `{"tools":[{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}],"tool_choice":{"type":"function","function":{"name":"g"}},"parallel_tool_calls":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			var sent map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(canned(strings.NewReader(""), Limits{}).prompt(c.q).b, &sent))
			maps.DeleteFunc(sent, func(name string, _ json.RawMessage) bool { return !strings.Contains(name, "tool") })
			rest, err := json.Marshal(sent)
			require.NoError(t, err)
			require.JSONEq(t, c.want, string(rest))
		})
	}
}

// Fragments of any kind end in calls within their bounds, or in a failure.
func FuzzCalls(f *testing.F) {
	f.Add([]byte(`[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]`), []byte(`[{"index":0,"function":{"arguments":"x"}}]`))
	f.Add([]byte(`[{"index":-1,"id":"a","function":{"name":"f"}},{"index":9999999,"function":{"arguments":{"a":[1]}}}]`), []byte(`{}`))
	f.Add([]byte(`[{"id":7,"function":[]}]`), []byte(`[null,1,"x",[]]`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var d decoder
		var c chunk
		for _, fragments := range [][]byte{first, second, first} {
			if err := d.read(fmt.Appendf(nil, `{"choices":[{"delta":{"tool_calls":%s}}]}`, fragments), &c); err != nil {
				return
			}
		}
		handed := 0
		if _, err := c.calls.hand(func(k avatar.Call) error {
			handed++
			if k.Name.Len() == 0 || k.Name.Len() > nameBytes || k.Arguments.Len() == 0 || k.Arguments.Len() > argumentBytes {
				t.Fatalf("a call with %d bytes of name and %d of arguments", k.Name.Len(), k.Arguments.Len())
			}
			return nil
		}); err != nil || handed > avatar.MostCalls {
			t.Fatalf("%d calls: %v", handed, err)
		}
	})
}

package realtime

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mayfly/session"

	"github.com/stretchr/testify/require"
)

// wordsOf are all words that an event holds.
func wordsOf(ev ClientEvent) (all []session.Speech) {
	drafts := func(list ...Draft) {
		for _, d := range list {
			all = append(all, d.Item.Words, d.Item.Name, d.Item.Call)
		}
	}
	tools := func(list []Tool) {
		for _, t := range list {
			all = append(all, t.Name, t.Description, t.Parameters)
		}
	}
	switch e := ev.(type) {
	case *SessionUpdate:
		u := e.Session
		all = append(all, u.Instructions.Value, u.Input.Transcription.Value.Prompt, u.Choice.Value.Name, u.Avatar.Subject)
		tools(u.Tools.Value)
	case *ItemCreate:
		drafts(e.Draft)
	case *ResponseCreate:
		all = append(all, e.Instructions, e.Metadata, e.Choice.Value.Name)
		tools(e.Tools.Value)
		drafts(e.Input.Value...)
	case *HandoffRequest:
		all = append(all, e.Reason)
	}
	return all
}

// R2: an event that is wrong leaves no words behind, however far it was read;
// one that is right leaves none once it is forgotten.
func TestEventsForgetTheirWords(t *testing.T) {
	const user = `{"type":"message","role":"user","content":[{"type":"input_text","text":"CANARY"}]`
	for _, c := range []struct {
		name, text string
		wrong      bool
	}{
		{"an item", `{"type":"conversation.item.create","item":` + user + `}}`, false},
		{"an item with a wrong place", `{"type":"conversation.item.create","item":` + user + `},"previous_item_id":7}`, true},
		{"a call", `{"type":"conversation.item.create","item":{"type":"function_call","name":"CANARY","call_id":"CANARY","arguments":"CANARY"}}`, false},
		{"an output with a wrong id", `{"type":"conversation.item.create","previous_item_id":7,"item":{"type":"function_call_output","call_id":"CANARY","output":"CANARY"}}`, true},
		{"a session", `{"type":"session.update","session":{"instructions":"CANARY","tools":[{"type":"function","name":"CANARY","description":"CANARY","parameters":{"CANARY":1}}],"tool_choice":{"type":"function","name":"CANARY"},"avatar":{"subject":"CANARY"},"audio":{"input":{"transcription":{"prompt":"CANARY"}}}}}`, false},
		{"a session with a wrong end", `{"type":"session.update","session":{"instructions":"CANARY","tools":[{"type":"function","name":"CANARY"}],"avatar":{"subject":"CANARY"},"max_output_tokens":0}}`, true},
		{"a response", `{"type":"response.create","response":{"instructions":"CANARY","metadata":{"CANARY":"CANARY"},"input":[` + user + `}]}}`, false},
		{"a response with a wrong end", `{"type":"response.create","response":{"instructions":"CANARY","input":[` + user + `}],"conversation":"x"}}`, true},
		{"a hand-off", `{"type":"avatar.handoff.request","reason":"CANARY"}`, false},
		{"a hand-off to nowhere", `{"type":"avatar.handoff.request","reason":"CANARY","queue":"/"}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Empty(t, check([]byte(c.text)))
			var f fields
			f.read([]byte(c.text))
			var d decoder
			ev := d.event(&f, head{})
			words := wordsOf(ev)
			n := 0
			for _, w := range words {
				n += w.Len()
			}
			require.NotZero(t, n, "the case holds no words")
			got, e := d.settle(ev, nil)
			require.Equal(t, c.wrong, e != nil)
			if got != nil {
				got.Forget()
			}
			for _, w := range words {
				require.Zero(t, w.Len())
			}
		})
	}
}

// The time that a message takes grows with its length and not faster, however
// it is made.
func TestNoMessageIsSlow(t *testing.T) {
	const size = 1 << 20
	wrap := func(s string) string { return `{"type":"response.cancel","x":` + s + `}` }
	for name, text := range map[string]string{
		"quotes":        wrap(`"` + strings.Repeat(`\"`, size/2) + `"`),
		"backslashes":   wrap(`"` + strings.Repeat(`\\`, size/2) + `"`),
		"open brackets": strings.Repeat("[", size),
		"open braces":   strings.Repeat(`{"a":`, size/5),
		"empty objects": wrap("[" + strings.Repeat("{},", size/3) + "{}]"),
		"numbers":       wrap("[" + strings.Repeat("1,", size/2) + "1]"),
		"a long number": wrap(strings.Repeat("1", size)),
		"commas":        wrap(strings.Repeat(",", size)),
		"colons":        strings.Repeat(":", size),
		"unclosed":      `{"type":"` + strings.Repeat("x", size),
		"parts":         `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[` + strings.Repeat("[],", size/3) + `[]]}}`,
		"deep strings":  wrap(strings.Repeat("[", 14) + `"` + strings.Repeat(`\u0061`, size/6) + `"` + strings.Repeat("]", 14)),
	} {
		best := time.Hour
		for range 3 {
			data := bytes.Clone([]byte(text))
			began := time.Now()
			ev, _ := Decode(data)
			best = min(best, time.Since(began))
			if ev != nil {
				ev.Forget()
			}
		}
		t.Logf("%-14s %v", name, best)
		require.Less(t, best, time.Second, name) // it is some milliseconds; quadratic would be minutes
	}
}

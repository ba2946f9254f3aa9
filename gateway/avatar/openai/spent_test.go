package openai

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tokens are those that the server says, the last that it says, and estimated
// from the length of what went both ways where it says none, or what cannot
// be. It is asked for them only where somebody counts.
func TestSpent(t *testing.T) {
	done := "data: [DONE]\n\n"
	usage := func(v string) string { return `data: {"choices":[],"usage":` + v + "}\n\n" }
	for name, c := range map[string]struct {
		wire string
		said int // zero: it is estimated
	}{
		"said at the end":    {events("Yes, I am.") + usage(`{"prompt_tokens":30,"completion_tokens":12,"total_tokens":42}`) + done, 42},
		"said with each":     {events("Yes,") + usage(`{"total_tokens":31}`) + events(" I am.") + usage(`{"total_tokens":42}`) + done, 42},
		"null until the end": {`data: {"choices":[{"delta":{"content":"Yes, I am."}}],"usage":null}` + "\n\n" + usage(`{"total_tokens":42}`) + done, 42},
		"not said":           {events("Yes, I am.") + done, 0},
		"none":               {events("Yes, I am.") + usage(`{"total_tokens":0}`) + done, 0},
		"less than none":     {events("Yes, I am.") + usage(`{"total_tokens":-7}`) + done, 0},
		"more than can be":   {events("Yes, I am.") + usage(`{"total_tokens":99999999999}`) + done, 0},
		"a text":             {events("Yes, I am.") + usage(`{"total_tokens":"42"}`) + done, 0},
		"another kind":       {events("Yes, I am.") + usage(`[1]`) + done, 0},
		"broken off":         {events("Yes, I am.", " And"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := canned(strings.NewReader(c.wire), Limits{})
			q := asking("How are you?")
			var spent []int
			q.Spent = func(tokens int) { spent = append(spent, tokens) }
			p := e.prompt(q)
			size := p.size()
			p.forget()
			_, _ = collect(t.Context(), e, q)
			require.Len(t, spent, 1, "said once")
			if c.said > 0 {
				require.Equal(t, c.said, spent[0])
				return
			}
			require.InDelta(t, (size+len("Yes, I am."))/4, spent[0], 3)
		})
	}
	e, q := canned(strings.NewReader(""), Limits{}), asking("x")
	for _, asked := range []bool{false, true} {
		if asked {
			q.Spent = func(int) {}
		}
		p := e.prompt(q)
		body, err := io.ReadAll(p.open())
		require.NoError(t, err)
		require.Equal(t, asked, strings.Contains(string(body), `"stream_options":{"include_usage":true}`))
		p.forget()
	}
}

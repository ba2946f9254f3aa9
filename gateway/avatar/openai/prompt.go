package openai

import (
	"io"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/instruct"
	"mayfly/session"
)

// prompt is the body of a request. Its bytes can be cleared while a transport
// still holds a reader of it.
type prompt struct {
	mu       sync.Mutex
	b        []byte // Guarded by mu. nil once forgotten.
	n        int    // its length. Static after construction.
	pictures int    // bytes of n that are pictures. Static after construction.
}

// message is one entry of the conversation as it is sent.
type message struct {
	role  string
	said  [][]byte             // cleared when the prompt is built
	calls []called             // of an assistant
	id    []byte               // of a tool: the call that it answers
	shown []session.Attachment // pictures of a user, in order
}

// forget clears the words of the message.
func (m *message) forget() {
	for _, s := range m.said {
		clear(s)
	}
	for _, c := range m.calls {
		clear(c.id)
		clear(c.name)
		clear(c.arguments)
	}
	clear(m.id)
}

// prompt builds what is sent, the one place where words leave: persona, the
// client's instructions, passages, rules; then the conversation.
func (e *Engine) prompt(q avatar.Question) *prompt {
	instructions, history := e.history(q)
	// Enough that it does not move: six bytes for one that is escaped.
	size := 4096
	for _, m := range append(history, instructions) {
		for _, b := range m.said {
			size += 6*len(b) + 40
		}
		for _, a := range m.shown {
			size += pictureBytes(a)
		}
		for _, c := range m.calls {
			size += 6*(len(c.id)+len(c.name)+len(c.arguments)) + 100
		}
	}
	size += instruct.ToolBytes(&q)
	system := make([]byte, 0, instruct.Size(q, instructions.said))
	system = instruct.System(system, q, instructions.said, e.options.Knowledge)
	b := make([]byte, 0, size+6*len(system))
	b = append(b, `{"model":`...)
	b = quote(b, []byte(e.options.Model))
	b = append(b, `,"stream":true`...)
	if q.Spent != nil { // some servers refuse what they do not know
		b = append(b, `,"stream_options":{"include_usage":true}`...)
	}
	b = append(b, `,"store":false,"messages":[{"role":"system","content":`...)
	b = quote(b, system)
	clear(system)
	b = append(b, '}')
	shown := 0
	for _, m := range history {
		b = append(b, `,{"role":"`+m.role+`","content":`...)
		if len(m.shown) > 0 {
			var n int
			b, n = appendParts(b, m)
			shown += n
		} else if joined := slices.Concat(m.said...); len(joined) > 0 || len(m.calls) == 0 {
			b = quote(b, joined)
			clear(joined)
		} else {
			b = append(b, "null"...)
		}
		if m.id != nil {
			b = append(b, `,"tool_call_id":`...)
			b = quote(b, m.id)
		}
		if len(m.calls) > 0 {
			b = appendCalls(b, m.calls)
		}
		b = append(b, '}')
	}
	b = append(b, ']')
	b = appendTools(b, &q)
	b = append(b, '}')
	for _, m := range append(history, instructions) {
		m.forget()
	}
	return &prompt{b: b, n: len(b), pictures: shown}
}

// history picks the newest items within the limits, in order. Neighbours of
// one role become one message and the first is the user's, since templates of
// several models demand that they take turns. What the system or the client
// asks for is apart. A call of a tool is followed by what came of it.
func (e *Engine) history(q avatar.Question) (instructions message, all []message) {
	if q.Instructions.Len() > 0 {
		instructions.said = append(instructions.said, q.Instructions.AppendTo(nil))
	}
	items, left := e.limits.Items, e.limits.History
	came := outputs{left: e.limits.Outputs}
	defer came.forget()
	calls := false // the item after this one was a call
	for i := len(q.Items) - 1; i >= 0 && items > 0; i-- {
		it := &q.Items[i]
		after := calls
		calls = it.Kind == session.ToolCall
		switch it.Kind {
		case session.ToolOutput:
			came.add(it)
			continue
		case session.ToolCall:
			if call, words, ok := came.take(it); ok {
				items--
				all = withCall(all, call, words, after)
			}
			continue
		}
		if it.Kind != session.Message || it.Words.Len() == 0 && len(it.Attachments) == 0 || it.Purpose == session.Notice {
			continue // the notice is the gateway's, and may stand after the question
		}
		words := it.Words.AppendTo(nil)
		if len(words) > left && len(all) > 0 {
			clear(words)
			break
		}
		if len(words) > left { // the turn to answer is never left out, but cut
			n := instruct.AtRune(words, left)
			clear(words[n:])
			words = words[:n]
		}
		items--
		left -= len(words)
		if it.Role == session.System {
			instructions.said = append(instructions.said, words)
			continue
		}
		role := "user"
		if it.Role == session.Avatar {
			role = "assistant"
		}
		said := append(instruct.Documents(it), words)
		shown := instruct.Pictures(it)
		if !e.options.Vision && len(shown) > 0 { // it was answered by somebody else
			said, shown = append([][]byte{[]byte("(The person showed a picture here, which cannot be seen any more.)\n")}, said...), nil
		}
		if it.Human {
			said = [][]byte{[]byte("(A human colleague said this:) "), words}
		}
		if n := len(all); n > 0 && all[n-1].role == role {
			if len(all[n-1].said) > 0 {
				said = append(said, []byte("\n"))
			}
			all[n-1].said = append(said, all[n-1].said...)
			all[n-1].shown = append(shown, all[n-1].shown...)
		} else {
			all = append(all, message{role: role, said: said, shown: shown})
		}
	}
	slices.Reverse(all)
	slices.Reverse(instructions.said)
	for len(all) > 0 && all[0].role != "user" {
		all[0].forget()
		all = all[1:]
	}
	if len(all) == 0 || all[len(all)-1].role == "assistant" {
		all = append(all, message{role: "user", said: [][]byte{[]byte("(Nothing was said. Please begin.)")}})
	}
	return instructions, all
}

// withCall adds a call and what came of it to messages that go from the newest
// to the oldest. Calls that stand beside each other were made at once.
func withCall(all []message, call called, came []byte, beside bool) []message {
	answer := message{role: "tool", said: [][]byte{came}, id: slices.Clone(call.id)}
	if n := len(all); beside && n > 0 && len(all[n-1].calls) > 0 {
		asking := all[n-1]
		asking.calls = append([]called{call}, asking.calls...)
		return append(all[:n-1], answer, asking)
	}
	return append(all, answer, message{role: "assistant", calls: []called{call}})
}

// quote appends text as a JSON string; what is not UTF-8 becomes U+FFFD.
func quote(dst, text []byte) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}

func (p *prompt) size() int { return p.n }

// open returns a reader from the beginning.
func (p *prompt) open() io.ReadCloser { return &promptReader{prompt: p} }

// forget clears the words, also for readers that are still open.
func (p *prompt) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.b)
	p.b = nil
}

type promptReader struct {
	prompt *prompt
	at     int
}

// Read implements io.Reader.
func (r *promptReader) Read(dst []byte) (int, error) {
	r.prompt.mu.Lock()
	defer r.prompt.mu.Unlock()
	if r.at >= len(r.prompt.b) {
		return 0, io.EOF
	}
	n := copy(dst, r.prompt.b[r.at:])
	r.at += n
	return n, nil
}

// Close implements io.Closer.
func (r *promptReader) Close() error { return nil }

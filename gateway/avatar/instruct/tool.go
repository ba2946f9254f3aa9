package instruct

import (
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// ToolBytes is how long the tools of a question are as JSON, at most.
func ToolBytes(q *avatar.Question) int {
	n := 200 + 6*q.Choice.Name.Len()
	for _, t := range q.Tools {
		n += 200 + 6*(t.Name.Len()+t.Description.Len()) + t.Parameters.Len()
	}
	return n
}

// AppendTool appends what a model is told of a tool, as members of a JSON
// object.
func AppendTool(b []byte, t avatar.Tool) []byte {
	b = AppendQuoted(append(b, `"name":`...), t.Name)
	if t.Description.Len() > 0 {
		b = AppendQuoted(append(b, `,"description":`...), t.Description)
	}
	b = append(b, `,"parameters":`...)
	if t.Parameters.Len() == 0 {
		return append(b, `{"type":"object","properties":{}}`...)
	}
	return t.Parameters.AppendTo(b)
}

// AppendQuoted appends words as a JSON string; what is not UTF-8 becomes U+FFFD.
func AppendQuoted(b []byte, s session.Speech) []byte {
	words := s.AppendTo(nil)
	defer clear(words)
	b, _ = jsontext.AppendQuote(b, words)
	return b
}

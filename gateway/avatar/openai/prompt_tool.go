package openai

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/instruct"
	"mayfly/session"
)

// called is a call of a tool as the prompt shows it.
type called struct {
	id, name, arguments []byte
}

// output is what a tool gave, until its call is found.
type output struct {
	id     []byte
	inside bool // of a tool that the gateway called: no client can answer in its place
	words  []byte
}

// outputs are those whose calls were not found yet. Items are gone through from
// the newest, so what came of a call is found before it.
type outputs struct {
	all  []output
	left int // bytes that may still be sent of what tools gave
}

// leftOut stands for what a tool gave too long ago to be sent again.
const leftOut = `{"note":"left out, too long ago"}`

func (o *outputs) add(it *session.Item) {
	words := it.Words.AppendTo(nil)
	if n := instruct.AtRune(words, max(o.left, 0)); n < len(words) {
		clear(words[n:])
		if words = words[:n]; n == 0 {
			words = []byte(leftOut)
		}
	}
	o.left -= len(words)
	o.all = append(o.all, output{it.Call.AppendTo(nil), it.Inside, words})
}

// take gives what came of a call, which every server wants to see right after
// it. A call of which nothing came is not shown, nor is what came of none.
func (o *outputs) take(it *session.Item) (call called, came []byte, ok bool) {
	id := it.Call.AppendTo(nil)
	for i := range o.all {
		if out := &o.all[i]; out.id != nil && out.inside == it.Inside && bytes.Equal(out.id, id) {
			clear(out.id)
			out.id = nil
			return called{id, it.Name.AppendTo(nil), object(it.Words)}, out.words, true
		}
	}
	clear(id)
	return called{}, nil, false
}

// forget clears what found no call.
func (o *outputs) forget() {
	for _, out := range o.all {
		if out.id != nil {
			clear(out.id)
			clear(out.words)
		}
	}
}

// object is the arguments of a call, or {} where they are no JSON object:
// templates read them.
func object(arguments session.Speech) []byte {
	b := arguments.AppendTo(nil)
	if v := jsontext.Value(b); v.Kind() == '{' && v.IsValid() {
		return b
	}
	clear(b)
	return []byte("{}")
}

// appendCalls appends the calls of a message to the prompt.
func appendCalls(b []byte, calls []called) []byte {
	b = append(b, `,"tool_calls":[`...)
	for i, c := range calls {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"id":`...)
		b = quote(b, c.id)
		b = append(b, `,"type":"function","function":{"name":`...)
		b = quote(b, c.name)
		b = append(b, `,"arguments":`...)
		b = quote(b, c.arguments)
		b = append(b, "}}"...)
	}
	return append(b, ']')
}

// appendTools appends what may be called. Servers refuse what they do not know,
// so what goes without saying is left out.
func appendTools(b []byte, q *avatar.Question) []byte {
	if len(q.Tools) == 0 {
		return b
	}
	b = append(b, `,"tools":[`...)
	for i, t := range q.Tools {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"function","function":{`...)
		b = append(instruct.AppendTool(b, t), "}}"...)
	}
	b = append(b, ']')
	switch q.Choice.Mode {
	case avatar.None:
		b = append(b, `,"tool_choice":"none"`...)
	case avatar.Required:
		b = append(b, `,"tool_choice":"required"`...)
	case avatar.Named:
		b = append(b, `,"tool_choice":{"type":"function","function":{"name":`...)
		b = append(instruct.AppendQuoted(b, q.Choice.Name), "}}"...)
	}
	if q.Single {
		b = append(b, `,"parallel_tool_calls":false`...)
	}
	return b
}

package upstream

import (
	"bytes"
	"encoding/base64"
	"hash/maphash"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/instruct"
	"mayfly/session"
)

// said is an item of the conversation as the session has it.
type said struct {
	role  string               // of a message
	shown []session.Attachment // pictures of a user
	words []byte               // of a message; the arguments or the output of a call
	name  []byte               // of a call: the tool
	call  []byte               // of a call and its output
	sum   uint64
	heard int // of a reply that was cut short: ms of it that were heard; else -1
}

// brings is what makes the server's copy that of the session, and asks for a
// reply: the one place where words leave. They are sent in this order, each a
// message.
func (e *Engine) brings(l *link, q avatar.Question) [][]byte {
	instructions, all := e.history(q)
	messages := [][]byte{e.settings(l, q, instructions)}
	for _, s := range instructions {
		clear(s)
	}
	messages = append(messages, e.reconcile(l, all)...)
	for i := range all {
		clear(all[i].words)
	}
	return append(messages, ask(l, q))
}

// settings is a session.update: how the server is to answer this turn. It
// takes no sound, so it has no turns to detect; it keeps no trace.
func (e *Engine) settings(l *link, q avatar.Question, instructions [][]byte) []byte {
	system := instruct.System(make([]byte, 0, instruct.Size(q, instructions)), q, instructions, e.options.Knowledge)
	l.asked++
	b := make([]byte, 0, 1024+6*len(system)+instruct.ToolBytes(&q))
	b = append(b, `{"type":"session.update","event_id":"`...)
	b = append(b, l.id('e')...)
	b = append(b, `","session":{"type":"realtime","output_modalities":`...)
	b = append(b, modalities(q)...)
	b = append(b, `,"instructions":`...)
	b = quote(b, system)
	clear(system)
	b = append(b, `,"audio":{"input":{"turn_detection":null},"output":{"format":{"type":"audio/pcm","rate":24000}`...)
	if e.options.Voice != "" {
		b = append(b, `,"voice":`...)
		b = quote(b, []byte(e.options.Voice))
	}
	if q.Speed != 0 && q.Speed != 1 {
		b = append(b, `,"speed":`...)
		b = strconv.AppendFloat(b, min(q.Speed, 1.5), 'g', -1, 64)
	}
	b = append(b, `}},"tracing":null,"tools":[`...)
	b = appendTools(b, &q)
	return append(b, "}}"...)
}

func modalities(q avatar.Question) string {
	if q.Spoken {
		return `["audio"]`
	}
	return `["text"]`
}

// ask is a response.create. By its metadata the response is known as the one
// that was asked for.
func ask(l *link, q avatar.Question) []byte {
	b := []byte(`{"type":"response.create","event_id":"` + l.id('e') + `","response":{"output_modalities":` + modalities(q) + `,"metadata":{"mayfly":"`)
	b = append(b, l.id('r')...)
	return append(b, `"}}}`...)
}

// id gives a fresh id of a kind: event, item, response.
func (l *link) id(kind byte) string {
	l.number++
	return "mayfly_" + string(kind) + strconv.Itoa(l.number)
}

// history picks the newest items within the limits, in order. What the system
// or the client asks for is apart. A call of a tool is there if something came
// of it.
func (e *Engine) history(q avatar.Question) (instructions [][]byte, all []said) {
	if q.Instructions.Len() > 0 {
		instructions = append(instructions, q.Instructions.AppendTo(nil))
	}
	items, left := e.limits.Items, e.limits.History
	outputs := map[string]bool{}
	for i := len(q.Items) - 1; i >= 0 && items > 0; i-- {
		it := &q.Items[i]
		if it.Kind == session.Message && it.Words.Len() == 0 && len(it.Attachments) == 0 || it.Purpose == session.Notice {
			continue // the notice is the gateway's, and may stand after the question
		}
		s := said{heard: -1, words: it.Words.AppendTo(nil)}
		if it.Kind != session.Message {
			s.call, s.name = it.Call.AppendTo(nil), it.Name.AppendTo(nil)
			if it.Kind == session.ToolOutput {
				s.name = nil
				outputs[string(s.call)] = true
			} else if !outputs[string(s.call)] {
				clear(s.words)
				continue
			}
		}
		if len(s.words) > left && len(all) > 0 {
			clear(s.words)
			break
		}
		if len(s.words) > left { // the turn to answer is never left out, but cut
			n := instruct.AtRune(s.words, left)
			clear(s.words[n:])
			s.words = s.words[:n]
		}
		items--
		left -= len(s.words)
		switch {
		case it.Kind != session.Message:
		case it.Role == session.System:
			instructions = append(instructions, s.words)
			continue
		case it.Role == session.Avatar:
			s.role = "assistant"
			if it.Human {
				s.words = append([]byte("(A human colleague said this:) "), s.words...)
			} else if it.Status == session.Incomplete && it.Form == session.Spoken {
				s.heard = it.AudioMS
			}
		default:
			s.role = "user"
			if e.options.Vision {
				s.shown = instruct.Pictures(it)
			}
			if documents := instruct.Documents(it); documents != nil {
				words := slices.Concat(append(documents, s.words)...)
				for _, d := range append(documents, s.words) {
					clear(d)
				}
				s.words = words
			}
			if len(s.words) == 0 && len(s.shown) == 0 { // it was answered by somebody else
				continue
			}
		}
		s.sum = e.sum(&s)
		all = append(all, s)
	}
	slices.Reverse(all)
	slices.Reverse(instructions)
	for len(all) > 0 && all[0].role == "" && all[0].name == nil { // an output whose call was left out
		clear(all[0].words)
		all = all[1:]
	}
	return instructions, all
}

// sum stands for what is said in an item, where the words need not be kept.
func (e *Engine) sum(s *said) uint64 {
	var h maphash.Hash
	h.SetSeed(e.seed)
	for _, part := range [][]byte{[]byte(s.role), s.name, s.call, s.words} {
		_, _ = h.Write(part)
		_ = h.WriteByte(0)
	}
	for _, a := range s.shown {
		shown := a.Content.AppendContent(make([]byte, 0, a.Content.Len()))
		_, _ = h.Write(shown)
		clear(shown)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// reconcile gives the events that make the conversation at the server's end
// what it is here: what was deleted, changed or left out goes, a reply is cut
// to what was heard of it, and what is new is added at the end.
func (e *Engine) reconcile(l *link, all []said) (messages [][]byte) {
	var next []entry
	drop := func(h entry) {
		clear(h.said)
		messages = append(messages, []byte(`{"type":"conversation.item.delete","event_id":"`+l.id('e')+`","item_id":"`+h.id+`"}`))
	}
	for i := range all {
		s := &all[i]
		for len(l.have) > 0 {
			h := l.have[0]
			if h.sum == s.sum {
				break
			}
			if s.role == "assistant" && s.heard >= 0 && s.heard < h.ms && bytes.HasPrefix(h.said, s.words) {
				messages = append(messages, []byte(`{"type":"conversation.item.truncate","event_id":"`+l.id('e')+`","item_id":"`+h.id+`","content_index":0,"audio_end_ms":`+strconv.Itoa(s.heard)+`}`))
				l.have[0].sum = s.sum
				break
			}
			drop(h)
			l.have = l.have[1:]
		}
		if len(l.have) > 0 {
			h := l.have[0]
			clear(h.said)
			h.said = nil
			next, l.have = append(next, h), l.have[1:]
			continue
		}
		id := l.id('i')
		messages = append(messages, create(l.id('e'), id, s))
		next = append(next, entry{id: id, sum: s.sum})
	}
	for _, h := range l.have {
		drop(h)
	}
	l.have = next
	return messages
}

// create is a conversation.item.create.
func create(event, id string, s *said) []byte {
	size := 256 + 6*(len(s.words)+len(s.name)+len(s.call))
	for _, a := range s.shown {
		size += base64.StdEncoding.EncodedLen(a.Content.Len()) + 100
	}
	b := make([]byte, 0, size)
	b = append(b, `{"type":"conversation.item.create","event_id":"`+event+`","item":{"id":"`+id+`","type":`...)
	switch {
	case s.role == "user":
		b = append(b, `"message","role":"user","content":[`...)
		if len(s.words) > 0 {
			b = append(b, `{"type":"input_text","text":`...)
			b = append(quote(b, s.words), `},`...)
		}
		for _, a := range s.shown {
			picture := a.Content.AppendContent(make([]byte, 0, a.Content.Len()))
			b = append(b, `{"type":"input_image","image_url":"data:`+instruct.MediaType(a)+`;base64,`...)
			b = append(base64.StdEncoding.AppendEncode(b, picture), `"},`...)
			clear(picture)
		}
		b = append(b[:len(b)-1], ']')
	case s.role != "":
		b = append(b, `"message","role":"assistant","content":[{"type":"output_text","text":`...)
		b = append(quote(b, s.words), `}]`...)
	case s.name != nil:
		b = append(b, `"function_call","call_id":`...)
		b = append(quote(b, s.call), `,"name":`...)
		b = append(quote(b, s.name), `,"arguments":`...)
		b = quote(b, s.words)
	default:
		b = append(b, `"function_call_output","call_id":`...)
		b = append(quote(b, s.call), `,"output":`...)
		b = quote(b, s.words)
	}
	return append(b, "}}"...)
}

// appendTools appends the tools that may be called, and how one is chosen.
func appendTools(b []byte, q *avatar.Question) []byte {
	for i, t := range q.Tools {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"type":"function",`...)
		b = append(instruct.AppendTool(b, t), '}')
	}
	b = append(b, `],"tool_choice":`...)
	switch {
	case len(q.Tools) == 0 || q.Choice.Mode == avatar.None:
		return append(b, `"none"`...)
	case q.Choice.Mode == avatar.Required:
		return append(b, `"required"`...)
	case q.Choice.Mode == avatar.Named:
		b = append(b, `{"type":"function","name":`...)
		return append(instruct.AppendQuoted(b, q.Choice.Name), '}')
	}
	return append(b, `"auto"`...)
}

// quote appends text as a JSON string; what is not UTF-8 becomes U+FFFD.
func quote(dst, text []byte) []byte {
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}

package openai

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/nesting"
)

// depth is how deep a chunk may be nested; real ones reach six.
const depth = 16

// errChunk is the error of everything that is not a chunk. The decoder's own
// is not kept: it quotes names.
var errChunk = errors.New("openai: a chunk that cannot be read")

// told is the error that the server wrote into the stream.
type told struct{ busy bool }

// Error gives nothing: the code says it.
func (told) Error() string { return "openai: the server reported a failure" }

// chunk is what counts in a piece of the reply.
type chunk struct {
	words    []byte // appended to
	finished bool   // it has a finish_reason
	filtered bool   // the reason is a content filter
	tokens   int    // that the server says it took and gave; zero: it has not said
	strange  bool   // it is no piece of a reply at all
	calls    calls
}

// decoder reads chunks. It is strict where JSON is (no double names, no bad
// UTF-8, nothing after the value) and blind to every member but those that
// carry words, calls of tools, the end, or an error: reasoning, labels and
// settings are not looked at.
type decoder struct {
	in  bytes.Buffer
	dec *jsontext.Decoder
}

// begin gives the decoder what it is to read.
func (d *decoder) begin(data []byte) error {
	if nesting.Deeper(data, depth) {
		return errChunk
	}
	d.in = *bytes.NewBuffer(data)
	if d.dec == nil {
		d.dec = jsontext.NewDecoder(&d.in)
	} else {
		d.dec.Reset(&d.in)
	}
	return nil
}

// end says how reading ended: well if nothing follows, else with what the
// server told, with the error own, or as what is no chunk.
func (d *decoder) end(err, own error) error {
	if err == nil {
		if _, err := d.dec.ReadToken(); err != io.EOF {
			return errChunk
		}
		return nil
	}
	if t, ok := errors.AsType[told](err); ok {
		return t
	}
	if errors.Is(err, own) {
		return own
	}
	return errChunk
}

func (d *decoder) read(data []byte, c *chunk) error {
	if err := d.begin(data); err != nil {
		return err
	}
	piece, other := false, false
	err := d.object(func(name string) error {
		switch name {
		case "choices":
			piece = true
			return d.list(func() error { return d.choice(c) })
		case "error":
			return d.failure()
		case "usage":
			piece = true
			return d.usage(c)
		}
		other = true
		return d.dec.SkipValue()
	})
	c.strange = other && !piece
	return d.end(err, errTooMuch)
}

// mostTokens is more than one question and its answer can be.
const mostTokens = 100_000_000

// usage reads what the server says that it took and gave, in all so far. What
// cannot be is not believed.
func (d *decoder) usage(c *chunk) error {
	return d.object(func(name string) error {
		if name != "total_tokens" {
			return d.dec.SkipValue()
		}
		v, err := d.dec.ReadValue()
		if n, bad := strconv.Atoi(string(v)); err == nil && bad == nil && n > 0 && n <= mostTokens {
			c.tokens = n
		}
		return err
	})
}

// choice reads one choice: "delta" of a stream or "message" of a whole reply.
func (d *decoder) choice(c *chunk) error {
	return d.object(func(name string) error {
		switch name {
		case "delta", "message":
			return d.object(func(name string) error {
				switch name {
				case "content":
					return d.content(c)
				case "refusal": // said instead of content
					return d.text(c)
				case "tool_calls":
					if !c.calls.off {
						return d.list(func() error { return d.call(c) })
					}
				}
				return d.dec.SkipValue()
			})
		case "finish_reason":
			reason, err := d.dec.ReadValue()
			if err == nil && reason.Kind() == '"' {
				c.finished = true
				c.filtered = c.filtered || string(reason) == `"content_filter"`
			}
			return err
		}
		return d.dec.SkipValue()
	})
}

// call reads a fragment of a call of a tool.
func (d *decoder) call(c *chunk) error {
	f := fragment{index: -1}
	defer func() {
		clear(f.id)
		clear(f.name)
		clear(f.args)
	}()
	err := d.object(func(name string) error {
		switch name {
		case "index":
			v, err := d.dec.ReadValue()
			if n, bad := strconv.Atoi(string(v)); bad == nil && n >= 0 {
				f.index = n
			}
			return err
		case "id":
			return d.quoted(&f.id)
		case "function":
			return d.object(func(name string) error {
				switch name {
				case "name":
					return d.quoted(&f.name)
				case "arguments":
					if d.dec.PeekKind() != '{' {
						return d.quoted(&f.args)
					}
					v, err := d.dec.ReadValue() // not a text, as the API has it, but the object itself
					f.args = append(f.args, v...)
					return err
				}
				return d.dec.SkipValue()
			})
		}
		return d.dec.SkipValue()
	})
	if err != nil {
		return err
	}
	return c.calls.add(&f)
}

// content reads a text, or a list of parts of which those of type text count.
func (d *decoder) content(c *chunk) error {
	if d.dec.PeekKind() != '[' {
		return d.text(c)
	}
	return d.list(func() error {
		part := chunk{}
		said := false
		err := d.object(func(name string) error {
			switch name {
			case "type":
				kind, err := d.dec.ReadValue()
				said = err == nil && (string(kind) == `"text"` || string(kind) == `"output_text"`)
				return err
			case "text":
				return d.text(&part)
			}
			return d.dec.SkipValue()
		})
		if said {
			c.words = append(c.words, part.words...)
		}
		clear(part.words)
		return err
	})
}

// text appends a string to the words.
func (d *decoder) text(c *chunk) error { return d.quoted(&c.words) }

// quoted appends a string; null and everything else is nothing.
func (d *decoder) quoted(to *[]byte) error {
	v, err := d.dec.ReadValue()
	if err != nil || v.Kind() != '"' {
		return err
	}
	*to, err = jsontext.AppendUnquote(*to, v)
	return err
}

// failure reads an error object. Of what it says only whether to come back
// later is used.
func (d *decoder) failure() error {
	v, err := d.dec.ReadValue()
	if err != nil || v.Kind() == 'n' {
		return err
	}
	for _, sign := range []string{"429", "503", "rate_limit", "overloaded", "capacity"} {
		if bytes.Contains(v, []byte(sign)) {
			return told{busy: true}
		}
	}
	return told{}
}

// object calls member for each name; another kind of value is skipped.
func (d *decoder) object(member func(name string) error) error {
	if d.dec.PeekKind() != '{' {
		return d.dec.SkipValue()
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for d.dec.PeekKind() != '}' {
		name, err := d.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := member(known(name)); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// known is the name as a constant; names that do not count are "".
func known(name jsontext.Value) string {
	switch string(name) {
	case `"choices"`:
		return "choices"
	case `"error"`:
		return "error"
	case `"usage"`:
		return "usage"
	case `"total_tokens"`:
		return "total_tokens"
	case `"delta"`:
		return "delta"
	case `"message"`:
		return "message"
	case `"content"`:
		return "content"
	case `"refusal"`:
		return "refusal"
	case `"finish_reason"`:
		return "finish_reason"
	case `"type"`:
		return "type"
	case `"text"`:
		return "text"
	case `"tool_calls"`:
		return "tool_calls"
	case `"index"`:
		return "index"
	case `"id"`:
		return "id"
	case `"function"`:
		return "function"
	case `"name"`:
		return "name"
	case `"arguments"`:
		return "arguments"
	}
	return ""
}

// list calls each for each element; another kind of value is skipped.
func (d *decoder) list(each func() error) error {
	if d.dec.PeekKind() != '[' {
		return d.dec.SkipValue()
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for d.dec.PeekKind() != ']' {
		if err := each(); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

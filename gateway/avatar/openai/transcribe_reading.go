package openai

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/biometric"
	"mayfly/gateway/avatar/deadline"
	"mayfly/session"
)

// maxWords is how many bytes a minute of speech has at most. A server that
// writes more of one utterance has gone wrong.
const maxWords = 16 << 10

// hearing reads the answer to a transcription. It believes words and their
// end; speakers, times, scores and whatever else comes are not looked at, so
// that nothing about a voice but its words gets any further.
type hearing struct {
	limits Limits
	clock  *deadline.Clock
	told   func(session.Speech)

	lines lines
	dec   decoder
	now   heard
	words []byte // so far
}

// heard is what counts in one piece of an answer.
type heard struct {
	delta []byte // appended to the words
	text  []byte // all of them, or of a segment
	kind  string
	ended bool
}

// read takes in the whole answer: a stream of events, or one document.
func (r *hearing) read(body io.Reader, whole bool) error {
	r.lines = lines{from: body, longest: r.limits.Line, left: r.limits.Bytes, came: func() { r.clock.Arm(r.limits.Idle) }}
	if whole {
		return r.document()
	}
	done := false
	for !done {
		data, err := r.lines.data()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if string(data) == "[DONE]" {
			done = true
		} else if done, err = r.event(data); err != nil {
			return err
		}
	}
	if !done && !r.now.ended {
		return errCut
	}
	return nil
}

// event takes in one event and says whether it was the last.
func (r *hearing) event(data []byte) (last bool, err error) {
	defer r.now.clear()
	if err := r.dec.hears(data, &r.now); err != nil {
		return false, err
	}
	switch {
	case r.now.kind == "done":
		r.drop()
		r.add(r.now.text)
		return true, r.checkLength()
	case r.now.kind == "other":
		return false, nil
	case len(r.now.delta) > 0:
		r.add(r.now.delta)
	case len(r.now.text) > 0: // a segment
		if len(r.words) > 0 {
			r.add([]byte{' '})
		}
		r.add(r.now.text)
		r.now.ended = true // such servers just stop
	default:
		return false, nil
	}
	if r.told != nil && len(r.words) > 0 {
		r.told(session.NewSpeech(avatar.HeardSoFar(bytes.Clone(r.words))))
	}
	return false, r.checkLength()
}

// document reads an answer that is one JSON value.
func (r *hearing) document() error {
	all, err := r.lines.all()
	defer func() { clear(all[:cap(all)]) }()
	if err != nil {
		return err
	}
	defer r.now.clear()
	if err := r.dec.hears(all, &r.now); err != nil {
		return err
	}
	if r.now.text == nil {
		return errChunk // a document, but not of words
	}
	r.add(r.now.text)
	return r.checkLength()
}

func (r *hearing) add(more []byte) {
	if need := len(r.words) + len(more); need > cap(r.words) {
		grown := make([]byte, len(r.words), max(512, 2*need))
		copy(grown, r.words)
		clear(r.words)
		r.words = grown
	}
	r.words = append(r.words, more...)
}

func (r *hearing) drop() {
	clear(r.words)
	r.words = r.words[:0]
}

func (r *hearing) checkLength() error {
	if len(r.words) > maxWords {
		return errTooMuch
	}
	return nil
}

// said is all that was understood.
func (r *hearing) said() session.Speech {
	return session.NewSpeech(avatar.Heard(bytes.Clone(r.words)))
}

func (r *hearing) forget() {
	r.lines.forget()
	clear(r.words[:cap(r.words)])
	r.now.clear()
}

func (h *heard) clear() {
	clear(h.delta[:cap(h.delta)])
	clear(h.text[:cap(h.text)])
	h.delta, h.text, h.kind = h.delta[:0], nil, ""
}

var errWords = errors.New("openai: words of another kind than text")

// hears reads one event or document of a transcription. As read it is strict
// where JSON is, and blind to every member but words, their kind and errors.
func (d *decoder) hears(data []byte, h *heard) error {
	if err := d.begin(data); err != nil {
		return err
	}
	if d.dec.PeekKind() != '{' {
		return errChunk
	}
	var parts chunk // of servers that stream as they do a chat
	defer func() { clear(parts.words[:cap(parts.words)]) }()
	err := d.members(func(name string) (err error) {
		switch name {
		case "type":
			v, err := d.dec.ReadValue()
			switch string(v) {
			case `"transcript.text.delta"`:
				h.kind = "delta"
			case `"transcript.text.done"`:
				h.kind = "done"
			default:
				h.kind = "other"
			}
			return err
		case "delta":
			h.delta, err = d.string(h.delta)
			return err
		case "text":
			h.text, err = d.string(make([]byte, 0, len(data)))
			return err
		case "choices":
			return d.list(func() error { return d.choice(&parts) })
		case "error":
			return d.failure()
		}
		return d.harmless()
	})
	if err := d.end(err, errMeasured); err != nil {
		return err
	}
	if parts.filtered {
		return told{}
	}
	h.delta = append(h.delta, parts.words...)
	h.ended = h.ended || parts.finished
	return nil
}

// members is object, for an object in which nothing may measure a person.
func (d *decoder) members(member func(name string) error) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for d.dec.PeekKind() != '}' {
		name, err := d.dec.ReadValue()
		if err != nil {
			return err
		}
		if measures(name) {
			return errMeasured
		}
		if err := member(known(name)); err != nil {
			return err
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// harmless passes over a value in which nothing measures a person.
func (d *decoder) harmless() error {
	switch d.dec.PeekKind() {
	case '{':
		return d.members(func(string) error { return d.harmless() })
	case '[':
		return d.list(d.harmless)
	}
	return d.dec.SkipValue()
}

// errMeasured is an answer that measures the person. It is dropped whole.
var errMeasured = errors.New("openai: an answer that measures the person")

// measures says whether a member's name is one of such a finding.
func measures(name jsontext.Value) bool {
	plain, err := jsontext.AppendUnquote(nil, name)
	return err != nil || biometric.Name(plain)
}

// string appends a string to dst. Words of another kind are an error.
func (d *decoder) string(dst []byte) ([]byte, error) {
	v, err := d.dec.ReadValue()
	if err != nil {
		return dst, err
	}
	if v.Kind() != '"' {
		return dst, errWords
	}
	return jsontext.AppendUnquote(dst, v)
}

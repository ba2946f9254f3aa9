package openai

import (
	"bytes"
	"io"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/biometric"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/sentence"
	"mayfly/session"
)

// How a reply that comes slowly begins: when its first sentence is not whole
// after earlyAfter, a first clause of at least earlyChars is said at once. A
// fast server's sentences are never cut. TestFirstSentence prints what that
// gains.
const (
	earlyAfter = 400 * time.Millisecond
	earlyChars = 40
)

// reading turns one answer of the server into sentences.
type reading struct {
	engine   *Engine
	clock    *deadline.Clock
	body     io.ReadCloser
	say      func(avatar.Sentence) error
	language string
	arrived  func()                  // called with the first piece, once; nil: nobody wants to know
	call     func(avatar.Call) error // nil: no tools were offered

	lines     lines
	decoder   decoder
	chunk     chunk
	thought   thought
	sentences sentence.Stream
	write     func([]byte) // sentences.Write, made once
	began     time.Time    // when the first words came
	said      int          // sentences
	heard     int          // bytes of words
	odd       avatar.OddCount
}

// sayError carries an error of say past the classification of the server's.
type sayError struct{ error }

// stream reads server-sent events. Every line of data is one chunk; comments
// and the other fields are passed over. The reply is whole with "[DONE]", or,
// for servers that leave that out, with a finish_reason and the stream's end.
func (r *reading) stream() error {
	r.begin()
	for {
		data, err := r.lines.data()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if string(data) == "[DONE]" {
			if err := r.end(); err != nil {
				return err
			}
			r.drain()
			return nil
		}
		if err := r.piece(data); err != nil {
			return err
		}
	}
	if !r.chunk.finished {
		return errCut
	}
	return r.end()
}

// whole reads an answer that is one JSON document.
func (r *reading) whole() error {
	r.begin()
	all, err := r.lines.all()
	defer func() { clear(all[:cap(all)]) }()
	if err != nil {
		return err
	}
	if err := r.piece(all); err != nil {
		return err
	}
	return r.end()
}

func (r *reading) begin() {
	r.lines = lines{
		from: r.body, longest: r.engine.limits.Line, left: r.engine.limits.Bytes,
		came: func() { r.clock.Arm(r.engine.limits.Idle) },
	}
	r.sentences = sentence.Stream{Language: r.language, Markdown: true}
	r.write = r.sentences.Write
	r.chunk.calls.off = r.call == nil
}

// piece takes in one chunk and says what has become whole.
func (r *reading) piece(data []byte) error {
	if r.arrived != nil {
		r.arrived()
		r.arrived = nil
	}
	if biometric.Carried(data) {
		r.odd[avatar.Measured]++
		r.engine.dropped.Add(1)
		return errMeasured
	}
	if len(r.chunk.words)+len(data) > cap(r.chunk.words) {
		r.chunk.words = make([]byte, 0, 2*len(data)+256) // it is empty and cleared between pieces
	}
	err := r.decoder.read(data, &r.chunk)
	defer func() {
		clear(r.chunk.words[:cap(r.chunk.words)])
		r.chunk.words = r.chunk.words[:0]
	}()
	if err != nil {
		return err
	}
	if r.chunk.strange {
		r.odd[avatar.Control]++
	}
	r.heard += len(r.chunk.words)
	if len(r.chunk.words) == 0 {
		return nil
	}
	if r.began.IsZero() {
		r.began = time.Now()
	}
	r.thought.pass(r.chunk.words, r.write)
	if err := r.sayAll(); err != nil {
		return err
	}
	if r.said == 0 && time.Since(r.began) > earlyAfter {
		return r.sayOne(r.sentences.Early(earlyChars))
	}
	return nil
}

// end says the rest, and hands over what is to be called.
func (r *reading) end() error {
	r.thought.end(r.write)
	r.sentences.End()
	if err := r.sayAll(); err != nil {
		return err
	}
	n := 0
	if r.call != nil && !r.chunk.filtered {
		var err error
		if n, err = r.chunk.calls.hand(r.call); err != nil {
			return err
		}
	}
	switch {
	case r.said > 0 || n > 0:
		return nil
	case r.chunk.filtered:
		return told{}
	}
	return errNoWords
}

func (r *reading) sayAll() error {
	for said := r.sentences.Next(); said != nil; said = r.sentences.Next() {
		if err := r.sayOne(said); err != nil {
			return err
		}
	}
	return nil
}

// sayOne says a sentence, if there is one. The server is not waited for
// meanwhile.
func (r *reading) sayOne(said []byte) error {
	if said == nil {
		return nil
	}
	if err := r.clock.Context().Err(); err != nil {
		return err
	}
	r.said++
	r.clock.Rest()
	err := r.say(avatar.Sentence{Words: session.NewSpeech(bytes.Clone(said))})
	r.clock.Arm(r.engine.limits.Idle)
	if err != nil {
		return sayError{err}
	}
	return nil
}

// drain reads the end of the stream, so that the connection can serve the
// next turn. A server that goes on after "[DONE]" is not listened to.
func (r *reading) drain() {
	const most, patience = 4 << 10, 20 * time.Millisecond
	r.clock.Arm(patience)
	io.Copy(io.Discard, io.LimitReader(r.body, most)) // not at its end, Close breaks the connection
	r.clock.Rest()
}

// tokenBytes is how many bytes of words a token is taken to be.
const tokenBytes = 4

// spent is how many tokens the answer took and gave, of a prompt of so many
// bytes: as the server says, or estimated.
func (r *reading) spent(prompt int) int {
	if r.chunk.tokens > 0 {
		return r.chunk.tokens
	}
	return (prompt + r.heard + tokenBytes - 1) / tokenBytes
}

func (r *reading) forget() {
	r.lines.forget()
	r.sentences.Forget()
	r.thought.forget()
	r.chunk.calls.forget()
	clear(r.chunk.words[:cap(r.chunk.words)])
}

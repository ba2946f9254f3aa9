package openai

import "bytes"

// thought leaves out what a model thinks aloud at the beginning of its reply,
// between <think> and </think>: some servers do not put it in a member of its
// own.
type thought struct {
	held  []byte // words that may be part of a mark
	state thinking
	close []byte // the mark that ends it
}

type thinking uint8

const (
	mayThink thinking = iota
	thinks
	speaks
)

var thoughtMarks = [][2]string{{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<reasoning>", "</reasoning>"}}

// pass gives to what is said of words.
func (t *thought) pass(words []byte, to func([]byte)) {
	if t.state == speaks {
		to(words)
		return
	}
	if t.held == nil {
		t.held = make([]byte, 0, 1<<10)
	}
	for len(words) > 0 && t.state != speaks {
		n := min(len(words), cap(t.held)-len(t.held))
		t.held = append(t.held, words[:n]...)
		words = words[n:]
		if t.state == mayThink {
			t.open()
		}
		if t.state == thinks {
			t.skip()
		}
	}
	if t.state == speaks {
		to(t.held)
		t.forget()
		to(words)
	}
}

// open decides whether the reply begins with a mark.
func (t *thought) open() {
	text := bytes.TrimLeft(t.held, " \t\r\n")
	for _, mark := range thoughtMarks {
		if bytes.HasPrefix(text, []byte(mark[0])) {
			t.state, t.close = thinks, []byte(mark[1])
			t.drop(len(t.held) - len(text) + len(mark[0]))
			return
		}
	}
	for _, mark := range thoughtMarks {
		if len(t.held) < cap(t.held) && bytes.HasPrefix([]byte(mark[0]), text) {
			return // not decided
		}
	}
	t.state = speaks
}

// skip drops the thoughts so far; the end of what is held may be the
// beginning of the closing mark.
func (t *thought) skip() {
	if i := bytes.Index(t.held, t.close); i >= 0 {
		t.drop(i + len(t.close))
		t.state = speaks
		return
	}
	if n := len(t.held) - len(t.close) + 1; n > 0 {
		t.drop(n)
	}
}

func (t *thought) drop(n int) {
	left := copy(t.held, t.held[n:])
	clear(t.held[left:])
	t.held = t.held[:left]
}

// end gives to what is said the words that were held back for nothing.
func (t *thought) end(to func([]byte)) {
	if t.state == mayThink {
		to(t.held)
	}
	t.forget()
}

func (t *thought) forget() {
	clear(t.held[:cap(t.held)])
	t.held = t.held[:0]
}

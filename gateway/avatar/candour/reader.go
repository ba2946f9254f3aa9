package candour

import (
	"slices"
	"unicode/utf8"

	"mayfly/session"
)

// Of what a person says, so much is read: a question about the avatar stands
// at the beginning or at the end, and a longer text is somebody else's.
const (
	headBytes = 4096
	tailBytes = 1024
)

// A reader whose memory has grown beyond this, in bytes, is not used again.
const keptMemory = 1 << 18

// reader reads texts in all languages. It is used by one goroutine at a time
// and wiped after each text: it keeps memory, not words.
type reader struct {
	raw  []byte // a copy of the words
	text folded // the whole text, folded
	work []rune // the same, cut into words in one way
	toks tokens
	kept []token // of toks, those that mean something in one language
	mach matcher
	view view // what the classifier sees of the tokens
	name name // the avatar's own
}

// name holds the words of the avatar's name, folded. It is configuration, not
// something said, and is not cleared.
type name [][]rune

// shortestName is how many letters a word of a name has at least.
const shortestName = 3

func newName(s string) (n name) {
	var f folded
	f.add([]byte(s))
	var t tokens
	t.cut(f.runes, 0, false)
	for _, k := range t.list {
		if k.kind == word && k.to-k.from >= shortestName {
			n = append(n, f.runes[k.from:k.to])
		}
	}
	return n
}

func (n name) has(w []rune) bool {
	return slices.ContainsFunc(n, func(x []rune) bool { return slices.Equal(x, w) })
}

// load copies words to raw.
func (r *reader) load(words session.Speech) {
	if n := words.Len(); cap(r.raw) < n {
		clear(r.raw[:cap(r.raw)])
		r.raw = make([]byte, 0, n)
	}
	r.raw = words.AppendTo(r.raw[:0])
}

// question says in which language a person's words ask what the avatar is.
func (r *reader) question(words session.Speech, prefer string) string {
	r.load(words)
	b := r.raw
	if len(b) <= headBytes+tailBytes {
		r.text.add(b)
	} else {
		head, tail := headBytes, len(b)-tailBytes
		for head > 0 && !utf8.RuneStart(b[head]) {
			head--
		}
		for tail < len(b) && !utf8.RuneStart(b[tail]) {
			tail++
		}
		r.text.add(b[:head])
		r.text.push(textEdge)
		r.text.add(b[tail:])
	}
	return r.asks(prefer)
}

// wipe clears every trace of the words.
func (r *reader) wipe() {
	clear(r.raw[:cap(r.raw)])
	r.raw = r.raw[:0]
	r.text.wipe()
	clear(r.work[:cap(r.work)])
	r.work = r.work[:0]
	r.toks.wipe()
	clear(r.kept[:cap(r.kept)])
	r.kept = r.kept[:0]
	r.view.wipe()
}

// size is the memory that holds or held words, in bytes.
func (r *reader) size() int {
	return cap(r.raw) + 4*cap(r.text.runes) + 4*cap(r.work) + 32*(cap(r.toks.list)+cap(r.kept)) + r.view.size()
}

// read looks for want in the folded text, of which the part before the rune
// number from is context only, in the preferred language first. It says in
// which language it was found; the empty locale means not found.
func (r *reader) read(from int, want verdict, prefer string) (locale string) {
	prefer = primary(prefer)
	cut, split := false, false
	for _, preferred := range []bool{true, false} {
		for i := range grammars() {
			g := &grammars()[i]
			if (g.locale == prefer) != preferred {
				continue
			}
			if !cut || split != g.split {
				r.cut(from, g.split)
				cut, split = true, g.split
			}
			mark := r.classify(g)
			if r.mach.run(g.prog, r.kept, mark)&want != 0 {
				return g.locale
			}
		}
	}
	return ""
}

// cut makes the tokens, on a copy of the text because they change it.
func (r *reader) cut(from int, split bool) {
	if cap(r.work) < len(r.text.runes) {
		clear(r.work[:cap(r.work)])
		r.work = make([]rune, 0, cap(r.text.runes))
	}
	r.work = append(r.work[:0], r.text.runes...)
	r.toks.cut(r.work, from, split)
}

// classify looks every word up in one language and keeps those that are more
// than a filler. It says which of them is the first that counts.
func (r *reader) classify(g *grammar) (mark int) {
	r.kept = r.kept[:0]
	clause := false
	for k, t := range r.toks.list {
		if k == r.toks.mark {
			mark = len(r.kept)
		}
		if t.kind != edge {
			t.set = g.lex.look(r.work[t.from:t.to])
			if t.set == nil && r.name.has(r.work[t.from:t.to]) {
				t.set = &nameSet
			}
			if t.is(fillers) {
				clause = clause || t.clause
				continue
			}
		}
		t.clause = t.clause || clause
		clause = false
		r.kept = append(r.kept, t)
	}
	if r.toks.mark >= len(r.toks.list) {
		mark = len(r.kept)
	}
	return mark
}

package hear

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"mayfly/session"
)

// standing is how near its end an utterance is, as far as its words show.
type standing uint8

const (
	unknown  standing = iota // there are no words of it, or they are older than the pause
	plain                    // they may or may not be all
	whole                    // they are a whole sentence, or a short answer
	question                 // they ask something
	openEnd                  // a clause is unfinished, or somebody looks for words
	standings
)

// waits is the silence in ms that ends an utterance. Where words come, they
// come within unknown. An unfinished clause is
// waited for as long as eagerness permits: those are the API's maxima.
var waits = [...][standings]int64{
	Auto:   {unknown: 1200, plain: 800, whole: 500, question: 400, openEnd: 4000},
	Low:    {unknown: 1800, plain: 1200, whole: 800, question: 700, openEnd: 8000},
	Medium: {unknown: 1200, plain: 800, whole: 500, question: 400, openEnd: 4000},
	High:   {unknown: 800, plain: 550, whole: 350, question: 300, openEnd: 2000},
}

// words is what is known of the words: nothing that could be read back.
type words struct {
	tongues []*tongue
	is      standing
	ever    bool // there were any: then more are waited for
	nod     bool // they are only an "mm-hm"
}

// speak chooses the language.
func (w *words) speak(language string) {
	l := language
	for i := range len(l) {
		if l[i] == '-' || l[i] == '_' {
			l = l[:i]
			break
		}
	}
	w.tongues = everyTongue
	for i := range tongues {
		if tongues[i].language == l {
			w.tongues = everyTongue[i : i+1]
		}
	}
}

// hear weighs the newest words. Those that come while somebody speaks are
// older than the sound: they say nothing about a pause.
func (w *words) hear(s session.Speech, pause bool) {
	buf := s.AppendTo(make([]byte, 0, s.Len()))
	defer clear(buf)
	is, nod := weigh(w.tongues, buf)
	w.nod, w.ever = nod, true
	w.is = unknown
	if pause {
		w.is = is
	}
}

func (w *words) stale() { w.is = unknown }

func (w *words) forget() { w.is, w.nod = unknown, false }

// standing is what is known now. hums says that the last sound was steady.
func (w *words) standing(hums bool) standing {
	switch {
	case w.is == unknown && hums:
		return openEnd
	case w.is == unknown && !w.ever:
		return plain
	}
	return w.is
}

// weigh says how near its end an utterance with these words is, and whether
// they are a listener's nod. It changes text.
func weigh(tongues []*tongue, text []byte) (is standing, nod bool) {
	text = bytes.TrimSpace(text)
	end, size := utf8.DecodeLastRune(text)
	trails := bytes.HasSuffix(text, []byte("...")) || end == '…' || end == ',' || end == '-' || end == '–' || end == '—' || end == ':'
	asks := end == '?' || end == '؟'
	closed := !trails && (end == '.' || end == '!' || end == '。')
	if asks || closed || trails {
		text = text[:len(text)-size]
	}
	var t tokens
	t.cut(text)
	if t.count == 0 {
		return unknown, false
	}
	nod = true
	for _, l := range tongues {
		is = max(is, l.weigh(&t, asks, closed, trails))
	}
	for i := range t.kept() {
		nod = nod && isNod(tongues, t.first(i))
	}
	return is, nod && t.count <= mostTokens
}

// mostTokens is how many words are looked at, at the beginning and the end.
const mostTokens = 4

// tokens are the first and last words of a text, in small letters, without
// marks. They lie in the text itself, which is changed.
type tokens struct {
	count int
	begin [mostTokens][]byte
	end   [mostTokens][]byte // the last one first
}

func (t *tokens) kept() int { return min(t.count, mostTokens) }

func (t *tokens) first(i int) []byte { return t.begin[i] }

// last is the i-th word from the end; nil if there is none.
func (t *tokens) last(i int) []byte {
	if i >= t.kept() {
		return nil
	}
	return t.end[i]
}

func (t *tokens) add(word []byte) {
	if t.count < mostTokens {
		t.begin[t.count] = word
	}
	copy(t.end[1:], t.end[:])
	t.end[0] = word
	t.count++
}

// cut finds the words. Letters, marks, digits and what stands inside words
// make one.
func (t *tokens) cut(text []byte) {
	start, at := -1, 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || start >= 0 && (r == '\'' || r == '’' || r == '-' || r == '׳' || r == '״' || r == '"'):
			if r == '’' || r == '׳' {
				r = '\''
			}
			if start < 0 {
				start = at
			}
			l := unicode.ToLower(r)
			if utf8.RuneLen(l) > n {
				l = r // it must not grow into what was not read yet
			}
			at += utf8.EncodeRune(text[at:], l)
		default:
			if start >= 0 {
				t.add(trimmed(text[start:at:at]))
				start = -1
			}
		}
	}
	if start >= 0 {
		t.add(trimmed(text[start:at:at]))
	}
}

func trimmed(word []byte) []byte { return bytes.TrimRight(word, `'-"״`) }

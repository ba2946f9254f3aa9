package resident

import (
	"math/bits"
	"slices"
	"unicode/utf8"
)

// wanted is a word of a question, looked up.
type wanted struct {
	term    *term   // nil: in no document
	classes []int32 // of the lexicon
	whole   float64 // weight if the word is written as in the documents
	weight  float64 // how much the question is about it: 1, less for what is guessed, frequent or from the turn before
	common  bool    // a word that is about nothing by itself
}

// factors of a wanted word's weight.
const (
	sense       = 0.7  // another word of its class
	pairWord    = 0.8  // two words that mean something together, beside what each does
	turnWord    = 0.5  // two words as they follow each other in a question that was foreseen
	stopWord    = 0.25 // a word that says only what is asked for: who, where
	guessedWord = 0.75 // a word that is only nearly in the documents
	commonWord  = 0.35 // half of what a frequent word counts
	lightWord   = 0.2  // a frequent word that is in no document
	strangeWord = 0.5  // any other word that is in no document
	farAsked    = 0.4  // one of those that is only in a question that was foreseen
	farWord     = 1.5  // one of what most documents are not about
	earlierTurn = 0.6  // from the turn before
)

// rarity is the idf of what is wanted: of the word, or of its classes when no
// document has it, or of a word in no document.
func (x *index) rarity(w *wanted) float64 {
	if w.term != nil {
		return w.term.idf
	}
	most := 0.0
	for _, c := range w.classes {
		if t := x.classes[c]; t != nil {
			most = max(most, t.idf)
		}
	}
	if most == 0 {
		return x.idf(0)
	}
	return most
}

// anyClass says that one of the classes occurs in a document.
func (x *index) anyClass(classes []int32) bool {
	return slices.ContainsFunc(classes, func(c int32) bool { return x.classes[c] != nil })
}

// lookUp appends what the words of text want, each term once, and returns it
// with the number of words that are not stop words. It opens text no further
// than the call.
func (x *index) lookUp(all []wanted, text []byte, factor float64) ([]wanted, int) {
	content := 0
	eachPair(x.language, text, func(word, key, pair []byte) {
		if t := x.turns[string(pair)]; t != nil {
			all = append(all, wanted{term: t, weight: factor * turnWord})
		}
		if classes := x.lexicon.of(pair); x.anyClass(classes) {
			all = append(all, wanted{classes: classes, whole: factor * pairWord, weight: factor * pairWord})
		}
		classes := x.lexicon.of(key)
		if x.isStop(word) {
			if x.anyClass(classes) {
				all = append(all, wanted{classes: classes, whole: factor * stopWord, weight: factor * stopWord, common: true})
			}
			return
		}
		content++
		if x.lexicon.isFar(pair) && x.terms[string(pair)] == nil {
			all = append(all, wanted{whole: factor * farWord})
		}
		w := wanted{term: x.terms[string(key)], classes: classes, whole: factor, weight: factor}
		common := x.words != nil && x.words.common[string(word)] || w.term == nil && x.lexicon.isLight(key)
		switch far := x.lexicon.isFar(key); {
		case w.term != nil && far && !w.term.said:
			// "My train is in a tunnel" does not make it a text about trains.
			w.weight = factor * farAsked
		case w.term != nil:
		case far:
			w.whole, w.classes = factor*farWord, nil
		case len(classes) == 0 && !common:
			w.whole = factor * strangeWord
			if near := x.near(word); near != "" {
				w.term, w.whole, w.weight = x.terms[near], factor, factor*guessedWord
				w.classes = x.lexicon.of([]byte(near))
			}
		}
		if common {
			w.weight = factor * 2 * commonWord
			if w.term == nil && !x.anyClass(classes) {
				w.weight = factor * lightWord
			}
			w.whole, w.common = w.weight, true
		}
		if w.term != nil && slices.ContainsFunc(all, func(o wanted) bool { return o.term == w.term }) {
			return
		}
		all = append(all, w)
	})
	return all, content
}

// near finds the stem of the word in the documents that word is a misspelling
// of, or "". One letter may be wrong, two in a word of eight; the first letter
// must be right.
func (x *index) near(word []byte) string {
	chars := utf8.RuneCount(word)
	if chars < 5 {
		return ""
	}
	allowed := 1
	if chars >= 8 {
		allowed = 2
	}
	first, _ := utf8.DecodeRune(word)
	best, at, letters := "", allowed+1, lettersOf(word)
	for i := range x.surface[first] {
		s := &x.surface[first][i]
		if s.chars < 4 || s.chars < chars-allowed || s.chars > chars+allowed || bits.OnesCount64(s.letters^letters) > 2*allowed {
			continue
		}
		if d := distance(word, s.word, at-1); d < at {
			best, at = s.stem, d
		}
	}
	return best
}

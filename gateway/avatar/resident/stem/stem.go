// Package stem reduces words to the form under which a search finds their
// relatives: "recorded", "records" and "recording" to "record".
//
// It works in place on bytes, because a word of a question is something that
// a person said: no string of it is made, and the caller can clear it. That,
// and not size, is why the published stemmers are not used here; the tests
// compare with one of them.
//
// English is the Porter2 algorithm (snowballstem.org/algorithms/english), with
// the irregular verbs that it does not know.
// French, German, Spanish and Hebrew are light: plural, gender and the most
// frequent endings, after the UniNE stemmers of J. Savoy, which find about as
// well as heavy ones on short texts. Other languages are left as they are.
package stem

import (
	"bytes"
	"unicode/utf8"
)

// Word stems the word in place and returns it. It must be folded (see Fold),
// in small letters, without apostrophes; language is a primary subtag.
func Word(language string, word []byte) []byte {
	if !utf8.Valid(word) || hasDigit(word) {
		return word
	}
	switch language {
	case "en":
		return english(word)
	case "fr":
		return french(word)
	case "de":
		return german(word)
	case "es":
		return spanish(word)
	case "he":
		return hebrew(word)
	}
	return word
}

func hasDigit(word []byte) bool {
	for _, b := range word {
		if '0' <= b && b <= '9' {
			return true
		}
	}
	return false
}

// rule says what replaces an ending.
type rule struct {
	ending, to string
	min        int // characters that must be left before the ending
}

// first applies the first rule that fits and says whether one did.
func first(word []byte, rules []rule) ([]byte, bool) {
	for _, r := range rules {
		if stem, ok := cutSuffix(word, r.ending); ok && utf8.RuneCount(stem) >= r.min {
			return append(stem, r.to...), true
		}
	}
	return word, false
}

func cutSuffix(word []byte, ending string) ([]byte, bool) {
	n := len(word) - len(ending)
	if n < 0 || string(word[n:]) != ending {
		return word, false
	}
	return word[:n], true
}

// hasSuffix compares without converting: the compiler makes no string here.
func hasSuffix(word []byte, ending string) bool {
	n := len(word) - len(ending)
	return n >= 0 && string(word[n:]) == ending
}

// undouble takes one of two equal last consonants away.
func undouble(word []byte) []byte {
	n := len(word)
	if n > 3 && word[n-1] == word[n-2] && word[n-1] < utf8.RuneSelf && bytes.IndexByte([]byte("aeiou"), word[n-1]) < 0 {
		return word[:n-1]
	}
	return word
}

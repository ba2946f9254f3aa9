package voice

import (
	"bytes"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// heard is a phone as a voice says that it speaks it, or a pause.
type heard struct {
	phone
	at, end float64 // ms from the first sample
}

func (h *heard) pause() bool { return h.shape == Sil }

// symbol is a step through the sounds that are expected: a sound, or the
// place between two words.
type symbol struct {
	sound *Sound // nil between words
	word  int    // of the sound, or of the one before the place
	loose bool   // the word may well be read otherwise: a figure, capitals
	pause bool   // a pause is expected in this place
}

// What an alignment costs: nothing where both rows say the same, and less for
// what happens often. Only the order of the sums matters.
const (
	lost        = .7  // a sound that is not spoken, or not expected
	lostLoose   = .35 // in a word that may be read otherwise
	lostOutside = 1   // before the first word or after the last
	pauseHere   = .3  // a pause between words where none is expected, or the reverse
	pauseInWord = 2
)

// align gives each word the time of its phones: it finds the cheapest way to
// walk through the expected sounds and the phones side by side, and pauses
// are between words. Its memory is a byte for each pair that it looks at.
func align(text []byte, sounds []Sound, phones []heard) []Word {
	symbols, words := symbolsOf(text, sounds)
	if len(words) == 0 || len(phones) == 0 {
		return nil
	}
	n, m := len(symbols), len(phones)
	width := min(m+1, 512+2*max(n-m, m-n)) // phones that one symbol is compared with
	from := func(k int) int { return min(max(0, k*m/n-width/2), m+1-width) }
	const (
		extra = iota // a phone that is not expected
		skip         // a symbol without a phone
		both
	)
	steps := make([]byte, (n+1)*width)
	defer clear(steps)
	last, row := make([]float64, m+2), make([]float64, m+2)
	owner := func(k int) (word int, loose bool) { // of a phone after k symbols
		if k == 0 || k == n {
			return -1, false
		}
		return symbols[k-1].next(), symbols[k].loose && symbols[k].sound != nil || symbols[k-1].loose && symbols[k-1].sound != nil
	}
	for k := 0; k <= n; k++ {
		_, loose := owner(k)
		first := from(k)
		for j := range row {
			row[j] = math.Inf(1)
		}
		for j := first; j < first+width; j++ {
			best, step := math.Inf(1), byte(skip)
			if k == 0 && j == 0 {
				best = 0
			}
			if k > 0 {
				s := &symbols[k-1]
				if c := last[j] + s.absent(); c < best {
					best, step = c, skip
				}
				if j > 0 {
					if c := last[j-1] + s.against(&phones[j-1]); c <= best {
						best, step = c, both
					}
				}
			}
			if j > first {
				c := row[j-1]
				switch {
				case phones[j-1].pause():
					c += pauseInWord
				case k == 0 || k == n:
					c += lostOutside
				case loose:
					c += lostLoose
				default:
					c += lost
				}
				if c < best {
					best, step = c, extra
				}
			}
			row[j] = best
			steps[k*width+j-first] = step
		}
		last, row = row, last
	}
	for k, j := n, m; k > 0 || j > 0; {
		step := steps[k*width+j-from(k)]
		word := -1
		switch step {
		case extra:
			j--
			word, _ = owner(k)
		case skip:
			k--
			continue
		default:
			k--
			j--
			if symbols[k].sound != nil {
				word = symbols[k].word
			}
		}
		if p := &phones[j]; word >= 0 && !p.pause() {
			w := &words[word]
			if w.At < 0 {
				w.Length = int(p.end) // its end, until its beginning is known
			}
			w.At = int(p.at)
		}
	}
	end := 0
	for i := range words {
		w := &words[i]
		if w.At < 0 { // it has no phone
			w.At, w.Length = end, end
		}
		end = w.Length
		w.Length = max(1, end-w.At)
	}
	return words
}

// next is the word that a phone after the symbol belongs to if it is not
// expected there.
func (s *symbol) next() int {
	if s.sound == nil {
		return s.word + 1
	}
	return s.word
}

// absent is the cost of a symbol that no phone stands for.
func (s *symbol) absent() float64 {
	switch {
	case s.sound == nil && s.pause:
		return pauseHere
	case s.sound == nil:
		return 0
	case s.loose:
		return lostLoose
	}
	return lost
}

// against is the cost of a phone that stands for the symbol.
func (s *symbol) against(p *heard) float64 {
	switch {
	case s.sound == nil && !p.pause(), s.sound != nil && p.pause():
		return math.Inf(1)
	case s.sound == nil && s.pause:
		return 0
	case s.sound == nil:
		return pauseHere
	case strings.EqualFold(s.sound.Phone, p.name):
		return 0
	}
	a, b := s.sound.Shape, p.shape
	switch {
	case open(a) && open(b):
		return .35
	case open(a) != open(b):
		return 1.3
	case a == b:
		return .3
	}
	return .8
}

// open says whether a shape is one of a vowel.
func open(s Shape) bool { return s >= RR }

// symbolsOf puts a place between the words of the sounds, before the first
// and after the last.
func symbolsOf(text []byte, sounds []Sound) (symbols []symbol, words []Word) {
	symbols = make([]symbol, 0, 2*len(sounds)+2)
	place := symbol{word: -1, pause: true}
	loose := false
	for i := range sounds {
		s := &sounds[i]
		if s.pause() {
			place.pause = true
			continue
		}
		if n := len(words); n == 0 || words[n-1].Start != s.Start {
			symbols = append(symbols, place)
			place = symbol{word: n}
			words = append(words, Word{At: -1, Start: s.Start, End: s.End})
			loose = unusual(text[s.Start:s.End])
		} else {
			place.pause = false // it was inside of what is one word in the text
		}
		symbols = append(symbols, symbol{sound: s, word: len(words) - 1, loose: loose})
	}
	place.pause = true
	return append(symbols, place), words
}

// unusual says whether a word may be read otherwise than by its letters:
// figures, marks that are words, capitals inside.
func unusual(token []byte) bool {
	letters := 0
	for i := 0; i < len(token); {
		r, n := utf8.DecodeRune(token[i:])
		i += n
		switch {
		case unicode.IsNumber(r), unicode.IsSymbol(r), r == '@', r == '/', r == '&', r == '%', r > unicode.MaxLatin1:
			return true
		case unicode.IsUpper(r) && letters > 0:
			return true
		case unicode.IsLetter(r):
			letters++
		}
	}
	return bytes.ContainsRune(bytes.TrimRight(token, ".,"), '.') // e.g.
}

package voice

import (
	"math"
	"unicode"
	"unicode/utf8"
)

// estimate makes visemes and word times for a voice that gives sound alone.
// They are guesses: the words' share of the expected duration follows their
// letters, and the mouth opens with the sound's energy. They rest in silence,
// which is what one sees first when it is wrong.
type estimate struct {
	words   []Word // Start and End set, At and Length by share
	letters []letterShape
	total   float64 // weight of all letters
	msEach  float64 // ms per unit of weight
	clock   float64 // ms of voiced sound so far
	at      int     // next letter
	word    int     // next word
	samples int
	shape   Shape
	begun   bool
}

type letterShape struct {
	shape  Shape
	weight float64
	word   int
}

// newEstimate looks at the text for where its words and mouth shapes are.
// speed is the factor that the voice was asked for.
func newEstimate(text []byte, speed float64) *estimate {
	e := &estimate{msEach: 72 / speed}
	in := false
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r) || in && (r == '\'' || r == '’'):
			if !in {
				e.words = append(e.words, Word{Start: i})
				in = true
			}
			e.words[len(e.words)-1].End = i + n
			e.letter(unicode.ToLower(r))
		default:
			in = false
		}
		i += n
	}
	return e
}

// letter notes the mouth shape of a letter; digits stand for a short word.
func (e *estimate) letter(r rune) {
	s, w := DD, 1.0
	switch r {
	case 'a', 'á', 'à', 'ä', 'â':
		s, w = AA, 1.4
	case 'e', 'é', 'è', 'ê':
		s, w = E, 1
	case 'i', 'í', 'y', 'ï':
		s, w = IH, 1.1
	case 'o', 'ó', 'ö', 'ô':
		s, w = OH, 1.4
	case 'u', 'ú', 'ü', 'w':
		s, w = OU, 1.2
	case 'b', 'p', 'm':
		s = PP
	case 'f', 'v':
		s = FF
	case 's', 'z', 'c', 'ß':
		s = SS
	case 'n', 'l':
		s, w = NN, .8
	case 'r':
		s, w = RR, .8
	case 'k', 'g', 'q', 'x':
		s = KK
	case 'j':
		s = CH
	case 'h':
		return
	default:
		if unicode.IsNumber(r) {
			s, w = E, 4
		} else if r > unicode.MaxLatin1 {
			s, w = E, 2
		}
	}
	e.letters = append(e.letters, letterShape{s, w, len(e.words) - 1})
	e.total += w
}

// span replaces the guess of how long the text lasts by what is known, in ms.
func (e *estimate) span(ms float64) {
	if e.total > 0 {
		e.msEach = ms / e.total
	}
}

// silence is the level, of full scale, below which the mouth rests.
const silence = .012

// chunk gives the marks of a piece of sound.
func (e *estimate) chunk(pcm []int16) (vs []Viseme, ws []Word) {
	const step = Rate / 50 // 20 ms
	if !e.begun && rms(pcm[:min(step, len(pcm))]) < silence {
		vs = append(vs, Viseme{0, Sil, 1})
	}
	e.begun = true
	for i := 0; i < len(pcm); i += step {
		piece := pcm[i:min(i+step, len(pcm))]
		at := (e.samples + i) * 1000 / Rate
		level := rms(piece)
		if level < silence {
			if e.shape != Sil {
				vs = append(vs, Viseme{at, Sil, 1})
				e.shape = Sil
			}
			continue
		}
		e.clock += float64(len(piece)) * 1000 / Rate
		for e.at < len(e.letters) && e.clock >= 0 {
			l := e.letters[e.at]
			e.clock -= l.weight * e.msEach
			e.at++
			if l.word >= e.word {
				w := e.words[l.word]
				w.At, w.Length = at, e.length(l.word)
				ws = append(ws, w)
				e.word = l.word + 1
			}
			if e.clock < 0 && l.shape != e.shape {
				vs = append(vs, Viseme{at, l.shape, float32(math.Min(1, .35+4*level))})
				e.shape = l.shape
			}
		}
		if e.at == len(e.letters) && e.clock >= 0 && e.shape == Sil { // longer than guessed: keep moving
			e.shape = E
			vs = append(vs, Viseme{at, E, float32(math.Min(1, .35+4*level))})
		}
	}
	e.samples += len(pcm)
	return vs, ws
}

// length is a word's share in ms.
func (e *estimate) length(word int) int {
	var w float64
	for i := e.at - 1; i < len(e.letters) && e.letters[i].word == word; i++ {
		w += e.letters[i].weight
	}
	return max(1, int(w*e.msEach))
}

// finish gives the words that the sound was too short for, at its end, and
// closes the mouth.
func (e *estimate) finish() (vs []Viseme, ws []Word) {
	at := e.samples * 1000 / Rate
	for ; e.word < len(e.words); e.word++ {
		w := e.words[e.word]
		w.At, w.Length = at, 1
		ws = append(ws, w)
	}
	if e.shape != Sil {
		vs = append(vs, Viseme{at, Sil, 1})
	}
	return vs, ws
}

// rms is the level of a piece as a part of full scale.
func rms(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum/float64(max(1, len(pcm)))) / 32768
}

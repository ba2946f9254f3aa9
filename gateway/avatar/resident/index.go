package resident

import (
	"math"
	"slices"
	"unicode/utf8"

	"mayfly/gateway/avatar/resident/stem"
)

// BM25's constants (Robertson and Zaragoza, The Probabilistic Relevance
// Framework, 2009), and how often a word in a heading, a title or the list of
// other words counts.
const (
	k1          = 1.2
	b           = 0.4 // passages are of similar length; long ones are little worse
	headingHits = 2.0
	titleHits   = 1.0
	alsoHits    = 1.5
	namedBonus  = 1.25 // for a document whose whole title is in the question
)

// index is an inverted index over the passages in one language.
type index struct {
	language string
	words    *language // nil for a language that is not known
	passages []*passage
	length   []float64          // words per passage
	average  float64            // of length
	terms    map[string]*term   // by stem
	surface  map[rune][]surface // words as written, by first letter, for misspelt ones
	seen     map[string]bool    // words in surface
	titles   map[*document]map[*term]bool
}

// term is where a stem occurs.
type term struct {
	postings []posting
	idf      float64
}

type posting struct {
	passage int32
	hits    float32 // weighted
}

type surface struct {
	word string
	stem string
}

func newIndex(name string) *index {
	return &index{language: name, words: languages[name], terms: map[string]*term{}, surface: map[rune][]surface{}, seen: map[string]bool{}, titles: map[*document]map[*term]bool{}}
}

// add indexes a passage.
func (x *index) add(p *passage) {
	n := int32(len(x.passages))
	x.passages = append(x.passages, p)
	length := 0.0
	count := func(text string, weight float32) {
		eachWord([]byte(text), func(word []byte) {
			if x.isStop(word) {
				return
			}
			x.addWord(string(word), n, weight)
			if weight == 1 {
				length++
			}
		})
	}
	for _, s := range p.sentences {
		count(s, 1)
	}
	count(p.heading, headingHits)
	count(p.document.title, titleHits)
	count(p.also, alsoHits)
	x.length = append(x.length, length)
	x.average += length
}

func (x *index) addWord(word string, passage int32, weight float32) {
	key := string(stem.Word(x.language, []byte(word)))
	t := x.terms[key]
	if t == nil {
		t = &term{}
		x.terms[key] = t
	}
	if n := len(t.postings); n > 0 && t.postings[n-1].passage == passage {
		t.postings[n-1].hits += weight
	} else {
		t.postings = append(t.postings, posting{passage, weight})
	}
	if !x.seen[word] {
		x.seen[word] = true
		r, _ := utf8.DecodeRuneInString(word)
		x.surface[r] = append(x.surface[r], surface{word, key})
	}
}

// finish computes what depends on all passages.
func (x *index) finish() {
	x.average = max(1, x.average/float64(len(x.passages)))
	for _, t := range x.terms {
		t.idf = x.idf(len(t.postings))
	}
	for _, p := range x.passages {
		if x.titles[p.document] == nil {
			named, _ := x.lookUp(nil, []byte(p.document.title), 1)
			x.titles[p.document] = map[*term]bool{}
			for _, w := range named {
				x.titles[p.document][w.term] = true
			}
		}
	}
	x.seen = nil
}

// idf is the weight of a term that occurs in n passages. Where there are only
// a few passages, every word would look frequent: they are taken as fewest.
func (x *index) idf(n int) float64 {
	const fewest = 16
	all := float64(max(fewest, len(x.passages)))
	return math.Log(1 + (all-float64(n)+0.5)/(float64(n)+0.5))
}

func (x *index) isStop(word []byte) bool {
	return utf8.RuneCount(word) < 2 && (word[0] < '0' || word[0] > '9') || x.words != nil && x.words.stop[string(word)]
}

// wanted is a word of a question, looked up.
type wanted struct {
	term   *term   // nil: in no document
	whole  float64 // weight if the word is written as in the documents
	weight float64 // how much the question is about it: 1, less for what is guessed, frequent or from the turn before
}

// factors of a wanted word's weight.
const (
	guessedWord = 0.75 // a word that is only nearly in the documents
	commonWord  = 0.35 // a frequent word that is in no document
	earlierTurn = 0.6  // from the turn before
)

// lookUp appends what the words of text want, each term once, and returns it
// with the number of words that are not stop words. It opens text no further
// than the call.
func (x *index) lookUp(all []wanted, text []byte, factor float64) ([]wanted, int) {
	content := 0
	key := make([]byte, 0, 256) // longer than any word that eachWord gives, so it does not move
	eachWord(text, func(word []byte) {
		if x.isStop(word) {
			return
		}
		content++
		key = append(key[:0], word...)
		key = stem.Word(x.language, key)
		w := wanted{term: x.terms[string(key)], whole: factor, weight: factor}
		if w.term == nil {
			if near := x.near(word); near != "" {
				w.term, w.weight = x.terms[near], factor*guessedWord
			} else if x.words != nil && x.words.common[string(word)] {
				w.whole = factor * commonWord
			}
		} else if x.words != nil && x.words.common[string(word)] {
			w.weight = factor * 2 * commonWord
			w.whole = w.weight
		}
		if w.term != nil && slices.ContainsFunc(all, func(o wanted) bool { return o.term == w.term }) {
			return
		}
		all = append(all, w)
	})
	clear(key[:cap(key)])
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
	best, at := "", allowed+1
	for _, s := range x.surface[first] {
		if n := utf8.RuneCountInString(s.word); n < 4 || n < chars-allowed || n > chars+allowed {
			continue
		}
		if d := distance(word, s.word, at-1); d < at {
			best, at = s.stem, d
		}
	}
	return best
}

// found is a passage with how well it fits.
type found struct {
	passage  *passage
	score    float64 // BM25
	coverage float64 // share of the question's weight that it has, 0 to 1
	strong   float64 // the greatest idf among what it has
}

// search ranks the passages that have any of what is wanted, best first, at
// most n.
func (x *index) search(all []wanted, n int) []found {
	scores := make([]float64, len(x.passages))
	cover := make([]float64, len(x.passages))
	strong := make([]float64, len(x.passages))
	whole := 0.0
	rarest := x.idf(0)
	for _, w := range all {
		if w.term == nil {
			whole += w.whole * rarest
			continue
		}
		whole += w.whole * w.term.idf
		for _, p := range w.term.postings {
			hits := float64(p.hits)
			norm := k1 * (1 - b + b*x.length[p.passage]/x.average)
			scores[p.passage] += w.weight * w.term.idf * hits * (k1 + 1) / (hits + norm)
			cover[p.passage] += w.weight * w.term.idf
			strong[p.passage] = max(strong[p.passage], w.weight*w.term.idf)
		}
	}
	var best []found
	for i, s := range scores {
		if s > 0 {
			if x.isNamed(x.passages[i].document, all) {
				s *= namedBonus
				if x.passages[i] == x.passages[i].document.passages[0] {
					s *= namedBonus // a whole document was named: it is told from its beginning
				}
			}
			best = append(best, found{x.passages[i], s, cover[i] / whole, strong[i]})
		}
	}
	slices.SortStableFunc(best, func(a, b found) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	return best[:min(n, len(best))]
}

// isNamed says that every word of the document's title is wanted.
func (x *index) isNamed(d *document, all []wanted) bool {
	named := 0
	for _, w := range all {
		if w.term != nil && x.titles[d][w.term] {
			named++
		}
	}
	return named > 0 && named == len(x.titles[d])
}

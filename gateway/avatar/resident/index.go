package resident

import (
	"math"
	"slices"
	"unicode/utf8"
)

// BM25's constants (Robertson and Zaragoza, The Probabilistic Relevance
// Framework, 2009), and how often a word in a heading, a title, the list of
// other words or a question that was foreseen counts.
const (
	k1          = 1.2
	b           = 0.4 // passages are of similar length; long ones are little worse
	headingHits = 2.0
	titleHits   = 1.0
	alsoHits    = 1.5
	askedHits   = 0.7
)

// What else the rank of a passage depends on.
const (
	// coordination is what is left of the score of a passage that has nothing
	// of the question, in the limit: one that has all of it comes first.
	coordination  = 0.5
	besidePassage = 0.25 // times the score of the best other passage of its document
	likeMost      = 1.3  // of the square of a likeness, which counts with the question's weight
	likeNorm      = 4.5  // several questions that are like it count for more than one, a little: a norm of this order
	namedBonus    = 1.25 // for a document whose whole title is in the question
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
	titles   map[*Document]map[*term]bool
	entries  []entry // what is foreseen to be asked
	lexicon  *lexicon
	classes  []*term          // of the lexicon; nil for what occurs nowhere
	turns    map[string]*term // two words one after the other in an entry, stop words too
}

// term is where a stem occurs.
type term struct {
	postings []posting
	entries  []int32 // of the index, that have it
	idf      float64
	said     bool // in what is said, or in a list of other words; not only in questions
}

// entry is a passage's heading, or a question that is noted under it.
type entry struct {
	passage int32
	weight  float64 // the idf of its words
}

type posting struct {
	passage int32
	hits    float32 // weighted
}

type surface struct {
	word    string
	stem    string
	chars   int
	letters uint64
}

// lettersOf is which letters a word has, with those that share a bit taken for
// one. A letter that is wrong changes two bits at most.
func lettersOf(word []byte) (set uint64) {
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRune(word[i:])
		set |= 1 << (r % 64)
		i += n
	}
	return set
}

func newIndex(name string) *index {
	x := &index{language: name, words: languages[name], terms: map[string]*term{}, surface: map[rune][]surface{}, seen: map[string]bool{}, titles: map[*Document]map[*term]bool{}, turns: map[string]*term{}}
	if read := lexicons[name]; read != nil {
		x.lexicon = read()
		x.classes = make([]*term, x.lexicon.classes)
	}
	return x
}

// add indexes a passage.
func (x *index) add(p *passage) {
	n := int32(len(x.passages))
	x.passages = append(x.passages, p)
	length := 0.0
	count := func(text string, weight float32) {
		eachPair(x.language, []byte(text), func(word, key, pair []byte) {
			x.addClasses(x.lexicon.of(pair), n, weight)
			x.addClasses(x.lexicon.of(key), n, weight)
			if x.lexicon.isFar(pair) {
				x.addTerm(string(pair), n, weight)
			}
			if x.isStop(word) {
				return
			}
			x.addWord(string(word), string(key), n, weight)
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
	for _, entry := range p.also {
		if x.content(entry) == 1 {
			count(entry, alsoHits)
		} else {
			count(entry, askedHits)
		}
	}
	for _, question := range p.asked {
		count(question, askedHits)
	}
	for _, entry := range p.entries() {
		eachPair(x.language, []byte(entry), func(_, _, pair []byte) {
			if len(pair) == 0 {
				return
			}
			if x.turns[string(pair)] == nil {
				x.turns[string(pair)] = &term{}
			}
			x.turns[string(pair)].add(n, 1)
		})
	}
	x.length = append(x.length, length)
	x.average += length
}

// content is how many words of text are not stop words.
func (x *index) content(text string) (n int) {
	eachWord([]byte(text), func(word []byte) {
		if !x.isStop(word) {
			n++
		}
	})
	return n
}

// entries are what is foreseen to be asked of the passage.
func (p *passage) entries() []string {
	return slices.Concat([]string{p.heading}, p.also, p.asked)
}

func (x *index) addWord(word, key string, passage int32, hits float32) {
	x.addTerm(key, passage, hits)
	if hits > askedHits {
		x.terms[key].said = true
	}
	if !x.seen[word] {
		x.seen[word] = true
		r, _ := utf8.DecodeRuneInString(word)
		x.surface[r] = append(x.surface[r], surface{word, key, utf8.RuneCountInString(word), lettersOf([]byte(word))})
	}
}

func (x *index) addTerm(key string, passage int32, hits float32) {
	t := x.terms[key]
	if t == nil {
		t = &term{}
		x.terms[key] = t
	}
	t.add(passage, hits)
}

func (x *index) addClasses(classes []int32, passage int32, hits float32) {
	for _, c := range classes {
		if x.classes[c] == nil {
			x.classes[c] = &term{}
		}
		x.classes[c].add(passage, hits)
	}
}

func (t *term) add(passage int32, hits float32) {
	if n := len(t.postings); n > 0 && t.postings[n-1].passage == passage {
		t.postings[n-1].hits += hits
	} else {
		t.postings = append(t.postings, posting{passage, hits})
	}
}

// finish computes what depends on all passages.
func (x *index) finish() {
	x.average = max(1, x.average/float64(len(x.passages)))
	for _, t := range x.terms {
		t.idf = x.idf(len(t.postings))
	}
	for _, t := range x.classes {
		if t != nil {
			t.idf = x.idf(len(t.postings))
		}
	}
	for _, t := range x.turns {
		t.idf = x.idf(len(t.postings))
		t.postings = nil // it says which entry is meant, not which passage
	}
	for _, p := range x.passages {
		if x.titles[p.document] == nil {
			named, _ := x.lookUp(nil, []byte(p.document.title), 1)
			x.titles[p.document] = map[*term]bool{}
			for _, w := range named {
				if w.term != nil && w.whole > 0 {
					x.titles[p.document][w.term] = true
				}
			}
		}
	}
	for i, p := range x.passages {
		for _, asked := range p.entries() {
			named, _ := x.lookUp(nil, []byte(asked), 1)
			e := entry{passage: int32(i)}
			for _, w := range named {
				e.weight += w.weight * x.rarity(&w)
				n := int32(len(x.entries))
				if w.term != nil {
					w.term.entries = append(w.term.entries, n)
				}
				for _, c := range w.classes {
					x.classes[c].entries = append(x.classes[c].entries, n)
				}
			}
			x.entries = append(x.entries, e)
		}
	}
	x.seen = nil
}

// idf is the weight of a term that occurs in n passages. Where there are only
// a few passages, every word would look frequent: they are taken as least.
func (x *index) idf(n int) float64 {
	const least = 16
	all := float64(max(least, len(x.passages)))
	return math.Log(1 + (all-float64(n)+0.5)/(float64(n)+0.5))
}

func (x *index) isStop(word []byte) bool {
	return utf8.RuneCount(word) < 2 && (word[0] < '0' || word[0] > '9') || x.words != nil && x.words.stop[string(word)]
}

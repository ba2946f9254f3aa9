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
	titles   map[*document]map[*term]bool
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
	word string
	stem string
}

func newIndex(name string) *index {
	x := &index{language: name, words: languages[name], terms: map[string]*term{}, surface: map[rune][]surface{}, seen: map[string]bool{}, titles: map[*document]map[*term]bool{}, turns: map[string]*term{}}
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
		x.surface[r] = append(x.surface[r], surface{word, key})
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

// likeness says of each passage how much of the question, of which the whole
// weighs so much, and of its entries are the same: 0 to 1 for one entry
// (Dice's coefficient), a little more when several are like it.
func (x *index) likeness(all []wanted, whole float64) []float64 {
	like := make([]float64, len(x.passages))
	same := make([]float64, len(x.entries))
	for _, w := range all {
		if w.whole == 0 {
			whole += w.weight * w.term.idf
		}
	}
	last := make([]int32, len(x.entries)) // the word, from 1, that was the last to be found in it
	for i, w := range all {
		count := func(t *term, weight float64) {
			for _, n := range t.entries {
				if last[n] == int32(i+1) {
					continue
				}
				last[n] = int32(i + 1)
				same[n] += weight * t.idf
			}
		}
		if w.term != nil {
			count(w.term, w.weight)
		}
		for _, c := range w.classes {
			if t := x.classes[c]; t != nil {
				count(t, w.weight*sense)
			}
		}
	}
	for n, s := range same {
		if s > 0 {
			e := &x.entries[n]
			l := min(1, 2*s/(whole+e.weight))
			like[e.passage] += l * l * l * l * math.Sqrt(l) // to the power of likeNorm
		}
	}
	for i, l := range like {
		if l > 0 {
			like[i] = math.Pow(l, 1/likeNorm)
		}
	}
	return like
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
	score    float64 // BM25, more for one that is named or asked for
	coverage float64 // share of the question's weight that it has, 0 to 1
	strong   float64 // the greatest idf among what it has and is about: a common word must be in its heading too
	like     float64 // how much the question is like one that was foreseen, 0 to 1
	missing  float64 // share of the question's weight that is in no document, 0 to 1
}

// search ranks the passages that have any of what is wanted, best first, at
// most n.
func (x *index) search(all []wanted, n int) []found {
	scores := make([]float64, len(x.passages))
	cover := make([]float64, len(x.passages))
	strong := make([]float64, len(x.passages))
	gain := make([]float64, len(x.passages))
	have := make([]float64, len(x.passages))
	whole, missing := 0.0, 0.0
	for _, w := range all {
		rarity := x.rarity(&w)
		whole += w.whole * rarity
		if w.term == nil && !x.anyClass(w.classes) {
			missing += w.whole * rarity
			continue
		}
		// Of a word and its classes the best counts.
		count := func(t *term, weight float64) {
			for _, p := range t.postings {
				hits := float64(p.hits)
				norm := k1 * (1 - b + b*x.length[p.passage]/x.average)
				gain[p.passage] = max(gain[p.passage], weight*t.idf*hits*(k1+1)/(hits+norm))
				have[p.passage] = max(have[p.passage], weight*t.idf)
				if !w.common || hits >= headingHits+1 {
					strong[p.passage] = max(strong[p.passage], weight*t.idf)
				}
			}
		}
		take := func(t *term) {
			for _, p := range t.postings {
				scores[p.passage] += gain[p.passage]
				cover[p.passage] += min(have[p.passage], w.whole*rarity)
				gain[p.passage], have[p.passage] = 0, 0
			}
		}
		if w.term != nil {
			count(w.term, w.weight)
		}
		for _, c := range w.classes {
			if t := x.classes[c]; t != nil {
				count(t, w.weight*sense)
			}
		}
		if w.term != nil {
			take(w.term)
		}
		for _, c := range w.classes {
			if t := x.classes[c]; t != nil {
				take(t)
			}
		}
	}
	like := x.likeness(all, whole)
	others := x.others(scores)
	var best []found
	var document *document // of the passage before
	named := false
	for i, s := range scores {
		if s == 0 && like[i] == 0 {
			continue
		}
		p := x.passages[i]
		share := cover[i] / whole
		f := found{p, (s + besidePassage*others[i] + min(likeMost, like[i]*like[i])*whole) * (coordination + (1-coordination)*share), share, strong[i], like[i], missing / whole}
		if p.document != document {
			// A title of one word is often a word of the question by chance.
			document, named = p.document, x.isNamed(p.document, all) && (len(x.titles[p.document]) > 1 || len(all) <= 2)
		}
		if named {
			f.score *= namedBonus
			if p == document.passages[0] {
				f.score *= namedBonus // a whole document was named: it is told from its beginning
			}
		}
		// The best n in order; of equals the first.
		at := len(best)
		for at > 0 && best[at-1].score < f.score {
			at--
		}
		if at < n {
			best = slices.Insert(best[:min(len(best), n-1)], at, f)
		}
	}
	return best
}

// others says of each passage what the best of the other passages of its
// document scores.
func (x *index) others(scores []float64) []float64 {
	all := make([]float64, len(scores))
	for from := 0; from < len(scores); {
		to, best, second := from, -1, 0.0
		for ; to < len(scores) && x.passages[to].document == x.passages[from].document; to++ {
			switch {
			case best < 0 || scores[to] > scores[best]:
				if best >= 0 {
					second = scores[best]
				}
				best = to
			default:
				second = max(second, scores[to])
			}
		}
		for i := from; i < to; i++ {
			all[i] = scores[best]
		}
		all[best] = second
		from = to
	}
	return all
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

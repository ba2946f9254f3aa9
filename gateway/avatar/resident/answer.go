package resident

import (
	"iter"
	"slices"
	"unicode/utf8"

	"mayfly/session"
)

// When an answer is given at all. The values were chosen on the tuning half
// of testdata/questions.jsonl; the test prints what they do on the other.
const (
	coverEnough = 0.45 // of the question's weight, for any answer
	coverFew    = 0.34 // when the best passage leads clearly
	leadEnough  = 1.5  // its score over the next document's
	strongLeast = 0.26 // the rarest word that fits, as a share of the idf of a word in no document: frequent words alone answer nothing
)

// How much is said: sentences and characters.
const (
	mostSentences = 4
	mostChars     = 420
)

// question is what a person asked, opened for the search.
type question struct {
	now    []byte // this turn's words
	before []byte // the user's turn before; may be empty
}

func (q *question) clear() {
	clear(q.now[:cap(q.now)])
	clear(q.before[:cap(q.before)])
}

// find returns the passage that answers the question, or nil.
func (x *index) find(q *question) (*passage, []wanted) {
	all, content := x.lookUp(nil, q.now, 1)
	// "What will they see?": what is meant was said in the turn before.
	leaning := len(q.before) > 0 && content <= 1 && x.anyWord(q.now, pointsBack[x.language], false)
	if !leaning {
		if best, sure := x.judge(all); sure {
			return best, all
		}
	}
	// "And for how long?": too little of its own, so the turn before counts.
	if leaning || len(q.before) > 0 && (content <= 2 || x.anyWord(q.now, goingOn[x.language], true)) {
		both, _ := x.lookUp(slices.Clone(all), q.before, earlierTurn)
		if best, sure := x.judge(both); sure {
			return best, both
		}
	}
	return nil, nil
}

// judge searches and says whether the best passage is an answer.
func (x *index) judge(all []wanted) (*passage, bool) {
	best := x.search(all, 8)
	if len(best) == 0 {
		return nil, false
	}
	top := best[0]
	if top.strong < strongLeast*x.idf(0) {
		return nil, false
	}
	if top.coverage >= coverEnough {
		return top.passage, true
	}
	next := 0.0
	for _, f := range best[1:] {
		if f.passage.document != top.passage.document {
			next = f.score
			break
		}
	}
	return top.passage, top.coverage >= coverFew && top.score >= leadEnough*next
}

// anyWord says that one of the words of text, or with first the first of
// them, is in the list.
func (x *index) anyWord(text []byte, list map[string]bool, first bool) bool {
	n, found := 0, false
	eachWord(text, func(word []byte) {
		n++
		found = found || (n == 1 || !first) && list[string(word)]
	})
	return found
}

// goingOn are first words of a turn that follows another.
var goingOn = map[string]map[string]bool{
	"en": set("and but so then it that those they also"),
	"de": set("und aber also dann das die es auch"),
	"fr": set("et mais alors ca cela aussi"),
	"es": set("y pero entonces eso tambien"),
	"he": set("ו אבל אז זה וגם ומה ואיך וכמה"),
}

// choose picks the sentences of the passage that fit what is wanted: from the
// best one on, in order. A sentence that leans on the one before ("It ...")
// brings it along.
func (x *index) choose(p *passage, all []wanted) []string {
	best, at := -1.0, 0
	for i, s := range p.sentences {
		got, _ := x.lookUp(nil, []byte(s), 1)
		score := 0.0
		for _, w := range all {
			if w.term != nil && slices.ContainsFunc(got, func(o wanted) bool { return o.term == w.term }) {
				score += w.weight * w.term.idf
			}
		}
		if score > best+1e-9 {
			best, at = score, i
		}
	}
	switch {
	case len(fitting(p.sentences)) == len(p.sentences):
		at = 0
	case at > 0 && x.anyWord([]byte(p.sentences[at]), pointsBack[x.language], true):
		at--
	}
	return fitting(p.sentences[at:])
}

// fitting is as many of the sentences as are said at once.
func fitting(all []string) []string {
	chars := 0
	for i, s := range all {
		chars += utf8.RuneCountInString(s)
		if i == mostSentences || i > 0 && chars > mostChars {
			return all[:i]
		}
	}
	return all
}

// pointsBack are words for what was named before.
var pointsBack = map[string]map[string]bool{
	"en": set("it its this that these those they their he she then there after such"),
	"de": set("es das dies dieser diese dieses er sie dann dort danach"),
	"fr": set("il elle ils elles ce cela c ceci puis celui celle"),
	"es": set("esto eso este esta estos estas ello luego despues"),
	"he": set("זה זאת הוא היא הם הן אחר"),
}

// Passages yields the title and text of the at most n passages that fit the
// words best, for a model to answer from. Unlike an answer, they need not be
// sure. Documents in other languages are used only when there is nothing in
// this one.
func (k *Knowledge) Passages(language string, words session.Speech, n int) iter.Seq2[string, string] {
	return func(yield func(title, text string) bool) {
		text := words.AppendTo(nil)
		defer clear(text)
		if x := k.indexes[primary(language)]; x != nil && x.fitting(text, n, 0, yield) {
			return
		}
		for _, other := range k.Languages() {
			if other != primary(language) && k.indexes[other].fitting(text, n, coverEnough, yield) {
				return
			}
		}
	}
}

// fitting yields the passages that fit and says whether there were any.
func (x *index) fitting(text []byte, n int, cover float64, yield func(title, text string) bool) bool {
	all, _ := x.lookUp(nil, text, 1)
	any := false
	for _, f := range x.search(all, n) {
		if f.strong < strongLeast*x.idf(0) || f.coverage < cover {
			continue
		}
		any = true
		if !yield(f.passage.document.title, f.passage.text()) {
			break
		}
	}
	return any
}

// text is the passage as one text, under its heading.
func (p *passage) text() string {
	var all []byte
	if p.heading != "" {
		all = append(append(all, p.heading...), ". "...)
	}
	for i, s := range p.sentences {
		if i > 0 {
			all = append(all, ' ')
		}
		all = append(all, s...)
	}
	return string(all)
}

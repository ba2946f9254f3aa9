package resident

import (
	"bytes"
	"iter"
	"slices"
	"unicode/utf8"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// Whether an answer is given at all is the sum of these, which must be above
// zero. The weights are a logistic regression over questions with an answer
// and without one; none of the held-out ones was among them.
const (
	sureBase    = -5.8
	sureCover   = 5.7  // times the share of the question that the passage has
	sureLike    = 0.9  // times how much the question is like one that was foreseen
	sureMissing = -4.6 // times the share of the question that no document has
	sureLead    = 1.2  // times the lead over the next document
	sureContent = 4.3  // when six words or more are not stop words; in proportion below
	sureToward  = 2.0  // when it is about the avatar or what is here
)

// Other limits of an answer.
const (
	besideQuestion = 0.6  // weight of a sentence beside the question
	strongLeast    = 0.1  // the rarest word that fits, as a share of the idf of a word in no document: frequent words alone answer nothing
	strongOffer    = 0.26 // the same for a passage that a model is to answer from
	coverOffer     = 0.45 // for one in another language than the one spoken
	fewest         = 3    // content words, to be worth mentioning
	coverNear      = 0.34 // with that
	likeNear       = 0.45 // or with this
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
	near   string // set by find: what comes near, when nothing is an answer; may be empty
}

func (q *question) clear() {
	clear(q.now[:cap(q.now)])
	clear(q.before[:cap(q.before)])
}

// find returns the passage that answers the question, or nil.
func (x *index) find(q *question) (*passage, []wanted) {
	all, content := x.lookUpTurn(q.now)
	// "What will they see?": what is meant was said in the turn before.
	leaning := len(q.before) > 0 && content <= 1 && x.anyWord(q.now, pointsBack[x.language], false)
	if !leaning {
		if best, sure := x.judge(q, all, content); sure {
			return best, all
		}
	}
	// "And for how long?": too little of its own, so the turn before counts.
	if leaning || len(q.before) > 0 && (content <= 2 || x.anyWord(q.now, goingOn[x.language], true)) {
		both, more := x.lookUp(slices.Clone(all), q.before, earlierTurn)
		if best, sure := x.judge(q, both, content+more); sure {
			return best, both
		}
	}
	return nil, nil
}

// lookUpTurn looks a turn up. Of several sentences with a question among them
// the others say what it is about, and may have words that no document has.
func (x *index) lookUpTurn(text []byte) (all []wanted, content int) {
	several := bytes.IndexByte(text, '?') >= 0
	for len(text) > 0 {
		end := 1 + bytes.IndexAny(text, ".?!")
		if end == 0 {
			end = len(text)
		}
		factor := 1.0
		if several && text[end-1] != '?' {
			factor = besideQuestion
		}
		n := 0
		all, n = x.lookUp(all, text[:end], factor)
		content += n
		text = text[end:]
	}
	return all, content
}

// judge searches and says whether the best passage is an answer to a question
// of so many content words.
func (x *index) judge(q *question, all []wanted, content int) (*passage, bool) {
	best := x.search(all, 8)
	if len(best) == 0 {
		return nil, false
	}
	top := best[0]
	q.remember(&top, content)
	if top.strong < strongLeast*x.idf(0) {
		return nil, false
	}
	next := 0.0
	for _, f := range best[1:] {
		if f.passage.document != top.passage.document {
			next = max(next, f.score)
		}
	}
	sure := sureBase + sureCover*top.coverage + sureLike*min(1, top.like) + sureMissing*top.missing
	sure += sureLead*(1-next/top.score) + sureContent*min(1, float64(content)/6)
	if x.anyWord(q.now, toward[x.language], false) {
		sure += sureToward
	}
	return top.passage, sure > 0
}

// remember notes the title and heading of what may be meant by a question
// that has no answer. Who says them gets the passage.
func (q *question) remember(top *found, content int) {
	fits := content >= fewest && top.coverage >= coverNear
	if top.passage.heading != "" && (fits || top.like >= likeNear) {
		q.near = top.passage.document.title + ": " + top.passage.heading
	}
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

// toward are words with which a question is about whom it is put to, or about
// what is here, rather than about the world.
var toward = map[string]map[string]bool{
	"en": set("you your yours yourself u this here these it"),
	"de": set("du dich dir dein deine deiner deinen deinem sie ihr ihre ihren ihnen das dies diese dieser dieses diesem hier es"),
	"fr": set("tu te t toi ton ta tes vous votre vos ce cet cette ces ici ca cela c"),
	"es": set("tu te ti contigo tus usted ustedes su sus esto este esta estos estas aqui eso"),
	"he": set("אתה את אתם לך שלך לכם שלכם אותך איתך זה זאת הזה הזאת כאן פה"),
}

// pointsBack are words for what was named before.
var pointsBack = map[string]map[string]bool{
	"en": set("it its this that these those they their he she then there after such"),
	"de": set("es das dies dieser diese dieses er sie dann dort danach"),
	"fr": set("il elle ils elles ce cela c ceci puis celui celle"),
	"es": set("esto eso este esta estos estas ello luego despues"),
	"he": set("זה זאת הוא היא הם הן אחר"),
}

// Passages yields the place and text of the at most n passages that fit the
// words best, for a model to answer from. Unlike an answer, they need not be
// sure. Documents in other languages are used only when there is nothing in
// this one.
func (k *Knowledge) Passages(language string, words session.Speech, n int) iter.Seq2[avatar.Reference, string] {
	return func(yield func(from avatar.Reference, text string) bool) {
		text := words.AppendTo(nil)
		defer clear(text)
		if x := k.indexes[primary(language)]; x != nil && x.fitting(text, n, 0, yield) {
			return
		}
		for _, other := range k.Languages() {
			if other != primary(language) && k.indexes[other].fitting(text, n, coverOffer, yield) {
				return
			}
		}
	}
}

// fitting yields the passages that fit and says whether there were any.
func (x *index) fitting(text []byte, n int, cover float64, yield func(from avatar.Reference, text string) bool) bool {
	all, _ := x.lookUp(nil, text, 1)
	any := false
	for _, f := range x.search(all, n) {
		if f.strong < strongOffer*x.idf(0) || f.coverage < cover {
			continue
		}
		any = true
		if !yield(f.passage.reference(), f.passage.text()) {
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

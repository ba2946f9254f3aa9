package resident

import (
	"math"
	"slices"
)

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
	var document *Document // of the passage before
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
func (x *index) isNamed(d *Document, all []wanted) bool {
	named := 0
	for _, w := range all {
		if w.term != nil && x.titles[d][w.term] {
			named++
		}
	}
	return named > 0 && named == len(x.titles[d])
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

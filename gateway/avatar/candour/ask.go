package candour

// asks says in which language the loaded text asks what the avatar is; the
// empty locale means in none. Two judges are heard for each language: the
// grammar, which knows wordings, and the classifier, which knows what wordings
// have in common. The grammar's yes stands unless the classifier is far from
// it, and the classifier's counts by itself when it is sure.
func (r *reader) asks(prefer string) (locale string) {
	prefer = primary(prefer)
	best := float32(0)
	for i := range grammars() {
		g := &grammars()[i]
		m := r.margin(g)
		if m > 0 && g.locale == prefer {
			return g.locale
		}
		if m > best {
			best, locale = m, g.locale
		}
	}
	return locale
}

// margin is by how much the text is more than is needed to be a question in
// one language; from zero down it is none.
func (r *reader) margin(g *grammar) float32 {
	r.cut(0, g.split)
	need := g.model.sure
	mark := r.classify(g)
	if r.mach.run(g.prog, r.kept, mark)&asks != 0 {
		need = g.model.doubt
	}
	return r.score(g) - need
}

// score is the classifier's for the sentence that scores most.
func (r *reader) score(g *grammar) float32 {
	best := float32(lowest)
	r.view.look(r.toks.list, r.work, g.classes, r.name)
	r.view.windows(r.toks.list, r.work, func(f []uint32) { best = max(best, g.model.score(f)) })
	return best
}

// lowest is below every score.
const lowest = -1e9

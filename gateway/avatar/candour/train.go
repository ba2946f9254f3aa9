package candour

import "slices"

// Features are what a classifier of a language sees of a text: for each of
// its sentences the features, each of which is in the bucket of its remainder
// by Buckets. With shared set they are only those that mean the same in every
// language. It is what .ci/gen/candour learns the weights from; a gateway does
// not call it.
func Features(locale string, text []byte, shared bool) (all [][]uint32) {
	r := reader{view: view{shared: shared}}
	r.text.add(text)
	for i := range grammars() {
		if g := &grammars()[i]; g.locale == locale {
			r.cut(0, g.split)
			r.view.look(r.toks.list, r.work, g.classes, nil)
			r.view.windows(r.toks.list, r.work, func(f []uint32) { all = append(all, slices.Clone(f)) })
		}
	}
	return all
}

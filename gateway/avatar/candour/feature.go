package candour

// A classifier sees a sentence as a set of numbers, its features: hashes of
// words, of parts of words, of classes and of their order. What they are made
// of cannot be had back from the sum that is left of them.

// A feature's kind is hashed with it, so that a word is not taken for a pair.
const (
	featWord uint64 = iota + 1
	featSymbol
	featPair
	featTriple
	featSkip
	featPart
	featClass
	featClasses
	featThree
	featOrder
	featFirst
	featLast
	featBefore
	featAfter
	featAsk
	featLength
)

// A sentence longer than this many words is read in windows of so many, that
// begin so many words apart.
const (
	windowWords = 18
	windowStep  = 9
	aroundWords = 8 // how much of the sentence before and after is seen
)

// view is what features are made from: a number for every token. Its memory
// is used again and cleared by wipe.
type view struct {
	words   []uint64 // hash of the word; 0 at the end of a sentence
	symbols []uint64 // hash of its class, or of the word if it has none
	masks   []uint32 // its classes
	feats   []uint32
	shared  bool // only features that mean the same in every language
}

func (v *view) wipe() {
	clear(v.words[:cap(v.words)])
	clear(v.symbols[:cap(v.symbols)])
	clear(v.masks[:cap(v.masks)])
	clear(v.feats[:cap(v.feats)])
	v.words, v.symbols, v.masks, v.feats = v.words[:0], v.symbols[:0], v.masks[:0], v.feats[:0]
}

// size is its memory, in bytes.
func (v *view) size() int {
	return 8*cap(v.words) + 8*cap(v.symbols) + 4*cap(v.masks) + 4*cap(v.feats)
}

// look fills the view from tokens, with the classes of one language.
func (v *view) look(toks []token, runes []rune, x *lexicon, own name) {
	v.reserve(len(toks))
	for i, t := range toks {
		w := runes[t.from:t.to]
		v.words[i], v.symbols[i], v.masks[i] = 0, 0, 0
		switch {
		case t.kind == edge:
		case t.kind == number:
			v.words[i], v.symbols[i] = 1, 1
		case own.has(w):
			v.words[i], v.symbols[i], v.masks[i] = 2, symbolOf(classYou), 1<<classYou
		default:
			v.words[i] = hash(w, -1)
			v.symbols[i] = v.words[i]
			if s := x.look(w); s != nil && s[0] != 0 {
				v.masks[i] = uint32(s[0])
				for c := range classKinds {
					if s.has(int(c)) {
						v.symbols[i] = symbolOf(c)
						break
					}
				}
			}
		}
	}
}

// symbolOf is the number of a class as a symbol. Words hash to larger ones.
func symbolOf(c class) uint64 { return 16 + uint64(c) }

// isShared says whether a feature means the same in every language: it is
// made of classes and of no word.
func isShared(kind, a, b, c uint64) bool {
	switch kind {
	case featClass, featClasses, featThree, featOrder:
		return true
	case featSymbol, featPair, featTriple, featSkip:
		return max(a, b, c) < symbolOf(classKinds)
	}
	return false
}

// reserve makes room for n tokens without leaving a copy behind.
func (v *view) reserve(n int) {
	if cap(v.words) < n {
		v.wipe()
		v.words, v.symbols, v.masks = make([]uint64, n), make([]uint64, n), make([]uint32, n)
	}
	v.words, v.symbols, v.masks = v.words[:n], v.symbols[:n], v.masks[:n]
	if v.feats == nil {
		v.feats = make([]uint32, 0, windowWords*64)
	}
}

func (v *view) emit(kind uint64, a, b, c uint64) {
	if v.shared && !isShared(kind, a, b, c) {
		return
	}
	h := kind * 0x9e3779b97f4a7c15
	h = (h ^ a) * 0xff51afd7ed558ccd
	h ^= h >> 32
	h = (h ^ b) * 0xc4ceb9fe1a85ec53
	h ^= h >> 29
	h = (h ^ c) * 0x9e3779b97f4a7c15
	v.put(uint32(h >> 32))
}

// put adds a feature, and grows without leaving a copy behind.
func (v *view) put(f uint32) {
	if len(v.feats) == cap(v.feats) {
		old := v.feats
		v.feats = make([]uint32, len(old), 2*cap(old))
		copy(v.feats, old)
		clear(old)
	}
	v.feats = append(v.feats, f)
}

// windows calls with the features of each part of the text that is judged by
// itself: its sentences, and pieces of long ones.
func (v *view) windows(toks []token, runes []rune, with func(feats []uint32)) {
	for from := 0; from < len(toks); {
		to := from
		for to < len(toks) && toks[to].kind != edge {
			to++
		}
		for at := from; at < to; at += windowStep {
			end := min(at+windowWords, to)
			v.feats = v.feats[:0]
			v.features(toks, runes, at, end)
			with(v.feats)
			if end == to {
				break
			}
		}
		from = to + 1
	}
}

// features makes those of the tokens from at to end.
func (v *view) features(toks []token, runes []rune, at, end int) {
	var mask uint32
	var first, last [classKinds]int
	for c := range first {
		first[c] = -1
	}
	for i := at; i < end; i++ {
		v.emit(featWord, v.words[i], 0, 0)
		if v.symbols[i] != v.words[i] {
			v.emit(featSymbol, v.symbols[i], 0, 0)
		}
		next, after := uint64(3), uint64(3)
		if i+1 < end {
			next = v.symbols[i+1]
		}
		if i+2 < end {
			after = v.symbols[i+2]
		}
		v.emit(featPair, v.symbols[i], next, 0)
		v.emit(featTriple, v.symbols[i], next, after)
		for j := i + 2; j < min(i+5, end); j++ {
			v.emit(featSkip, v.symbols[i], v.symbols[j], 0)
		}
		if toks[i].kind == word {
			v.parts(runes[toks[i].from:toks[i].to])
		}
		for c := range classKinds {
			if v.masks[i]&(1<<c) == 0 {
				continue
			}
			mask |= 1 << c
			if first[c] < 0 {
				first[c] = i
			}
			last[c] = i
		}
	}
	v.ordered(mask, &first, &last)
	v.emit(featFirst, v.symbols[at], 0, 0)
	if at+1 < end {
		v.emit(featFirst, v.symbols[at], v.symbols[at+1], 0)
		v.emit(featLast, v.symbols[end-2], v.symbols[end-1], 0)
	}
	v.emit(featLast, v.symbols[end-1], 0, 0)
	v.emit(featLength, min(uint64(end-at), 12), 0, 0)
	if end < len(toks) && toks[end].ask {
		v.emit(featAsk, 0, 0, 0)
	}
	for n, i := 0, at-2; i >= 0 && n < aroundWords; n, i = n+1, i-1 {
		v.emit(featBefore, v.symbols[i], 0, 0)
	}
	for n, i := 0, end+1; i < len(toks) && n < aroundWords; n, i = n+1, i+1 {
		v.emit(featAfter, v.symbols[i], 0, 0)
	}
}

// ordered makes the features of which classes there are and how they stand
// to each other: in twos, and in threes with the class of others or of a
// topic, which often make another question of it.
func (v *view) ordered(mask uint32, first, last *[classKinds]int) {
	for a := range classKinds {
		if mask&(1<<a) == 0 {
			continue
		}
		v.emit(featClass, uint64(a), 0, 0)
		for b := range classKinds {
			if a == b || mask&(1<<b) == 0 {
				continue
			}
			if a < b {
				v.emit(featClasses, uint64(a), uint64(b), 0)
				for c := b + 1; c < classKinds; c++ {
					if mask&(1<<c) != 0 {
						v.emit(featThree, uint64(a), uint64(b), uint64(c))
					}
				}
			}
			if first[a] < last[b] {
				gap := last[b] - first[a]
				switch {
				case gap > 6:
					gap = 4
				case gap > 3:
					gap = 3
				}
				v.emit(featOrder, uint64(a), uint64(b), uint64(gap))
			}
		}
	}
}

// parts makes the features of three to five letters of a word, with its
// beginning and its end.
func (v *view) parts(w []rune) {
	if len(w) > longestWord {
		return
	}
	n := len(w) + 2
	letter := func(i int) uint64 {
		if i == 0 || i == n-1 {
			return 1
		}
		return uint64(w[i-1])
	}
	for i := range n {
		h := uint64(14695981039346656037)
		for k := range 5 {
			if i+k >= n {
				break
			}
			h = (h ^ letter(i+k)) * 1099511628211
			if k >= 2 {
				v.emit(featPart, h, 0, 0)
			}
		}
	}
}

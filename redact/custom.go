package redact

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"unicode/utf8"
)

// What own patterns and words may cost.
const (
	MostPatterns = 32
	MostWords    = 1000
	longestMatch = 128    // bytes that a pattern can match, and of a word
	mostWork     = 40_000 // steps of all patterns together at one byte of a text: states times length
)

// custom is what a tenant wants found beside what is recognised.
type custom struct {
	starts   [256]bool // the bytes that something begins with
	patterns []pattern
	words    [][]byte // folded, in order
	longest  int      // of the words, in bytes
}

type pattern struct {
	expression *regexp.Regexp
	longest    int // bytes
}

// newCustom returns nil where nothing is asked for. The error names every
// pattern and word that cannot be taken, by its place.
func newCustom(patterns, words []string) (*custom, error) {
	if len(patterns)+len(words) == 0 {
		return nil, nil
	}
	c := &custom{}
	var wrong []error
	if len(patterns) > MostPatterns {
		wrong = append(wrong, errors.New("there are more than "+strconv.Itoa(MostPatterns)+" patterns"))
		patterns = nil
	}
	if len(words) > MostWords {
		wrong = append(wrong, errors.New("there are more than "+strconv.Itoa(MostWords)+" words"))
		words = nil
	}
	work := 0
	for i, text := range patterns {
		cost, err := c.pattern(text)
		if err != nil {
			wrong = append(wrong, errors.New("pattern "+strconv.Itoa(i+1)+": "+err.Error()))
		}
		work += cost
	}
	if work > mostWork {
		wrong = append(wrong, errors.New("the patterns together cost too much; give fewer, or bound what they repeat closer"))
	}
	for i, text := range words {
		if err := c.word(text); err != nil {
			wrong = append(wrong, errors.New("word "+strconv.Itoa(i+1)+": "+err.Error()))
		}
	}
	slices.SortFunc(c.words, slices.Compare[[]byte])
	return c, errors.Join(wrong...)
}

// CheckPattern says what is wrong with a pattern, or nil: RE2, of 128 bytes at
// most, not empty, and without ^, $ and \b: what is found stands alone anyway.
func CheckPattern(text string) error {
	_, err := (&custom{}).pattern(text)
	return err
}

// CheckWord says the same of a word.
func CheckWord(text string) error { return (&custom{}).word(text) }

func (c *custom) pattern(text string) (cost int, err error) {
	if len(text) > 1024 || !utf8.ValidString(text) {
		return 0, errors.New("write at most 1024 bytes of UTF-8")
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, errors.New("this is no regular expression (RE2): " + string(err.(*syntax.Error).Code))
	}
	shortest, longest := lengths(tree)
	switch {
	case longest > longestMatch:
		return 0, errors.New("it can match more than " + strconv.Itoa(longestMatch) + " bytes; bound what it repeats, as {1,20}")
	case shortest < 2:
		return 0, errors.New("it can match fewer than two bytes")
	case asserts(tree):
		return 0, errors.New(`leave out ^, $, \b and \B: what is found has to stand alone anyway`)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0, errors.New("this is no regular expression (RE2)")
	}
	expression := regexp.MustCompile(`^(?:` + text + `)`)
	expression.Longest()
	for b := range c.starts {
		c.starts[b] = c.starts[b] || begins(tree, byte(b))
	}
	c.patterns = append(c.patterns, pattern{expression, longest})
	return len(program.Inst) * longest, nil
}

// lengths are the fewest and the most bytes that an expression matches. More
// than longestMatch is as good as no bound.
func lengths(t *syntax.Regexp) (least, most int) {
	const many = longestMatch + 1
	switch t.Op {
	case syntax.OpLiteral:
		for _, r := range t.Rune {
			n := utf8.RuneLen(r)
			least, most = least+n, most+n
			if t.Flags&syntax.FoldCase != 0 {
				least, most = least-n+1, most-n+utf8.UTFMax
			}
		}
	case syntax.OpCharClass:
		least, most = utf8.UTFMax, 1
		for i := 0; i < len(t.Rune); i += 2 {
			least, most = min(least, utf8.RuneLen(t.Rune[i])), max(most, max(utf8.RuneLen(t.Rune[i+1]), 3))
			if t.Rune[i+1] < utf8.RuneSelf {
				most = max(1, most)
			}
		}
		if n := len(t.Rune); n > 0 && t.Rune[n-1] < utf8.RuneSelf {
			most = 1
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, utf8.UTFMax
	case syntax.OpCapture:
		return lengths(t.Sub[0])
	case syntax.OpConcat:
		for _, sub := range t.Sub {
			l, m := lengths(sub)
			least, most = least+l, min(most+m, many)
		}
	case syntax.OpAlternate:
		least = many
		for _, sub := range t.Sub {
			l, m := lengths(sub)
			least, most = min(least, l), max(most, m)
		}
	case syntax.OpStar:
		return 0, many
	case syntax.OpPlus:
		l, _ := lengths(t.Sub[0])
		return l, many
	case syntax.OpQuest:
		_, m := lengths(t.Sub[0])
		return 0, m
	case syntax.OpRepeat:
		l, m := lengths(t.Sub[0])
		if t.Max < 0 {
			return l * t.Min, many
		}
		return min(l*t.Min, many), min(m*t.Max, many)
	}
	return least, most
}

// asserts says whether an expression looks at what stands around it.
func asserts(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	return slices.ContainsFunc(t.Sub, asserts)
}

// begins says whether what an expression matches may begin with the byte.
// What begins with a character outside ASCII may begin with any byte of one.
func begins(t *syntax.Regexp, b byte) bool {
	switch t.Op {
	case syntax.OpLiteral:
		r := t.Rune[0]
		if t.Flags&syntax.FoldCase != 0 {
			return b >= utf8.RuneSelf || lower(rune(b)) == lower(r)
		}
		return r < utf8.RuneSelf && rune(b) == r || r >= utf8.RuneSelf && b >= 0xC0
	case syntax.OpCharClass:
		for i := 0; i < len(t.Rune); i += 2 {
			if t.Rune[i] <= rune(b) && rune(b) <= t.Rune[i+1] && b < utf8.RuneSelf || b >= 0xC0 && t.Rune[i+1] >= utf8.RuneSelf {
				return true
			}
		}
		return false
	case syntax.OpConcat:
		for _, sub := range t.Sub {
			if begins(sub, b) {
				return true
			}
			if least, _ := lengths(sub); least > 0 {
				return false
			}
		}
		return false
	case syntax.OpEmptyMatch, syntax.OpNoMatch:
		return false
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return b < utf8.RuneSelf || b >= 0xC0
	}
	return slices.ContainsFunc(t.Sub, func(sub *syntax.Regexp) bool { return begins(sub, b) })
}

func (c *custom) word(text string) error {
	folded := foldWord(nil, []byte(text))
	if len(folded) < 2 || len(text) > longestMatch || !utf8.ValidString(text) {
		return errors.New("write 2 to " + strconv.Itoa(longestMatch) + " bytes of UTF-8")
	}
	c.words = append(c.words, folded)
	c.longest = max(c.longest, len(folded))
	c.starts[folded[0]] = true
	c.starts[upper(rune(folded[0]))] = true
	if folded[0] >= utf8.RuneSelf {
		for b := 0xC0; b < 0x100; b++ {
			c.starts[b] = true
		}
	}
	return nil
}

// foldWord appends the text in small letters.
func foldWord(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		dst = utf8.AppendRune(dst, lowerRune(r))
		text = text[n:]
	}
	return dst
}

// own finds what begins at byte i. It stands alone: no letter and no digit
// touches it, but for those of scripts that do not separate words.
func (c *custom) own(w *window, i int) (Span, bool) {
	before, _ := w.visibleBefore(i)
	if first, _, _ := w.visible(i); touch(before, first) || w.short {
		return Span{}, false
	}
	text := w.b[i:min(len(w.b), i+longestMatch+utf8.UTFMax)]
	if len(text) < longestMatch+utf8.UTFMax && !w.last {
		w.short = true // the longest match counts
		return Span{}, false
	}
	for k := 1; k < len(text); k++ { // a mark stands for itself
		if (text[k] == '[' || text[k] == dropped[0]) && w.markAt(i+k) {
			text = text[:k]
		}
	}
	end := c.listed(text)
	for range 8 { // a shorter one may stand alone where the longest does not
		longest := 0
		for _, p := range c.patterns {
			if at := p.expression.FindIndex(text); at != nil {
				longest = max(longest, at[1])
			}
		}
		if longest <= end {
			break
		}
		if w.standsAt(i + longest) {
			end = longest
			break
		}
		for longest--; longest > end && !w.standsAt(i+longest); {
			longest--
		}
		text = text[:longest]
	}
	if _, next, _ := w.visible(i + end); end == 0 || w.markAt(next) || !w.standsAt(i+end) {
		return Span{}, false
	}
	return Span{Start: i, End: i + end, Kind: Custom}, true
}

// standsAt says whether a word may end before byte i.
func (w *window) standsAt(i int) bool {
	if i < len(w.b) && !utf8.RuneStart(w.b[i]) {
		return false
	}
	last, _ := w.visibleBefore(i)
	next, _, _ := w.visible(i)
	return !touch(last, next)
}

// touch says whether two characters belong to one word.
func touch(a, b rune) bool { return (isWord(a) || a == letter) && (isWord(b) || b == letter) }

// listed is the length of the longest word that the text begins with and that
// ends there.
func (c *custom) listed(text []byte) (end int) {
	low, high := 0, len(c.words)
	var one [utf8.UTFMax]byte
	depth := 0
	for at := 0; at < len(text) && low < high; {
		r, n := utf8.DecodeRune(text[at:])
		for _, b := range utf8.AppendRune(one[:0], lowerRune(r)) {
			from, to := low, high
			low = from + search(c.words[from:to], depth, b)
			high = low
			if b < 255 {
				high = from + search(c.words[from:to], depth, b+1)
			}
			depth++
		}
		at += n
		if low < high && len(c.words[low]) == depth {
			next, _ := utf8.DecodeRune(text[at:])
			if at == len(text) || !touch(fold(r), fold(next)) {
				end = at
			}
		}
	}
	return end
}

// search is how many of the words, which are the same before byte depth, have
// less than b there.
func search(words [][]byte, depth int, b byte) int {
	low, high := 0, len(words)
	for low < high {
		m := (low + high) / 2
		if len(words[m]) <= depth || words[m][depth] < b {
			low = m + 1
		} else {
			high = m
		}
	}
	return low
}

// trigger is trigger, and stops where something of a tenant's own may begin,
// and at marks.
func (c *custom) trigger(b []byte, i int) int {
	until := trigger(b, i)
	for ; i < until; i++ {
		if c.starts[b[i]] || b[i] == '[' {
			return i
		}
	}
	return until
}

// next finds something of a tenant's own at byte i. If a mark begins there, n
// is its length, so that nothing is found in it.
func (c *custom) next(w *window, i, n int) (m Span, found bool, size int) {
	if mark := w.markEnd(i); mark > i {
		return Span{}, false, mark - i
	}
	if !w.short && c.starts[w.b[i]] {
		m, found = c.own(w, i)
	}
	return m, found, n
}

// markEnd is where the mark ends that begins at byte i, or i.
func (w *window) markEnd(i int) int {
	if w.b[i] == '[' && w.markAt(i) {
		for k := i; k-i < longestMark; k++ {
			if w.byteAt(k) == ']' {
				return k + 1
			}
		}
	}
	return i
}

// beforeMark is byte h of a text that is decided up to there, or where the mark
// begins that it lies in: who looks from within would not see that it is one.
func (w *window) beforeMark(h int) int {
	for i := h - 1; i >= max(h-longestMark, w.floor); i-- {
		if w.aim(i); w.b[i] == '[' && w.markEnd(i) > h {
			h = i
		}
		w.short = false
	}
	return h
}

// longestMark is more than the length of any mark with its token.
const longestMark = 40

// before finds something of a tenant's own between byte i and where a value
// begins that showed itself before it: "password is ".
func (c *custom) before(w *window, i, start int) (Span, bool) {
	for ; i < start; i++ {
		if c.starts[w.b[i]] {
			if m, ok := c.own(w, i); ok || w.short {
				return m, ok
			}
		}
	}
	return Span{}, false
}

package candour

// kind says what a token is.
type kind uint8

const (
	word   kind = iota // letters, perhaps with digits
	number             // digits only
	edge               // the end of a sentence
)

// token is a word or the end of a sentence, by its place in the folded runes.
type token struct {
	from, to int32
	kind     kind
	clause   bool // a comma, a bracket or a dash stands before it
	ask      bool // edge: a question mark is among its marks
	quoted   bool
	set      *set // the classes that the word belongs to in one language, or nil
}

// is says whether the token is a word of the class.
func (t *token) is(class int) bool { return t.set != nil && t.set.has(class) }

// A word longer than this is no word of a pattern, whatever it is.
const longestWord = 40

// tokens cuts a folded text into words. Its memory is used again and cleared
// by wipe. The runes of a word are made uniform in place: leet digits become
// letters and letters that are repeated three times or more become one.
type tokens struct {
	list []token
	// The places of the text, in runes, of which tokens were asked for.
	mark int
}

func (t *tokens) wipe() {
	clear(t.list[:cap(t.list)])
	t.list = t.list[:0]
	t.mark = 0
}

// cut makes the tokens of runes. from is where the text begins that counts:
// mark becomes the number of the first token at or after it. split says that
// an apostrophe ends a word (French), instead of being passed over.
func (t *tokens) cut(runes []rune, from int, split bool) {
	t.list = t.list[:0]
	t.mark = -1
	clause := false
	open := -1 // the first token of the quotation that is open
	single := false
	for i := 0; i < len(runes); {
		if t.mark < 0 && i >= from {
			t.mark = len(t.list)
		}
		r := runes[i]
		if isWord(r) {
			j := t.word(runes, i, split)
			t.list[len(t.list)-1].clause = clause
			clause = false
			i = j
			continue
		}
		i++
		switch r {
		case clauseEdge:
			clause = true
		case '-':
			// A dash between spaces cuts a sentence, a hyphen joins words.
			if i >= 2 && i < len(runes) && runes[i-2] == space && runes[i] == space {
				clause = true
			}
		case textEdge, askEdge:
			t.edge(i, r == askEdge)
			clause = false
		case openMark:
			open, single = len(t.list), false
			clause = true
		case quoteMark:
			clause = true
			if open >= 0 && !single {
				t.quote(open)
				open = -1
			} else {
				open, single = len(t.list), false
			}
		case apostrophe:
			opens := i < len(runes) && isWord(runes[i]) && (i < 2 || runes[i-2] == space)
			switch {
			case single && open >= 0:
				t.quote(open)
				open, clause = -1, true
			case opens && open < 0:
				open, single = len(t.list), true
			}
		}
	}
	if t.mark < 0 {
		t.mark = len(t.list)
	}
	t.dropQuotes()
}

// word adds the word that begins at i and returns where it ends.
func (t *tokens) word(runes []rune, i int, split bool) int {
	out, letters, digits, dots, latin := i, 0, 0, 0, false
	j := i
	for ; j < len(runes); j++ {
		r := runes[j]
		next := rune(space)
		if j+1 < len(runes) {
			next = runes[j+1]
		}
		switch {
		case isWord(r) || (r == '@' || r == '$') && isWord(next):
			if isDigit(r) {
				digits++
			} else {
				letters++
			}
			latin = latin || isLatin(r)
			runes[out] = r
			out++
			continue
		case r == apostrophe && isWord(next) && !split:
			continue
		case r == quoteMark && isHebrew(runes[j-1]) && isHebrew(next):
			continue // gershayim
		case r == textEdge && out-i == dots+1 && isWord(next):
			dots++
			continue // A.I.
		case r == textEdge && isDigit(runes[j-1]) && isDigit(next):
			continue
		}
		break
	}
	end := out
	if latin && digits > 0 {
		for k := i; k < end; k++ {
			runes[k] = leet(runes[k])
		}
	} else if latin {
		for k := i; k < end; k++ {
			if runes[k] == '@' || runes[k] == '$' {
				runes[k] = leet(runes[k])
			}
		}
	}
	if letters > 0 {
		end = squeeze(runes, i, end)
	}
	for k := end; k < j; k++ {
		runes[k] = space
	}
	k := word
	if letters == 0 {
		k = number
	}
	t.list = append(t.list, token{from: int32(i), to: int32(end), kind: k})
	return j
}

// squeeze makes one letter of three or more: "huuuman".
func squeeze(runes []rune, from, to int) int {
	out := from
	for i := from; i < to; {
		j := i
		for j < to && runes[j] == runes[i] {
			j++
		}
		n := j - i
		if n > 2 {
			n = 1
		}
		for ; n > 0; n-- {
			runes[out] = runes[i]
			out++
		}
		i = j
	}
	return out
}

// edge adds the end of a sentence; marks that follow each other are one.
func (t *tokens) edge(at int, ask bool) {
	if n := len(t.list); n > 0 && t.list[n-1].kind == edge {
		t.list[n-1].ask = t.list[n-1].ask || ask
		return
	}
	if len(t.list) == 0 {
		return
	}
	t.list = append(t.list, token{from: int32(at), to: int32(at), kind: edge, ask: ask})
}

// quote marks the words from number on as quoted, if they are more than two
// or a sentence: one or two words in quotation marks are stressed rather than
// quoted.
func (t *tokens) quote(from int) {
	words, sentences := 0, 0
	for _, k := range t.list[from:] {
		if k.kind != edge {
			words++
		} else if words > 0 {
			sentences++
		}
	}
	if words <= 2 && sentences == 0 {
		return
	}
	for i := from; i < len(t.list); i++ {
		t.list[i].quoted = true
	}
}

// dropQuotes takes quoted words out, unless everything is quoted.
func (t *tokens) dropQuotes() {
	outside := false
	for _, k := range t.list {
		if !k.quoted && k.kind != edge {
			outside = true
			break
		}
	}
	if !outside {
		return
	}
	out, mark := 0, t.mark
	for i, k := range t.list {
		if i == t.mark {
			mark = out
		}
		if k.quoted {
			if k.kind != edge || i+1 < len(t.list) && t.list[i+1].quoted {
				continue
			}
			k.quoted = false
		}
		t.list[out] = k
		out++
	}
	if t.mark >= len(t.list) {
		mark = out
	}
	clear(t.list[out:])
	t.list, t.mark = t.list[:out], mark
}

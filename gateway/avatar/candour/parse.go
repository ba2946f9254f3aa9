package candour

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The language of the grammar files:
//
//	# to the end of the line              a remark
//	  (a line that begins with a space)   goes on with the line before
//	NAME : are r OTHER                    a class: words, and all of another class
//	~NAME : robot machine                 the same, with misspellings
//	+NAME : ...                           the same, each word also behind each prefix; ~+NAME for both
//	prefixes : ה ו ש                      the prefixes, before they are used
//	known : humane reel                   words that are no misspelling of any
//	fillers : please lol                  words that are passed over, as if they were not there
//	NAME = ...                            an expression to use in others
//	asks > ...                            a rule; also asks-not, quiet, claims, claims-not
//
// In an expression:
//
//	word NAME ( a | b ) x? x* x+          a word, a class or an expression, choice, repetition
//	_ _3                                  any word, up to three of any
//	NUMBER                                digits
//	PERSONA                               a word of the avatar's own name
//	^ $ , %                               here a sentence begins, ends; a part of one begins or ends; a question ends
//	/                                     the end of a sentence, to go over into the next
//	!NAME &NAME                           the next word is not, is of the class
type compiler struct {
	lex      *lexicon
	prog     *program
	class    map[string]int
	words    map[string][]string // of a class, for unions
	macro    map[string][]string
	soft     map[string]bool // classes with misspellings
	inside   int             // depth of expressions used in expressions
	prefixes []string
}

// compile reads the grammar of one language.
func compile(text string) (*program, *lexicon, error) {
	c := &compiler{
		lex: newLexicon(), prog: &program{},
		class: map[string]int{}, words: map[string][]string{},
		macro: map[string][]string{}, soft: map[string]bool{},
	}
	c.class["fillers"], c.class["PERSONA"] = fillers, persona
	lines := logicalLines(text)
	for _, rules := range []bool{false, true} { // names may be used before they are given
		for _, line := range lines {
			if isRule(line) != rules {
				continue
			}
			if err := c.line(line); err != nil {
				return nil, nil, fmt.Errorf("grammar: %q: %w", line, err)
			}
		}
	}
	c.prog.index()
	return c.prog, c.lex, nil
}

// logicalLines joins lines that go on and drops remarks.
func logicalLines(text string) (lines []string) {
	for raw := range strings.Lines(text) {
		if i := strings.IndexByte(raw, '#'); i >= 0 {
			raw = raw[:i]
		}
		l := strings.TrimRight(raw, " \t\r\n")
		switch {
		case l == "":
		case l[0] == ' ' || l[0] == '\t':
			if len(lines) > 0 {
				lines[len(lines)-1] += " " + strings.TrimLeft(l, " \t")
			}
		default:
			lines = append(lines, l)
		}
	}
	return lines
}

var verdicts = map[string]verdict{
	"asks": asks, "asks-not": asksNot, "quiet": quiet, "claims": claims, "claims-not": claimsNot,
}

func isRule(line string) bool {
	_, rest, _ := strings.Cut(line, " ")
	return strings.HasPrefix(rest, ">")
}

func (c *compiler) line(l string) error {
	name, rest, ok := strings.Cut(l, " ")
	if !ok || len(rest) < 2 {
		return fmt.Errorf("nothing defined")
	}
	sign, rest := rest[0], rest[1:]
	switch sign {
	case ':':
		words := strings.Fields(rest)
		if name == "prefixes" {
			c.prefixes = words
			return nil
		}
		if name == "fillers" {
			for _, w := range words {
				c.lex.put(foldWord(w), fillers, false)
			}
			return nil
		}
		name, soft := strings.CutPrefix(name, "~")
		name, prefixed := strings.CutPrefix(name, "+")
		if prefixed {
			for _, w := range words[:len(words):len(words)] {
				if isName(w) {
					continue
				}
				for _, p := range c.prefixes {
					words = append(words, p+w)
				}
			}
		}
		return c.defineClass(name, words, soft)
	case '=':
		if _, twice := c.macro[name]; twice {
			return fmt.Errorf("defined twice")
		}
		c.macro[name] = lexExpr(rest)
		return nil
	case '>':
		v, ok := verdicts[name]
		if !ok {
			return fmt.Errorf("no such rule")
		}
		return c.rule(v, lexExpr(rest))
	}
	return fmt.Errorf("no sign after the name")
}

func (c *compiler) newClass(name string) (int, error) {
	n := len(c.class)
	if n >= maxClasses {
		return 0, fmt.Errorf("more than %d classes", maxClasses)
	}
	c.class[name] = n
	return n, nil
}

func (c *compiler) defineClass(name string, words []string, soft bool) error {
	if name == "known" {
		for _, w := range words {
			c.lex.put(foldWord(w), -1, false)
		}
		return nil
	}
	if _, twice := c.class[name]; twice {
		return fmt.Errorf("defined twice")
	}
	n, err := c.newClass(name)
	if err != nil {
		return err
	}
	c.soft[name] = soft
	var all []string
	for _, w := range words {
		if !isName(w) {
			c.lex.put(foldWord(w), n, soft)
			all = append(all, w)
			continue
		}
		inner, ok := c.words[w]
		if !ok {
			return fmt.Errorf("no class %s", w)
		}
		for _, x := range inner {
			c.lex.put(foldWord(x), n, soft || c.soft[w])
			all = append(all, x)
		}
	}
	c.words[name] = all
	return nil
}

func isName(s string) bool {
	return s[0] >= 'A' && s[0] <= 'Z'
}

// foldWord folds a word of a grammar as the words of a text are folded.
func foldWord(w string) []rune {
	var f folded
	f.add([]byte(w))
	var t tokens
	t.cut(f.runes, 0, false)
	if len(t.list) != 1 {
		return []rune(w)
	}
	return f.runes[t.list[0].from:t.list[0].to]
}

// lexExpr cuts an expression into its signs and names.
func lexExpr(s string) (out []string) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsSpace(r):
			i += n
		case strings.ContainsRune("()|?*+^$,%/", r):
			out = append(out, s[i:i+n])
			i += n
		default:
			j := i + n
			for j < len(s) {
				q, m := utf8.DecodeRuneInString(s[j:])
				if unicode.IsSpace(q) || strings.ContainsRune("()|?*+^$,%/", q) {
					break
				}
				j += m
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out
}

// rule compiles one rule and adds it to the starts.
func (c *compiler) rule(v verdict, toks []string) error {
	match := c.emit(instr{op: opMatch, found: v})
	p := parser{c: c, toks: toks}
	pc, err := p.choice(match)
	if err != nil {
		return err
	}
	if len(p.toks) > 0 {
		return fmt.Errorf("%q is left over", p.toks[0])
	}
	c.prog.starts = append(c.prog.starts, start{pc: pc})
	return nil
}

func (c *compiler) emit(in instr) int {
	c.prog.code = append(c.prog.code, in)
	return len(c.prog.code) - 1
}

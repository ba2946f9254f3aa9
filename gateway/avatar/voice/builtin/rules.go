package builtin

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed rules.txt
var rulesText string

// rule turns letters in a context into sounds; rules.txt explains the marks.
type rule struct {
	left, letters, right string
	sounds               []sounded
}

// sounded is a phone as a word has it. Vowels carry stress: 0 none, 1 main,
// 2 second, and while a word is being worked out open (not decided) or never.
type sounded struct {
	phone  phone
	stress uint8
}

const (
	open  uint8 = 3
	never uint8 = 4
)

// rules are indexed by the first letter they eat.
type rules [26][]rule

// parseRules reads the text of rules.txt.
func parseRules(text string, names map[string]phone) (*rules, error) {
	var rs rules
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		left, rest, ok1 := strings.Cut(line, "[")
		letters, rest, ok2 := strings.Cut(rest, "]")
		right, out, ok3 := strings.Cut(rest, "=")
		if !ok1 || !ok2 || !ok3 || letters == "" || letters[0] < 'a' || letters[0] > 'z' {
			return nil, fmt.Errorf("builtin: rule in line %d is malformed", i+1)
		}
		r := rule{left: left, letters: letters, right: right}
		for _, name := range strings.Fields(out) {
			p, ok := names[strings.ToUpper(name)]
			if !ok {
				return nil, fmt.Errorf("builtin: rule in line %d names an unknown sound", i+1)
			}
			s := sounded{phone: p}
			if p.is(vowel) {
				s.stress = open
				if name[0] >= 'a' {
					s.stress = never
				}
			}
			r.sounds = append(r.sounds, s)
		}
		k := letters[0] - 'a'
		rs[k] = append(rs[k], r)
	}
	return &rs, nil
}

// apply gives the sounds of a word in small letters a to z and, for each, the
// letter it came from.
func (rs *rules) apply(w string) (out []sounded, at []int) {
	for i := 0; i < len(w); {
		n := 1
		if c := w[i]; c >= 'a' && c <= 'z' {
			for k := range rs[c-'a'] {
				r := &rs[c-'a'][k]
				if !strings.HasPrefix(w[i:], r.letters) || !matchLeft(r.left, w[:i]) || !matchRight(r.right, w[i+len(r.letters):]) {
					continue
				}
				for _, s := range r.sounds {
					out, at = append(out, s), append(at, i)
				}
				n = len(r.letters)
				break
			}
		}
		i += n
	}
	return out, at
}

// span is how far a context looks; beyond it every run of letters is equal.
const span = 8

func matchLeft(pattern, w string) bool {
	if len(pattern) == 0 {
		return true
	}
	p, rest := pattern[len(pattern)-1], pattern[:len(pattern)-1]
	last := byte('_')
	if len(w) > 0 {
		last = w[len(w)-1]
	}
	switch p {
	case '_':
		return w == "" && rest == ""
	case 'V':
		n := 0
		for n < min(len(w), span) && isVowel(w[len(w)-1-n]) {
			n++
		}
		return n > 0 && matchLeft(rest, w[:len(w)-n])
	case 'K':
		n := 0
		for n < min(len(w), span) && isConsonant(w[len(w)-1-n]) {
			n++
		}
		return matchLeft(rest, w[:len(w)-n])
	}
	return matchClass(p, last) && len(w) > 0 && matchLeft(rest, w[:len(w)-1])
}

func matchRight(pattern, w string) bool {
	if pattern == "" {
		return true
	}
	p, rest := pattern[0], pattern[1:]
	next := byte('_')
	if len(w) > 0 {
		next = w[0]
	}
	switch p {
	case '_':
		return w == ""
	case 'V':
		n := 0
		for n < min(len(w), span) && isVowel(w[n]) {
			n++
		}
		return n > 0 && matchRight(rest, w[n:])
	case 'K':
		n := 0
		for n < min(len(w), span) && isConsonant(w[n]) {
			n++
		}
		return matchRight(rest, w[n:])
	case 'E':
		switch w {
		case "e", "es", "ed", "er", "ers", "ing", "ings", "ely", "eful", "eless", "ement", "ements", "eness":
			return true
		}
		return false
	}
	return matchClass(p, next) && len(w) > 0 && matchRight(rest, w[1:])
}

func matchClass(p, c byte) bool {
	switch p {
	case 'C':
		return isConsonant(c)
	case 'F':
		return c == 'e' || c == 'i' || c == 'y'
	case 'X':
		return strings.IndexByte("fkpstcxhq", c) >= 0
	case 'D':
		return strings.IndexByte("bdgjlmnrvwz", c) >= 0
	}
	return p == c
}

func isVowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func isConsonant(c byte) bool { return c >= 'a' && c <= 'z' && !isVowel(c) }

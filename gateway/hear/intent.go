package hear

import (
	"bytes"
	"strings"

	"mayfly/session"
)

// IntentOf is what somebody asks for with the whole of an utterance, spoken or
// typed: politeness around it and a recogniser's slips are borne, but words
// that only mention it are not. locale is BCP 47; English is understood beside
// it, and without it all languages are. It neither keeps nor forgets words.
func IntentOf(locale string, words session.Speech) Intent {
	if n := words.Len(); n == 0 || n > 400 {
		return None // no command is that long
	}
	buf := words.AppendTo(make([]byte, 0, words.Len()))
	defer clear(buf[:cap(buf)])
	said := utteranceOf(buf)
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	known := false
	for i := range asking {
		known = known || asking[i].language == language
	}
	for i := range asking {
		a := &asking[i]
		if known && a.language != language && a.language != "en" {
			continue
		}
		rest := a.polite.strip(said)
		for _, p := range a.record {
			if p.matches(rest, 2) {
				return OffTheRecord
			}
		}
		for _, p := range a.human {
			if p.matches(rest, 2) {
				return Human
			}
		}
	}
	return None
}

// between is what may stand anywhere in a command: sounds, and one kind word.
var between = list("um umm uhm uh uhh er erm hm hmm mm äh ähm öh euh heu eh em ehm אה אהה אממ אהמ המ please bitte בבקשה")

// mostSaid is how many words a command has at most, with its politeness.
const mostSaid = 24

// utteranceOf is all words of a text, or none if they are too many to be a
// command. They lie in buf, which is changed.
func utteranceOf(buf []byte) (all [][]byte) {
	for rest := buf; len(rest) > 0; {
		i := bytes.IndexAny(rest, " \t\n.,!?;:…()\u00a0¿¡")
		word := rest
		if i >= 0 {
			word, rest = rest[:i], rest[i+1:]
		} else {
			rest = nil
		}
		var t tokens
		t.cut(word)
		for j := range t.kept() {
			if !between.has(t.first(j)) {
				all = append(all, t.first(j))
			}
		}
		if len(all) > mostSaid {
			return nil
		}
	}
	return all
}

// politeness is what may stand before and after a command.
type politeness struct{ words, pairs set }

func (p *politeness) strip(said [][]byte) [][]byte {
	for again := true; again && len(said) > 0; {
		n := len(said)
		switch {
		case p.words.has(said[0]):
			said = said[1:]
		case p.words.has(said[n-1]):
			said = said[:n-1]
		case n > 1 && p.pairs.hasTwo(said[0], said[1]):
			said = said[2:]
		case n > 1 && p.pairs.hasTwo(said[n-2], said[n-1]):
			said = said[:n-2]
		default:
			again = false
		}
	}
	return said
}

// pattern is a command: in each place one of several phrases.
type pattern []place

// place is the phrases that may stand there; the empty one, if it may be left
// out; rest takes in up to seven words, as "..." at the end of a phrase does.
type place struct {
	phrases [][]string
	rest    bool
}

// compile reads "a [b|c d|] e": words, and groups of alternatives, an empty one
// for what may be left out. "..." is any words, up to seven.
func compile(text string) (p pattern) {
	for len(text) > 0 {
		text = strings.TrimLeft(text, " ")
		if inner, ok := strings.CutPrefix(text, "["); ok {
			group, after, _ := strings.Cut(inner, "]")
			var at place
			for phrase := range strings.SplitSeq(group, "|") {
				at.phrases = append(at.phrases, strings.Fields(phrase))
			}
			p, text = append(p, at), after
			continue
		}
		word, after, _ := strings.Cut(text, " ")
		switch word {
		case "":
		case "...":
			p = append(p, place{rest: true})
		default:
			p = append(p, place{phrases: [][]string{{word}}})
		}
		text = after
	}
	return p
}

// literally is a phrase as a pattern.
func literally(phrase []string) pattern { return pattern{{phrases: [][]string{phrase}}} }

// matches says whether the words are the command, with so many slips.
func (p pattern) matches(said [][]byte, slips int) bool {
	if len(p) == 0 {
		return len(said) == 0
	}
	if p[0].rest {
		return len(p) == 1 && len(said) > 0 && len(said) <= 7
	}
	for _, phrase := range p[0].phrases {
		if n := len(phrase) - 1; n >= 0 && phrase[n] == "..." {
			if pattern := append(literally(phrase[:n]), place{rest: true}); len(p) == 1 && pattern.matches(said, slips) {
				return true
			}
			continue
		}
		if len(phrase) > len(said) {
			continue
		}
		left := slips
		for i, want := range phrase {
			if left -= slip(said[i], want); left < 0 {
				break
			}
		}
		if left >= 0 && p[1:].matches(said[len(phrase):], left) {
			return true
		}
	}
	return false
}

// slip is 0 for the word, 1 for one that a recogniser takes for it: a letter
// is another, is missing, is too much, or an accent is gone; 9 for another word.
func slip(got []byte, want string) int {
	if string(got) == want {
		return 0
	}
	g, w := []rune(string(got)), []rune(want)
	defer clear(g)
	if len(w) < 5 || len(g) > len(w)+1 || len(g) < len(w)-1 || g[0] != w[0] {
		return 9
	}
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	j := 0
	for j < len(g)-i && j < len(w)-i && g[len(g)-1-j] == w[len(w)-1-j] {
		j++
	}
	if len(g)-i-j <= 1 && len(w)-i-j <= 1 {
		return 1
	}
	return 9
}

package resident

import (
	"embed"
	"strings"
	"sync"

	"mayfly/gateway/avatar/resident/stem"
)

// A lexicon says which words stand for nearly the same thing, so that "wipe"
// finds "deleted". It is about talking to a machine and what becomes of the
// words, in general: nothing in it belongs to one set of documents.
type lexicon struct {
	words   map[string][]int32 // classes of a stem, or of two with a space between them
	classes int
	light   map[string]bool // stems that say little of what a text is about
	far     map[string]bool // stems, or two, of what most documents are not about
}

//go:embed lexicon/*.txt
var lexiconFiles embed.FS

// lexicons are read when a language is first needed.
var lexicons = map[string]func() *lexicon{}

func init() {
	for name := range languages {
		lexicons[name] = sync.OnceValue(func() *lexicon {
			text, err := lexiconFiles.ReadFile("lexicon/" + name + ".txt")
			if err != nil {
				panic(err) // every language has one: a test loads them all
			}
			return readLexicon(name, string(text))
		})
	}
}

// readLexicon reads one class a line, its words with commas between them. A
// line that begins with "~" has light words, one with "!" far ones.
func readLexicon(language, text string) *lexicon {
	l := &lexicon{words: map[string][]int32{}, light: map[string]bool{}, far: map[string]bool{}}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		class, list := int32(l.classes), map[string]bool(nil)
		switch line[0] {
		case '~':
			list = l.light
		case '!':
			list = l.far
		default:
			l.classes++
		}
		for words := range strings.SplitSeq(line, ",") {
			key := ""
			eachWord([]byte(words), func(word []byte) {
				if key != "" {
					key += " "
				}
				key += string(stem.Word(language, word))
			})
			if list != nil {
				list[key] = true
			} else if key == "" {
				continue
			} else if all := l.words[key]; len(all) == 0 || all[len(all)-1] != class {
				l.words[key] = append(all, class)
			}
		}
	}
	return l
}

// of returns the classes of a stem, or of two with a space between them; nil
// when there are none or no lexicon.
func (l *lexicon) of(key []byte) []int32 {
	if l == nil {
		return nil
	}
	return l.words[string(key)]
}

func (l *lexicon) isLight(key []byte) bool { return l != nil && l.light[string(key)] }
func (l *lexicon) isFar(key []byte) bool   { return l != nil && l.far[string(key)] }

// eachPair calls f for every word of text, folded, with its stem, and with the
// stem of the word before and its own, a space between them; pair is empty for
// the first word. All are f's until the next call and are cleared in the end.
func eachPair(language string, text []byte, f func(word, key, pair []byte)) {
	const longest = 256 // of a word that eachWord gives, so nothing is left behind by growing
	pair := make([]byte, 0, 2*longest+1)
	now := make([]byte, 0, longest)
	eachWord(text, func(word []byte) {
		now = stem.Word(language, append(now[:0], word...))
		if len(pair) > 0 {
			pair = append(append(pair, ' '), now...)
		}
		f(word, now, pair)
		pair = append(pair[:0], now...)
	})
	clear(pair[:cap(pair)])
	clear(now[:cap(now)])
}

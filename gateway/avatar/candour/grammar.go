package candour

import (
	"embed"
	"strings"
	"sync"
)

// The grammars are data: a speaker of the language can read and better them.
//
//go:embed grammar/*.txt
var files embed.FS

// grammar is what one language says about humans and machines.
type grammar struct {
	locale  string
	split   bool // an apostrophe ends a word: l'homme
	prog    *program
	lex     *lexicon
	classes *lexicon // of words, for the classifier
	model   model
}

// Locales are the languages that are understood, by their primary subtags.
func Locales() []string { return []string{"en", "de", "fr", "es", "he"} }

// grammars compiles all languages once; nothing changes them afterwards.
var grammars = sync.OnceValue(func() []grammar {
	var all []grammar
	for _, l := range Locales() {
		b, err := files.ReadFile("grammar/" + l + ".txt")
		if err != nil {
			panic("candour: " + l + " has no grammar")
		}
		p, x, err := compile(string(b))
		if err != nil {
			panic("candour: " + l + ": " + err.Error())
		}
		all = append(all, grammar{locale: l, split: l == "fr", prog: p, lex: x, classes: readClasses(l), model: readModel(l)})
	}
	return all
})

// primary gives the primary subtag of a BCP 47 tag in lower case.
func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(tag)
}

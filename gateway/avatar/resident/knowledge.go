package resident

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Knowledge is a set of documents that can be searched. It does not change
// once made and may be used by any number of goroutines.
type Knowledge struct {
	documents []*Document
	indexes   map[string]*index // by primary language subtag
}

//go:embed demo/*.md
var demo embed.FS

// Demo is the built-in knowledge: what Mayfly is and what it does with data.
func Demo() (*Knowledge, error) {
	documents, err := DemoDocuments()
	if err != nil {
		return nil, err
	}
	return Collect(documents), nil
}

// DemoDocuments are the documents of the built-in knowledge.
func DemoDocuments() (all []*Document, err error) {
	files, err := fs.Glob(demo, "demo/*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := demo.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, Parse(path.Base(name), text))
	}
	return all, nil
}

// Collect makes documents searchable, in their order. They may be part of
// several collections.
func Collect(documents []*Document) *Knowledge {
	k := &Knowledge{documents: documents, indexes: map[string]*index{}}
	for _, d := range documents {
		x := k.indexes[d.language]
		if x == nil {
			x = newIndex(d.language)
			k.indexes[d.language] = x
		}
		for _, p := range d.passages {
			x.add(p)
		}
	}
	for _, x := range k.indexes {
		x.finish()
	}
	return k
}

// Languages lists the primary subtags of the languages that there are
// documents in, in alphabetical order.
func (k *Knowledge) Languages() []string {
	var all []string
	for language := range k.indexes {
		all = append(all, language)
	}
	slices.Sort(all)
	return all
}

// Titles lists the documents' titles in a language, in the order in which they
// were collected.
func (k *Knowledge) Titles(language string) []string {
	var all []string
	for _, d := range k.documents {
		if d.language == primary(language) {
			all = append(all, d.title)
		}
	}
	return all
}

// primary is the primary subtag of a BCP 47 tag, in small letters.
func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(tag)
}

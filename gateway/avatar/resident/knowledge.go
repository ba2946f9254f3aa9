package resident

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a knowledge base may hold. A folder beyond this belongs in a search
// engine, not in the memory of a gateway.
const (
	MaxFiles     = 2000
	MaxFileBytes = 1 << 20
	MaxBytes     = 32 << 20
)

// Knowledge is a set of documents that can be searched. It does not change
// once loaded and may be used by any number of goroutines.
type Knowledge struct {
	documents []document
	indexes   map[string]*index // by primary language subtag
}

// document is one file.
type document struct {
	name     string // its path
	title    string
	language string // primary subtag
	passages []*passage
}

// passage is a few sentences under one heading, the unit of search.
type passage struct {
	document  *document
	heading   string   // empty for what stands before the first
	also      []string // other words that people use for it; searched, never said
	asked     []string // questions that it answers; searched, never said
	sentences []string
	next      *passage // the one that follows in the same document
}

//go:embed demo/*.md
var demo embed.FS

// Demo is the built-in knowledge: what Mayfly is and what it does with data.
func Demo() (*Knowledge, error) {
	files, err := fs.Sub(demo, "demo")
	if err != nil {
		return nil, err
	}
	return Load(files)
}

// Load reads every .md and .txt file of fsys and of its folders, except those
// whose name begins with a dot. To load a folder of the disk, hand in the FS
// of an os.Root, so that a link cannot lead out of it.
//
// A document's language is the one in its front matter ("language: de"), else
// in its name ("hours.de.md", "de.md") or folder ("de/hours.md"), else it is
// guessed from its words. A comment under a heading, "<!-- also: tape, save -->",
// holds other words that people use for the section, and one "<!-- asked:" with
// a question on every line up to "-->" the questions that it answers: they are
// searched and never said. All problems are reported at once, each with the
// file and what to do; a knowledge base with a problem is not used at all.
func Load(fsys fs.FS) (*Knowledge, error) {
	k := &Knowledge{indexes: map[string]*index{}}
	var problems []error
	files, total := 0, 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			problems = append(problems, problem(name, reason(err), "make it readable or remove it"))
			return nil
		}
		if base := path.Base(name); name != "." && strings.HasPrefix(base, ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		ext := strings.ToLower(path.Ext(name))
		if entry.IsDir() || ext != ".md" && ext != ".txt" {
			return nil
		}
		if files++; files > MaxFiles {
			problems = append(problems, problem(name, fmt.Sprintf("is beyond the first %d files", MaxFiles), "use fewer files"))
			return fs.SkipAll
		}
		text, err := read(fsys, name)
		if err != nil {
			problems = append(problems, err)
			return nil
		}
		if total += len(text); total > MaxBytes {
			problems = append(problems, problem(name, fmt.Sprintf("is beyond the first %d MiB", MaxBytes>>20), "use fewer or shorter files"))
			return fs.SkipAll
		}
		d := parse(name, text)
		if len(d.passages) == 0 {
			problems = append(problems, problem(name, "has no sentence in it", "write something or remove it"))
			return nil
		}
		k.documents = append(k.documents, *d)
		return nil
	})
	if err != nil {
		problems = append(problems, err)
	}
	if files == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("knowledge: no .md or .txt file; add one, or leave the knowledge folder out"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	k.index()
	return k, nil
}

// read reads one file within bounds.
func read(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		return nil, problem(name, reason(err), "make it readable or remove it")
	case !info.Mode().IsRegular():
		return nil, problem(name, "is not a regular file", "remove it")
	case info.Size() > MaxFileBytes:
		return nil, problem(name, fmt.Sprintf("is larger than %d MiB", MaxFileBytes>>20), "split it")
	}
	text, err := fs.ReadFile(fsys, name)
	switch {
	case err != nil:
		return nil, problem(name, reason(err), "make it readable or remove it")
	case len(text) > MaxFileBytes:
		return nil, problem(name, fmt.Sprintf("is larger than %d MiB", MaxFileBytes>>20), "split it")
	case !utf8.Valid(text):
		return nil, problem(name, "is not UTF-8", "save it as UTF-8")
	}
	return text, nil
}

func problem(name, what, remedy string) error {
	return fmt.Errorf("knowledge: %q %s; %s", name, what, remedy)
}

// reason is err without the path that it repeats.
func reason(err error) string {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		err = inner.Err
	}
	return "cannot be read: " + err.Error()
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

// Titles lists the documents' titles in a language, in the order of their
// paths.
func (k *Knowledge) Titles(language string) []string {
	var all []string
	for i := range k.documents {
		if k.documents[i].language == primary(language) {
			all = append(all, k.documents[i].title)
		}
	}
	return all
}

// index builds the indexes and the links between neighbours.
func (k *Knowledge) index() {
	for i := range k.documents {
		d := &k.documents[i]
		x := k.indexes[d.language]
		if x == nil {
			x = newIndex(d.language)
			k.indexes[d.language] = x
		}
		for j, p := range d.passages {
			p.document = d
			if j+1 < len(d.passages) {
				p.next = d.passages[j+1]
			}
			x.add(p)
		}
	}
	for _, x := range k.indexes {
		x.finish()
	}
}

// primary is the primary subtag of a BCP 47 tag, in small letters.
func primary(tag string) string {
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	return strings.ToLower(tag)
}

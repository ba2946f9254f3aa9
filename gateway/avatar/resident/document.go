package resident

import (
	"path"
	"strings"

	"mayfly/gateway/avatar"
)

// Document is one document, cut into passages. It does not change once made.
type Document struct {
	name     string // its path or address
	url      string // where a person finds it; empty: nowhere
	title    string
	language string // primary subtag
	passages []*passage
}

// passage is a few sentences under one heading, the unit of search.
type passage struct {
	document  *Document
	heading   string   // empty for what stands before the first
	page      int      // of the document, from 1; zero: it has none
	also      []string // other words that people use for it; searched, never said
	asked     []string // questions that it answers; searched, never said
	sentences []string
	next      *passage // the one that follows in the same document
}

// Parse reads Markdown (a name that ends with .md) or plain text in UTF-8.
//
// A document's language is the one in its front matter ("language: de"), else
// in its name ("hours.de.md", "de.md") or folder ("de/hours.md"), else it is
// guessed from its words. A comment under a heading, "<!-- also: tape, save -->",
// holds other words that people use for the section, and one "<!-- asked:" with
// a question on every line up to "-->" the questions that it answers: they are
// searched and never said.
func Parse(name string, text []byte) *Document { return ParseAt(name, "", text) }

// ParseAt is Parse for a document that people find at an address.
func ParseAt(name, url string, text []byte) *Document {
	d := parse(name, text)
	d.url = url
	return d
}

// Form is what a piece of a document is.
type Form uint8

// The forms.
const (
	Paragraph Form = iota
	Title          // of the document, the first time
	Heading
	Row // of a table: its cells between bars
)

// Piece is a piece of a document in another form than Markdown.
type Piece struct {
	Form Form
	Text string
	Page int // from 1; zero: it has none
}

// Compose makes a document of pieces. The title and the language, a BCP 47
// tag, may be empty: then the first title counts, and a name that tells the
// language, or a guess. url is where a person finds it; it may be empty.
func Compose(name, url, title, language string, pieces []Piece) *Document {
	p := &parser{doc: &Document{name: name, url: url, title: title, language: primary(language)}}
	if languages[p.doc.language] == nil {
		p.doc.language = languageOfName(name)
	}
	if p.doc.language == "" {
		var text []byte
		for _, piece := range pieces {
			text = append(append(text, piece.Text...), '\n')
			if len(text) > guessFrom {
				break
			}
		}
		p.doc.language = guess(text)
	}
	for _, piece := range pieces {
		if piece.Page != p.page {
			p.cut()
			p.page = piece.Page
		}
		text := strings.Join(strings.Fields(piece.Text), " ")
		switch {
		case text == "":
			p.endParagraph() // what stands on both sides of it is apart
		case piece.Form == Title, piece.Form == Heading:
			p.startSection(text, piece.Form == Title)
		case piece.Form == Row:
			p.row(text)
		default:
			p.endParagraph()
			p.paragraph = []string{text}
			p.endParagraph()
		}
	}
	return p.finish()
}

// finish ends the document and ties its passages together.
func (p *parser) finish() *Document {
	p.endSection()
	d := p.doc
	if d.title == "" {
		stem := strings.TrimSuffix(path.Base(d.name), path.Ext(d.name))
		d.title = strings.NewReplacer("-", " ", "_", " ").Replace(stem)
	}
	for i, passage := range d.passages {
		passage.document = d
		if i+1 < len(d.passages) {
			passage.next = d.passages[i+1]
		}
	}
	return d
}

// Title is what the document is called.
func (d *Document) Title() string { return d.title }

// Language is the primary subtag of its language.
func (d *Document) Language() string { return d.language }

// Passages is how many pieces of it can be found. None: there is no sentence
// in it.
func (d *Document) Passages() int { return len(d.passages) }

// Name is its path or address.
func (d *Document) Name() string { return d.name }

// Bytes is how long its words are, of those that are said.
func (d *Document) Bytes() (n int) {
	for _, p := range d.passages {
		for _, s := range p.sentences {
			n += len(s)
		}
	}
	return n
}

// Words is how many words it has, of those that are said.
func (d *Document) Words() (n int) {
	for _, p := range d.passages {
		for _, s := range p.sentences {
			n += len(strings.Fields(s))
		}
	}
	return n
}

// reference is where the passage is from, for people.
func (p *passage) reference() avatar.Reference {
	return avatar.Reference{Title: p.document.title, URL: p.document.url, Heading: p.heading, Page: p.page}
}

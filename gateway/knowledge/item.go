package knowledge

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"
	"unicode/utf8"

	"mayfly/gateway/avatar/resident"
)

// item is a source with the last good document that came of it. An item does
// not change: a new reading makes a new one.
type item struct {
	source   Source
	document *resident.Document // nil: none ever came of it
	sum      [sha256.Size]byte  // of what the document was read from
	page     *fetched           // of a page: what the server said of it
}

// form is how the words of a source are written.
type form uint8

const (
	unknown form = iota
	markdown
	plain
	hypertext
	portable // PDF
)

// formOf is the form of a file by the end of its name.
func formOf(name string) form {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return unknown
	}
	switch strings.ToLower(name[dot+1:]) {
	case "md", "markdown":
		return markdown
	case "txt":
		return plain
	case "html", "htm", "xhtml":
		return hypertext
	case "pdf":
		return portable
	}
	return unknown
}

func (f form) most() int {
	if f == portable {
		return MaxPDF
	}
	return MaxFile
}

// Words of mistakes: what is wrong, and what to do.
const (
	tooLargeText = "is larger than 1 MiB; split it"
	tooLargePDF  = "is larger than 16 MiB; split it"
	notUTF8      = "is not UTF-8; save it as UTF-8"
	noSentence   = "has no sentence in it; write something or remove it"
	unreadable   = "cannot be read; make it readable or remove it"
	unopened     = "cannot be opened where it is stored; give it again or remove it"
)

func (f form) tooLarge() string {
	if f == portable {
		return tooLargePDF
	}
	return tooLargeText
}

// read makes a document of data, or says what is wrong with it.
func (f form) read(ctx context.Context, name, url string, data []byte) (d *resident.Document, mistake string) {
	if len(data) > f.most() {
		return nil, f.tooLarge()
	}
	switch f {
	case portable:
		if d, mistake = readPDF(ctx, name, url, data); mistake != "" {
			return nil, mistake
		}
	case hypertext:
		if !utf8.Valid(data) {
			return nil, notUTF8
		}
		d = readHTML(name, url, visible(data))
	default:
		if !utf8.Valid(data) {
			return nil, notUTF8
		}
		as := name
		if f == markdown && !strings.HasSuffix(strings.ToLower(name), ".md") {
			as += ".md"
		}
		d = resident.ParseAt(as, url, visible(data))
	}
	if d.Passages() == 0 {
		return nil, noSentence
	}
	return d, ""
}

// renew is the item after a reading: with the new document, or with the old
// one and what is wrong.
func (it *item) renew(ctx context.Context, f form, url string, data []byte, now time.Time) *item {
	sum := sha256.Sum256(data)
	if it.document != nil && it.sum == sum {
		return it.with("")
	}
	d, mistake := f.read(ctx, it.source.Name, url, data)
	if mistake != "" {
		return it.with(mistake)
	}
	next := &item{document: d, sum: sum, page: it.page}
	next.source = Source{Name: it.source.Name, Title: d.Title(), Language: d.Language(), Bytes: len(data), Words: d.Words(), Passages: d.Passages(), Read: now}
	return next
}

// fixed is the item of a document that is part of the program.
func fixed(d *resident.Document) *item {
	it := &item{document: d, sum: sha256.Sum256([]byte(d.Name()))}
	it.source = Source{Name: d.Name(), Title: d.Title(), Language: d.Language(), Bytes: d.Bytes(), Words: d.Words(), Passages: d.Passages(), Read: time.Now()}
	return it
}

// with is the item with a mistake, or without one.
func (it *item) with(mistake string) *item {
	next := *it
	next.source.Mistake = mistake
	return &next
}

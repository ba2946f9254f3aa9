// Package pdftext reads the words of a PDF, page by page and line by line.
//
// A PDF is a program from somebody else. Here PDFium, the engine that Chromium
// shows PDFs with, runs as WebAssembly inside the process: it has a bounded
// memory of its own, no file, no network, no clock that matters, and it is
// stopped when the time is up. Nothing of a document is kept when Pages
// returns, no script in it is run, and no address in it is followed.
package pdftext

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// What a document may have. One beyond it is refused, not cut.
const (
	MaxBytes = 16 << 20         // of the file
	MaxPages = 500              // of the document
	MaxText  = 2 << 20          // bytes of its words
	MaxTime  = 30 * time.Second // to read it, after the engine is there
)

// Why a document cannot be read. Nothing of what is in it is in an error.
var (
	ErrEncrypted    = errors.New("it is locked with a password")
	ErrDamaged      = errors.New("it is damaged, or no PDF")
	ErrTooLarge     = errors.New("it is larger than 16 MiB, or has more than 2 MiB of words")
	ErrTooManyPages = errors.New("it has more than 500 pages")
	ErrSlow         = errors.New("it took longer than 30 seconds to read")
	ErrNoText       = errors.New("it has no words: its pages are pictures")
	ErrNoEngine     = errors.New("the PDF engine cannot run on this machine")
)

// Line is a line of text.
type Line struct {
	Text string
	Size float64 // of its letters, in points; zero: unknown
}

// Page is the lines of a page, from top to bottom.
type Page []Line

// Text is the page as one text, a line each.
func (p Page) Text() string {
	var b strings.Builder
	for i, l := range p {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l.Text)
	}
	return b.String()
}

// Pages reads a document. Words that nobody can see on its page (without
// colour, white, tiny, or outside of it) are left out, unless a page has no
// others: then they are the words of a scanned page. The error is one of those
// above, or ctx's.
func Pages(ctx context.Context, data []byte) ([]Page, error) {
	switch {
	case len(data) > MaxBytes:
		return nil, ErrTooLarge
	case !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		return nil, ErrDamaged
	}
	e, err := engine(ctx)
	if err != nil {
		return nil, err
	}
	defer e.leave()
	timed, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	in, err := e.pool.GetInstanceWithContext(timed)
	if err != nil {
		return nil, ErrNoEngine
	}
	// Whatever the document makes the engine do ends with the time.
	stop := context.AfterFunc(timed, func() { _ = in.Kill() })
	pages, err := read(in, data)
	if stop() {
		_ = in.Close()
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case timed.Err() != nil:
		return nil, ErrSlow
	}
	return pages, err
}

// read opens the document in an instance of its own.
func read(in pdfium.Pdfium, data []byte) (pages []Page, err error) {
	// The engine's bindings panic where a call was stopped half way.
	defer func() {
		if recover() != nil {
			pages, err = nil, ErrDamaged
		}
	}()
	d, err := in.OpenDocument(&requests.OpenDocument{File: &data})
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return nil, ErrEncrypted
	case err != nil:
		return nil, ErrDamaged
	}
	n, err := in.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.Document})
	switch {
	case err != nil || n.PageCount < 1:
		return nil, ErrDamaged
	case n.PageCount > MaxPages:
		return nil, ErrTooManyPages
	}
	size, words := 0, false
	for i := range n.PageCount {
		page, err := readPage(in, d.Document, i)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			size += len(l.Text)
			words = true
		}
		if size > MaxText {
			return nil, ErrTooLarge
		}
		pages = append(pages, page)
	}
	if !words {
		return nil, ErrNoText
	}
	return pages, nil
}

func readPage(in pdfium.Pdfium, document references.FPDF_DOCUMENT, index int) (Page, error) {
	loaded, err := in.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: document, Index: index})
	if err != nil {
		return nil, ErrDamaged
	}
	defer func() { _, _ = in.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) }()
	of := requests.Page{ByReference: &loaded.Page}
	text, err := in.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: of})
	if err != nil {
		return nil, ErrDamaged
	}
	defer func() { _, _ = in.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage}) }()
	n, err := in.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	switch {
	case err != nil:
		return nil, ErrDamaged
	case n.Count > MaxText:
		return nil, ErrTooLarge
	}
	s := &sight{in: in, text: text.TextPage}
	if box, err := in.FPDF_GetPageBoundingBox(&requests.FPDF_GetPageBoundingBox{Page: of}); err == nil {
		s.left, s.bottom, s.right, s.top = float64(box.Rect.Left), float64(box.Rect.Bottom), float64(box.Rect.Right), float64(box.Rect.Top)
	}
	seen, hidden := &page{}, &page{}
	at := seen
	inside := false // a word
	for i := range n.Count {
		c, err := in.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text.TextPage, Index: i})
		if err != nil {
			return nil, ErrDamaged
		}
		r := rune(c.Unicode)
		switch {
		case r == '\n' || r == '\r':
			seen.end()
			hidden.end()
			inside = false
			continue
		case r == ' ' || r == '\t' || r == '\u00a0':
			at.space()
			inside = false
			continue
		case !inside:
			inside = true
			size, visible := s.look(i)
			if at = hidden; visible {
				at = seen
			}
			at.size = max(at.size, size)
		}
		at.put(r)
	}
	seen.end()
	hidden.end()
	if len(seen.lines) > 0 {
		return seen.lines, nil
	}
	return hidden.lines, nil
}

// page collects the lines of one page.
type page struct {
	lines Page
	line  []byte
	gap   bool
	size  float64
}

func (p *page) space() { p.gap = len(p.line) > 0 }

func (p *page) put(r rune) {
	if p.gap {
		p.line = append(p.line, ' ')
		p.gap = false
	}
	switch {
	case r == '\u0002' || r == '\ufffe' || r == '\u00ad':
		// A hyphen that only the end of the line needs: the word goes on.
		p.line = append(p.line, "\u00ad"...)
	case r < ' ' || !utf8.ValidRune(r):
	default:
		if whole := ligatures[r]; whole != "" {
			p.line = append(p.line, whole...)
			break
		}
		p.line = utf8.AppendRune(p.line, r)
	}
}

func (p *page) end() {
	if len(p.line) > 0 {
		p.lines = append(p.lines, Line{string(p.line), p.size})
	}
	p.line, p.gap, p.size = p.line[:0], false, 0
}

// ligatures are letters that are drawn as one and are searched as several.
var ligatures = map[rune]string{'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "st", 'ﬆ': "st"}

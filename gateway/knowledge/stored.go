package knowledge

import (
	"bytes"
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// stored reads what is stored for the avatar, and what did not change as it
// was read before. Called with reading held.
func (b *Base) stored(ctx context.Context, now time.Time) ([]*item, error) {
	if b.options.Stored == nil {
		return nil, nil
	}
	list, err := b.options.Stored(ctx)
	if err != nil {
		return nil, errStored
	}
	former := map[string]*item{}
	for _, it := range b.items[len(b.options.Fixed):] {
		if it.page == nil {
			former[it.source.Name] = it
		}
	}
	var all []*item
	for _, d := range list {
		it := former[d.Name]
		if it == nil {
			it = &item{source: Source{Name: d.Name}}
		}
		switch {
		case it.document != nil && it.sum == d.Sum:
			it = it.with("")
		default:
			data, err := d.Read(ctx)
			if err != nil {
				it = it.with(unopened)
				break
			}
			it = it.renew(ctx, formOf(d.Name), "", data, now)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		all = append(all, it)
	}
	return all, nil
}

// Checked is a document that can be answered from.
type Checked struct {
	Words int
	Text  int // bytes of its words
}

// Check says what is wrong with a document that somebody gives, and what to do:
// with its name, or with what is in it. Nothing of either is in the words.
func Check(ctx context.Context, name string, data []byte) (c Checked, mistake string) {
	if mistake = checkName(name); mistake != "" {
		return c, mistake
	}
	f := formOf(name)
	if len(data) > f.most() {
		return c, f.tooLarge()
	}
	if mistake = f.mismatch(data); mistake != "" {
		return c, mistake
	}
	d, mistake := f.read(ctx, name, "", data)
	if mistake != "" {
		return c, mistake
	}
	return Checked{Words: d.Words(), Text: d.Bytes()}, ""
}

// checkName says what is wrong with the name of a document. It is one name and
// no path, and shown to people.
func checkName(name string) string {
	switch {
	case name == "" || len(name) > MaxName:
		return "has no name, or a longer one than 120 bytes; rename it"
	case !utf8.ValidString(name) || strings.HasPrefix(name, ".") || strings.TrimSpace(name) != name:
		return "has a name that begins with a dot or a space, or is no text; rename it"
	case strings.ContainsFunc(name, func(r rune) bool { return strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) || unseen(r) }):
		return "has a character in its name that not every system takes; rename it with letters, digits, spaces, dots and dashes"
	case formOf(name) == unknown:
		return "is none of .md, .txt, .html and .pdf by its name; save it as one of them"
	}
	return ""
}

// mismatch says that what is in a document is of another form than its name.
func (f form) mismatch(data []byte) string {
	head := data[:min(len(data), 1024)]
	pdf := bytes.Contains(head, []byte("%PDF-"))
	switch {
	case f == portable && !pdf:
		return "is not a PDF by what is in it; give it the name of what it is, or print it into a PDF"
	case f != portable && bytes.HasPrefix(head, []byte("%PDF-")):
		return "is a PDF by what is in it; let its name end with .pdf"
	case f == portable:
		return ""
	case bytes.IndexByte(data, 0) >= 0:
		return "is no text by what is in it; save it as Markdown, text, HTML or PDF"
	}
	first := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	if f != hypertext && (bytes.HasPrefix(first, []byte("<!doctype html")) || bytes.HasPrefix(first, []byte("<html"))) {
		return "is a page of HTML by what is in it; let its name end with .html"
	}
	return ""
}

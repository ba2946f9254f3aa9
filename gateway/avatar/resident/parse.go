package resident

import (
	"bytes"
	"path"
	"strings"

	"mayfly/gateway/avatar/sentence"
)

// passageSentences is how many sentences a passage has at most: a longer
// section becomes several passages under the same heading.
const passageSentences = 6

// parser turns one file into a document.
type parser struct {
	doc       *Document
	markdown  bool
	page      int // that is under way
	heading   string
	also      []string
	asked     []string
	paragraph []string // the lines of the paragraph under way
	header    []string // the cells of a table's first row
	said      []string // the sentences of the section under way
	fence     string   // what ends the code block under way
	comment   bool     // inside a comment of several lines
	note      string   // its text so far
}

// parse reads Markdown or plain text. It accepts everything: what it does not
// know is text.
func parse(name string, text []byte) *Document {
	p := &parser{doc: &Document{name: name}, markdown: strings.ToLower(path.Ext(name)) == ".md"}
	body := strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n")
	if p.markdown {
		body = p.frontMatter(body)
	}
	if p.doc.language == "" {
		p.doc.language = languageOfName(name)
	}
	if p.doc.language == "" {
		p.doc.language = guess(text)
	}
	for line := range strings.SplitSeq(body, "\n") {
		if p.markdown {
			p.line(line)
		} else {
			p.plain(line)
		}
	}
	return p.finish()
}

// frontMatter reads "title:" and "language:" from between two lines of
// dashes at the beginning, and returns what follows.
func (p *parser) frontMatter(body string) string {
	rest, ok := strings.CutPrefix(body, "---\n")
	if !ok {
		return body
	}
	head, rest, ok := strings.Cut(rest, "\n---")
	if !ok {
		return body
	}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ":")
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		switch strings.TrimSpace(key) {
		case "title":
			p.doc.title = value
		case "language", "lang":
			p.doc.language = primary(value)
		}
	}
	_, rest, _ = strings.Cut(rest, "\n")
	return rest
}

func (p *parser) line(line string) {
	text := strings.TrimSpace(line)
	if p.fence != "" {
		if strings.HasPrefix(text, p.fence) {
			p.fence = ""
		}
		return
	}
	if p.comment || strings.HasPrefix(text, "<!--") {
		p.remark(text)
		return
	}
	switch {
	case text == "":
		p.endParagraph()
	case strings.HasPrefix(text, "```"), strings.HasPrefix(text, "~~~"):
		p.endParagraph()
		p.fence = text[:3]
	case isHeading(text):
		p.startSection(inline(strings.TrimRight(strings.TrimLeft(text, "#"), "# ")), text[1] != '#')
	case len(p.paragraph) > 0 && (strings.Trim(text, "=") == "" || strings.Trim(text, "-") == ""):
		title := inline(strings.Join(p.paragraph, " ")) // underlined heading
		p.paragraph = nil
		p.startSection(title, text[0] == '=')
	case strings.HasPrefix(text, "|"):
		p.row(text)
	case len(p.paragraph) == 0 && (strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")) && !isItem(text):
		// Indented code is left out.
	case isItem(text):
		p.endParagraph()
		p.paragraph = []string{item(text)}
	case strings.HasPrefix(text, "> "):
		p.paragraph = append(p.paragraph, text[2:])
	case strings.Trim(text, "-*_ ") == "":
		p.endParagraph()
	default:
		p.paragraph = append(p.paragraph, text)
	}
}

// plain reads a line of plain text. A short first line without a full stop is
// the title.
func (p *parser) plain(line string) {
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		p.endParagraph()
	case p.doc.title == "" && len(p.said) == 0 && len(p.paragraph) == 0 && len(text) < 80 && !strings.ContainsAny(text[len(text)-1:], ".!?,:;"):
		p.doc.title = text
	case isItem(text):
		p.endParagraph()
		p.paragraph = []string{item(text)}
	default:
		p.paragraph = append(p.paragraph, text)
	}
}

// remark reads a comment: "<!-- also: ... -->" gives other words for the
// section, "<!-- asked: ... -->" questions that it answers, one a line.
// Everything else is left out.
func (p *parser) remark(text string) {
	p.comment = true
	p.note += strings.TrimPrefix(text, "<!--") + "\n"
	note, _, ended := strings.Cut(p.note, "-->")
	if !ended {
		return
	}
	note = strings.TrimSpace(note)
	if also, ok := strings.CutPrefix(note, "also:"); ok {
		p.also = append(p.also, strings.Split(strings.ReplaceAll(also, "\n", " "), ",")...)
	}
	if asked, ok := strings.CutPrefix(note, "asked:"); ok {
		p.asked = append(p.asked, strings.Split(strings.TrimSpace(asked), "\n")...)
	}
	p.comment, p.note = false, ""
}

// row reads a table's row as "heading: cell" pairs, so that it makes sense to
// who cannot see the columns.
func (p *parser) row(text string) {
	if len(p.paragraph) > 0 {
		p.endParagraph()
	}
	if strings.Trim(text, "|-: ") == "" {
		return
	}
	cells := strings.Split(strings.Trim(text, "|"), "|")
	for i := range cells {
		cells[i] = inline(cells[i])
	}
	if p.header == nil {
		p.header = cells
		return
	}
	var parts []string
	for i, cell := range cells {
		switch {
		case cell == "":
		case i < len(p.header) && p.header[i] != "":
			parts = append(parts, p.header[i]+": "+cell)
		default:
			parts = append(parts, cell)
		}
	}
	p.said = append(p.said, sentences(p.doc.language, strings.Join(parts, ", "))...)
}

func (p *parser) endParagraph() {
	p.header = nil
	if len(p.paragraph) == 0 {
		return
	}
	text := strings.Join(p.paragraph, " ")
	p.paragraph = nil
	if p.markdown {
		text = inline(text)
	}
	p.said = append(p.said, sentences(p.doc.language, text)...)
}

// startSection begins a section; the first heading of the first level is the
// document's title.
func (p *parser) startSection(heading string, top bool) {
	p.endSection()
	if top && p.heading == "" && len(p.doc.passages) == 0 {
		if p.doc.title == "" {
			p.doc.title = heading
		}
		return
	}
	p.heading = heading
}

func (p *parser) endSection() {
	p.cut()
	p.also, p.asked = nil, nil
}

// cut makes passages of what was said under the heading so far.
func (p *parser) cut() {
	p.endParagraph()
	for len(p.said) > 0 {
		n := min(passageSentences, len(p.said))
		if left := len(p.said) - n; left > 0 && left < 2 {
			n-- // no passage of one sentence
		}
		p.doc.passages = append(p.doc.passages, &passage{heading: p.heading, page: p.page, also: p.also, asked: p.asked, sentences: p.said[:n:n]})
		p.said = p.said[n:]
	}
	p.said = nil
}

func isHeading(text string) bool {
	rest := strings.TrimLeft(text, "#")
	marks := len(text) - len(rest)
	return marks > 0 && marks <= 6 && strings.HasPrefix(rest, " ") && strings.TrimSpace(rest) != ""
}

// isItem says that text is an item of a list.
func isItem(text string) bool { return item(text) != text }

// item is text without the mark of a list's item; a number stays away too,
// since sentences are said out of their list.
func item(text string) string {
	for _, mark := range []string{"- ", "* ", "+ ", "• "} {
		if rest, ok := strings.CutPrefix(text, mark); ok {
			return strings.TrimSpace(rest)
		}
	}
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if digits > 0 && digits < 4 && len(text) > digits+2 && (text[digits] == '.' || text[digits] == ')') && text[digits+1] == ' ' {
		return strings.TrimSpace(text[digits+2:])
	}
	return text
}

func inline(text string) string {
	return string(bytes.TrimSpace(sentence.Inline(nil, []byte(text))))
}

func sentences(language, text string) []string {
	var all []string
	for _, said := range sentence.Split(language, []byte(text)) {
		all = append(all, string(said))
	}
	return all
}

// languageOfName finds "de" in "hours.de.md", "de.md" and "de/hours.md".
func languageOfName(name string) string {
	stem := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if i := strings.LastIndexByte(stem, '.'); i >= 0 {
		stem = stem[i+1:]
	}
	for _, tag := range []string{stem, path.Base(path.Dir(name))} {
		if languages[primary(tag)] != nil && len(tag) <= 5 {
			return primary(tag)
		}
	}
	return ""
}

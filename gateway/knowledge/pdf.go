package knowledge

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/pdftext"
)

// How a PDF's lines become paragraphs.
const (
	headingSize  = 1.15 // times the size of most letters: a heading
	headingRunes = 120  // characters: a longer line is none
	shortLine    = 0.75 // of the longest line of the page: a paragraph may end here
	repeated     = 3    // pages that a line is on: it is the head or the foot of each
	edge         = 2    // lines from the top or the bottom of a page, where such stand
)

// readPDF makes a document of a PDF.
func readPDF(ctx context.Context, name, url string, data []byte) (*resident.Document, string) {
	pages, err := pdftext.Pages(ctx, data)
	if err != nil {
		if ctx.Err() != nil {
			return nil, unreadable
		}
		return nil, "cannot be used: " + err.Error() + "; print it into a new PDF, or remove it"
	}
	return resident.Compose(name, url, "", "", pieces(pages)), ""
}

// pieces are the headings and paragraphs of pages.
func pieces(pages []pdftext.Page) []resident.Piece {
	most := usual(pages)
	margins := marginal(pages)
	var all []resident.Piece
	titled := false
	for i, page := range pages {
		longest := 0
		for _, l := range page {
			longest = max(longest, utf8.RuneCountInString(l.Text))
		}
		var paragraph strings.Builder
		end := func() {
			if paragraph.Len() > 0 {
				all = append(all, resident.Piece{Text: string(visible([]byte(paragraph.String()))), Page: i + 1})
				paragraph.Reset()
			}
		}
		heading := ""
		for at, l := range page {
			text := strings.TrimSpace(l.Text)
			if text == "" || atEdge(at, len(page)) && margins[marginOf(text)] {
				continue
			}
			if isHeading(l, most) {
				end()
				heading = strings.TrimSpace(heading + " " + text)
				continue
			}
			if heading != "" {
				form := resident.Heading
				if !titled {
					form, titled = resident.Title, true
				}
				all = append(all, resident.Piece{Form: form, Text: string(visible([]byte(heading))), Page: i + 1})
				heading = ""
			}
			if bullet(text) {
				end()
				text = strings.TrimSpace(strings.TrimLeft(text, "•◦▪‣–·*"))
			}
			before := paragraph.String()
			switch {
			case before == "":
			case strings.HasSuffix(before, "\u00ad"):
				paragraph.Reset()
				paragraph.WriteString(strings.TrimSuffix(before, "\u00ad"))
			case strings.HasSuffix(before, "-"):
			default:
				paragraph.WriteByte(' ')
			}
			paragraph.WriteString(text)
			if strings.ContainsAny(text[len(text)-1:], ".!?") && float64(utf8.RuneCountInString(text)) < shortLine*float64(longest) {
				end()
			}
		}
		end()
		if heading != "" {
			all = append(all, resident.Piece{Form: resident.Heading, Text: string(visible([]byte(heading))), Page: i + 1})
		}
	}
	return all
}

// usual is the size of most letters.
func usual(pages []pdftext.Page) float64 {
	letters := map[float64]int{}
	most := 0.0
	for _, page := range pages {
		for _, l := range page {
			letters[l.Size] += len(l.Text)
			if letters[l.Size] > letters[most] {
				most = l.Size
			}
		}
	}
	return most
}

func isHeading(l pdftext.Line, usual float64) bool {
	n := utf8.RuneCountInString(l.Text)
	return usual > 0 && l.Size >= headingSize*usual && n <= headingRunes && strings.IndexFunc(l.Text, unicode.IsLetter) >= 0
}

func bullet(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	return strings.ContainsRune("•◦▪‣–·*", r) && strings.HasPrefix(text[n:], " ")
}

func atEdge(at, lines int) bool { return at < edge || at >= lines-edge }

// marginal are the lines that stand at the edge of several pages, but for
// their numbers.
func marginal(pages []pdftext.Page) map[string]bool {
	on := map[string]int{}
	for _, page := range pages {
		seen := map[string]bool{}
		for at, l := range page {
			if m := marginOf(l.Text); atEdge(at, len(page)) && !seen[m] {
				seen[m] = true
				on[m]++
			}
		}
	}
	all := map[string]bool{}
	for m, n := range on {
		if n >= repeated {
			all[m] = true
		}
	}
	return all
}

// marginOf is a line without its numbers.
func marginOf(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '#'
		}
		return r
	}, text))
}

package knowledge

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"mayfly/gateway/avatar/resident"
)

// maxDepth is how deep elements may stand in each other; what is deeper is
// left out.
const maxDepth = 200

// silent are elements whose text is not for reading, or is the same on every
// page of a site.
var silent = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Head: true, atom.Nav: true, atom.Footer: true,
	atom.Pre: true, atom.Svg: true, atom.Math: true, atom.Iframe: true, atom.Object: true, atom.Embed: true, atom.Canvas: true,
	atom.Audio: true, atom.Video: true, atom.Picture: true, atom.Img: true, atom.Button: true, atom.Select: true, atom.Textarea: true,
	atom.Input: true, atom.Datalist: true, atom.Dialog: true, atom.Frameset: true, atom.Noframes: true, atom.Noembed: true, atom.Plaintext: true, atom.Xmp: true,
}

// inlines are elements that do not end a paragraph.
var inlines = map[atom.Atom]bool{
	atom.A: true, atom.Abbr: true, atom.B: true, atom.Bdi: true, atom.Bdo: true, atom.Cite: true, atom.Code: true, atom.Data: true, atom.Dfn: true,
	atom.Em: true, atom.Font: true, atom.I: true, atom.Kbd: true, atom.Label: true, atom.Mark: true, atom.Q: true, atom.S: true, atom.Samp: true,
	atom.Small: true, atom.Span: true, atom.Strong: true, atom.Sub: true, atom.Sup: true, atom.Time: true, atom.U: true, atom.Var: true, atom.Wbr: true,
	atom.Del: true, atom.Ins: true, atom.Tt: true,
}

// readHTML makes a document of a page: its headings, paragraphs, lists and
// tables. What a person would not see is left out, as far as the page itself
// says so.
func readHTML(name, url string, text []byte) *resident.Document {
	title, language, pieces := piecesOf(text)
	return resident.Compose(name, url, title, language, pieces)
}

// piecesOf is what a page says of itself, and what is on it.
func piecesOf(text []byte) (title, language string, pieces []resident.Piece) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return "", "", nil
	}
	p := &page{}
	body := root
	walk(root, func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Html:
			language = attribute(n, "lang")
		case atom.Title:
			if title == "" && n.FirstChild != nil {
				title = strings.Join(strings.Fields(n.FirstChild.Data), " ")
			}
		case atom.Main:
			if body == root && !hidden(n) {
				body = n
			}
		}
		return n.DataAtom != atom.Svg
	})
	p.read(body, 0)
	p.flush()
	return title, language, p.pieces
}

// walk visits the elements below n, none deeper than maxDepth.
func walk(n *html.Node, visit func(*html.Node) bool) {
	var in func(*html.Node, int)
	in = func(n *html.Node, depth int) {
		if depth > maxDepth || n.Type == html.ElementNode && !visit(n) {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			in(c, depth+1)
		}
	}
	in(n, 0)
}

// page collects the pieces of a page.
type page struct {
	pieces []resident.Piece
	form   resident.Form
	text   strings.Builder
	term   string // of a list of terms, before what it means
}

func (p *page) read(n *html.Node, depth int) {
	switch {
	case depth > maxDepth:
		return
	case n.Type == html.TextNode:
		p.text.WriteString(n.Data)
		return
	case n.Type == html.CommentNode, n.Type == html.DoctypeNode:
		return
	case n.Type == html.ElementNode && (silent[n.DataAtom] || hidden(n)):
		return
	}
	below := func() {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			p.read(c, depth+1)
		}
	}
	switch {
	case n.Type != html.ElementNode, inlines[n.DataAtom]:
		below()
		return
	case n.DataAtom == atom.Br:
		p.text.WriteByte(' ')
		return
	case n.DataAtom == atom.Tr:
		p.row(n, depth)
		return
	}
	p.flush()
	was := p.form
	switch n.DataAtom {
	case atom.H1:
		p.form = resident.Title
	case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Summary:
		p.form = resident.Heading
	case atom.Table:
		p.pieces = append(p.pieces, resident.Piece{}) // a table begins anew
	}
	below()
	if n.DataAtom == atom.Dt {
		p.term = strings.Join(strings.Fields(p.text.String()), " ")
		p.text.Reset()
	}
	p.flush()
	p.form = was
}

// row reads a row of a table as its cells.
func (p *page) row(n *html.Node, depth int) {
	p.flush()
	var cells []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th || hidden(c) {
			continue
		}
		inner := &page{}
		inner.read(c, depth+1)
		inner.flush()
		var said []string
		for _, piece := range inner.pieces {
			if piece.Text != "" {
				said = append(said, piece.Text)
			}
		}
		cells = append(cells, strings.ReplaceAll(strings.Join(said, " "), "|", "/"))
	}
	if len(cells) > 0 {
		p.pieces = append(p.pieces, resident.Piece{Form: resident.Row, Text: "|" + strings.Join(cells, "|") + "|"})
	}
}

// flush ends the paragraph under way.
func (p *page) flush() {
	text := strings.Join(strings.Fields(p.text.String()), " ")
	p.text.Reset()
	if text == "" {
		return
	}
	if p.term != "" {
		text, p.term = p.term+": "+text, ""
	}
	p.pieces = append(p.pieces, resident.Piece{Form: p.form, Text: text})
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// hidden says that the element itself says that it is not to be seen. What a
// style sheet hides is not known here.
func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden", "inert":
			return true
		case "aria-hidden":
			if strings.EqualFold(a.Val, "true") {
				return true
			}
		case "color":
			if unseenColours[strings.ToLower(strings.TrimSpace(a.Val))] {
				return true
			}
		case "style":
			if hiding(a.Val) {
				return true
			}
		}
	}
	return false
}

// unseenColours are those of letters that nobody sees on white paper.
var unseenColours = map[string]bool{"transparent": true, "white": true, "#fff": true, "#ffffff": true, "#fffffe": true, "rgb(255,255,255)": true, "rgba(0,0,0,0)": true}

// hiding says that a style makes its element invisible.
func hiding(style string) bool {
	for declaration := range strings.SplitSeq(strings.ToLower(style), ";") {
		property, value, _ := strings.Cut(declaration, ":")
		property = strings.TrimSpace(property)
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		compact := strings.Join(strings.Fields(value), "")
		switch property {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" || value == "collapse" {
				return true
			}
		case "opacity":
			if nothing(compact) {
				return true
			}
		case "font-size", "font", "width", "height", "max-height", "max-width", "line-height", "zoom":
			if property != "font" && nothing(compact) || property == "font" && strings.HasPrefix(compact, "0") || property == "font-size" && slices.Contains([]string{"1px", "1pt", "0.1px", "0.1pt", "0.1em", ".1em", ".1px"}, compact) {
				return true
			}
		case "color":
			if unseenColours[compact] {
				return true
			}
		case "left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top":
			if strings.HasPrefix(compact, "-") && len(strings.Trim(compact, "-.pxemrtvwh%")) >= 4 {
				return true
			}
		case "clip":
			if strings.HasPrefix(compact, "rect(0") || strings.HasPrefix(compact, "rect(1px") {
				return true
			}
		case "clip-path":
			if strings.HasPrefix(compact, "inset(50%") || strings.HasPrefix(compact, "inset(100%") || compact == "circle(0)" {
				return true
			}
		case "transform":
			if strings.Contains(compact, "scale(0)") {
				return true
			}
		}
	}
	return false
}

// nothing says that a length or a number is zero.
func nothing(value string) bool {
	digits := strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyz%")
	return digits != "" && strings.Trim(digits, "0.") == ""
}

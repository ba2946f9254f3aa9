package gateway

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// docHeading is a heading of a page, for its table of contents.
type docHeading struct {
	level int
	id    string
	text  string
	code  bool // it is the name of something
}

// docText is what a Markdown file becomes.
type docText struct {
	title    string
	body     string
	headings []docHeading // of level 2 and 3
}

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(parser.WithAutoHeadingID(), parser.WithHeadingAttribute(), parser.WithASTTransformers(util.Prioritized(docLinks{}, 500))),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(docNodes{}, 100))),
)

// renderMarkdown makes the body of a page. Raw HTML does not get into it.
func renderMarkdown(source []byte) docText {
	tree := markdown.Parser().Parse(text.NewReader(source))
	var d docText
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		if !ok {
			continue
		}
		words := plainText(h, source)
		if h.Level == 1 {
			d.title = words
			continue
		}
		if h.Level > 3 {
			continue
		}
		id, _ := h.AttributeString("id")
		_, code := h.FirstChild().(*ast.CodeSpan)
		d.headings = append(d.headings, docHeading{h.Level, string(id.([]byte)), words, code && h.ChildCount() == 1})
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, source, tree); err != nil {
		panic(err) // part of the program: found by the first test
	}
	d.body = body.String()
	return d
}

// plainText is what is to be read in a node.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
			continue
		}
		b.WriteString(plainText(c, source))
	}
	return b.String()
}

// docLinks points links between files at the pages made of them, so that the
// files can be read where they lie as well.
type docLinks struct{}

func (docLinks) Transform(tree *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = docAddress(n.Destination)
		case *ast.Image:
			n.Destination = docAddress(n.Destination)
		}
		return ast.WalkContinue, nil
	})
}

// docAddress is where a file of the documentation is served.
func docAddress(link []byte) []byte {
	to := string(link)
	if strings.Contains(to, ":") || strings.HasPrefix(to, "#") || strings.HasPrefix(to, "/") {
		return link
	}
	file, fragment, found := strings.Cut(to, "#")
	if found {
		fragment = "#" + fragment
	}
	file = strings.TrimSuffix(file, ".md")
	if file == "index" {
		return []byte("/docs" + fragment)
	}
	return []byte("/docs/" + file + fragment)
}

// docNodes renders what a page needs otherwise than Markdown says.
type docNodes struct{}

func (docNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, docHeadingNode)
	r.Register(ast.KindFencedCodeBlock, docCodeNode)
	r.Register(ast.KindCodeBlock, docCodeNode)
	r.Register(table.KindTable, docTableNode)
	r.Register(table.KindTableCell, docCellNode)
	r.Register(ast.KindHTMLBlock, docHTMLNode)
	r.Register(ast.KindRawHTML, docHTMLNode)
}

// docHeadingNode ends a heading with a link to itself.
func docHeadingNode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	h := n.(*ast.Heading)
	level := string(rune('0' + h.Level))
	id, _ := h.AttributeString("id")
	name := html.EscapeString(string(id.([]byte)))
	if entering {
		_, _ = w.WriteString("<h" + level + ` id="` + name + `">`)
		return ast.WalkContinue, nil
	}
	if h.Level > 1 {
		_, _ = w.WriteString(` <a class="anchor" href="#` + name + `" aria-label="Link to ` + html.EscapeString(plainText(h, source)) + `">#</a>`)
	}
	_, _ = w.WriteString("</h" + level + ">\n")
	return ast.WalkContinue, nil
}

// docCodeNode makes a block of code that a keyboard can scroll.
func docCodeNode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := ""
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		language = string(f.Language(source))
	}
	label := "Code"
	if language != "" && language != "text" {
		label += ", " + language
	}
	_, _ = w.WriteString(`<div class="code"><pre tabindex="0" role="group" aria-label="` + html.EscapeString(label) + `"><code>`)
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		_, _ = w.WriteString(html.EscapeString(string(line.Value(source))))
	}
	_, _ = w.WriteString("</code></pre></div>\n")
	return ast.WalkSkipChildren, nil
}

// docTableNode puts a table into a box that scrolls by itself, where the
// window is narrow.
func docTableNode(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, _ = w.WriteString("</table></div>\n")
		return ast.WalkContinue, nil
	}
	label := "Table"
	for p := n.PreviousSibling(); p != nil; p = p.PreviousSibling() {
		if h, ok := p.(*ast.Heading); ok {
			if id, ok := h.AttributeString("id"); ok {
				label = "Table: " + string(id.([]byte))
			}
			break
		}
	}
	_, _ = w.WriteString(`<div class="table" tabindex="0" role="group" aria-label="` + html.EscapeString(label) + `"><table>` + "\n")
	return ast.WalkContinue, nil
}

// docCellNode makes a cell. One at the head without words heads nothing.
func docCellNode(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "td"
	if n.Parent().Kind() == table.KindTableHeader && n.HasChildren() {
		tag = "th"
	}
	switch {
	case !entering:
		_, _ = w.WriteString("</" + tag + ">\n")
	case tag == "th":
		_, _ = w.WriteString(`<th scope="col">`)
	default:
		_, _ = w.WriteString("<td>")
	}
	return ast.WalkContinue, nil
}

// docHTMLNode leaves comments out and shows other HTML as what was written.
func docHTMLNode(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	var lines *text.Segments
	if raw, ok := n.(*ast.RawHTML); ok {
		lines = raw.Segments
	} else {
		lines = n.Lines()
	}
	var all []byte
	for i := range lines.Len() {
		line := lines.At(i)
		all = append(all, line.Value(source)...)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(all), []byte("<!--")) {
		_, _ = w.WriteString(html.EscapeString(string(all)))
	}
	return ast.WalkSkipChildren, nil
}

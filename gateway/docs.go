package gateway

import (
	"bytes"
	"html"
	"net/http"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
)

// docs serves the documentation: each page of web/docs as a page, and the
// machine-readable files as they are.
func (s *Server) docs(get func(string, http.HandlerFunc), files map[string]*asset) {
	pages := renderDocs(files)
	serve := func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("page")
		if name == "" {
			name = "index"
		}
		a := pages[name]
		if a == nil {
			a = files[name]
		}
		if a == nil {
			s.fail(w, refuse("not_found"))
			return
		}
		guardPage(w.Header(), nil)
		a.serve(w, r)
	}
	get("/docs", serve)
	get("/docs/{page}", serve)
}

// renderDocs makes a page of each Markdown file. Raw HTML in them is left out.
func renderDocs(files map[string]*asset) map[string]*asset {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	var names []string
	for name := range files {
		if page, ok := strings.CutSuffix(name, ".md"); ok {
			names = append(names, page)
		}
	}
	slices.Sort(names)
	titles := make(map[string]string)
	for _, n := range names {
		titles[n] = titleOf(files[n+".md"].body, n)
	}
	pages := make(map[string]*asset)
	for _, n := range names {
		var body bytes.Buffer
		if err := md.Convert(files[n+".md"].body, &body); err != nil {
			panic(err) // part of the program: found by the first test
		}
		pages[n] = newAsset(n+".html", docPage(titles[n], docNav(names, titles, n), relink(body.String())))
	}
	return pages
}

// titleOf is a page's first heading.
func titleOf(md []byte, otherwise string) string {
	for line := range strings.Lines(string(md)) {
		if t, ok := strings.CutPrefix(line, "# "); ok {
			return strings.TrimSpace(t)
		}
	}
	return otherwise
}

// relink points links between Markdown files at the pages made of them.
func relink(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `.md"`, `"`), `.md#`, `#`)
}

func docNav(names []string, titles map[string]string, current string) string {
	var b strings.Builder
	for _, n := range names {
		href := "/docs/" + n
		if n == "index" {
			href = "/docs"
		}
		here := ""
		if n == current {
			here = ` aria-current="page"`
		}
		b.WriteString(`<li><a href="` + href + `"` + here + `>` + html.EscapeString(titles[n]) + `</a></li>`)
	}
	return b.String()
}

func docPage(title, nav, body string) []byte {
	return []byte(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>` + html.EscapeString(title) + ` · Mayfly</title>
<link rel="icon" href="/assets/client/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/shared/tokens.css">
<link rel="stylesheet" href="/assets/shared/docs.css">
</head>
<body class="docs">
<a class="skip" href="#main">Skip to the text</a>
<header><a class="home" href="/">Mayfly</a></header>
<nav aria-label="Documentation"><ul>` + nav + `</ul></nav>
<main id="main">
` + body + `</main>
</body>
</html>
`)
}

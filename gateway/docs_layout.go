package gateway

import (
	"html"
	"strings"
)

// renderDocs makes a page of each Markdown source.
func renderDocs(sources map[string][]byte) map[string]*asset {
	texts := make(map[string]docText)
	for name, source := range sources {
		texts[name] = renderMarkdown(source)
	}
	pages := make(map[string]*asset)
	for name, text := range texts {
		pages[name] = newAsset(name+".html", docPage(name, text, texts))
	}
	lost := docText{title: "Not here", body: "<h1>Not here</h1>\n<p>There is no page at this address. The contents list those that there are.</p>\n"}
	pages["404"] = newAsset("404.html", docPage("404", lost, texts))
	return pages
}

// docHref is the address of a page.
func docHref(name string) string {
	if name == "index" {
		return "/docs"
	}
	return "/docs/" + name
}

// docPage is a whole page.
func docPage(name string, text docText, all map[string]docText) []byte {
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>` + html.EscapeString(text.title) + ` · Mayfly</title>
<link rel="icon" href="/assets/client/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/shared/tokens.css">
<link rel="stylesheet" href="/assets/shared/docs.css">
<script type="module" src="/assets/shared/docs.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<p class="mark"><a href="/docs">Mayfly <span>documentation</span></a></p>
<p class="ways"><a href="/">Talk to it</a> <button type="button" class="contents" popovertarget="contents">Contents</button></p>
</header>
<div class="sheet">
<nav id="contents" popover aria-label="Contents">
` + docContents(name, all) + `</nav>
<main id="main" tabindex="-1">
` + text.body + docTurn(name, all) + `</main>
`)
	if len(text.headings) > 1 {
		b.WriteString(`<nav id="here" aria-label="On this page">
<p>On this page</p>
<ul>
`)
		for _, h := range text.headings {
			class := ""
			if h.level > 2 {
				class = ` class="sub"`
			}
			words := html.EscapeString(h.text)
			if h.code {
				words = "<code>" + words + "</code>"
			}
			b.WriteString(`<li` + class + `><a href="#` + html.EscapeString(h.id) + `">` + words + "</a></li>\n")
		}
		b.WriteString("</ul>\n</nav>\n")
	}
	b.WriteString("</div>\n</body>\n</html>\n")
	return []byte(b.String())
}

// docContents is the table of contents of all pages, and of what machines read.
func docContents(current string, all map[string]docText) string {
	var b strings.Builder
	for _, g := range docGroups {
		b.WriteString("<p>" + g.title + "</p>\n<ul>\n")
		for _, name := range g.pages {
			here := ""
			if name == current {
				here = ` aria-current="page"`
			}
			b.WriteString(`<li><a href="` + docHref(name) + `"` + here + `>` + html.EscapeString(all[name].title) + "</a></li>\n")
		}
		if g.title == "Reference" {
			b.WriteString(`<li><a href="/docs/openapi.json"><code>openapi.json</code></a></li>` + "\n" +
				`<li><a href="/docs/events.schema.json"><code>events.schema.json</code></a></li>` + "\n")
		}
		b.WriteString("</ul>\n")
	}
	return b.String()
}

// docTurn leads to the page before and the page after.
func docTurn(current string, all map[string]docText) string {
	var order []string
	for _, g := range docGroups {
		order = append(order, g.pages...)
	}
	for i, name := range order {
		if name != current {
			continue
		}
		links := ""
		if i > 0 {
			links += `<a rel="prev" href="` + docHref(order[i-1]) + `"><span>Before</span> ` + html.EscapeString(all[order[i-1]].title) + "</a>\n"
		}
		if i+1 < len(order) {
			links += `<a rel="next" href="` + docHref(order[i+1]) + `"><span>Next</span> ` + html.EscapeString(all[order[i+1]].title) + "</a>\n"
		}
		return `<nav class="turn" aria-label="Next pages">` + "\n" + links + "</nav>\n"
	}
	return ""
}

package knowledge

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Characters that nobody sees are taken out; those that scripts need stay.
func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain\n\ttext\r\n":                "plain\n\ttext\r\n",
		"a\u200bb\ufeffc\u2060d\u00ade":    "abcde",
		"ab\u202ecd\u202c":                 "abcd",
		"x\U000e0049\U000e0067\U000e006ey": "xy",
		"nul\x00bell\x07esc\x1b[31m":       "nulbellesc[31m",
		"می\u200cخواهم":                    "می\u200cخواهم",
		"שלום עולם":                        "שלום עולם",
		"private\ue000use\U000f0000":       "privateuse",
	} {
		require.Equal(t, want, string(visible([]byte(in))))
	}
}

// What a person would not see on a page is not in the document.
func TestHiddenHTML(t *testing.T) {
	for _, hide := range []string{
		`<p hidden>SECRET.</p>`, `<p style="display:none">SECRET.</p>`, `<p style="DISPLAY : NONE !important">SECRET.</p>`,
		`<div aria-hidden="true"><p>SECRET.</p></div>`, `<span style="visibility:hidden">SECRET.</span>`, `<span style="opacity:0">SECRET.</span>`,
		`<span style="font-size:0px">SECRET.</span>`, `<span style="font-size:1px">SECRET.</span>`, `<span style="color:#fff">SECRET.</span>`, `<span style="color: rgba(0, 0, 0, 0)">SECRET.</span>`,
		`<div style="position:absolute;left:-9999px">SECRET.</div>`, `<div style="text-indent:-10000px">SECRET.</div>`, `<div style="clip:rect(0,0,0,0)">SECRET.</div>`,
		`<font color="white">SECRET.</font>`, `<!-- SECRET. -->`, `<script>SECRET.</script>`, `<style>SECRET.</style>`, `<template><p>SECRET.</p></template>`,
		`<noscript><p>SECRET.</p></noscript>`, `<textarea>SECRET.</textarea>`, `<input value="SECRET.">`, `<img alt="SECRET.">`, `<svg><text>SECRET.</text></svg>`,
		`<iframe srcdoc="SECRET."></iframe>`, `<object data="x">SECRET.</object>`, `<nav>SECRET.</nav>`, `<meta name="description" content="SECRET.">`, `<a title="SECRET." href="https://secret.example/">Link.</a>`,
	} {
		text := written([]byte("<html><title>T</title><body><p>The library opens at nine.</p>" + hide + "<p>It closes at six.</p></body></html>"))
		require.NotContains(t, strings.ToUpper(text), "SECRET", hide)
		require.Contains(t, text, "It closes at six.", hide)
	}
}

// A page's structure becomes headings, paragraphs, and rows that make sense by
// themselves.
func TestHTML(t *testing.T) {
	page := []byte(`<!doctype html><html lang="de-AT"><head><title> Die
		Bibliothek </title></head><body><header><h1>Bibliothek</h1></header><nav>Start Kontakt</nav><main><h2>Öffnungszeiten</h2>
		<table><tr><th>Tag</th><th>Zeit</th></tr><tr><td>Montag</td><td>neun bis | sechs</td></tr></table>
		<ul><li>Eintritt ist <em>frei</em>.<li>Hunde bleiben draußen.</ul><dl><dt>Kaution</dt><dd>Zehn Euro.</dd></dl><pre>code()</pre></main><footer>Impressum</footer></body></html>`)
	d := readHTML("https://x.example/de/a", "https://x.example/de/a", page)
	require.Equal(t, "Die Bibliothek", d.Title())
	require.Equal(t, "de", d.Language())
	text := written(page)
	for _, want := range []string{"Öffnungszeiten", "|Montag|neun bis / sechs|", "Eintritt ist frei.", "Hunde bleiben draußen.", "Kaution: Zehn Euro."} {
		require.Contains(t, text, want)
	}
	for _, no := range []string{"Start", "Impressum", "code()"} {
		require.NotContains(t, text, no)
	}
}

// Whatever a page is, it is read without a panic and in bounds.
func FuzzHTML(f *testing.F) {
	f.Add("<html><h1>A</h1><p>b<table><tr><td>c</table>")
	f.Add(strings.Repeat("<div>", 3000) + "deep" + strings.Repeat("</div>", 10))
	f.Add("<dl><dt>a<dd>b<dt>c</dl><tr><td hidden>x<svg><title>t</title></svg>")
	f.Fuzz(func(_ *testing.T, text string) {
		d := readHTML("a.html", "", visible([]byte(strings.ToValidUTF8(text, ""))))
		_ = d.Words()
	})
}

// written is all that is read of a page.
func written(text []byte) string {
	title, _, pieces := piecesOf(text)
	all := title
	for _, p := range pieces {
		all += "\n" + p.Text
	}
	return all
}

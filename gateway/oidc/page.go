package oidc

import (
	"bytes"
	"html/template"
	"net/http"
)

// pagePolicy is the content security policy of the pages here: the gateway's
// own files, no inline code, no frame around it, nowhere to send anything.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'"

// words are what a page says. None of it comes from a request, and none names
// a tenant.
type words struct {
	Title string
	Lead  string
}

var (
	pageOver = words{"This sign-in is over",
		"It was used already, is older than ten minutes, or did not begin on the administration page. Close this window and begin again there."}
	pageDenied = words{"You were not signed in",
		"The sign-in service did not let you in, or you broke off. Close this window and try again, or sign in with a key."}
	pageNobody = words{"Nothing here is open to you",
		"You were signed in at the sign-in service, and nothing that it says of you opens anything in this gateway. Ask whoever runs it to give you access."}
	pageDown = words{"The sign-in service does not answer",
		"Try again in a moment. Keys and one-time links still work."}
	pageWrong = words{"The sign-in service's answer cannot be used",
		"You were not signed in. Whoever runs this gateway finds in its log where it went wrong. Keys and one-time links still work."}
	pageBusy = words{"Too many people are signing in",
		"Try again in a moment. Keys and one-time links still work."}
	pageDone   = words{"Signing in", "The administration page goes on in the other window."}
	pageChoose = words{"Which organisation?", "More than one is open to you. The administration page goes on in the other window."}
)

// choice is one organisation to choose.
type choice struct {
	Tenant string
	Name   string
	Role   string
}

type pageData struct {
	words
	Secret    string // of an offer; empty: there is none
	Challenge string // of the page that it is for
	Choices   []choice
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en" dir="ltr" data-state="signin">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, noai, noimageai">
<title>{{.Title}} · Mayfly</title>
<link rel="icon" href="/assets/client/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/shared/tokens.css">
<link rel="stylesheet" href="/assets/admin/shell.css">
{{if .Secret}}<script type="module" src="/assets/admin/returned.js"></script>
{{end}}</head>
<body>
<main id="signin"{{if .Secret}} data-secret="{{.Secret}}" data-challenge="{{.Challenge}}"{{end}}>
<p class="mark">Mayfly</p>
<h1>{{.Title}}</h1>
<p id="signin-lead">{{.Lead}}</p>
{{range .Choices}}<p class="row"><button class="first" type="button" data-tenant="{{.Tenant}}">{{.Name}}, as {{.Role}}</button></p>
{{end}}{{if .Secret}}<noscript><p>This page needs JavaScript.</p></noscript>
{{end}}</main>
</body>
</html>
`))

// show writes a page that only says something.
func (s *Server) show(w http.ResponseWriter, status int, said words) {
	s.write(w, status, pageData{words: said})
}

// handOver writes the page that gives an offer to the page that began: at once
// where there is one tenant, else when the person has chosen.
func (s *Server) handOver(w http.ResponseWriter, secret, challenge string, open []grant) {
	data := pageData{words: pageDone, Secret: secret, Challenge: challenge}
	if len(open) > 1 {
		data.words = pageChoose
	}
	for _, g := range open {
		data.Choices = append(data.Choices, choice{g.tenant, g.name, g.role.String()})
	}
	s.write(w, http.StatusOK, data)
}

func (s *Server) write(w http.ResponseWriter, status int, data pageData) {
	var b bytes.Buffer
	if page.Execute(&b, data) != nil {
		s.fail(w, "internal_error")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

package gateway

import (
	"encoding/hex"
	"html"
	"net/http"
	"slices"
	"strings"

	"mayfly/gateway/notice"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
)

// registerAnswer is what /subprocessors answers to a program.
type registerAnswer struct {
	Organisation receipt.Organisation `json:"organisation"`
	Number       uint64               `json:"number"` // version of the tenant
	SHA256       string               `json:"sha256"` // version of the register
	Elsewhere    string               `json:"elsewhere"`
	Recipients   []registered         `json:"recipients"` // nobody: nothing leaves
}

type registered struct {
	Recipient map[string]any `json:"recipient"`
	SHA256    string         `json:"sha256"`
	Avatars   []string       `json:"avatars"`
}

// subprocessors is the register of everybody who may be sent something of a
// tenant's sessions, with what they state: as a page, or for programs as JSON.
func (s *Server) subprocessors(w http.ResponseWriter, r *http.Request) *refusal {
	t := s.answering(r)
	if t == nil {
		return refuse("not_found")
	}
	all := t.Register()
	hash := tenant.RegisterHash(all)
	w.Header().Set("Vary", "Accept")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		return s.registerPage(w, r, t, all, hex.EncodeToString(hash[:]))
	}
	a := registerAnswer{Organisation: organisationOf(t.ID, t), Number: t.Number, SHA256: hex.EncodeToString(hash[:]), Elsewhere: elsewhereOf(all), Recipients: []registered{}}
	for i := range all {
		one := all[i].Hash()
		a.Recipients = append(a.Recipients, registered{all[i].Document(), hex.EncodeToString(one[:]), all[i].Avatars})
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return sendAny(w, http.StatusOK, a)
}

// registerPage is the register as people read it.
func (s *Server) registerPage(w http.ResponseWriter, r *http.Request, t *tenant.Tenant, all []tenant.RegisterEntry, version string) *refusal {
	const shown = 20
	versions, err := s.registerVersions(r, t.ID, 0, shown+1)
	text := html.EscapeString
	var b strings.Builder
	b.WriteString(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Who else gets something · Mayfly</title>
<link rel="stylesheet" href="/assets/shared/tokens.css">
<link rel="stylesheet" href="/assets/shared/docs.css">
`)
	b.WriteString(`<link rel="alternate" type="application/feed+json" title="Changes" href="` + text(feedPath(t.ID)) + `">
</head>
<body>
<header><p class="mark"><a href="/docs">Mayfly <span>documentation</span></a></p></header>
<div class="sheet"><main id="main">
`)
	b.WriteString("<h1>Who else gets something</h1>\n<p>These are all to whom words or sound of a conversation with an avatar of " + text(t.Name) +
		" may be sent, and what they state of it. What they state is their statement, as the organisation wrote it down. Nobody else is sent anything.</p>\n")
	if len(all) == 0 {
		b.WriteString("<p>Nobody: everything happens on this server.</p>\n")
	}
	for i := range all {
		r := &all[i]
		b.WriteString("<h2>" + text(r.Name) + "</h2>\n<p>" + text(notice.Statement(r.Recipient, "en")) + "</p>\n<ul>\n")
		for _, row := range [][2]string{
			{"What it is for", r.Role.String()}, {"What it is sent", strings.Join(r.Gets.Names(), ", ")}, {"Region", r.Region},
			{"Transfer", strings.ReplaceAll(r.Terms.Transfer.String(), "_", " ")}, {"Declared on", r.Terms.On}, {"Avatars", strings.Join(r.Avatars, ", ")},
		} {
			if row[1] != "" {
				b.WriteString("<li>" + row[0] + ": " + text(row[1]) + "</li>\n")
			}
		}
		b.WriteString("</ul>\n")
	}
	if err == nil {
		writeChanges(&b, versions, shown)
	} else {
		b.WriteString("<p>What changed cannot be read now.</p>\n") // the list itself is not of the database
	}
	b.WriteString("<p><a href=\"" + text(feedPath(t.ID)) + "\">All changes, as a feed</a> (JSON Feed) for whoever wants to hear of the next one.</p>\n")
	b.WriteString("<p>Version of this list: <code>" + version + "</code>. A program gets it as JSON.</p>\n</main></div>\n</body>\n</html>\n")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = w.Write([]byte(b.String()))
	return nil
}

// elsewhereOf is the worst of what recipients state of what they keep.
func elsewhereOf(all []tenant.RegisterEntry) string {
	worst := "nobody"
	order := []string{"nobody", "nothing", "some", "unknown"}
	for i := range all {
		stores := storesOf([]tenant.Recipient{all[i].Recipient})[0].Stores
		if slices.Index(order, stores) > slices.Index(order, worst) {
			worst = stores
		}
	}
	return worst
}

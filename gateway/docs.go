package gateway

import (
	"maps"
	"net/http"
	"strings"
	"sync"

	"mayfly/web"
)

// docGroup is a part of the documentation: pages in the order of reading.
type docGroup struct {
	title string
	pages []string
}

// docGroups is the table of contents. A test holds it to the pages that there
// are.
var docGroups = []docGroup{
	{"Begin", []string{"index", "connect", "embed"}},
	{"Trust", []string{"disclosure", "backends", "recording", "redaction", "logs", "audit", "review", "posture", "evidence", "incidents", "security", "promises"}},
	{"Reference", []string{"protocol", "events", "http", "admin", "errors", "configuration"}},
	{"Run", []string{"operate", "reach", "export", "siem", "knowledge", "attachments", "voice", "tools", "handoff"}},
	{"Inside", []string{"architecture", "session", "testing"}},
}

// documentation is every page as it is sent, made once for the process and
// only when somebody wants to read.
var documentation = sync.OnceValue(func() map[string]*asset {
	files := loadAssets(web.Docs(), ".")
	sources := make(map[string][]byte)
	for name, a := range files {
		if page, ok := strings.CutSuffix(name, ".md"); ok {
			sources[page] = a.body
		}
	}
	sources["embed"] = withIntegrity(sources["embed"])
	sources["events"] = eventsPage(files["events.schema.json"].body)
	sources["http"] = httpPage(files["openapi.json"].body)
	maps.Copy(files, renderDocs(sources))
	return files
})

// docs serves the documentation: each page of web/docs as a page, and the
// machine-readable files as they are.
func (s *Server) docs(get func(string, http.HandlerFunc)) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("page")
		if name == "" {
			name = "index"
		}
		all := documentation()
		guardPage(w.Header(), nil)
		if a := all[name]; a != nil {
			a.serve(w, r, http.StatusOK)
			return
		}
		s.metrics.refused.WithLabelValues("not_found").Inc()
		all["404"].serve(w, r, http.StatusNotFound)
	}
	get("/docs", serve)
	get("/docs/{$}", serve)
	get("/docs/{page}", serve)
}

// withIntegrity puts the hash of the element that this gateway serves into the
// example of the page about it.
func withIntegrity(page []byte) []byte {
	return []byte(strings.ReplaceAll(string(page), "sha384-...", elementFiles()["mayfly-avatar.js"].integrity))
}

// elementFiles are the files of the element, made once for the process.
var elementFiles = sync.OnceValue(func() map[string]*asset {
	parts, err := web.Element()
	if err != nil {
		panic(err) // part of the program: found by the first test
	}
	files := make(map[string]*asset)
	for name, body := range parts {
		files[name] = newAsset(name, body)
	}
	return files
})

// pageFiles are the files of the pages, made once for the process.
var pageFiles = sync.OnceValue(func() map[string]*asset { return loadAssets(web.Assets(), web.Folders()...) })

package gateway

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"mayfly/web"
)

// asset is a file of the pages as it is sent: read, hashed and packed once.
type asset struct {
	body      []byte
	packed    []byte // gzip; nil if that is no smaller
	mediaType string
	tag       string // entity tag
	integrity string // for the integrity attribute of a page elsewhere
}

// loadAssets reads the pages. They are part of the program, so that what can
// go wrong here is found by the first test.
func loadAssets(files fs.FS, folders ...string) map[string]*asset {
	all := make(map[string]*asset)
	for _, folder := range folders {
		err := fs.WalkDir(files, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			all[name] = newAsset(name, body)
			return nil
		})
		if err != nil {
			panic(err)
		}
	}
	return all
}

func newAsset(name string, body []byte) *asset {
	hash, strong := sha256.Sum256(body), sha512.Sum384(body)
	a := &asset{
		body:      body,
		mediaType: mediaTypeOf(name),
		tag:       `"` + hex.EncodeToString(hash[:8]) + `"`,
		integrity: "sha384-" + base64.StdEncoding.EncodeToString(strong[:]),
	}
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(body)
	_ = z.Close()
	if packed.Len() < len(body)*9/10 {
		a.packed = packed.Bytes()
	}
	return a
}

// mediaTypeOf does not ask the machine: its tables differ from one to another.
func mediaTypeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json":
		return "application/json"
	case ".yml":
		return "text/yaml; charset=utf-8"
	case ".md":
		return "text/markdown; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// serve sends the file with a status, or says that the client has it. The
// caller has set what it may be cached for.
func (a *asset) serve(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("ETag", a.tag)
	h.Add("Vary", "Accept-Encoding")
	if status == http.StatusOK && r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if a.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.packed
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// pagePolicy is the content security policy of the pages: their own files and
// nothing else, no inline code, no code made of strings.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"media-src 'self' blob:; font-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types mayfly-face; frame-ancestors "

// guardPage sets the headers of a page. frames are the origins that may embed
// it; none: nobody.
func guardPage(h http.Header, frames []string) {
	ancestors := "'none'"
	if len(frames) > 0 {
		ancestors = strings.Join(frames, " ")
	}
	h.Set("Content-Security-Policy", pagePolicy+ancestors)
	h.Set("Permissions-Policy", "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
}

// assets serves the pages and what belongs to them.
func (s *Server) assets(mux *http.ServeMux) {
	files := pageFiles()
	page := newAsset("index.html", web.Page())
	get := func(pattern string, f http.HandlerFunc) {
		mux.HandleFunc("GET "+pattern, f)
	}
	get("/{$}", func(w http.ResponseWriter, r *http.Request) {
		t := s.publicTenant(r.URL.Query().Get("tenant"))
		if t == nil {
			s.lost(w, r, "page_not_public")
			return
		}
		guardPage(w.Header(), t.Frames)
		page.serve(w, r, http.StatusOK)
	})
	own := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			guardPage(w.Header(), nil)
			files[name].serve(w, r, http.StatusOK)
		}
	}
	get("/admin", own("admin/index.html"))
	get("/agent", own("agent/index.html"))
	get("/review", own("review/index.html"))
	get("/posture", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/review#/posture", http.StatusFound)
	})
	get("/me", own("me/index.html"))
	get("/receipt", own("me/receipt.html"))
	get("/assets/{file...}", func(w http.ResponseWriter, r *http.Request) {
		a := files[r.PathValue("file")]
		if a == nil {
			s.lost(w, r, "not_found")
			return
		}
		guardPage(w.Header(), nil)
		a.serve(w, r, http.StatusOK)
	})
	get("/assets", func(w http.ResponseWriter, r *http.Request) { s.lost(w, r, "not_found") }) // else the mux redirects, and says the query again
	get("/favicon.ico", own("client/icon.svg"))
	s.element(get)
	s.docs(get)
}

// forPerson says whether somebody looks at the answer in a browser.
func forPerson(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// lost says that nothing is at an address: to a person in a page, in their
// language; to a program as every refusal.
func (s *Server) lost(w http.ResponseWriter, r *http.Request, code string) {
	w.Header().Add("Vary", "Accept")
	if !forPerson(r) {
		s.fail(w, refuse(code))
		return
	}
	s.metrics.refused.WithLabelValues(code).Inc()
	guardPage(w.Header(), nil)
	pageFiles()["me/lost.html"].serve(w, r, http.StatusNotFound)
}

// element serves the element for other people's pages. They load it from
// everywhere; what it then may do is held to the tenant's origins.
func (s *Server) element(get func(string, http.HandlerFunc)) {
	files := elementFiles()
	get("/embed/"+web.Version+"/{file}", func(w http.ResponseWriter, r *http.Request) {
		a := files[r.PathValue("file")]
		if a == nil {
			s.fail(w, refuse("not_found"))
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Mayfly-Integrity", a.integrity)
		a.serve(w, r, http.StatusOK)
	})
}

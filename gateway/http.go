package gateway

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"mayfly/gateway/realtime"
)

// route is one row of the table of addresses. The document under /docs has a
// path for each, and a test holds the two against each other.
type route struct {
	method  string
	pattern string
	api     bool // JSON errors, CORS, no caching
	handle  func(*Server, http.ResponseWriter, *http.Request) *refusal
}

// refusal is why a request was refused.
type refusal struct {
	code  string
	param string
	wait  time.Duration // for Retry-After
	until time.Time     // until when it is so; zero: not known
	says  string        // instead of the table's sentence; empty: that
}

func refuse(code string) *refusal { return &refusal{code: code} }

// malformed is the refusal of what could not be read.
func malformed(wrong *realtime.Error) *refusal {
	return &refusal{code: string(wrong.Code), param: wrong.Param, says: taking(lookupProblem(string(wrong.Code)).sentence, wrong)}
}

// taking is a sentence of the table and what the field takes instead, where
// that is short. Nothing in it is the client's.
func taking(sentence string, wrong *realtime.Error) string {
	if wrong.Takes == "" {
		return sentence
	}
	return sentence + " It takes " + wrong.Takes + "."
}

// routeTable is every address of the gateway's main listener.
func routeTable() []route {
	return []route{
		{"POST", "/v1/realtime/client_secrets", true, (*Server).clientSecrets},
		{"GET", "/v1/realtime", true, (*Server).websocket},
		{"POST", "/v1/realtime/calls", true, (*Server).call},
		{"PATCH", "/v1/realtime/calls/{id}", true, (*Server).restartCall},
		{"DELETE", "/v1/realtime/calls/{id}", true, (*Server).endCall},
		{"POST", "/v1/realtime/calls/{id}/hangup", true, (*Server).endCall},
		{"POST", "/v1/realtime/calls/{id}/attachments", true, (*Server).attachment},
		{"GET", "/v1/realtime/ice-servers", true, (*Server).iceServers},
		{"GET", "/v1/reach", true, (*Server).reach},
		{"GET", "/v1/agent", true, (*Server).agent},
		{"GET", "/v1/avatar/page", true, (*Server).page},
		{"POST", "/v1/avatar/token", true, (*Server).pageToken},
		{"GET", "/v1/me", true, (*Server).me},
		{"GET", "/v1/me/transcript", true, (*Server).myTranscript},
		{"DELETE", "/v1/me/transcript", true, (*Server).eraseMine},
		{"GET", "/v1/me/sound", true, (*Server).mySounds},
		{"GET", "/v1/me/sound/{turn}/{side}", true, (*Server).mySound},
		{"PATCH", "/v1/me/transcript/items/{no}", true, (*Server).correctMine},
		{"GET", "/v1/me/reports/{id}", true, (*Server).myReport},
		{"DELETE", "/v1/me/reports/{id}", true, (*Server).eraseMyReport},
		{"PUT", "/v1/me/restriction", true, (*Server).restrictMine},
		{"GET", "/v1/me/requests", true, (*Server).myRequests},
		{"POST", "/v1/me/requests", true, (*Server).askFor},
		{"POST", "/v1/me/receipt", true, (*Server).myReceipt},
		{"GET", "/.well-known/mayfly-audit-keys.txt", false, (*Server).auditKeys},
		{"GET", "/.well-known/mayfly-privacy.json", false, (*Server).privacy},
		{"GET", "/subprocessors", false, (*Server).subprocessors},
		{"GET", "/subprocessors/changes", false, (*Server).subprocessorChanges},
		{"GET", "/.well-known/mayfly-receipt-keys.json", false, (*Server).receiptKeys},
		{"GET", "/healthz", false, (*Server).healthy},
		{"GET", "/readyz", false, (*Server).ready},
	}
}

// aiDisclosure is the machine-readable label of every answer (the header of
// draft-abaris-aicdh): what is read here was made by a machine.
const aiDisclosure = `mode=machine-generated, provider="mayfly"`

// routes builds the handler. Preflights are answered for the addresses that
// browsers on other origins may call.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	preflights := map[string]bool{}
	for _, r := range routeTable() {
		mux.HandleFunc(r.method+" "+r.pattern, func(w http.ResponseWriter, req *http.Request) {
			s.serve(w, req, r)
		})
		if r.api && !preflights[r.pattern] {
			preflights[r.pattern] = true
			mux.HandleFunc("OPTIONS "+r.pattern, s.preflight)
		}
	}
	mux.HandleFunc("/v1/admin/", s.serveAdmin)
	mux.HandleFunc("/audit/", s.serveAdmin)
	s.assets(mux)
	return s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forPerson(r) {
			if _, at := mux.Handler(r); at == "" {
				s.lost(w, r, "not_found")
				return
			}
		}
		mux.ServeHTTP(w, r)
	}))
}

// guard is what holds for every request.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("AI-Disclosure", aiDisclosure)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.panicked(stack())
				s.fail(w, refuse("internal_error"))
			}
		}()
		if !tidy(r.URL.Path) {
			// The mux would answer with a redirect that says the path again.
			s.lost(w, r, "not_found")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tidy says whether a path is rooted and has no dots or empty parts.
func tidy(p string) bool {
	return p == "/" || p == "*" || strings.HasPrefix(p, "/") && strings.TrimSuffix(p, "/") == path.Clean(p)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, to route) {
	class := "2xx"
	if to.api {
		w.Header().Set("Cache-Control", "no-store")
		s.allowOrigin(w, r)
	}
	if bad := to.handle(s, w, r); bad != nil {
		class = strconv.Itoa(lookupProblem(bad.code).status/100) + "xx"
		s.fail(w, bad)
	}
	s.metrics.requests.WithLabelValues(to.pattern, class).Inc()
}

// fail writes a refusal: a row of the table, nothing of what was sent.
func (s *Server) fail(w http.ResponseWriter, bad *refusal) {
	p := lookupProblem(bad.code)
	s.metrics.refused.WithLabelValues(p.code).Inc()
	status := p.status
	if status == 0 {
		status = http.StatusBadRequest
	}
	if bad.wait > 0 || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter(bad.wait))
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="mayfly"`)
	}
	typ := "invalid_request_error"
	if status >= 500 {
		typ = "server_error"
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	var param any
	if bad.param != "" {
		param = bad.param
	}
	sentence := cmp.Or(bad.says, p.sentence)
	if !bad.until.IsZero() {
		sentence += " It is so until " + bad.until.UTC().Format("2006-01-02") + "."
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"message": sentence, "type": typ, "code": p.code, "param": param,
	}})
}

// bodyWithin is how long a body may take to arrive.
const bodyWithin = 10 * time.Second

// readBody reads a body of at most most bytes. What it is given back must be
// cleared by who is done with it.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, *refusal) {
	if r.ContentLength > most {
		return nil, refuse("body_too_large")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin))
	b, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		clear(b)
		return nil, refuse("body_too_slow")
	case err != nil:
		clear(b)
		return nil, refuse("invalid_json")
	case int64(len(b)) > most:
		clear(b)
		return nil, refuse("body_too_large")
	}
	return b, nil
}

// allowOrigin lets a page on a tenant's list read the answer. Which tenant is
// asked is found out later; an answer to another's page says nothing.
func (s *Server) allowOrigin(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	for _, t := range s.options.Directory.Tenants() {
		if t.AllowsOrigin(origin) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Expose-Headers", "Location, Link, Retry-After, AI-Disclosure, Mayfly-Refused")
			return
		}
	}
}

func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	s.allowOrigin(w, r)
	h := w.Header()
	if h.Get("Access-Control-Allow-Origin") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "authorization, content-type, idempotency-key, x-openai-agents-sdk")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) *refusal {
	return plain(w, "ok\n")
}

// ready says whether new sessions are taken.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) *refusal {
	if s.registry.draining() {
		return refuse("draining")
	}
	return plain(w, "ready\n")
}

func plain(w http.ResponseWriter, text string) *refusal {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text)
	return nil
}

// mediaType is the type of a body without its parameters.
func mediaType(r *http.Request) string {
	t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

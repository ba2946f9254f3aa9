package oidc

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	coreos "github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"
)

func (s *Server) mount() {
	s.mux.HandleFunc("GET "+About, s.about)
	if s.options.Config != nil {
		s.mux.HandleFunc("GET "+Prefix+"start", s.start)
		s.mux.HandleFunc("GET "+callbackPath, s.callback)
		s.mux.HandleFunc("POST "+Prefix+"redeem", s.redeem)
		for _, path := range []string{Prefix + "start", callbackPath, Prefix + "redeem"} {
			other := func(w http.ResponseWriter, _ *http.Request) { s.fail(w, "method_not_allowed") }
			s.mux.HandleFunc(path, other)
			s.mux.HandleFunc("HEAD "+path, other) // else it counts as GET, and uses up what it asks for
		}
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { s.fail(w, "not_found") })
}

// aboutAnswer says how people can sign in beside keys and links.
type aboutAnswer struct {
	Providers []aboutProvider `json:"providers"`
}

type aboutProvider struct {
	Name   string `json:"name"`
	Origin string `json:"origin"` // of the page where it works
}

func (s *Server) about(w http.ResponseWriter, _ *http.Request) {
	answer := aboutAnswer{Providers: []aboutProvider{}}
	if s.options.Config != nil {
		answer.Providers = append(answer.Providers, aboutProvider{s.options.Config.Name, s.options.PublicURL})
	}
	send(w, http.StatusOK, answer)
}

// start begins a sign-in of the page that made the challenge.
func (s *Server) start(w http.ResponseWriter, r *http.Request) {
	sent, ok := single(r.URL.RawQuery)
	challenge := sent["challenge"]
	if !ok || len(sent) != 1 || !isHash(challenge) {
		s.show(w, http.StatusBadRequest, pageOver)
		return
	}
	found, config, ok := s.ready(w)
	if !ok {
		return
	}
	state, begun := s.flows.begin(challenge, s.options.Address(r), s.options.Now())
	if begun == nil {
		s.show(w, http.StatusServiceUnavailable, pageBusy)
		return
	}
	config.Endpoint = found.endpoint
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, config.AuthCodeURL(state, coreos.Nonce(begun.nonce), oauth2.S256ChallengeOption(begun.verifier)), http.StatusFound)
}

// ready is the provider as it describes itself, and what the gateway is there.
// Where there is none it has said so.
func (s *Server) ready(w http.ResponseWriter) (*description, oauth2.Config, bool) {
	found, err := s.provider.describe()
	if err != nil {
		s.failed(w, err)
		return nil, oauth2.Config{}, false
	}
	of := s.options.Config
	return found, oauth2.Config{
		ClientID:    of.ClientID,
		Endpoint:    found.endpoint,
		RedirectURL: s.options.PublicURL + callbackPath,
		Scopes:      append([]string{coreos.ScopeOpenID}, of.Scopes...),
	}, true
}

// callback takes the provider's answer, and hands what it is worth to the
// page that began.
func (s *Server) callback(w http.ResponseWriter, r *http.Request) {
	sent, ok := single(r.URL.RawQuery)
	if !ok {
		s.show(w, http.StatusBadRequest, pageOver)
		return
	}
	// Whatever is wrong with the rest, the state is used up.
	now := s.options.Now()
	begun := s.flows.take(sent["state"], now)
	iss, issued := sent["iss"]
	switch {
	case begun == nil, issued && iss != s.options.Config.Issuer:
		s.show(w, http.StatusBadRequest, pageOver)
		return
	case sent["error"] != "":
		s.show(w, http.StatusForbidden, pageDenied)
		return
	case sent["code"] == "":
		s.show(w, http.StatusBadRequest, pageOver)
		return
	}
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		s.show(w, http.StatusServiceUnavailable, pageBusy)
		return
	}
	found, config, ok := s.ready(w)
	if !ok {
		return
	}
	said, err := s.answer(r.Context(), found, config, sent["code"], begun)
	if err != nil {
		s.failed(w, err)
		return
	}
	s.let(w, said, begun, now)
}

// answer makes claims of a code.
func (s *Server) answer(ctx context.Context, found *description, config oauth2.Config, code string, begun *flow) (claims, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*answerTime)
	defer cancel()
	secret, err := s.options.Secret()
	if err != nil {
		return nil, &Failure{Stage: atSecret}
	}
	config.ClientSecret = strings.TrimSpace(string(secret))
	clear(secret)
	raw, err := s.provider.exchange(ctx, found, config, code, begun.verifier)
	if err != nil {
		return nil, err
	}
	return s.provider.verify(ctx, found, raw, begun.nonce)
}

// let offers what the rules open, or says that none does.
func (s *Server) let(w http.ResponseWriter, said claims, begun *flow, now time.Time) {
	subject, _ := textOf(said["sub"])
	open := grants(*s.rules.Load(), said, s.options.TenantName)
	if len(open) == 0 {
		s.options.Refused(s.names.of("", s.options.Config.Issuer, subject))
		s.show(w, http.StatusForbidden, pageNobody)
		return
	}
	var people []Person
	for _, g := range open {
		id := s.names.of(g.tenant, s.options.Config.Issuer, subject)
		people = append(people, Person{ID: id, Tenant: g.tenant, Role: g.role, By: s.options.Config.Name})
	}
	secret, ok := s.offers.make(offer{challenge: begun.challenge, people: people}, now)
	if !ok {
		s.show(w, http.StatusServiceUnavailable, pageBusy)
		return
	}
	s.handOver(w, secret, begun.challenge, open)
}

// failed says what is wrong with the provider: to people what they can do, to
// the operator where it is.
func (s *Server) failed(w http.ResponseWriter, err error) {
	f, ok := err.(*Failure)
	if !ok {
		f = &Failure{Stage: atToken}
	}
	if count := s.teller.tell(s.options.Now()); count > 0 {
		s.options.Failed(*f, count)
	}
	if f.Down {
		s.show(w, http.StatusBadGateway, pageDown)
		return
	}
	s.show(w, http.StatusBadGateway, pageWrong)
}

// redeemBody is what the page shows: the offer's secret, the secret of its own
// challenge, and which tenant.
type redeemBody struct {
	Secret   string `json:"secret"`
	Verifier string `json:"verifier"`
	Tenant   string `json:"tenant"`
}

// redeemMost is the largest body, in bytes.
const redeemMost = 4 << 10

// redeem makes a one-time link of an offer.
func (s *Server) redeem(w http.ResponseWriter, r *http.Request) {
	if s.cross.Check(r) != nil {
		s.fail(w, "cross_site_request")
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		s.fail(w, "json_required")
		return
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, redeemMost+1))
	var body redeemBody
	switch {
	case len(data) > redeemMost:
		s.fail(w, "body_too_large")
		return
	case err != nil, json.Unmarshal(data, &body, json.RejectUnknownMembers(true)) != nil:
		s.fail(w, "invalid_body")
		return
	}
	found, ok := s.offers.redeem(body.Secret, body.Verifier, s.options.Now())
	if !ok {
		s.fail(w, "invalid_credential")
		return
	}
	for _, p := range found.people {
		if p.Tenant != body.Tenant {
			continue
		}
		link, err := s.options.Link(p)
		if err != nil {
			s.fail(w, "overloaded")
			return
		}
		send(w, http.StatusOK, map[string]string{"link": link})
		return
	}
	s.fail(w, "invalid_credential")
}

// single reads a query in which every name is there once.
func single(query string) (map[string]string, bool) {
	all, err := url.ParseQuery(query)
	if err != nil || len(query) > 8<<10 {
		return nil, false
	}
	out := make(map[string]string, len(all))
	for name, values := range all {
		if len(values) != 1 {
			return nil, false
		}
		out[name] = values[0]
	}
	return out, true
}

// isHash says whether it has the form of a SHA-256 in base64url.
func isHash(s string) bool {
	return len(s) == 43 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func send(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// fail answers a row of the table of errors.
func (s *Server) fail(w http.ResponseWriter, code string) {
	status, again, sentence := s.options.Problem(code)
	if again {
		w.Header().Set("Retry-After", strconv.Itoa(int(failedFor/time.Second)))
	}
	kind := "invalid_request_error"
	if status >= 500 {
		kind = "server_error"
	}
	send(w, status, map[string]any{"error": map[string]any{"message": sentence, "type": kind, "code": code, "param": nil}})
}

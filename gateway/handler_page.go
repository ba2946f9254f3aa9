package gateway

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"mayfly/gateway/notice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// pageInfo is what the public page needs to know before anything was asked
// of the person. Every sentence in it is computed from the configuration.
type pageInfo struct {
	Tenant    pageTenant   `json:"tenant"`
	Contact   pageContact  `json:"contact"`
	Avatars   []pageAvatar `json:"avatars"`
	Languages []string     `json:"languages"`
	Storage   pageStorage  `json:"storage"`
	Recording string       `json:"recording"`
	Resume    bool         `json:"resume"`
	Media     bool         `json:"media"`
	Demo      bool         `json:"demo"`
}

type pageTenant struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type pageContact struct {
	Email     string `json:"email,omitzero"`
	DPO       string `json:"dpo,omitzero"`
	Privacy   string `json:"privacy,omitzero"`
	Complaint string `json:"complaint,omitzero"`
}

type pageAvatar struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Look       string            `json:"look"`
	Colour     string            `json:"colour,omitzero"`
	Languages  []string          `json:"languages"`
	Voices     map[string]string `json:"voices"` // by language; none: written only
	Answers    pageAnswers       `json:"answers"`
	Microphone bool              `json:"microphone"`
	// Off is why nobody can talk with it now.
	Off string `json:"off,omitzero"`
	// Notice is the disclosure, by language.
	Notice map[string]pageNotice `json:"notice"`
	// Word is what is read first about recording, by language.
	Word map[string]string `json:"word"`
	// Lines are the sentences about what happens, by language.
	Lines map[string][]pageLine `json:"lines"`
}

type pageLine struct {
	Icon string `json:"icon"`
	Text string `json:"text"`
}

type pageAnswers struct {
	Kind string `json:"kind"` // "resident" or "model"
	Name string `json:"name"`
}

type pageNotice struct {
	Text    string `json:"text"`
	SHA256  string `json:"text_sha256"`
	Version string `json:"version"`
	Dir     string `json:"dir"`
}

type pageStorage struct {
	Here string `json:"here"`
}

// publicTenant is the tenant of the page: the one that is named, or the first
// that has a page.
func (s *Server) publicTenant(id string) *tenant.Tenant {
	for _, t := range s.options.Directory.Tenants() {
		if t.Public && (id == "" || t.ID == id) {
			return t
		}
	}
	return nil
}

// page says what the public page shows before Start.
func (s *Server) page(w http.ResponseWriter, r *http.Request) *refusal {
	t := s.publicTenant(r.URL.Query().Get("tenant"))
	if t == nil {
		return refuse("page_not_public")
	}
	info := pageInfo{
		Tenant:    pageTenant{t.ID, t.Name},
		Contact:   pageContact{t.Contact.Email, t.Contact.DPO, t.Contact.Privacy, t.Contact.Complaint},
		Storage:   pageStorage{Here: "nothing"},
		Recording: "off", // nobody was asked yet
		Resume:    true,
		Media:     s.options.Media != nil,
		Demo:      t.Demo,
	}
	seen := map[string]bool{}
	for i := range t.Avatars {
		a := &t.Avatars[i]
		terms := s.terms(time.Now(), t, a)
		if terms.records() {
			if info.Storage.Here == "nothing" {
				info.Storage.Here = "transcript"
			}
			if terms.session.Audio {
				info.Storage.Here = "audio" // beside it
			}
		}
		cast := s.options.Casting.Cast(t, a)
		if cast == nil {
			continue // nobody can talk with it
		}
		info.Avatars = append(info.Avatars, pageAvatarOf(t, a, cast, terms))
		for _, l := range a.Languages {
			if !seen[l] {
				seen[l] = true
				info.Languages = append(info.Languages, l)
			}
		}
	}
	body, err := json.Marshal(&info)
	if err != nil {
		return refuse("internal_error")
	}
	return sendJSON(w, body, nil)
}

func pageAvatarOf(t *tenant.Tenant, a *tenant.Avatar, cast *Cast, terms terms) pageAvatar {
	p := pageAvatar{
		ID: a.ID, Name: a.Name, Look: a.Look, Colour: a.Colour, Languages: a.Languages,
		Voices:     map[string]string{},
		Answers:    pageAnswers{"resident", cast.Engine.Label().System},
		Microphone: a.Microphone,
		Notice:     map[string]pageNotice{},
		Word:       map[string]string{},
		Lines:      map[string][]pageLine{},
	}
	told := terms.policy
	told.Transcript = terms.records()
	facts := notice.Of(t, a, told)
	if a.Off != nil {
		p.Off = a.Off.Reason
	}
	if a.BackEnd != nil {
		p.Answers = pageAnswers{"model", a.BackEnd.Name}
	}
	for _, l := range a.Languages {
		if v := cast.Voice(l); v != nil {
			p.Voices[l] = v.Name()
		}
		n := notice.ForAvatar(t, a, l)
		p.Notice[l] = pageNotice{n.Text, n.SHA256, n.Version, n.Direction}
		p.Word[l] = notice.Before(facts, l)
		for _, line := range notice.Compute(facts, l) {
			p.Lines[l] = append(p.Lines[l], pageLine{string(line.Icon), line.Text})
		}
	}
	return p
}

// days is a retention in whole days, as it is told: never less than it is.
func days(retention time.Duration) int {
	return int((retention + 24*time.Hour - 1) / (24 * time.Hour))
}

// pageToken gives the page of a public tenant a secret, to a request from the
// page itself and no other. There is no key in the page.
func (s *Server) pageToken(w http.ResponseWriter, r *http.Request) *refusal {
	t := s.publicTenant(r.URL.Query().Get("tenant"))
	if t == nil {
		return refuse("page_not_public")
	}
	origin, ok := s.sameOrigin(r)
	if !ok || !t.AllowsOrigin(origin) {
		return refuse("origin_not_allowed")
	}
	if s.registry.draining() {
		return refuse("draining") // no session would take it
	}
	now := time.Now()
	if wait, ok := s.edge.page.allow(now, s.edge.who(r)); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	body, bad := readBody(w, r, 4<<10)
	if bad != nil {
		return bad
	}
	ask, wrong := realtime.DecodePage(body)
	if wrong != nil {
		return malformed(wrong)
	}
	a := t.Find(ask.Avatar)
	if a == nil {
		return &refusal{code: "avatar_not_found", param: "avatar"}
	}
	normal, err := tenant.ParseOrigin(origin)
	if err != nil {
		return refuse("origin_not_allowed")
	}
	req := &realtime.SecretRequest{Seconds: 600, Origins: []string{normal}}
	req.Session.Avatar.ID, req.Session.Avatar.Locale = a.ID, ask.Locale
	answer, bad := s.issue(now, t, a, req, session.ID{})
	return sendJSON(w, answer, bad)
}

// sameOrigin says whether a request comes from a page of this gateway, and
// from which origin. A browser says so in headers that a page cannot set.
func (s *Server) sameOrigin(r *http.Request) (string, bool) {
	origin := r.Header.Get("Origin")
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return "", false
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return "", false
	}
	if s.options.PublicURL != "" && strings.TrimSuffix(s.options.PublicURL, "/") == origin {
		return origin, true
	}
	return origin, strings.EqualFold(u.Host, r.Host)
}

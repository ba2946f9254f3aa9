package gateway

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
)

// Limits of what a person sends with their receipt key, in bytes.
const (
	maxCorrection  = 64 << 10
	maxRequestBody = 80 << 10
	maxNote        = 8 << 10
)

// person is somebody who has the receipt key of what is stored.
type person struct {
	holding    Holding
	tenant     *tenant.Tenant // nil: it is gone from the configuration
	avatarName string         // empty: it has none, or is gone
	self       bool           // what they ask for is carried out at once, not on instruction
}

// person finds out what a receipt key is of. Whatever is wrong with a key is
// refused alike: it cannot be found out what there once was.
func (s *Server) person(r *http.Request) (*person, *refusal) {
	if wait, ok := s.edge.person.allow(time.Now(), s.edge.who(r)); !ok {
		return nil, &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if key == "" {
		return nil, refuse("missing_credential")
	}
	if s.options.Rights == nil || !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(key, receiptKeyPrefix) || len(key) > 512 {
		return nil, refuse("receipt_key_not_known")
	}
	h, err := s.options.Rights.Find(r.Context(), sha256.Sum256([]byte(key)))
	switch {
	case errors.Is(err, ErrNothing):
		return nil, refuse("receipt_key_not_known")
	case err != nil:
		return nil, refuse("storage_unavailable")
	}
	p := &person{holding: h, tenant: s.options.Directory.Tenant(h.Tenant)}
	if p.tenant != nil {
		a := p.tenant.Find(h.Avatar)
		if a == nil {
			a = p.tenant.Find("") // it is gone; the tenant's own policy counts
		}
		if a != nil && a.ID == h.Avatar {
			p.avatarName = a.Name
		}
		p.self = p.tenant.Effective(a).Rights == tenant.SelfService
	}
	return p, nil
}

// rightsFailed is the refusal for an error of Rights.
func rightsFailed(h *Holding, err error) *refusal {
	switch {
	case errors.Is(err, ErrHeld):
		return &refusal{code: "held_until", until: h.HeldUntil}
	case errors.Is(err, ErrNothing):
		return refuse("item_not_found")
	case errors.Is(err, ErrMany):
		return &refusal{code: "rate_limit_exceeded", wait: time.Hour}
	}
	return refuse("storage_unavailable")
}

// meAnswer is what GET /v1/me answers: what is stored, without its words.
type meAnswer struct {
	Session      string               `json:"session"`
	Avatar       string               `json:"avatar"`
	AvatarName   string               `json:"avatar_name"` // as people were shown it; its ID if it is gone
	Organisation receipt.Organisation `json:"organisation"`
	Began        time.Time            `json:"began_at"`
	Last         time.Time            `json:"last_at"`
	Until        time.Time            `json:"stored_until"`
	Turns        int                  `json:"turns"`
	Items        int                  `json:"items"`
	Bytes        int                  `json:"bytes"`
	Purposes     []string             `json:"purposes"`
	Policy       uint64               `json:"policy"`
	HeldUntil    *time.Time           `json:"held_until"`
	Restricted   bool                 `json:"restricted"`
	Corrected    int                  `json:"corrected"`
	Rights       string               `json:"rights"` // "self_service", "on_instruction"
	Requests     []requestAnswer      `json:"requests"`
	Reports      []reportAnswer       `json:"reports"`
}

// requestAnswer is a request as its maker sees it.
type requestAnswer struct {
	ID    string     `json:"id"`
	Kind  string     `json:"kind"`
	State string     `json:"state"`
	Item  *uint32    `json:"item"`
	At    time.Time  `json:"at"`
	Done  *time.Time `json:"done_at"`
	// Reason is what the organisation said when it answered.
	Reason string `json:"reason"`
}

func answerOf(r RightsRequest) requestAnswer {
	a := requestAnswer{ID: r.ID.String(), Kind: r.Kind, State: r.State, At: at(r.At), Reason: r.Reason}
	if r.Item != 0 {
		a.Item = &r.Item
	}
	if !r.Done.IsZero() {
		done := at(r.Done)
		a.Done = &done
	}
	return a
}

func (p *person) rights() string {
	if p.self {
		return tenant.SelfService.String()
	}
	return tenant.OnInstruction.String()
}

// me says what is stored of a session.
func (s *Server) me(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	requests, err := s.options.Rights.Requests(r.Context(), p.holding)
	if err != nil {
		return rightsFailed(&p.holding, err)
	}
	h := p.holding
	a := meAnswer{
		Session: h.Session.String(), Avatar: h.Avatar, AvatarName: cmp.Or(p.avatarName, h.Avatar), Organisation: organisationOf(h.Tenant, p.tenant),
		Began: at(h.Began), Last: at(h.Last), Until: at(h.Until), Turns: h.Turns, Items: h.Items, Bytes: h.Bytes,
		Purposes: h.Purposes, Policy: h.Policy, Restricted: h.Restricted, Corrected: h.Corrected,
		Rights: p.rights(), Requests: []requestAnswer{}, Reports: reportAnswers(h.Reports),
	}
	if !h.HeldUntil.IsZero() {
		until := at(h.HeldUntil)
		a.HeldUntil = &until
	}
	for _, q := range requests {
		a.Requests = append(a.Requests, answerOf(q))
	}
	return sendAny(w, http.StatusOK, a)
}

// transcriptForms are the forms of a transcript, by media type.
var transcriptForms = []struct{ media, form string }{
	{"application/jsonl", "jsonl"}, {"application/json", "json"}, {"text/plain", "text"}, {"text/vtt", "vtt"},
}

// myTranscript gives the stored words to the person who said them.
func (s *Server) myTranscript(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	if bad := s.mayRead(r, p); bad != nil {
		return bad
	}
	media, form := acceptedForm(r.Header.Get("Accept"))
	if form == "" {
		return refuse("not_acceptable")
	}
	out := &begun{w: w, media: media}
	if err := out.ended(s.options.Rights.Read(r.Context(), p.holding, form, out)); err != nil {
		return rightsFailed(&p.holding, err)
	}
	return nil
}

// mayRead says whether the person gets the words now: where the tenant
// carries requests out itself, when it has carried out one for access.
func (s *Server) mayRead(r *http.Request, p *person) *refusal {
	if p.self {
		return nil
	}
	requests, err := s.options.Rights.Requests(r.Context(), p.holding)
	if err != nil {
		return rightsFailed(&p.holding, err)
	}
	if slices.ContainsFunc(requests, func(q RightsRequest) bool { return q.Kind == "access" && q.State == "carried_out" }) {
		return nil
	}
	return refuse("on_instruction")
}

// acceptedForm is the first form that an Accept header names; JSON Lines if it
// names none in particular.
func acceptedForm(accept string) (media, form string) {
	if accept == "" {
		accept = "*/*"
	}
	for part := range strings.SplitSeq(accept, ",") {
		name, _, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "*/*" || name == "application/*" {
			return transcriptForms[0].media, transcriptForms[0].form
		}
		for _, f := range transcriptForms {
			if f.media == name {
				return f.media, f.form
			}
		}
	}
	return "", ""
}

// begun sets the head of an answer when the first of its body comes.
type begun struct {
	w     http.ResponseWriter
	media string
	any   bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.any {
		b.any = true
		h := b.w.Header()
		if strings.HasPrefix(b.media, "text/") {
			b.media += "; charset=utf-8"
		}
		h.Set("Content-Type", b.media)
		h.Set("Content-Disposition", "attachment")
	}
	return b.w.Write(p)
}

// ended gives an error back that came before the answer began. One that comes
// later breaks it off: half an answer must not look like a whole one.
func (b *begun) ended(err error) error {
	if err != nil && b.any {
		panic(http.ErrAbortHandler)
	}
	return err
}

// eraseMine removes what is stored.
func (s *Server) eraseMine(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	if !p.self {
		return s.instruct(w, r, p, "erase", 0, nil)
	}
	n, err := s.options.Rights.Erase(r.Context(), p.holding)
	if err != nil {
		return rightsFailed(&p.holding, err)
	}
	s.erasedElsewhere(p.holding, n)
	return sendAny(w, http.StatusOK, map[string]any{"erased": n.Turns, "erased_reports": n.Reports})
}

// instruct makes a request of what the tenant has to carry out.
func (s *Server) instruct(w http.ResponseWriter, r *http.Request, p *person, kind string, item uint32, note []byte) *refusal {
	q, err := s.options.Rights.Ask(r.Context(), p.holding, kind, item, note)
	clear(note)
	if err != nil {
		return rightsFailed(&p.holding, err)
	}
	return sendAny(w, http.StatusAccepted, map[string]any{"request": answerOf(q)})
}

// correctMine lays the person's words over an item.
func (s *Server) correctMine(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	no, err := strconv.ParseUint(r.PathValue("no"), 10, 32)
	if err != nil || no == 0 {
		return refuse("item_not_found")
	}
	var ask struct {
		Text string `json:"text"`
	}
	if bad := readFields(w, r, maxRequestBody, &ask); bad != nil {
		return bad
	}
	if ask.Text == "" {
		return &refusal{code: "missing_required_parameter", param: "text"}
	}
	if len(ask.Text) > maxCorrection {
		return &refusal{code: "string_above_max_length", param: "text"}
	}
	text := []byte(ask.Text)
	defer clear(text)
	if !p.self {
		if len(text) > maxNote {
			return &refusal{code: "string_above_max_length", param: "text"}
		}
		return s.instruct(w, r, p, "correct", uint32(no), text)
	}
	if err := s.options.Rights.Correct(r.Context(), p.holding, uint32(no), text); err != nil {
		return rightsFailed(&p.holding, err)
	}
	return sendAny(w, http.StatusOK, map[string]any{"corrected": no})
}

// restrictMine stops, or allows again, every use but the person's own.
func (s *Server) restrictMine(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	var ask struct {
		On *bool `json:"on"`
	}
	if bad := readFields(w, r, 1<<10, &ask); bad != nil {
		return bad
	}
	if ask.On == nil {
		return &refusal{code: "missing_required_parameter", param: "on"}
	}
	if !p.self {
		if !*ask.On {
			return refuse("on_instruction") // the tenant lifts what it carried out
		}
		return s.instruct(w, r, p, "restrict", 0, nil)
	}
	if err := s.options.Rights.Restrict(r.Context(), p.holding, *ask.On); err != nil {
		return rightsFailed(&p.holding, err)
	}
	return sendAny(w, http.StatusOK, map[string]any{"restricted": *ask.On})
}

// requestKinds are what can be asked for.
var requestKinds = []string{"access", "correct", "erase", "restrict", "object", "appeal"}

// myRequests lists what was asked for.
func (s *Server) myRequests(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	requests, err := s.options.Rights.Requests(r.Context(), p.holding)
	if err != nil {
		return rightsFailed(&p.holding, err)
	}
	all := []requestAnswer{}
	for _, q := range requests {
		all = append(all, answerOf(q))
	}
	return sendAny(w, http.StatusOK, map[string]any{"requests": all})
}

// askFor makes a request that the tenant has to answer.
func (s *Server) askFor(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	var ask struct {
		Kind string `json:"kind"`
		Item uint32 `json:"item"`
		Note string `json:"note"`
	}
	if bad := readFields(w, r, maxRequestBody, &ask); bad != nil {
		return bad
	}
	if !slices.Contains(requestKinds, ask.Kind) {
		return &refusal{code: "invalid_value", param: "kind"}
	}
	if len(ask.Note) > maxNote {
		return &refusal{code: "string_above_max_length", param: "note"}
	}
	return s.instruct(w, r, p, ask.Kind, ask.Item, []byte(ask.Note))
}

// readFields reads a body of JSON: an object with the fields of to and no other.
func readFields(w http.ResponseWriter, r *http.Request, most int64, to any) *refusal {
	body, bad := readBody(w, r, most)
	if bad != nil {
		return bad
	}
	defer clear(body)
	if err := json.Unmarshal(body, to, json.RejectUnknownMembers(true)); err != nil {
		return refuse("invalid_body")
	}
	return nil
}

// sendAny answers with JSON.
func sendAny(w http.ResponseWriter, status int, v any) *refusal {
	body, err := json.Marshal(v, json.FormatNilSliceAsNull(false), json.Deterministic(true))
	if err != nil {
		return refuse("internal_error")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}

package admin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// memory is a Store for the paths that no real one takes when asked to: what
// is stored over the real recorder is in cmd/mayfly.
type memory struct {
	mu      sync.Mutex
	now     func() time.Time
	mark    uint64
	down    error // every method's answer
	deaf    error // Note's answer
	unready error // Ready's answer
	of      map[string]*memoryTenant
	free    []LoggedFact // of no tenant
	beyond  error        // PutDocument's answer
}

type memoryTenant struct {
	written   []Key // in the file
	forced    bool
	reason    string
	versions  []Version
	recording map[string]bool
	keys      []Key
	proposals []Proposal
	proposed  uint64
	kept      map[session.ID]*Kept
	words     map[session.ID]string
	heard     map[session.ID][]heard
	reports   map[session.ID]*reported
	holds     []Hold
	accesses  []OperatorAccess
	disclosed []Disclosure
	incidents []Incident
	requests  []Request
	facts     []LoggedFact
	days      []Day
	documents map[string][]byte // "ada/hours.md"
}

func (m *memory) tenant(id string) (*memoryTenant, error) {
	if m.down != nil {
		return nil, m.down
	}
	t := m.of[id]
	if t == nil || len(t.versions) == 0 {
		return nil, ErrUnknown
	}
	return t, nil
}

func (m *memory) fact(tenantID string, f session.Fact) {
	at := &m.free
	if t := m.of[tenantID]; t != nil {
		at = &t.facts
	}
	n := len(*at)
	*at = append(*at, LoggedFact{Number: uint64(n + 1), Month: m.now().UTC().Format("2006-01"), Index: int64(n), At: m.now(), Fact: f})
}

func (m *memory) Ready() error { return cmp.Or(m.down, m.unready) }

func (m *memory) Tenant(_ context.Context, id string) (Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return Version{}, err
	}
	return t.versions[len(t.versions)-1], nil
}

func (m *memory) Change(_ context.Context, c Change) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(c.Tenant)
	if err != nil {
		return 0, err
	}
	if have := uint64(len(t.versions)); have != c.Base {
		return 0, &StaleError{have}
	}
	n := c.Base + 1
	t.versions = append(t.versions, Version{n, m.now(), c.By, tenant.SourceStore, c.Document, c.Hash})
	t.recording = c.Recording
	for _, f := range c.Facts {
		m.fact(c.Tenant, f)
	}
	m.mark++
	return n, nil
}

func (m *memory) Versions(_ context.Context, id string, before uint64, limit int) ([]Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	var all []Version
	for _, v := range slices.Backward(t.versions) {
		if (before == 0 || v.Number < before) && len(all) < limit {
			all = append(all, v)
		}
	}
	return all, nil
}

func (m *memory) Version(_ context.Context, id string, n uint64) (Version, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil || n == 0 || n > uint64(len(t.versions)) {
		return Version{}, cmp.Or(err, ErrUnknown)
	}
	return t.versions[n-1], nil
}

func (m *memory) ForceOff(_ context.Context, id string, off bool, reason string, by session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	t.forced, t.reason = off, reason
	kind := session.RecordingReleased
	if off {
		kind = session.RecordingForcedOff
	}
	m.fact(id, session.Fact{Kind: kind, Actor: by})
	m.mark++
	return nil
}

func (m *memory) Proposals(_ context.Context, id string) ([]Proposal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.proposals), nil
}

func (m *memory) Propose(_ context.Context, id string, p Proposal) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return 0, err
	}
	t.proposed++
	p.Number = t.proposed
	t.proposals = append(t.proposals, p)
	return p.Number, nil
}

func (m *memory) EndProposal(_ context.Context, id string, n uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	before := len(t.proposals)
	t.proposals = slices.DeleteFunc(t.proposals, func(p Proposal) bool { return p.Number == n })
	if len(t.proposals) == before {
		return ErrUnknown
	}
	return nil
}

func (m *memory) Keys(_ context.Context, id string) ([]Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.keys), nil
}

func (m *memory) FileKeys(_ context.Context, id string) ([]Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.written), nil
}

func (m *memory) AddKey(_ context.Context, id string, k Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	t.keys = append(t.keys, k)
	m.fact(id, session.Fact{Kind: session.KeyIssued, Actor: k.By, Object: k.ID})
	m.mark++
	return nil
}

func (m *memory) RevokeKey(_ context.Context, id string, key, by session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	at, admins := -1, 0
	for i, k := range t.keys {
		if !k.Revoked.IsZero() {
			continue
		}
		if k.ID == key {
			at = i
		} else if k.Role == "admin" {
			admins++
		}
	}
	switch {
	case at < 0:
		return ErrUnknown
	case t.keys[at].Role == "admin" && admins == 0:
		return ErrLastKey
	}
	t.keys[at].Revoked = m.now()
	m.fact(id, session.Fact{Kind: session.KeyRevoked, Actor: by, Object: key})
	m.mark++
	return nil
}

func (m *memory) List(_ context.Context, id string, q Query, who Access) ([]Kept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	m.fact(id, session.Fact{Kind: session.TranscriptListed, Actor: who.Actor})
	var all []Kept
	for _, k := range t.kept {
		if (q.Avatar == "" || k.Avatar == q.Avatar) && (q.Subject == "" || k.Subject == q.Subject) {
			all = append(all, *k)
		}
	}
	slices.SortFunc(all, func(a, b Kept) int { return bytes.Compare(b.Session[:], a.Session[:]) })
	if !q.After.IsZero() {
		all = slices.DeleteFunc(all, func(k Kept) bool { return bytes.Compare(k.Session[:], q.After[:]) >= 0 })
	}
	return all[:min(len(all), q.Limit)], nil
}

func (m *memory) Read(_ context.Context, id string, s session.ID, who Access, _ string, w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	k := t.kept[s]
	switch {
	case k == nil:
		return ErrUnknown
	case k.Restricted:
		return ErrRestricted
	case who.Purpose != "rights" && !slices.Contains(k.Purposes, who.Purpose):
		return ErrPurpose
	}
	m.fact(id, session.Fact{Kind: session.TranscriptRead, Session: s, Actor: who.Actor})
	_, err = io.WriteString(w, t.words[s])
	return err
}

func (m *memory) Erase(_ context.Context, id string, s session.ID, who Access) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return 0, err
	}
	k := t.kept[s]
	switch {
	case k == nil:
		return 0, ErrUnknown
	case k.Held:
		return 0, ErrHeld
	}
	delete(t.kept, s)
	delete(t.words, s)
	m.fact(id, session.Fact{Kind: session.TranscriptErased, Session: s, Actor: who.Actor, Count: uint64(k.Turns)})
	return k.Turns, nil
}

func (m *memory) EraseWhere(ctx context.Context, id string, q Query, who Access) (Report, error) {
	q.Limit = 1 << 20
	all, err := m.List(ctx, id, q, who)
	var r Report
	for _, k := range all {
		n, err := m.Erase(ctx, id, k.Session, who)
		if errors.Is(err, ErrHeld) {
			r.Held++
			continue
		}
		r.Sessions, r.Turns = r.Sessions+1, r.Turns+n
	}
	return r, err
}

func (m *memory) UseAccess(_ context.Context, id string) (session.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return session.ID{}, err
	}
	for i := range t.accesses {
		if a := &t.accesses[i]; a.open(m.now()) {
			a.Used++
			return a.ID, nil
		}
	}
	return session.ID{}, ErrNoAccess
}

func (m *memory) Disclosures(_ context.Context, id string) ([]Disclosure, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.disclosed), nil
}

func (m *memory) ProposeDisclosure(_ context.Context, id string, d Disclosure) (session.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return session.ID{}, err
	}
	d.ID, d.Proposed = newID(), m.now()
	t.disclosed = append([]Disclosure{d}, t.disclosed...)
	return d.ID, nil
}

func (m *memory) disclosure(id string, of session.ID) (*Disclosure, error) {
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	for i := range t.disclosed {
		if d := &t.disclosed[i]; d.ID == of && d.Ended.IsZero() {
			return d, nil
		}
	}
	return nil, ErrUnknown
}

func (m *memory) ConfirmDisclosure(_ context.Context, id string, of, by session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.disclosure(id, of)
	if err != nil {
		return err
	}
	if !d.Second.IsZero() {
		return ErrDone
	}
	d.Second, d.Confirmed = by, m.now()
	return nil
}

func (m *memory) EndDisclosure(_ context.Context, id string, of, _ session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, err := m.disclosure(id, of)
	if err == nil {
		d.Ended = m.now()
	}
	return err
}

func (m *memory) OperatorAccesses(_ context.Context, id string) ([]OperatorAccess, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.accesses), nil
}

func (m *memory) Holds(_ context.Context, id string) ([]Hold, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.holds), nil
}

func (m *memory) PlaceHold(_ context.Context, id string, h Hold) (session.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return session.ID{}, err
	}
	h.ID = newID()
	t.holds = append(t.holds, h)
	return h.ID, nil
}

func (m *memory) hold(id string, hold session.ID) (*Hold, error) {
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	for i := range t.holds {
		if t.holds[i].ID == hold && t.holds[i].Lifted.IsZero() {
			return &t.holds[i], nil
		}
	}
	return nil, ErrUnknown
}

func (m *memory) ConfirmHold(_ context.Context, id string, hold, by session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := m.hold(id, hold)
	if err != nil {
		return err
	}
	if h.By == by {
		return ErrSameAdmin
	}
	h.Second = by
	return nil
}

func (m *memory) LiftHold(_ context.Context, id string, hold, _ session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := m.hold(id, hold)
	if err != nil {
		return err
	}
	h.Lifted = m.now()
	return nil
}

func (m *memory) Requests(_ context.Context, id, state string) ([]Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(t.requests), func(r Request) bool { return state != "" && r.State != state }), nil
}

func (m *memory) Answer(_ context.Context, id string, request session.ID, yes bool, reason string, who Access) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	for i := range t.requests {
		r := &t.requests[i]
		if r.ID != request {
			continue
		}
		if r.State != "open" {
			return ErrDone
		}
		r.State, r.Reason, r.By, r.Done = "refused", reason, who.Actor, m.now()
		if yes {
			r.State = "carried_out"
		}
		return nil
	}
	return ErrUnknown
}

func (m *memory) Usage(_ context.Context, id string, _, _ time.Time) ([]Day, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	return slices.Clone(t.days), nil
}

func (m *memory) Note(tenantID string, f session.Fact, done func(error)) {
	m.mu.Lock()
	err := m.deaf
	if err == nil {
		m.fact(tenantID, f)
	}
	m.mu.Unlock()
	if done != nil {
		done(err)
	}
}

// Load and Mark make the memory a tenant.Source.
func (m *memory) Load(context.Context) ([]tenant.Stored, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []tenant.Stored
	for id, t := range m.of {
		v := t.versions[len(t.versions)-1]
		row := tenant.Stored{ID: id, Source: v.Source, Number: v.Number, At: v.At, Document: v.Document, Hash: v.Hash, ForcedOff: t.forced, ForcedReason: t.reason}
		for _, k := range t.keys {
			if k.Revoked.IsZero() {
				role := map[string]tenant.Role{"admin": tenant.Admin, "reviewer": tenant.Reviewer, "caller": tenant.Caller}[k.Role]
				row.Keys = append(row.Keys, tenant.Key{ID: k.ID, Name: k.Name, Hash: k.Hash, Role: role, Expires: k.Expires})
			}
		}
		all = append(all, row)
	}
	return all, m.down
}

func (m *memory) Mark(context.Context) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mark, m.down
}

// kinds are the facts of a tenant, in order.
func (m *memory) kinds(id string) (all []session.FactKind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	facts := m.free
	if t := m.of[id]; t != nil {
		facts = t.facts
	}
	for _, f := range facts {
		all = append(all, f.Fact.Kind)
	}
	return all
}

// stage is Live with sessions that stand still.
type stage struct {
	mu       sync.Mutex
	sessions map[string][]LiveSession
	narrowed []bool // each call's off
	reasons  []string
	seen     func() // called by Narrow
	shut     string // Offers' answer
}

func (s *stage) Sessions(id string) []LiveSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sessions[id])
}

func (s *stage) End(id string, one session.ID, avatar, reason string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.sessions[id])
	s.sessions[id] = slices.DeleteFunc(s.sessions[id], func(l LiveSession) bool {
		return one == l.ID || one.IsZero() && (avatar == "" || avatar == l.Avatar)
	})
	s.reasons = append(s.reasons, reason)
	return before - len(s.sessions[id])
}

func (s *stage) Offers(string) string { return s.shut }

// Desk implements Live.
func (s *stage) CheckAgents()     {}
func (s *stage) Desk(string) Desk { return Desk{Open: true, Waiting: 1} }

func (s *stage) Narrow(id string, off bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.narrowed = append(s.narrowed, off)
	if s.seen != nil {
		s.seen()
	}
	return len(s.sessions[id])
}

// world is an API with two tenants in the store and one in the file.
type world struct {
	*API
	t      *testing.T
	store  *memory
	live   *stage
	links  *Links
	behind *behind
	keys   map[string]string // "acme admin"
	at     time.Time
	asked  atomic.Int64
}

const acme = `{"id":"acme","name":"Acme","contact":{"email":"privacy@acme.example"},"avatars":[{"id":"ada","name":"Ada"},{"id":"bob","name":"Bob"}]}`

// recorded is the patch that switches recording on.
const recorded = `{"policy":{"transcript":true,"retention":{"transcript":"30d"},"purposes":["quality"]}}`

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, links: &Links{}, keys: map[string]string{}, at: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	now := func() time.Time { return w.at }
	w.store = &memory{now: now, mark: 1, of: map[string]*memoryTenant{}}
	w.live = &stage{sessions: map[string][]LiveSession{}}
	var files []tenant.Tenant
	for _, id := range []string{"acme", "beta", "file"} {
		doc := bytes.Replace([]byte(acme), []byte(`"acme"`), []byte(`"`+id+`"`), 1)
		parsed, err := tenant.ParseDocument(doc)
		require.NoError(t, err)
		canonical, err := tenant.Document(parsed)
		require.NoError(t, err)
		of := &memoryTenant{kept: map[session.ID]*Kept{}, words: map[session.ID]string{}}
		w.store.of[id] = of
		source := tenant.SourceStore
		if id == "file" {
			source = tenant.SourceFile
		}
		of.versions = []Version{{Number: 1, At: w.at, Source: source, Document: canonical, Hash: tenant.DocumentHash(canonical)}}
		for _, role := range []string{"admin", "admin2", "reviewer", "caller", "expired", "revoked"} {
			secret, hash := tenant.NewKey()
			w.keys[id+" "+role] = secret
			k := Key{ID: newID(), Hash: hash, Name: role, Role: role, Made: w.at.Add(-time.Hour), By: newID()}
			switch role {
			case "admin2", "revoked":
				k.Role = "admin"
			case "expired":
				k.Role, k.Expires = "admin", w.at.Add(-time.Second)
			}
			if role == "revoked" {
				k.Revoked = w.at
			}
			if id == "file" {
				parsed.Keys = append(parsed.Keys, tenant.Key{Hash: hash, Role: map[string]tenant.Role{"admin": tenant.Admin, "reviewer": tenant.Reviewer, "caller": tenant.Caller}[k.Role]})
				continue
			}
			of.keys = append(of.keys, k)
		}
		if id == "file" {
			parsed.Keys, parsed.Line = parsed.Keys[:4], 7 // expired and revoked ones are not in it
			files = append(files, *parsed)
		}
	}
	directory, err := tenant.NewDirectory(files)
	require.NoError(t, err)
	refresh := func(ctx context.Context) error { return directory.Load(ctx, w.store, nil) }
	require.NoError(t, refresh(t.Context()))
	w.behind = &behind{}
	w.API = New(Options{
		Answers: w.behind, Knowledge: w.behind, Reach: w.behind, Tools: w.behind, Hooks: w.behind,
		Store: w.store, Live: w.live, Directory: directory, Links: w.links, Refresh: refresh,
		Problem: gateway.Problem, Now: now, Audit: &logs{},
	})
	t.Cleanup(w.Close)
	return w
}

// keep stores a conversation of a tenant.
func (w *world) keep(tenantID, words string) session.ID {
	id := newID()
	of := w.store.of[tenantID]
	of.kept[id] = &Kept{Session: id, Avatar: "ada", Began: w.at, Last: w.at, Until: w.at.Add(time.Hour), Turns: 2, Items: 4, Subject: "p1", Purposes: []string{"quality"}}
	of.words[id] = words
	return id
}

// answer is what came back.
type answer struct {
	status int
	header map[string][]string
	body   string
}

func (a answer) into(t *testing.T, v any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), v), a.body)
}

// code is the code of a refusal.
func (a answer) code() string {
	var e errorAnswer
	_ = json.Unmarshal([]byte(a.body), &e)
	return e.Error.Code
}

// breaking fails in the middle of a transcript.
type breaking struct{ *memory }

func (breaking) Read(_ context.Context, _ string, _ session.ID, _ Access, _ string, w io.Writer) error {
	_, _ = io.WriteString(w, "half")
	return io.ErrUnexpectedEOF
}

func (m *memory) Expiries(_ context.Context, id string, who Access) (all []Expiry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	m.fact(id, session.Fact{Kind: session.TranscriptListed, Actor: who.Actor})
	for _, k := range t.kept {
		e := Expiry{Day: k.Until.Truncate(24 * time.Hour), Class: "transcript", Count: 1}
		if k.Held {
			e.Held = 1
		}
		all = append(all, e)
	}
	return all, nil
}

// heard is the sound of one side of a turn in memory.
type heard struct {
	KeptSound
	file string
}

func (m *memory) Sounds(_ context.Context, id string, of session.ID, who Access) (all []KeptSound, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	m.fact(id, session.Fact{Kind: session.TranscriptListed, Session: of, Actor: who.Actor})
	if t.kept[of] == nil {
		return nil, ErrUnknown
	}
	for _, h := range t.heard[of] {
		all = append(all, h.KeptSound)
	}
	return all, nil
}

func (m *memory) ReadSound(_ context.Context, id string, of session.ID, turn uint64, side string, who Access, w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return err
	}
	for _, h := range t.heard[of] {
		if h.Turn != turn || h.Side != side {
			continue
		}
		if !slices.Contains(t.kept[of].Purposes, who.Purpose) {
			return ErrPurpose
		}
		m.fact(id, session.Fact{Kind: session.TranscriptRead, Session: of, Actor: who.Actor, Purposes: session.AudioRecording})
		_, err := io.WriteString(w, h.file)
		return err
	}
	return ErrUnknown
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/recorder/audit"
	"mayfly/session"
)

// adminStore is the recorder as the admin API has it.
type adminStore struct{ *recorder.Recorder }

// adminError is a recorder's error in the admin API's terms.
func adminError(err error) error {
	if err == nil || errors.Is(err, recorder.ErrKeyKept) {
		return nil // the rows are gone; their key is destroyed as soon as it can be
	}
	var stale recorder.ErrStale
	if errors.As(err, &stale) {
		return &admin.StaleError{Have: stale.Have}
	}
	for from, to := range map[error]error{
		recorder.ErrUnknown: admin.ErrUnknown, recorder.ErrLastKey: admin.ErrLastKey, recorder.ErrHeld: admin.ErrHeld,
		recorder.ErrPurpose: admin.ErrPurpose, recorder.ErrRestricted: admin.ErrRestricted,
		recorder.ErrSecond: admin.ErrSameAdmin, recorder.ErrExists: admin.ErrDone, recorder.ErrNoAccess: admin.ErrNoAccess,
	} {
		if errors.Is(err, from) {
			return to
		}
	}
	return fmt.Errorf("%w: %w", admin.ErrNotReady, err)
}

// Tenant implements admin.Tenants.
func (s adminStore) Tenant(ctx context.Context, tenantID string) (admin.Version, error) {
	t, err := s.Recorder.Tenant(ctx, tenantID)
	return s.version(t), adminError(err)
}

func (s adminStore) version(t recorder.Tenant) admin.Version {
	v := admin.Version{Number: t.Number, At: t.At, By: t.By, Source: t.Source, Document: t.Document, Hash: t.Hash}
	if v.Source == tenant.SourceDemo {
		v.Source = tenant.SourceStore // it is changed as if it were
	}
	return v
}

// Change implements admin.Tenants.
func (s adminStore) Change(ctx context.Context, c admin.Change) (uint64, error) {
	last, err := s.Recorder.Tenant(ctx, c.Tenant)
	if err != nil {
		return 0, adminError(err)
	}
	source := tenant.SourceStore
	if last.Source == tenant.SourceDemo {
		source = tenant.SourceDemo
	}
	next, err := tenant.ParseDocument(c.Document)
	if err != nil {
		return 0, adminError(err)
	}
	before, _ := tenant.ParseDocument(last.Document) // a rule of today that it breaks: nobody knows what it allowed
	n, err := s.ChangeTenant(ctx, recorder.Change{
		Tenant: c.Tenant, Base: c.Base, Source: source, Document: c.Document, Hash: c.Hash, By: c.By,
		Recording: c.Recording, Sound: c.Sound, Facts: c.Facts, Permissions: permissions(next), Register: registerOf(next),
		Urgent: tenant.Narrows(before, next),
	})
	return n, adminError(err)
}

// Versions implements admin.Tenants.
func (s adminStore) Versions(ctx context.Context, tenantID string, before uint64, limit int) ([]admin.Version, error) {
	all, err := s.Recorder.Versions(ctx, tenantID, before, limit)
	var out []admin.Version
	for _, t := range all {
		out = append(out, s.version(t))
	}
	return out, adminError(err)
}

// Version implements admin.Tenants.
func (s adminStore) Version(ctx context.Context, tenantID string, number uint64) (admin.Version, error) {
	t, err := s.Recorder.Version(ctx, tenantID, number)
	return s.version(t), adminError(err)
}

// ForceOff implements admin.Tenants.
func (s adminStore) ForceOff(ctx context.Context, tenantID string, off bool, reason string, by session.ID) error {
	return adminError(s.Recorder.ForceOff(ctx, tenantID, off, reason, by))
}

// Proposals implements admin.Tenants.
func (s adminStore) Proposals(ctx context.Context, tenantID string) ([]admin.Proposal, error) {
	all, err := s.Recorder.Proposals(ctx, tenantID)
	var out []admin.Proposal
	for _, p := range all {
		out = append(out, admin.Proposal(p))
	}
	return out, adminError(err)
}

// Propose implements admin.Tenants.
func (s adminStore) Propose(ctx context.Context, tenantID string, p admin.Proposal) (uint64, error) {
	n, err := s.Recorder.Propose(ctx, tenantID, recorder.Proposal(p))
	return n, adminError(err)
}

// EndProposal implements admin.Tenants.
func (s adminStore) EndProposal(ctx context.Context, tenantID string, number uint64) error {
	return adminError(s.Recorder.EndProposal(ctx, tenantID, number))
}

// Keys implements admin.Keys.
func (s adminStore) Keys(ctx context.Context, tenantID string) ([]admin.Key, error) {
	all, err := s.Recorder.Keys(ctx, tenantID)
	var out []admin.Key
	for i := len(all) - 1; i >= 0; i-- {
		k := all[i]
		out = append(out, admin.Key{ID: k.ID, Hash: k.Hash, Role: k.Role, Name: k.Name, Made: k.Made, Expires: k.Expires, Revoked: k.Revoked, By: k.By, Reason: k.Reason})
	}
	return out, adminError(err)
}

// FileKeys implements admin.Keys.
func (s adminStore) FileKeys(ctx context.Context, tenantID string) (out []admin.Key, err error) {
	all, err := s.Recorder.FileKeys(ctx, tenantID)
	for _, k := range all {
		out = append(out, admin.Key{ID: k.ID, Role: k.Role, Made: k.Made, Expires: k.Expires, Rule: k.Rule})
	}
	return out, adminError(err)
}

// AddKey implements admin.Keys.
func (s adminStore) AddKey(ctx context.Context, tenantID string, k admin.Key) error {
	return adminError(s.Recorder.AddKey(ctx, recorder.Key{
		ID: k.ID, Tenant: tenantID, Hash: k.Hash, Role: k.Role, Name: k.Name, Made: k.Made, Expires: k.Expires, By: k.By, Reason: k.Reason,
	}))
}

// RevokeKey implements admin.Keys.
func (s adminStore) RevokeKey(ctx context.Context, tenantID string, id, by session.ID) error {
	return adminError(s.Recorder.RevokeKey(ctx, tenantID, id, by))
}

func accessOf(a admin.Access) recorder.Access {
	return recorder.Access{Actor: a.Actor, Purpose: a.Purpose}
}

// subject is the pseudonym of somebody whom the tenant names by its own name,
// or by the pseudonym. Without the tenant's keys it is an error: what is stored
// under it is not found, which must not look like nothing.
func (s adminStore) subject(ctx context.Context, tenantID, name string) (string, error) {
	if name == "" || strings.HasPrefix(name, "sub_") {
		return name, nil
	}
	if err := s.PreparePseudonyms(ctx, tenantID); err != nil {
		return "", err
	}
	return s.Pseudonym(tenantID, []byte(name)), nil
}

func (s adminStore) query(ctx context.Context, tenantID string, q admin.Query) (recorder.Query, error) {
	subject, err := s.subject(ctx, tenantID, q.Subject)
	return recorder.Query{Tenant: tenantID, Avatar: q.Avatar, Subject: subject, From: q.From, To: q.To, After: q.After, Limit: q.Limit}, err
}

// List implements admin.Transcripts.
func (s adminStore) List(ctx context.Context, tenantID string, q admin.Query, who admin.Access) ([]admin.Kept, error) {
	query, err := s.query(ctx, tenantID, q)
	if err != nil {
		return nil, adminError(err)
	}
	all, err := s.Recorder.List(ctx, query, accessOf(who))
	var out []admin.Kept
	for _, k := range all {
		out = append(out, admin.Kept{
			Session: k.Session, Avatar: k.Avatar, Began: k.Began, Last: k.Last, Until: k.Until, Turns: k.Turns, Items: k.Items,
			Bytes: k.Bytes, Policy: k.Policy, Locale: k.Locale, Subject: k.Subject, Purposes: k.Purposes,
			Held: k.Held, Restricted: k.Restricted, Corrected: k.Corrected,
		})
	}
	return out, adminError(err)
}

// Read implements admin.Transcripts.
func (s adminStore) Read(ctx context.Context, tenantID string, id session.ID, who admin.Access, form string, w io.Writer) error {
	return adminError(s.Recorder.Read(ctx, tenantID, id, accessOf(who), formOf(form), w))
}

// Erase implements admin.Transcripts.
func (s adminStore) Erase(ctx context.Context, tenantID string, id session.ID, who admin.Access) (int, error) {
	n, err := s.Recorder.Erase(ctx, tenantID, id, accessOf(who))
	return n.Turns, adminError(err)
}

// EraseWhere implements admin.Transcripts.
func (s adminStore) EraseWhere(ctx context.Context, tenantID string, q admin.Query, who admin.Access) (admin.Report, error) {
	query, err := s.query(ctx, tenantID, q)
	if err != nil {
		return admin.Report{}, adminError(err)
	}
	r, err := s.Recorder.EraseWhere(ctx, query, accessOf(who))
	return admin.Report{Sessions: r.Sessions, Turns: r.Turns, Held: r.Held, Unreached: r.Unreached}, adminError(err)
}

// Holds implements admin.Holds.
func (s adminStore) Holds(ctx context.Context, tenantID string) ([]admin.Hold, error) {
	all, err := s.Recorder.Holds(ctx, tenantID)
	var out []admin.Hold
	for _, h := range all {
		out = append(out, admin.Hold{
			ID: h.ID, Kind: h.Kind, Value: h.Value, Reason: h.Reason, Case: h.Case, Review: h.Review,
			Placed: h.Placed, Lifted: h.Lifted, By: h.By, Second: h.Second,
		})
	}
	return out, adminError(err)
}

// PlaceHold implements admin.Holds.
func (s adminStore) PlaceHold(ctx context.Context, tenantID string, h admin.Hold) (session.ID, error) {
	id := newID()
	if h.Kind == "subject" {
		var err error
		if h.Value, err = s.subject(ctx, tenantID, h.Value); err != nil {
			return id, adminError(err)
		}
	}
	err := s.Recorder.PlaceHold(ctx, recorder.Hold{
		ID: id, Tenant: tenantID, Kind: h.Kind, Value: h.Value, Reason: h.Reason, Case: h.Case, Review: h.Review, By: h.By,
	})
	return id, adminError(err)
}

// ConfirmHold implements admin.Holds.
func (s adminStore) ConfirmHold(ctx context.Context, tenantID string, id, by session.ID) error {
	return adminError(s.Recorder.ConfirmHold(ctx, tenantID, id, by))
}

// LiftHold implements admin.Holds.
func (s adminStore) LiftHold(ctx context.Context, tenantID string, id, by session.ID) error {
	return adminError(s.Recorder.LiftHold(ctx, tenantID, id, by))
}

// Requests implements admin.Requests.
func (s adminStore) Requests(ctx context.Context, tenantID, state string) ([]admin.Request, error) {
	all, err := s.Recorder.Requests(ctx, tenantID, state)
	var out []admin.Request
	for _, q := range all {
		out = append(out, admin.Request{
			ID: q.ID, Session: q.Session, Kind: q.Kind, State: q.State, At: q.At, Done: q.Done, By: q.By,
			Item: q.Item, Note: string(q.Note), Reason: q.Reason,
		})
		clear(q.Note)
	}
	return out, adminError(err)
}

// Answer implements admin.Requests. What the gateway can carry out by itself
// is done first; the rest the tenant does, and says so.
func (s adminStore) Answer(ctx context.Context, tenantID string, id session.ID, carryOut bool, reason string, who admin.Access) error {
	q, err := s.Request(ctx, tenantID, id)
	if err != nil {
		return adminError(err)
	}
	defer clear(q.Note)
	if q.State != "open" {
		return admin.ErrDone
	}
	state := "refused"
	if carryOut {
		if err := s.carryOut(ctx, q, accessOf(who)); err != nil {
			return adminError(err)
		}
		state = "carried_out"
	}
	return adminError(s.AnswerRequest(ctx, tenantID, id, state, reason, who.Actor))
}

func (s adminStore) carryOut(ctx context.Context, q recorder.Request, who recorder.Access) error {
	who.Purpose = "rights"
	var err error
	switch q.Kind {
	case "erase":
		if q.Item != 0 {
			err = s.EraseItem(ctx, q.Tenant, q.Session, q.Item, who)
		} else {
			_, err = s.Recorder.Erase(ctx, q.Tenant, q.Session, who)
		}
	case "correct":
		err = s.Correct(ctx, q.Tenant, q.Session, q.Item, q.Note, who)
	case "restrict", "object":
		err = s.Recorder.Restrict(ctx, q.Tenant, q.Session, true, who)
	}
	if errors.Is(err, recorder.ErrUnknown) && q.Kind == "erase" {
		return nil // it is gone already
	}
	return err
}

// Usage implements admin.Log.
func (s adminStore) Usage(ctx context.Context, tenantID string, from, to time.Time) ([]admin.Day, error) {
	all, err := s.Recorder.Usage(ctx, tenantID, from, to)
	var out []admin.Day
	for _, d := range all {
		out = append(out, admin.Day(d))
	}
	return out, adminError(err)
}

// LoggedFacts implements admin.Log.
func (s adminStore) LoggedFacts(ctx context.Context, tenantID string, q admin.FactQuery, before uint64, limit int) ([]admin.LoggedFact, error) {
	all, err := s.SelectFacts(ctx, tenantID, filterOf(q), before, limit)
	var out []admin.LoggedFact
	for i := range all {
		out = append(out, loggedFact(&all[i]))
	}
	return out, adminError(err)
}

// FactDays implements admin.Log.
func (s adminStore) FactDays(ctx context.Context, tenantID string, q admin.FactQuery) ([]admin.FactDay, error) {
	all, err := s.Recorder.FactDays(ctx, tenantID, filterOf(q))
	var out []admin.FactDay
	for _, d := range all {
		out = append(out, admin.FactDay{Day: d.Day, Kinds: d.Kinds})
	}
	return out, adminError(err)
}

func filterOf(q admin.FactQuery) audit.Filter {
	f := audit.Filter{Session: q.Session, Actor: q.Actor, Object: q.Object, From: q.From, To: q.To}
	for _, k := range q.Kinds {
		f.Kinds.Add(k)
	}
	return f
}

func loggedFact(e *audit.Entry) admin.LoggedFact {
	return admin.LoggedFact{Number: e.Number, Month: e.Month.String(), Index: e.Index, At: e.At, Fact: e.Fact, Damaged: e.Damaged}
}

// adminLive is the gateway as the admin API has it.
type adminLive struct {
	*gateway.Server
	directory *tenant.Directory
}

// Sessions implements admin.Live.
func (l adminLive) Sessions(tenantID string) []admin.LiveSession {
	var out []admin.LiveSession
	for _, s := range l.Live(tenantID) {
		out = append(out, admin.LiveSession(s))
	}
	return out
}

// Desk implements admin.Live.
func (l adminLive) Desk(tenantID string) admin.Desk { return admin.Desk(l.Server.Desk(tenantID)) }

// Narrow implements admin.Live.
func (l adminLive) Narrow(tenantID string, off bool) int {
	t := l.directory.Tenant(tenantID)
	if !off || t == nil {
		return l.Server.Narrow(tenantID, nil)
	}
	forced := *t
	forced.ForcedOff = true // and nothing else of what the person may do
	return l.Server.Narrow(tenantID, func(avatar string) session.Policy {
		return forced.Effective(forced.Find(avatar)).Session(forced.Limits, forced.Number)
	})
}

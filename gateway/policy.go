package gateway

import (
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// stale says whether the policies that are known may have changed without a
// word of it having come here.
func (s *Server) stale(now time.Time) bool {
	return !s.options.Directory.Fresh(now)
}

// unavailable says whether nothing can be kept, whatever a tenant allows.
func (s *Server) unavailable(now time.Time) bool {
	return s.options.Recorder == nil || s.stale(now) || s.options.Recorder.Ready() != nil
}

// terms are what a tenant allows and demands in sessions with an avatar.
type terms struct {
	policy   tenant.Policy  // as it counts for the avatar
	session  session.Policy // the same, in the session's terms
	redactor *redact.Redactor
}

// records says whether a session would be recorded, if the person agrees.
func (t terms) records() bool { return t.session.Transcript && !t.session.Unavailable }

// terms are those of the avatar now. Where something is not as it must be for
// a recording, nothing is kept.
func (s *Server) terms(now time.Time, t *tenant.Tenant, a *tenant.Avatar) terms {
	p := t.Effective(a)
	redactor, err := s.redactors.of(t.ID, p)
	out := terms{p, p.Session(t.Limits, t.Number), redactor}
	out.session.Unavailable = err != nil || s.unavailable(now)
	if out.session.SessionTime <= 0 {
		out.session.SessionTime = 60 * time.Minute
	}
	out.session.NoticeHidden = p.DisclosureHidden(now)
	out.session.Desk = t.Handoff != nil
	if a.RealLikeness && a.Permission != nil { // nobody's likeness is used longer than permitted
		out.session.SessionTime = min(out.session.SessionTime, max(a.Permission.Expires.Sub(now), time.Second))
	}
	return out
}

// Narrow applies a tenant's changed policy to its live sessions, downwards,
// and says how many there are. policyOf gives the policy of an avatar; nil:
// as the directory has it, which for a tenant or an avatar that is gone is
// the zero Policy. The directory has the new tenant before Narrow is called:
// a session that begins meanwhile reads it there. No socket is waited for.
func (s *Server) Narrow(tenantID string, policyOf func(avatar string) session.Policy) int {
	if policyOf == nil {
		policyOf = s.policyOf(tenantID)
	}
	live, t := s.registry.of(tenantID), s.options.Directory.Tenant(tenantID)
	known := map[string]session.Policy{}
	for _, c := range live {
		p, ok := known[c.avatar.ID]
		if !ok {
			p = policyOf(c.avatar.ID)
			known[c.avatar.ID] = p
		}
		c.narrow(p, t)
	}
	s.desks.Narrow(tenantID)
	s.endSwitchedOff(t)
	s.endUnpermitted(time.Now(), t)
	return len(live)
}

// narrow applies a changed policy. One that is no version of any document
// leaves the session under the number that it has. If the tenant says
// something else in its notice that matters, the person is told anew, and
// asked; t is the tenant as it is now, nil if it is gone.
func (c *conn) narrow(p session.Policy, t *tenant.Tenant) {
	c.mu.Lock()
	if c.session == nil || c.released {
		c.mu.Unlock()
		return
	}
	if p.Number == 0 {
		p.Number, p.Hash = c.rules.Number, c.rules.Hash
	}
	if t != nil {
		p.Desk = t.Handoff != nil // no policy says so, but the tenant
	}
	in := session.Input(session.PolicyChanged{Policy: p})
	if t != nil && c.words.Disclosure.Renewed(&t.Disclosure) {
		c.words = t
		p.Transcript, p.Unavailable = p.Transcript && c.rules.Transcript, p.Unavailable || c.rules.Unavailable
		p.Retention, p.Told = min(p.Retention, c.rules.Retention), p.Told && c.rules.Told
		p.Audio, p.AudioRetention = p.Audio && c.rules.Audio, min(p.AudioRetention, c.rules.AudioRetention)
		in = session.NoticeChanged{Policy: p}
	}
	in = c.narrowKept(in, t)
	_ = c.apply(time.Now(), in)
	c.flush(shared)
}

// narrowKept makes what is still kept obey the tenant's changed policy: what is
// hidden now is hidden, also in what a person reports where no turn is kept,
// and what it is no longer read for is dropped. If that cannot be done, nothing
// is kept. Called with mu held.
func (c *conn) narrowKept(in session.Input, t *tenant.Tenant) session.Input {
	if t == nil || !c.rules.Transcript && c.rules.Reports <= 0 {
		return in
	}
	i := slices.IndexFunc(t.Avatars, func(a tenant.Avatar) bool { return a.ID == c.avatar.ID })
	if i < 0 {
		return in // nothing is kept with an avatar that is gone
	}
	now := t.Effective(&t.Avatars[i])
	c.purposes = slices.DeleteFunc(slices.Clone(c.purposes), func(name string) bool {
		return !slices.ContainsFunc(now.Purposes, func(p tenant.Purpose) bool { return p.String() == name })
	})
	p := c.policy
	p.Redaction = p.Redaction.Narrowed(now.Redaction)
	p.Sensitive = p.Sensitive.Narrowed(now.Sensitive)
	redactor, err := c.server.redactors.of(c.tenant.ID, p)
	forbid := unavailable
	if err == nil {
		c.policy, c.redactor = p, redactor
		if len(c.purposes) > 0 || !c.rules.Transcript {
			return in
		}
		forbid = off
	}
	switch in := in.(type) {
	case session.PolicyChanged:
		return session.PolicyChanged{Policy: forbid(in.Policy)}
	case session.NoticeChanged:
		return session.NoticeChanged{Policy: forbid(in.Policy)}
	}
	return in
}

// policyOf gives the policies of a tenant as the directory has them.
func (s *Server) policyOf(tenantID string) func(avatar string) session.Policy {
	t := s.options.Directory.Tenant(tenantID)
	return func(avatar string) session.Policy {
		if t == nil {
			return session.Policy{}
		}
		for i := range t.Avatars {
			if t.Avatars[i].ID == avatar {
				return s.terms(time.Now(), t, &t.Avatars[i]).session
			}
		}
		return session.Policy{Number: t.Number}
	}
}

// watch switches every recording off when the directory has not been confirmed
// for too long: what nobody can be asked about is off. It ends with stop.
func (s *Server) watch(stop <-chan struct{}) {
	timer := time.NewTimer(tenant.Stale)
	defer timer.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-timer.C:
			left := tenant.Stale - now.Sub(s.options.Directory.Confirmed())
			if left < 0 {
				for _, c := range s.registry.all() {
					c.lapse()
				}
				left = tenant.Stale / 4
			}
			timer.Reset(max(left, time.Millisecond))
		}
	}
}

// lapse switches recording off because nobody can say whether it is allowed.
func (c *conn) lapse() {
	c.mu.Lock()
	p, known := unavailable(c.rules), c.rules.Unavailable
	c.mu.Unlock()
	if !known {
		c.narrow(p, nil)
	}
}

// redactors makes one redactor for each policy of a tenant.
type redactors struct {
	// keyer gives what a tenant hashes with; nil, or a nil result: there is
	// no key.
	keyer func(tenantID string) redact.Keyer

	mu  sync.Mutex
	all map[ruled]*redact.Redactor // Guarded by mu.
}

// ruled is what a redactor is made for. Equal policies of two tenants have
// two: each hashes with a key of its own.
type ruled struct {
	tenant string
	policy [sha256.Size]byte
}

// mostRedactors is how many are remembered; then all are made anew.
const mostRedactors = 1024

func (r *redactors) of(tenantID string, p tenant.Policy) (*redact.Redactor, error) {
	of := ruled{tenantID, p.Hash()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.all[of]; have != nil {
		return have, nil
	}
	var keyer redact.Keyer
	if r.keyer != nil {
		keyer = r.keyer(tenantID)
	}
	made, err := p.Redactor(keyer)
	if err != nil {
		return nil, err
	}
	if r.all == nil || len(r.all) >= mostRedactors {
		r.all = map[ruled]*redact.Redactor{}
	}
	r.all[of] = made
	return made, nil
}

// unavailable is a policy under which nothing can be kept now.
func unavailable(p session.Policy) session.Policy {
	p.Unavailable = true
	return p
}

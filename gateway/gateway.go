// Package gateway is how a session meets the world: it authenticates a
// client, carries its events to and from a session, performs what the session
// asks for, and ends everything in order.
//
// It keeps what is said in memory and writes nothing to a disk: it cannot
// reach a recorder, a database or a log of its own.
package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"mayfly/gateway/agent"
	"mayfly/gateway/attach"
	"mayfly/gateway/realtime"
	"mayfly/gateway/receipt"
	"mayfly/gateway/rtc"
	"mayfly/gateway/siem"
	"mayfly/gateway/tenant"
	"mayfly/gateway/witness"
	"mayfly/redact"
	"mayfly/session"
)

// Options is what a Server needs. The zero value of a field is its default.
type Options struct {
	Directory *tenant.Directory // required
	Casting   Casting           // required
	Facts     Facts             // nil: counted in memory
	Recorder  Recorder          // nil: nothing is recorded
	// Pseudonym makes of the name by which a tenant knows a person one that
	// nobody can read, the same each time, and another for each tenant. Nil:
	// names are stored in no form.
	Pseudonym func(tenantID string, name []byte) string
	// Keyer gives what a tenant hashes personal data with, nil while there is
	// no key: nothing of it is kept then where something is to be hashed.
	Keyer func(tenantID string) redact.Keyer
	// Used gives what a tenant used of its quotas before this process began.
	// Nil: nothing.
	Used func(tenantID string, now time.Time) (tenant.Used, error)
	// QuotaNear is told once when four fifths of a quota of a tenant are used,
	// and once when all of it is. It waits for nothing. Nil: nobody is.
	QuotaNear func(tenantID string, q tenant.Quota)
	Rights    Rights // nil: nothing is stored that a person could ask about
	// Registers lists versions of a tenant's register of recipients, from the
	// newest before the number; zero: from the newest. Nil: none are kept.
	Registers func(ctx context.Context, tenantID string, before uint64, limit int) ([]tenant.RegisterVersion, error)
	Signer    receipt.Signer // nil: no receipts
	AuditKeys string         // public keys of the audit log, one a line; empty: none
	Tokens    Tokens         // nil: in memory
	Media     *rtc.Server    // nil: no WebRTC
	Relays    []rtc.Relay    // STUN and TURN servers that clients are told of
	PublicURL string         // "https://avatars.example.org": how people reach this gateway

	TrustedProxies []netip.Prefix          // whose X-Forwarded-For is believed
	CountryHeader  string                  // in which they say a person's country, for the figures; empty: they do not
	Country        func(netip.Addr) string // the country of an address where no proxy said it, for the figures; nil: it is not looked up
	Sessions       int                     // live sessions in all; zero means 20,000

	// Servers says how the servers behind all avatars are, for the metrics.
	// Nil: nothing is said.
	Servers func() []ServerState
	// Collectors says how it stands with those who are sent the audit logs, for
	// the metrics. Nil: there are none.
	Collectors func() []siem.State
	// Disclosures counts what authorities were given, by year. Nil: nothing is
	// stored, so there was nothing to give.
	Disclosures func(context.Context) ([]DisclosureYear, error)
	// Witnesses says how it stands with those who are given checkpoints of the
	// audit logs, and Differing how many logs are not what was published of
	// them, for what is counted. Nil: there are none.
	Witnesses func() []witness.State
	Differing func() int64
	// Incidents says how many incidents are open, and how many of them nobody
	// reported in time, for the metrics; ok is false where nobody knows. Nil:
	// nobody counts.
	Incidents func() (open, overdue int, ok bool)
	// Trouble says why nothing can be stored now, for the metrics: full, still
	// or other; empty: it can. Nil: nothing is stored.
	Trouble func() string
	// Panicked is told the stack of a fault that was caught. It holds no
	// values, only where. Nil: it is only counted.
	Panicked func(stack []byte)
}

// Server is the gateway.
type Server struct {
	// Static after construction.
	options   Options
	facts     Facts
	tokens    Tokens
	registry  *registry
	opener    *attach.Opener
	uploads   uploads
	desks     *agent.Desks
	wheel     *wheel
	metrics   *metrics
	edge      *edge
	once      once
	live      calls // by id
	handler   http.Handler
	redactors redactors
	quotas    quotas

	admin     http.Handler               // Static once something is served; nil: none.
	adminGood func(*http.Request) string // Static with admin: its credential, if that is good.
	agents    identify                   // Static once something is served; nil: keys alone.

	stopping chan struct{} // closed when the timers end

	gate   sync.RWMutex
	closed bool           // Guarded by gate: nothing is started any more.
	work   sync.WaitGroup // everything that was started
}

// enter counts something that Close has to wait for. It is false once the
// Server closes; then nothing may be started.
func (s *Server) enter() bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}

// New makes a Server and starts its timers. Close ends it.
func New(o Options) *Server {
	if o.Facts == nil {
		o.Facts = &CountingFacts{}
	}
	if o.Tokens == nil {
		o.Tokens = newMemoryTokens(200_000)
	}
	if o.Sessions <= 0 {
		o.Sessions = 20_000
	}
	m := newMetrics(&o)
	s := &Server{
		options:   o,
		facts:     o.Facts,
		tokens:    o.Tokens,
		registry:  newRegistry(o.Sessions, m),
		wheel:     newWheel(),
		metrics:   m,
		opener:    attach.New(),
		edge:      newEdge(o.TrustedProxies),
		stopping:  make(chan struct{}),
		quotas:    quotas{before: o.Used, near: o.QuotaNear},
		redactors: redactors{keyer: o.Keyer},
	}
	s.edge.countryHeader, s.edge.country = o.CountryHeader, o.Country
	s.desks = agent.New(agent.Options{Tenant: o.Directory.Tenant, Joined: m.joined, Outcome: m.handedOff})
	m.watchDesks(s.desks)
	s.handler = s.routes()
	s.work.Go(func() { s.wheel.run(s.stopping) })
	if o.Recorder != nil {
		s.work.Go(func() { s.watch(s.stopping) })
	}
	o.Directory.OnRenewal(s.desks.Check)
	return s
}

// Handler is everything that clients reach.
func (s *Server) Handler() http.Handler { return s.handler }

// Sessions is the number of live sessions.
func (s *Server) Sessions() int { return s.registry.count() }

// Drain refuses new sessions, tells the live ones that they will be ended at
// the deadline of ctx, and waits until they are gone. Those that are not gone
// by then are ended.
func (s *Server) Drain(ctx context.Context) {
	s.registry.close()
	at := time.Now()
	if deadline, ok := ctx.Deadline(); ok {
		at = deadline
	}
	for _, c := range s.registry.all() {
		_ = c.deliver(session.Ending{At: at, Reason: session.Drained}, shared)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.registry.drained()
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	for _, c := range s.registry.all() {
		_ = c.deliver(session.HungUp{Reason: session.Drained}, shared)
	}
	<-gone
}

// Close ends every session and waits for everything that the Server started.
func (s *Server) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Drain(ctx)
	s.gate.Lock()
	s.closed = true
	s.gate.Unlock()
	for _, k := range s.live.all() {
		k.peer.Load().Close(rtc.HungUp) // it may never have connected
	}
	s.desks.Close()
	close(s.stopping)
	s.work.Wait()
}

// panicked counts a fault and passes on where it was.
func (s *Server) panicked(stack []byte) {
	s.metrics.panics.Inc()
	if s.options.Panicked != nil {
		s.options.Panicked(stack)
	}
}

// open makes a session for a caller, not yet on a carrier. It takes the
// session's configuration out of the caller's grant.
func (s *Server) open(who *caller) (*conn, string) {
	now := time.Now()
	if !who.avatar.Permitted(now) {
		return nil, notPermitted
	}
	cast := s.options.Casting.Cast(who.tenant, who.avatar)
	if cast == nil { // its configuration cannot be carried out; whoever casts has said why
		return nil, "internal_error"
	}
	if !s.quotas.begin(now, who.tenant) {
		return nil, "quota_reached"
	}
	ctx, cancel := context.WithCancel(context.Background())
	id := uuid.Must(uuid.NewV7())
	c := &conn{
		server: s,
		tenant: who.tenant,
		avatar: who.avatar,
		words:  who.tenant,
		cast:   cast,
		opener: who.id,
		key:    who.key,
		id:     id.String(),
		uuid:   session.ID(id),
		began:  now,
		ctx:    ctx,
		stop:   cancel,
		inlet:  rate.NewLimiter(messagesPerSecond, messageBurst),
		config: realtime.Defaults(),
		ids:    realtime.NewIDs(newPrefix()),
	}
	c.durable = sync.NewCond(&c.mu)
	c.pending, c.out = realtime.NewFrames(c.ids), realtime.NewFrames(c.ids)
	c.alarm.ring = c.rung
	c.config.Model = who.avatar.ID
	c.config.Avatar.ID = who.avatar.ID
	c.config.Avatar.Locale = who.locale
	c.settleTerms(s.terms(now, who.tenant, who.avatar))
	c.config.ExpiresAt = now.Add(c.rules.SessionTime).Unix()
	if code := s.registry.add(c, who.tenant.Limits.SessionsMost()); code != "" {
		cancel()
		s.quotas.end(now, who.tenant, 0, false)
		return nil, code
	}
	s.metrics.visited(who.visit)
	c.recast()
	return c, ""
}

// start puts a session on its carrier and says hello. grants are what it was
// configured with beforehand, by the client secret and by the call.
func (c *conn) start(on carrier, grants ...*realtime.Update) {
	c.mu.Lock()
	if c.released { // the server closed in between
		c.mu.Unlock()
		on.close(lookupProblem("draining"))
		return
	}
	now := time.Now()
	c.carrier = on
	c.board(on)
	c.pingAt = now.Add(pingEvery)
	var effects []session.Effect
	for _, grant := range grants {
		if grant == nil {
			continue
		}
		own := grant.Copy() // the secret may open another session
		if own.Avatar.Consent.Given() {
			c.claim = own.Avatar.Consent.Value
		}
		if c.taken(own.Tools.Value) { // whoever made the secret is told nothing here, and nobody is shadowed
			own.Tools = realtime.Maybe[[]realtime.Tool]{}
		}
		if _, bad := c.config.Merge(own, realtime.Rules{}); bad != nil {
			c.server.metrics.refused.WithLabelValues(string(bad.Code)).Inc()
		}
		own.Forget()
		c.recast()
	}
	c.rules.Microphone = c.takesVoice() // else nobody is asked for it
	c.policy.Microphone = c.rules.Microphone
	voiceless := c.settleForm()
	c.underPolicy(now)
	c.session, effects = session.New(now, c.rules, c.config.Form)
	c.pending.SessionCreated(&c.config)
	if voiceless {
		c.stand(realtime.RungText, noVoice)
	}
	c.carry(now, effects)
	c.useLikeness(now)
	c.catchUp(now)
	if c.beganSwitchedOff(now) {
		c.flush(mine)
		return
	}
	if c.aware() {
		c.ready(now, false)
		_ = c.apply(now, session.Declared{Aware: c.config.Avatar.Acknowledges})
	}
	c.wake(now)
	c.flush(mine)
}

// settleTerms notes what the session begins with.
func (c *conn) settleTerms(t terms) {
	c.rules, c.redactor, c.policy = t.session, t.redactor, t.policy
	for _, p := range t.policy.Purposes {
		c.purposes = append(c.purposes, p.String())
	}
}

// catchUp narrows a session that was opened under a policy which has changed
// before it began: nobody could tell it. Called with mu held.
func (c *conn) catchUp(now time.Time) {
	s := c.server
	t := s.options.Directory.Tenant(c.tenant.ID)
	if t != nil {
		c.words = t
	}
	if t != c.tenant || !c.rules.Unavailable && s.unavailable(now) {
		_ = c.apply(now, c.narrowKept(session.PolicyChanged{Policy: s.policyOf(c.tenant.ID)(c.avatar.ID)}, t))
	}
}

// leave ends a session because the client of a call said so. One that has gone
// on elsewhere meanwhile goes on.
func (c *conn) leave(from *rtcCarrier) {
	c.mu.Lock()
	if c.session == nil || c.released {
		c.mu.Unlock()
		c.abandon()
		return
	}
	if c.call != from {
		c.mu.Unlock()
		return
	}
	_ = c.apply(time.Now(), session.HungUp{Reason: session.PersonLeft})
	c.flush(shared)
}

// abandon gives up a session that never got its carrier. One that has had one
// goes on waiting for another.
func (c *conn) abandon() {
	c.mu.Lock()
	if c.session != nil || c.released {
		c.mu.Unlock()
		return
	}
	c.ended, c.reason = true, session.Lost
	c.release()
}

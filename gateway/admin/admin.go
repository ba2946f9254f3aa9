// Package admin is the API by which a tenant rules itself: its policy, its
// keys, what is stored and who may see it. Which tenant that is comes from the
// credential and from nothing else in a request.
//
// It never holds a word that somebody said: what is stored is streamed by the
// Store from its own reader to the answer.
package admin

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"mayfly/gateway/processing"
	"mayfly/gateway/tenant"
)

// Options are what the API is made of. All but Check, Audit, Openings, Rules,
// Address, PublicURL and Now must be given.
type Options struct {
	Store     Store
	Live      Live
	Directory *tenant.Directory
	Links     *Links
	Answers   Answers
	Knowledge Knowledge
	Reach     Reach
	Tools     Tools
	Hooks     Hooks

	// Check says what of a tenant cannot work here although its document is
	// right: a back end on a network that is not open to tenants. Nil:
	// nothing is checked.
	Check func(*tenant.Tenant) error
	// Audit gives the log as those verify it who do not trust us. Nil: this
	// gateway gives it in no such form.
	Audit Audit
	// Openings are what there is to open beside this API: the addresses of the
	// gateway that take a key, and the commands of whoever runs it.
	Openings []Opening
	// Servers are those behind a tenant's avatars that do not answer now. Nil:
	// nobody knows.
	Servers func(tenantID string) []Server
	// Rules say whom of a provider's people a tenant is open to. Nil: nobody
	// signs in by a provider.
	Rules func(tenantID string) []SignInRule
	// Refresh makes the directory see what the store has now.
	Refresh func(context.Context) error
	// Host is what the process has, beside what tenants set.
	Host processing.Operator
	// Problem is the gateway's one table of errors: the HTTP status of a code,
	// whether trying again may help, and its sentence.
	Problem func(code string) (status int, again bool, sentence string)
	// Address is under what address a request is counted. Nil: its peer's.
	Address func(*http.Request) netip.Prefix
	// PublicURL is the origin under which people reach the gateway. Empty: the
	// host that they ask.
	PublicURL string
	// Now is the time. Nil: time.Now.
	Now func() time.Time
}

// API is the handler of everything below /v1/admin/ and /audit/.
type API struct {
	options   Options
	cross     http.CrossOriginProtection
	tokens    *tokens
	wrong     *wrong
	denied    *denied
	reads     reads
	verifying atOnce // proof runs
	reached   reached
	tests     pauses
	uploads   atOnce // files in memory
	mux       *http.ServeMux
	openAPI   func() []byte // made once, when it is asked for
}

// New makes the API. Close ends it.
func New(o Options) *API {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Address == nil {
		o.Address = peer
	}
	a := &API{options: o, tokens: newTokens(), wrong: newWrong(), mux: http.NewServeMux(), openAPI: sync.OnceValue(openAPI)}
	a.uploads.most, a.verifying.most = uploadsMost, verifyMost
	a.denied = newDenied(o.Store.Note)
	if o.PublicURL != "" {
		// An origin that is none is refused where the configuration is read.
		_ = a.cross.AddTrustedOrigin(o.PublicURL)
	}
	a.mount()
	return a
}

// Close notes what is still counted. Nothing is served afterwards.
func (a *API) Close() { a.denied.close() }

// ServeHTTP answers a request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// peer is the address of whoever is connected; an IPv6 host with its /64.
func peer(r *http.Request) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	bits := 32
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}

// Package oidc signs people in to the administration page by an OpenID Connect
// provider: authorization code with PKCE, state and nonce, and rules that make
// a tenant and a role of what the provider says.
//
// It sets no cookie and keeps nothing but in memory. The page makes a secret
// of its own, sends its hash along, and gets a sign-in only where it shows the
// secret: neither a code nor an answer of the provider is worth anything in
// another page. Nothing of what the provider says of a person is kept, passed
// on or written: who they are is a keyed pseudonym, under a key that ends with
// the process.
package oidc

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// The addresses: About says how people can sign in, Prefix begins all others.
const (
	About  = "/v1/admin/oidc"
	Prefix = "/v1/admin/oidc/"

	callbackPath = Prefix + "callback"
)

// Options are what a Server is made of. All but Config, Address and Now must
// be given.
type Options struct {
	// Config says where and who. Nil: nobody can sign in by a provider, and
	// the Server says so.
	Config *tenant.OIDC
	// Secret reads the client's secret, for each use anew.
	Secret func() ([]byte, error)
	// PublicURL is the origin under which people reach the gateway. The
	// provider sends them back to it.
	PublicURL string
	// TenantName is a tenant as people read it. Not ok: there is none.
	TenantName func(tenantID string) (name string, ok bool)
	// Link makes a link that signs the person in once.
	Link func(Person) (secret string, err error)
	// Refused is told of somebody whom the provider knows and no rule lets in.
	Refused func(person session.ID)
	// Failed is told what went wrong with the provider, and how often since it
	// was told last.
	Failed func(f Failure, count int)
	// Problem is the gateway's one table of errors: the HTTP status of a code,
	// whether trying again may help, and its sentence.
	Problem func(code string) (status int, again bool, sentence string)
	// Address is under what address a request is counted.
	Address func(*http.Request) netip.Prefix
	// Watch is told of connections. Nil: nobody watches.
	Watch *egress.Watch
	// Now is the time. Nil: time.Now.
	Now func() time.Time
}

// Person is who signed in, where, and as what.
type Person struct {
	ID     session.ID // a pseudonym: the same as long as the process runs
	Tenant string
	Role   tenant.Role
	By     string // the provider's name
}

// Server is the handler of everything below Prefix.
type Server struct {
	options  Options
	mux      *http.ServeMux
	cross    http.CrossOriginProtection
	egress   *egress.Egress
	provider *provider
	rules    atomic.Pointer[[]tenant.OIDCRule]
	flows    flows
	offers   offers
	names    namer
	teller   teller
	busy     chan struct{} // one for each exchange that is under way
}

// exchangesMost is how many exchanges with the provider go on at once.
const exchangesMost = 16

// New makes a Server, or says what is wrong with the provider's addresses. It
// asks the provider nothing yet. Close ends it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, mux: http.NewServeMux(), busy: make(chan struct{}, exchangesMost), names: newNamer()}
	s.SetRules(nil)
	if o.Config != nil {
		var recipients []egress.Recipient
		issuer, err := url.Parse(o.Config.Issuer)
		if err != nil {
			return nil, &Failure{Stage: "issuer"}
		}
		origins := []string{issuer.Scheme + "://" + issuer.Host}
		for _, origin := range o.Config.Endpoints {
			if !slices.Contains(origins, origin) {
				origins = append(origins, origin)
			}
		}
		for _, origin := range origins {
			u, err := url.Parse(origin)
			if err != nil {
				return nil, &Failure{Stage: "endpoint"}
			}
			// The operator wrote it: it may be on a private network.
			recipients = append(recipients, egress.Recipient{Name: origin, URL: u, Local: true})
		}
		if s.egress, err = egress.New(egress.Options{Recipients: recipients, Watch: o.Watch}); err != nil {
			return nil, err
		}
		s.provider = newProvider(o.Config, s.egress, origins, o.Now)
		s.SetRules(o.Config.Rules)
		// An origin that is none is refused where the configuration is read.
		_ = s.cross.AddTrustedOrigin(o.PublicURL)
	}
	s.mount()
	return s, nil
}

// SetRules changes who may do what: from the next sign-in on.
func (s *Server) SetRules(rules []tenant.OIDCRule) { s.rules.Store(&rules) }

// Rules are who may do what now.
func (s *Server) Rules() []tenant.OIDCRule { return *s.rules.Load() }

// Close closes the connections to the provider.
func (s *Server) Close() {
	if s.egress != nil {
		s.egress.Close()
	}
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

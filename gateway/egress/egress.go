// Package egress is the one way out of the process: every connection to a
// back end, a speech server or anything else is made here, and only to
// recipients that were registered by name.
//
// The address is checked when the socket is about to connect, on the number
// that was resolved, so a name that changes its answer between check and use
// gains nothing. There are no redirects, no proxies from the environment and
// no HTTP/2: one request has one connection, which closes when the request is
// cancelled. A credential is put on a request here, on its way to the host it
// belongs to, and nowhere else. It never logs, and no error of its own holds
// a word of what was sent or answered.
package egress

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Recipient is a place that may be sent something.
type Recipient struct {
	Name string   // how Client asks for it; unique
	URL  *url.URL // http or https; its host and port are the only ones dialled
	// Local permits addresses of this machine and of private networks. It is
	// for recipients that the operator wrote, never for a tenant's.
	Local bool
	// Plaintext permits http to other machines. Without it http goes to
	// loopback only.
	Plaintext bool
	// Key reads the credential that is sent as a bearer token, for each
	// request anew, so that a changed file counts at once. Nil: none.
	Key func() ([]byte, error)
	// KeyScheme is what the credential is announced as; empty means Bearer.
	KeyScheme string
	// Sign puts a signature on each request, in the place of Key. Nil: none.
	Sign func(*http.Request) error
	// Instruct is what the recipient is told that it may do with what it is
	// sent, in InstructionHeader. Nil, or an empty text: nothing is.
	Instruct func() string
	// Roots are the authorities that may vouch for it. Nil: the system's.
	Roots *x509.CertPool
	// Certificate reads what this end shows of itself where the recipient asks
	// who it is (mutual TLS), for each connection anew, so that changed files
	// count at the next. Nil: it has nothing to show.
	Certificate func() (*tls.Certificate, error)
	// Connect is for a connection, and again for its TLS handshake; zero means
	// 3 seconds.
	Connect time.Duration
}

// InstructionHeader is the header with what a recipient may do with what it is
// sent.
const InstructionHeader = "Mayfly-Instructions"

// instruct puts the instruction on a request's head.
func (r *Recipient) instruct(head http.Header) {
	if r.Instruct == nil {
		return
	}
	if told := r.Instruct(); told != "" {
		head.Set(InstructionHeader, told)
	}
}

// Options make an Egress.
type Options struct {
	Recipients []Recipient
	Resolver   *net.Resolver // nil: the system's
	// Hosts are the only ones that recipients may have which are not Local:
	// names as they stand in a URL, or "*.example.org" for all below one.
	// Empty: any.
	Hosts []string
	// Own says whether an address is one that this process itself listens on.
	// Nothing is sent there, whatever name leads to it. Nil: it listens on none.
	Own func(netip.AddrPort) bool
	// Watch is told of every connection that is made, so that it knows which
	// were not made here. Nil: nobody watches.
	Watch *Watch
	// Refused is told of what was not let out, or in. It must not wait. Nil:
	// nobody wants to know.
	Refused func(*Refusal)
}

// Egress holds the recipients. It may be used by any number of goroutines.
type Egress struct {
	gates   map[string]*gate
	refused func(*Refusal) // nil: nobody wants to know
}

// gate is the way to one recipient.
type gate struct {
	recipient Recipient
	own       func(netip.AddrPort) bool // nil: no address is
	watch     *Watch
	refused   func(*Refusal) // nil: nobody wants to know
	authority string         // host:port, as net/http dials it
	transport *http.Transport
	client    *http.Client
	opened    atomic.Int64
}

// New checks the recipients and reports everything that is wrong with them at
// once.
func New(o Options) (*Egress, error) {
	e := &Egress{gates: map[string]*gate{}, refused: o.Refused}
	var problems []error
	for _, r := range o.Recipients {
		authority, err := checkURL(r)
		switch {
		case r.Name == "":
			err = errors.New("egress: a recipient without a name; name it")
		case err == nil && !r.Local && !listed(o.Hosts, r.URL.Hostname()):
			err = fmt.Errorf("egress: recipient %q: this host is not one that the operator lets tenants reach; ask for it to be added to tenant_hosts, or use another", r.Name)
		case e.gates[r.Name] != nil:
			err = fmt.Errorf("egress: recipient %q: the name is used twice; use another", r.Name)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		e.gates[r.Name] = newGate(r, authority, o)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return e, nil
}

func newGate(r Recipient, authority string, o Options) *gate {
	connect := r.Connect
	if connect == 0 {
		connect = 3 * time.Second
	}
	g := &gate{recipient: r, own: o.Own, watch: o.Watch, refused: o.Refused, authority: authority}
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 15 * time.Second, Resolver: o.Resolver, ControlContext: g.control}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true) // cancelling an HTTP/2 request would leave its connection open
	g.transport = &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != g.authority {
				return nil, g.refuse(OtherHost)
			}
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			g.opened.Add(1)
			return newConn(c), nil
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: r.Roots},
		TLSHandshakeTimeout:    connect,
		DisableCompression:     true, // a small answer must not become a large one
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		Protocols:              protocols,
	}
	if r.Certificate != nil {
		g.transport.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return r.Certificate() }
	}
	g.client = &http.Client{Transport: g}
	return g
}

// Client is the way to a recipient, or a *Refusal when there is none of that
// name. The client has no timeout of its own: the caller's context ends it.
func (e *Egress) Client(name string) (*http.Client, error) {
	g := e.gates[name]
	if g == nil {
		return nil, e.unregistered(name)
	}
	return g.client, nil
}

// unregistered is the refusal of a recipient that there is none of.
func (e *Egress) unregistered(name string) *Refusal {
	return (&gate{recipient: Recipient{Name: name}, refused: e.refused}).refuse(Unregistered)
}

// Opened is the number of connections that have been made to a recipient.
func (e *Egress) Opened(name string) int64 {
	if g := e.gates[name]; g != nil {
		return g.opened.Load()
	}
	return 0
}

// Close closes the connections that are kept for later requests.
func (e *Egress) Close() {
	for _, g := range e.gates {
		g.transport.CloseIdleConnections()
	}
}

// RoundTrip implements http.RoundTripper: it is the gate that every request
// passes.
func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.check(req); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	out := req.Clone(req.Context())
	out.Header.Del("Authorization")
	g.recipient.instruct(out.Header)
	if g.recipient.Key != nil {
		key, err := credential(g.recipient.Key)
		if err != nil {
			if req.Body != nil {
				req.Body.Close()
			}
			return nil, g.refuse(NoCredential)
		}
		out.Header.Set("Authorization", cmp.Or(g.recipient.KeyScheme, "Bearer")+" "+string(key))
		clear(key)
	}
	if g.recipient.Sign != nil {
		if err := g.recipient.Sign(out); err != nil {
			if req.Body != nil {
				req.Body.Close()
			}
			return nil, g.refuse(NoCredential)
		}
	}
	out, over := watched(out)
	resp, err := g.transport.RoundTrip(out)
	if err != nil {
		over()
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, over: over}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 && resp.StatusCode != http.StatusNotModified {
		resp.Body.Close()
		return nil, g.refuse(Redirected)
	}
	return resp, nil
}

// check refuses a request to anywhere but the recipient, so that neither the
// words nor the credential can be led astray by a changed URL.
func (g *gate) check(req *http.Request) error {
	u := g.recipient.URL
	if req.URL.Scheme != u.Scheme || req.URL.Host != u.Host || req.URL.User != nil || req.Host != "" && req.Host != u.Host {
		return g.refuse(OtherHost)
	}
	return nil
}

// control is called with the resolved address when a socket is about to
// connect.
func (g *gate) control(_ context.Context, network, address string, socket syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return g.refuse(Address)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return g.refuse(Address)
	}
	if g.own != nil && g.own(to) {
		return g.refuse(Own)
	}
	switch class := classify(to.Addr()); {
	case class == never, class == local && !g.recipient.Local, class == loopback && !g.recipient.Local:
		return g.refuse(Address)
	case g.recipient.URL.Scheme == "http" && class != loopback && !g.recipient.Plaintext:
		return g.refuse(Unencrypted)
	}
	g.watch.made(socket)
	return nil
}

func (g *gate) refuse(why Reason) *Refusal {
	r := &Refusal{Recipient: g.recipient.Name, Reason: why}
	if g.refused != nil {
		g.refused(r)
	}
	return r
}

// credential reads a key and takes the white space around it away. A key that
// could not stand in a header is refused.
func credential(read func() ([]byte, error)) ([]byte, error) {
	raw, err := read()
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	key := []byte(strings.TrimSpace(string(raw)))
	for _, c := range key {
		if c <= ' ' || c > '~' {
			return nil, errors.New("egress: the key is not one line of ASCII")
		}
	}
	if len(key) == 0 {
		return nil, errors.New("egress: the key is empty")
	}
	return key, nil
}

// Package reach finds out, from where a client is, which ways to a gateway
// are open: name, TCP, TLS, HTTP, WebSocket, UDP, ICE-TCP and relays. It is a
// client that looks from outside, for the command doctor. It opens no
// session, sends nothing of a person, and is no part of a gateway that runs.
package reach

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// State is what was found of one rung.
type State string

// The states.
const (
	Open       State = "open"
	Closed     State = "closed"
	NotOffered State = "not offered" // the gateway is not configured for it
	NotTried   State = "not tried"   // one below it is closed, or something to try it with is missing
)

// Rung is one way, or one step of it, and what was found.
type Rung struct {
	Name    string  `json:"rung"` // "dns", "tcp", "tls", "http", "websocket", "udp", "ice-tcp", "turn/udp", "turn/tcp", "turn/tls"
	State   State   `json:"state"`
	At      string  `json:"at,omitzero"`      // where it was tried
	MS      float64 `json:"ms,omitzero"`      // milliseconds: of a round trip, or of the whole step
	Found   string  `json:"found,omitzero"`   // what was measured
	Missing string  `json:"missing,omitzero"` // the rule that is missing; of closed ones
	Do      string  `json:"do,omitzero"`      // and what to do

	knocked bool // it answers, and nothing was sent through it
}

// Report is all rungs, from the bottom up.
type Report struct {
	URL     string `json:"url"`
	Rungs   []Rung `json:"rungs"`
	Verdict string `json:"verdict"` // how people will be connected from here
	Well    bool   `json:"well"`    // everything that the gateway offers is open
}

// Options say what to look at.
type Options struct {
	// URL is the origin of the gateway, as people open it.
	URL *url.URL
	// Key is an API key, to get credentials of a relay where there is no
	// public page. It goes to URL only. Empty: as a visitor of the page.
	Key string
	// Roots are who may sign certificates; nil: whom this machine trusts.
	Roots *x509.CertPool
	// Wait is how long a rung may take; zero means 3 seconds.
	Wait time.Duration
	// Proxy gives the proxy of a request, as http.ProxyFromEnvironment does;
	// nil: none.
	Proxy func(*url.URL) (*url.URL, error)
}

// looking is one run.
type looking struct {
	Options
	host, port string
	addresses  []netip.Addr // of the host
	proxy      *url.URL     // nil: none
	report     Report
}

// Look tries every rung. It takes a few times Options.Wait at most.
func Look(ctx context.Context, o Options) Report {
	if o.Wait == 0 {
		o.Wait = 3 * time.Second
	}
	l := &looking{Options: o, host: o.URL.Hostname(), port: o.URL.Port()}
	if l.port == "" {
		l.port = map[string]string{"http": "80", "https": "443"}[o.URL.Scheme]
	}
	l.report.URL = o.URL.Scheme + "://" + o.URL.Host
	if o.Proxy != nil {
		l.proxy, _ = o.Proxy(o.URL)
	}
	var there offered
	if l.name(ctx) && l.tcp(ctx) && l.tls(ctx) {
		there = l.http(ctx)
	}
	l.rest("tcp", "tls", "http")
	if l.stands("http") {
		l.websocket(ctx)
	}
	l.rest("websocket")
	l.media(ctx, there)
	l.conclude()
	return l.report
}

// add notes a rung and says whether it is open.
func (l *looking) add(r Rung) bool {
	l.report.Rungs = append(l.report.Rungs, r)
	return r.State != Closed
}

// rest notes rungs that were not come to.
func (l *looking) rest(names ...string) {
	for _, n := range names {
		if l.find(n) == nil {
			l.add(Rung{Name: n, State: NotTried, Found: "something before it is closed"})
		}
	}
}

func (l *looking) find(name string) *Rung {
	for i := range l.report.Rungs {
		if l.report.Rungs[i].Name == name {
			return &l.report.Rungs[i]
		}
	}
	return nil
}

func (l *looking) stands(name string) bool {
	r := l.find(name)
	return r != nil && r.State == Open
}

// conclude says how people are connected from here.
func (l *looking) conclude() {
	l.report.Well = true
	relayed, knocked := "", ""
	for _, r := range l.report.Rungs {
		if r.State == Closed {
			l.report.Well = false
		}
		if way, turn := strings.CutPrefix(r.Name, "turn/"); r.State == Open && turn {
			if r.knocked {
				knocked = cmp.Or(knocked, strings.ToUpper(way))
			} else {
				relayed = cmp.Or(relayed, strings.ToUpper(way))
			}
		}
	}
	switch {
	case !l.stands("http"):
		l.report.Verdict = "Nobody gets through from here."
	case l.stands("udp"):
		l.report.Verdict = "Calls go over UDP, the best way."
	case l.stands("ice-tcp"):
		l.report.Verdict = "Calls go over TCP: they work, and sound waits where packets are lost."
	case relayed != "":
		l.report.Verdict = "Calls go through the relay over " + relayed + ": they work, with the relay's way added."
	case knocked != "":
		l.report.Verdict = "Calls may go through the relay over " + knocked + ": it answers, and whether it relays was not tried."
	case l.stands("websocket"):
		l.report.Verdict = "No call gets through from here; pages use the WebSocket, with text and sound."
	default:
		l.report.Verdict = "A page opens from here, and no conversation gets through."
	}
}

// since is milliseconds, to a tenth, and one at least: zero would say that
// nothing was measured.
func since(start time.Time) float64 {
	const tenth = time.Millisecond / 10
	return float64(max(time.Since(start).Round(tenth), tenth)) / float64(time.Millisecond)
}

// closedBy turns an error of a connection into what it says about the way.
func closedBy(r Rung, err error, transport, at string) Rung {
	r.State, r.At = Closed, at
	host, port, _ := net.SplitHostPort(at)
	rule := transport + " to " + host + " port " + port
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		r.Found, r.Missing, r.Do = "the name is not found", "a DNS record of "+name.Name, "make the record, or correct the name"
	case isTimeout(err):
		r.Found = "no answer"
		r.Missing = rule
		r.Do = "somebody on the way drops it: allow it at the server (cloud rules, its firewall, the container's published ports); if it is allowed there, this network forbids it"
	case isRefused(err):
		r.Found = "refused"
		r.Missing = rule
		r.Do = "nothing listens there, or a firewall rejects it: see that the service runs and listens on that address, and allow it"
	case isUnreachable(err):
		r.Found = "no way there"
		r.Missing = rule
		r.Do = "this machine or a router on the way forbids it or has no route to that address"
	case isReset(err):
		r.Found = "cut off"
		r.Missing = rule
		r.Do = "something on the way, or at that port, ends the connection: look which service listens there, and for a firewall that looks into traffic"
	default:
		r.Found, r.Missing, r.Do = "failed ("+err.Error()+")", rule, "look at what this says"
	}
	return r
}

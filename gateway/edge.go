package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mayfly/gateway/tenant"
)

// Limits of the edge. Those of the protocol are in web/docs/protocol.md.
const (
	messagesPerSecond = 100 // from one client; sound over WebSocket is 50
	messageBurst      = 200
	messageWeight     = 16 << 10 // bytes; every so many count as one message more

	startsPerToken    = 1  // per second, after the burst
	startsTokenBurst  = 20 // one token may reconnect in a hurry
	startsPerTenant   = 50
	startsTenantHeap  = 1000
	startsPerAddress  = 50
	startsAddressHeap = 1000 // 500 people behind one address start within a minute
	pageTokens        = 2    // per second and address, for the public page
	pageTokenBurst    = 600
	adminRequests     = 20 // per second and address, for the admin API; each good credential by itself
	adminBurst        = 200
	personRequests    = 1 // per second and address, with a receipt key: guessing one
	personBurst       = 30
	reachRequests     = 1 // per second and address, for what can be reached
	reachBurst        = 30
)

// edge holds the rate limits and knows who is at the other end.
type edge struct {
	proxies []netip.Prefix

	countryHeader string                  // in which a proxy says where somebody is; empty: none does
	country       func(netip.Addr) string // looks it up; nil: nothing does

	token   *keyedLimiter[[32]byte]
	tenant  *keyedLimiter[string]
	address *keyedLimiter[netip.Prefix]
	page    *keyedLimiter[netip.Prefix]
	admin   *keyedLimiter[netip.Prefix]
	ruler   *keyedLimiter[ruler]
	person  *keyedLimiter[netip.Prefix]
	reach   *keyedLimiter[netip.Prefix]
}

func newEdge(proxies []netip.Prefix) *edge {
	return &edge{
		proxies: proxies,
		token:   newKeyedLimiter[[32]byte](startsPerToken, startsTokenBurst, 200_000),
		tenant:  newKeyedLimiter[string](startsPerTenant, startsTenantHeap, 10_000),
		address: newKeyedLimiter[netip.Prefix](startsPerAddress, startsAddressHeap, 100_000),
		page:    newKeyedLimiter[netip.Prefix](pageTokens, pageTokenBurst, 100_000),
		admin:   newKeyedLimiter[netip.Prefix](adminRequests, adminBurst, 100_000),
		ruler:   newKeyedLimiter[ruler](adminRequests, adminBurst, 100_000),
		person:  newKeyedLimiter[netip.Prefix](personRequests, personBurst, 100_000),
		reach:   newKeyedLimiter[netip.Prefix](reachRequests, reachBurst, 100_000),
	}
}

// who is the network address that a request is counted under: the peer, or
// what a trusted proxy says of it. An IPv6 host is counted with its /64,
// which is what one host can choose from.
func (e *edge) who(r *http.Request) netip.Prefix {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{} // a Unix socket: one address for all
	}
	addr := peer.Addr().Unmap()
	if e.trusts(addr) {
		// The last entry that is not a proxy of ours is the client's.
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0; i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			addr = hop.Unmap().WithZone("")
			if !e.trusts(addr) {
				break
			}
		}
	}
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits)
	return p
}

// ruler is a good credential at one address.
type ruler struct {
	secret [sha256.Size]byte
	from   netip.Prefix
}

// rules counts a request of who rules a tenant. A good credential is counted
// by itself: who else is behind its address cannot use it up. secret is empty
// where there is none that is good.
func (e *edge) rules(now time.Time, r *http.Request, secret string) (wait time.Duration, ok bool) {
	from := e.who(r)
	if secret == "" {
		return e.admin.allow(now, from)
	}
	return e.ruler.allow(now, ruler{sha256.Sum256([]byte(secret)), from})
}

// proxied says whether a request comes through a proxy that is believed.
func (e *edge) proxied(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && e.trusts(peer.Addr().Unmap())
}

func (e *edge) trusts(a netip.Addr) bool {
	for _, p := range e.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// admit counts the start of a session: by token first, so that one does not
// use up what others share, by tenant, and by address last.
func (e *edge) admit(now time.Time, who *caller, from netip.Prefix) (wait time.Duration, ok bool) {
	if wait, ok = e.token.allow(now, who.key); !ok {
		return wait, false
	}
	if wait, ok = e.tenant.allow(now, who.tenant.ID); !ok {
		return wait, false
	}
	return e.address.allow(now, from)
}

// messageLimit is how large one incoming message may be, in bytes.
func messageLimit(t *tenant.Tenant) int {
	if t.Limits.Message > 0 {
		return min(t.Limits.Message, 20<<20)
	}
	return 1 << 20
}

// retryAfter is a wait in whole seconds, never zero, with a little chance in
// it so that those who wait do not come back at once together.
func retryAfter(wait time.Duration) string {
	s := int(math.Ceil(wait.Seconds()))
	return strconv.Itoa(max(s, 1) + int(randomByte())%3)
}

func randomByte() byte {
	var b [1]byte
	rand.Read(b[:])
	return b[0]
}

// newPrefix is what makes the ids of a session unlike those of any other.
func newPrefix() string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 16)
	rand.Read(b)
	for i := range b {
		b[i] = digits[int(b[i])%len(digits)]
	}
	// Numbers follow, so the prefix does not end in one.
	b[15] = digits[int(b[15])%52]
	return string(b)
}

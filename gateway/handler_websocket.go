package gateway

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// upgrader has small buffers and no compression: a compressed bomb passes a
// limit that counts what is on the wire. The origin was checked before.
var upgrader = websocket.Upgrader{
	HandshakeTimeout:  10 * time.Second,
	ReadBufferSize:    256,
	WriteBufferPool:   &writeBuffers{},
	Subprotocols:      []string{"realtime"},
	CheckOrigin:       func(*http.Request) bool { return true },
	EnableCompression: false,
}

// websocket opens, or goes on with, a session on a WebSocket.
func (s *Server) websocket(w http.ResponseWriter, r *http.Request) *refusal {
	who, code := s.authenticate(r)
	if code != "" {
		return refuse(code)
	}
	q := r.URL.Query()
	if q.Has("call_id") || q.Has("intent") {
		return &refusal{code: "not_supported", param: "query"}
	}
	if bad := handshake(w, r); bad != nil {
		return bad
	}
	from := s.edge.who(r)
	who.visit = s.edge.visit(r)
	if wait, ok := s.edge.admit(time.Now(), who, from); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	if hash, ok := resumeHash(r); ok {
		return s.resumeWebSocket(w, r, who, hash)
	}
	if who.resumes {
		return refuse("invalid_credential")
	}
	if who.avatar == nil {
		// A model's name of elsewhere is the tenant's first avatar.
		if who.avatar = who.tenant.Find(q.Get("model")); who.avatar == nil {
			who.avatar = who.tenant.Find("")
		}
	}
	if who.avatar == nil {
		return refuse("avatar_not_found")
	}
	if bad := switchedOff(who.avatar); bad != nil {
		return bad
	}
	if !s.redeem(who) {
		return refuse("invalid_credential")
	}
	if !s.enter() {
		return refuse("draining")
	}
	c, code := s.open(who)
	if code != "" {
		s.work.Done()
		return refuse(code)
	}
	ws, err := upgrader.Upgrade(w, r, http.Header{"AI-Disclosure": {aiDisclosure}})
	if err != nil {
		c.abandon()
		s.work.Done()
		return nil // the library has answered
	}
	on := newWSCarrier(ws, messageLimit(who.tenant))
	// A goroutine of its own, so that what net/http held for the request is
	// given back: it is more than the session itself.
	go func() {
		c.start(on, who.grant)
		go s.read(c, on)
	}()
	return nil
}

// handshake refuses what is not the opening of a WebSocket (RFC 6455, 4.2)
// before anything is used up for it.
func handshake(w http.ResponseWriter, r *http.Request) *refusal {
	if !websocket.IsWebSocketUpgrade(r) || r.Header.Get("Sec-Websocket-Version") != "13" {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-Websocket-Version", "13")
		return refuse("upgrade_required")
	}
	if key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-Websocket-Key")); err != nil || len(key) != 16 {
		return refuse("invalid_handshake")
	}
	if all := subprotocols(r); len(all) > 0 {
		r.Header.Set("Sec-Websocket-Protocol", strings.Join(all, ", ")) // the library reads one header
	}
	return nil
}

// read serves a WebSocket until it ends, and then is done with the work that
// its caller has entered. It reads on a goroutine of its own, and after every
// message on a new one: what the message took of the stack would stay with a
// session at rest, and be a third of its memory.
func (s *Server) read(c *conn, on *wsCarrier) {
	goOn, why, code := on.read(func(b []byte) bool { return c.receive(on, b) })
	if goOn {
		go s.read(c, on)
		return
	}
	defer s.work.Done()
	if code != "" {
		s.metrics.refused.WithLabelValues(code).Inc()
		on.close(lookupProblem(code))
	}
	c.lost(on, why)
	on.linger()
}

// resumeHash is the hash of the resume token that a request offers.
func resumeHash(r *http.Request) ([sha256.Size]byte, bool) {
	for _, p := range subprotocols(r) {
		if token, ok := strings.CutPrefix(p, resumeProtocol); ok {
			return sha256.Sum256([]byte(token)), true
		}
	}
	return [sha256.Size]byte{}, false
}

// resumeWebSocket puts a live session on this connection.
func (s *Server) resumeWebSocket(w http.ResponseWriter, r *http.Request, who *caller, hash [sha256.Size]byte) *refusal {
	c := s.registry.redeem(hash)
	if c == nil || c.tenant != who.tenant && c.tenant.ID != who.tenant.ID {
		return refuse("invalid_credential")
	}
	if !s.enter() {
		return refuse("draining")
	}
	ws, err := upgrader.Upgrade(w, r, http.Header{"AI-Disclosure": {aiDisclosure}})
	if err != nil {
		s.work.Done()
		return nil
	}
	on := newWSCarrier(ws, messageLimit(c.tenant))
	go func() {
		if !c.reattach(hash, on) {
			defer s.work.Done()
			on.close(lookupProblem("invalid_credential"))
			on.linger()
			return
		}
		c.resumedWith(who)
		go s.read(c, on)
	}()
	return nil
}

// redeem uses a client secret up, if it is one that can be.
func (s *Server) redeem(who *caller) bool {
	return !who.secret || s.tokens.Redeem(time.Now(), who.credential)
}

package gateway

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"mayfly/gateway/agent"
	"mayfly/gateway/tenant"
)

// identify says who an agent is by their credential, and whether they are one.
type identify func(secret string, now time.Time) (agent.Who, bool)

// MountAgents names who knows the credentials of agents that are no keys: the
// sign-ins of one-time links and of a provider. It is called once, before
// anything is served.
func (s *Server) MountAgents(signedIn func(secret string, now time.Time) (agent.Who, bool)) {
	s.agents = signedIn
}

// Desk is how a tenant's desk stands.
func (s *Server) Desk(tenantID string) agent.Figures { return s.desks.Figures(tenantID) }

// CheckAgents has the credential of every agent at a desk asked for anew: a
// sign-in may have ended.
func (s *Server) CheckAgents() { s.desks.Check() }

// agentOf is the agent that a credential names.
func (s *Server) agentOf(secret string, now time.Time) (who agent.Who, code string) {
	if len(secret) > 512 {
		return who, "invalid_credential"
	}
	if s.agents != nil {
		if who, ok := s.agents(secret, now); ok {
			return who, ""
		}
	}
	access, ok := s.options.Directory.Lookup(secret, now)
	switch {
	case !ok:
		return who, "invalid_credential"
	case access.Role != tenant.Agent:
		return who, "role_not_allowed"
	}
	return agent.Who{Tenant: access.Tenant.ID, ID: access.ID, Name: access.Name}, ""
}

// agent carries the connection of a human who answers.
func (s *Server) agent(w http.ResponseWriter, r *http.Request) *refusal {
	secret, header := credential(r)
	if secret == "" {
		return refuse("missing_credential")
	}
	who, code := s.agentOf(secret, time.Now())
	counted := secret
	if code != "" {
		counted = ""
	}
	if wait, ok := s.edge.rules(time.Now(), r, counted); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	if code != "" {
		return refuse(code)
	}
	of := s.options.Directory.Tenant(who.Tenant)
	if of == nil {
		return refuse("invalid_credential")
	}
	// The page is the gateway's own; a program sends no origin, and has its
	// key in a header.
	if sent := r.Header.Values("Origin"); len(sent) > 1 || len(sent) == 1 && sent[0] != s.ownOrigin(r) || len(sent) == 0 && !header {
		return refuse("origin_not_allowed")
	}
	if of.Handoff == nil {
		return refuse("no_desk")
	}
	if bad := handshake(w, r); bad != nil {
		return bad
	}
	if !s.enter() {
		return refuse("draining")
	}
	defer s.work.Done()
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil // the library has answered
	}
	good := func() bool {
		again, code := s.agentOf(secret, time.Now())
		return code == "" && again == who
	}
	on := newAgentSocket(ws)
	defer on.end()
	_ = s.desks.Serve(who, on, good) // it has told the agent
	return nil
}

// agentSocket is an agent's WebSocket as the desk has it.
type agentSocket struct {
	ws     *websocket.Conn
	closed atomic.Bool // it was told to go: no sign of life puts that off
}

func newAgentSocket(ws *websocket.Conn) *agentSocket {
	ws.SetReadLimit(agent.MessageMost)
	on := &agentSocket{ws: ws}
	on.alive()
	ws.SetPongHandler(func(string) error { on.alive(); return nil })
	return on
}

// alive puts off the moment at which a silent agent is given up.
func (a *agentSocket) alive() {
	if !a.closed.Load() {
		_ = a.ws.SetReadDeadline(time.Now().Add(pingEvery + pongWithin))
	}
}

// Read implements agent.Socket.
func (a *agentSocket) Read() ([]byte, error) {
	kind, b, err := a.ws.ReadMessage()
	if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		return nil, agent.ErrLeft // a page that is closed or opened anew says that it goes away, and one that is cut off nothing
	}
	if err == nil && kind != websocket.TextMessage {
		clear(b)
		return nil, websocket.ErrBadHandshake // only that there is one
	}
	a.alive()
	return b, err
}

// Write implements agent.Socket.
func (a *agentSocket) Write(message []byte) error {
	_ = a.ws.SetWriteDeadline(time.Now().Add(writeWithin))
	return a.ws.WriteMessage(websocket.TextMessage, message)
}

// Ping implements agent.Socket.
func (a *agentSocket) Ping() error {
	return a.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin))
}

// Close implements agent.Socket. The reader ends soon.
func (a *agentSocket) Close(reason string) {
	p := lookupProblem(reason)
	code := p.closing
	if reason == "" || code == 0 {
		code = websocket.CloseNormalClosure
	}
	a.closed.Store(true)
	_ = a.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	_ = a.ws.SetReadDeadline(time.Now().Add(closeWithin))
}

func (a *agentSocket) end() { _ = a.ws.Close() }

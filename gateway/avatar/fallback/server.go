package fallback

import (
	"sync"
	"time"
)

// Kind is what a server is for.
type Kind string

// The kinds.
const (
	Model         Kind = "model"
	Speech        Kind = "speech"
	Transcription Kind = "transcriber"
)

// Server is one server as its failures show it. Everybody who asks it shares
// the one value.
type Server struct {
	kind Kind
	name string

	mu      sync.Mutex
	breaker *Breaker // Guarded by mu.
	code    string   // of its last failure. Guarded by mu.
}

// NewServer makes the state of a server that nobody has asked yet. name is
// what people are told that it is called.
func NewServer(kind Kind, name string, r Rules) *Server {
	return &Server{kind: kind, name: name, breaker: NewBreaker(r)}
}

// Health is what is told about a server. It holds nothing that anybody said.
type Health struct {
	Kind  Kind
	Name  string
	State State
	Since time.Time // of the failures that no answer has ended; zero: it answers
	Code  string    // of the last of them
}

// Health says how it is.
func (s *Server) Health() Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := Health{Kind: s.kind, Name: s.name, State: s.breaker.State(), Since: s.breaker.Since()}
	if !h.Since.IsZero() {
		h.Code = s.code
	}
	return h
}

// request is one request of a server under way. A nil one is for what is on
// this machine, which nobody counts. How it ended counts once: the first time.
type request struct {
	server *Server
	ticket Ticket // Guarded by server.mu.
	over   bool   // Guarded by server.mu.
}

// ask begins a request, or says with which code the server failed last.
func (s *Server) ask() (r *request, code string) {
	if s == nil {
		return nil, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.breaker.Ask(time.Now())
	if !ok {
		return nil, s.code
	}
	return &request{server: s, ticket: t}, ""
}

func (r *request) end(how func(b *Breaker, t Ticket)) {
	if r == nil {
		return
	}
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if !r.over {
		r.over = true
		how(r.server.breaker, r.ticket)
	}
}

func (r *request) began() {
	if r == nil {
		return
	}
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if !r.over {
		r.ticket = r.server.breaker.Began(time.Now(), r.ticket)
	}
}

func (r *request) answered() { r.end(func(b *Breaker, t Ticket) { b.Answered(t) }) }

func (r *request) abandoned() { r.end(func(b *Breaker, t Ticket) { b.Abandoned(t) }) }

func (r *request) failed(code string, after time.Duration) {
	r.end(func(b *Breaker, t Ticket) {
		r.server.code = code
		b.Failed(time.Now(), t, after)
	})
}

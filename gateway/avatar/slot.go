package avatar

import (
	"io"
	"sync"
)

// Slot is where an engine keeps one thing of a session between its turns: a
// connection, which ends with the session. The zero Slot is ready for use.
type Slot struct {
	mu     sync.Mutex
	held   map[any]io.Closer // by the engine that put it there. Guarded by mu.
	closed bool              // Guarded by mu.
}

// Take gives what the owner put there, nil if nothing: it is the caller's
// alone until it is put back. A nil Slot is an empty one.
func (s *Slot) Take(owner any) io.Closer {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.held[owner]
	delete(s.held, owner)
	return c
}

// Put keeps something for the owner's next turn, in the place of what was
// there. In a Slot that is nil or closed it is closed instead.
func (s *Slot) Put(owner any, c io.Closer) {
	if s == nil {
		_ = c.Close()
		return
	}
	s.mu.Lock()
	former := s.held[owner]
	if s.closed {
		former = c
	} else {
		if s.held == nil {
			s.held = make(map[any]io.Closer, 1)
		}
		s.held[owner] = c
	}
	s.mu.Unlock()
	if former != nil {
		_ = former.Close()
	}
}

// Empty closes what is there.
func (s *Slot) Empty() { s.empty(false) }

// Close closes what is there, and all that comes later.
func (s *Slot) Close() { s.empty(true) }

func (s *Slot) empty(forGood bool) {
	s.mu.Lock()
	held := s.held
	s.held, s.closed = nil, s.closed || forGood
	s.mu.Unlock()
	for _, c := range held {
		_ = c.Close()
	}
}

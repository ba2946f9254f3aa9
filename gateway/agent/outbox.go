package agent

import "sync"

// Bounds on what waits for an agent who does not read, in bytes.
const (
	outboxMost = 1 << 20
	// soundMost is the most of it from which on sound is left out: what comes
	// late is not worth hearing.
	soundMost = 256 << 10
)

// outbox is what an agent is to be sent. One goroutine sends it.
type outbox struct {
	mu     sync.Mutex
	lines  [][]byte
	bytes  int
	reason string // of the close; empty: it is open
	over   bool   // the connection is gone
	more   chan struct{}
}

func newOutbox() *outbox { return &outbox{more: make(chan struct{}, 1)} }

// add takes a message in. One that does not fit ends the connection: an agent
// who misses words must not go on as if they had read them.
func (o *outbox) add(line []byte, sound bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.over || o.reason != "", sound && o.bytes+len(line) > soundMost:
		clear(line)
		return
	case o.bytes+len(line) > outboxMost:
		clear(line)
		o.shut("slow")
		return
	}
	o.lines, o.bytes = append(o.lines, line), o.bytes+len(line)
	o.ring()
}

// shut closes with a reason. Called with mu held.
func (o *outbox) shut(reason string) {
	if o.reason == "" {
		o.reason = reason
	}
	o.ring()
}

func (o *outbox) close(reason string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut(reason)
}

// end closes without anything more to send, and gives the reason of the close,
// if there was one before: the connection is gone.
func (o *outbox) end() (reason string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	reason = o.reason
	o.over = true
	for _, line := range o.lines {
		clear(line)
	}
	o.lines, o.bytes = nil, 0
	return reason
}

// closed says whether nothing more is sent.
func (o *outbox) closed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.reason != ""
}

func (o *outbox) ring() {
	select {
	case o.more <- struct{}{}:
	default:
	}
}

// take is what is to be sent now, and why nothing follows, if so.
func (o *outbox) take() (lines [][]byte, reason string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines, o.lines, o.bytes = o.lines, nil, 0
	return lines, o.reason
}

// Package witness gives the signed checkpoints of audit logs to somebody
// outside as they are published: to a witness, who signs only what grew out of
// what it signed before (C2SP tlog-witness), or to a webhook that keeps them.
// Of each log only the newest waits, so nothing grows, and nobody is kept
// waiting by one that takes nothing. It is handed notes that are finished, and
// sends them through gateway/egress.
package witness

import (
	"context"
	"errors"
	"sync"
	"time"

	"mayfly/gateway/again"
)

// Checkpoint is one on its way.
type Checkpoint struct {
	Log  string // acme/2026-11
	Size int64
	Note []byte // signed
	Old  int64  // how long the log was when the last was taken; 0: none was
}

// Log is where checkpoints come from. It may be called by one goroutine only.
type Log interface {
	// Waiting are the newest that were not taken.
	Waiting() ([]Checkpoint, error)
	// Proof is that a checkpoint's log grew out of its first old entries.
	Proof(ctx context.Context, c Checkpoint, old int64) ([][32]byte, error)
	// Taken keeps that a checkpoint was taken, and what was answered: of a
	// witness, its signature. An answer without a good one is an error.
	Taken(c Checkpoint, answered []byte) error
}

// Sink is the way to a receiver.
type Sink interface {
	// Send returns what was answered. prove proves that the checkpoint's log
	// grew out of its first old entries.
	Send(ctx context.Context, c Checkpoint, prove func(old int64) ([][32]byte, error)) (answered []byte, err error)
}

// Errors of a Sink. Any other means that nobody answered.
var (
	// ErrRefused means that the receiver does not take this log's checkpoints.
	ErrRefused = errors.New("witness: the checkpoint is not taken")
	// ErrHistory means that the receiver has seen another history of this log:
	// what was published once is not in it any more.
	ErrHistory = errors.New("witness: another history of the log was seen")
)

// State is how it stands with a receiver.
type State struct {
	Name    string
	Waiting int       // logs whose newest checkpoint it has not
	Oldest  time.Time // since when one waits; zero: none does
	Failing time.Time // since when it takes nothing, or not all; zero: it does
	Differs int       // logs of which it has seen another history
	Taken   uint64    // checkpoints since the process began
	Refused uint64    // sendings that were not taken
}

// Lag is how long the oldest waits.
func (s State) Lag(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return max(now.Sub(s.Oldest), 0)
}

// Options make a Receiver.
type Options struct {
	Name string
	Log  Log
	Sink Sink
	// Turned is called when the receiver begins to take nothing, or not all,
	// and when it takes all again. Differs is that it has seen another history
	// of a log, once for each time that it begins.
	Turned  func(s State)
	Differs func(log string)
}

const (
	// lookEvery is how often it is looked for what waits.
	lookEvery = time.Second
	// sendTime is how long one sending may take.
	sendTime = 20 * time.Second
)

// The pauses between two attempts where nobody answers, and of one log that is
// not taken.
var (
	silentPauses  = again.Pauses{First: time.Second, Most: 5 * time.Minute}
	refusedPauses = again.Pauses{First: time.Second, Most: time.Hour}
)

// Receiver sends to one receiver.
type Receiver struct {
	options Options
	// Owned by Run.
	silent put
	logs   map[string]*put // those that were not taken, or that wait

	mu    sync.Mutex
	state State
}

// put is what is put off.
type put struct {
	attempts int
	next     time.Time
	since    time.Time
	differs  bool
}

func (p *put) off(now time.Time, pauses again.Pauses) {
	p.next = now.Add(pauses.After(p.attempts))
	p.attempts++
}

// New makes a Receiver.
func New(o Options) *Receiver {
	return &Receiver{options: o, logs: map[string]*put{}, state: State{Name: o.Name}}
}

// State is how it stands now.
func (r *Receiver) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Run sends until ctx ends.
func (r *Receiver) Run(ctx context.Context) {
	again.Every(ctx, lookEvery, func(now time.Time) { r.round(ctx, now) })
}

// round looks once, and sends what waits, if it is time.
func (r *Receiver) round(ctx context.Context, now time.Time) {
	waiting, err := r.options.Log.Waiting()
	there := map[string]bool{}
	for _, c := range waiting {
		there[c.Log] = true
		if r.logs[c.Log] == nil {
			r.logs[c.Log] = &put{since: now}
		}
	}
	for log := range r.logs {
		if !there[log] && err == nil {
			delete(r.logs, log)
		}
	}
	for _, c := range waiting {
		of := r.logs[c.Log]
		if ctx.Err() != nil || now.Before(r.silent.next) {
			break
		}
		if now.Before(of.next) {
			continue
		}
		switch err := r.send(ctx, c); {
		case ctx.Err() != nil:
		case err == nil:
			delete(r.logs, c.Log)
			r.silent = put{}
			r.change(func(s *State) { s.Taken++ })
		case errors.Is(err, ErrRefused), errors.Is(err, ErrHistory):
			r.silent = put{} // somebody answered
			of.off(now, refusedPauses)
			differs := errors.Is(err, ErrHistory)
			if differs && !of.differs {
				r.options.Differs(c.Log)
			}
			of.differs = differs
			r.change(func(s *State) { s.Refused++ })
		default:
			r.silent.off(now, silentPauses)
			r.change(func(s *State) { s.Refused++ })
		}
	}
	r.tell(now)
}

// send sends one, and keeps what was answered.
func (r *Receiver) send(ctx context.Context, c Checkpoint) error {
	ctx, done := context.WithTimeout(ctx, sendTime)
	defer done()
	var broken error
	answered, err := r.options.Sink.Send(ctx, c, func(old int64) (proof [][32]byte, err error) {
		proof, broken = r.options.Log.Proof(ctx, c, old)
		return proof, broken
	})
	if broken != nil {
		return ErrRefused // this log alone waits: the receiver is not to blame
	}
	if err != nil {
		return err
	}
	if r.options.Log.Taken(c, answered) != nil {
		return ErrRefused
	}
	return nil
}

// tell sets the state to what waits, and says so where it turned.
func (r *Receiver) tell(now time.Time) {
	failing := r.silent.attempts > 0
	oldest, differs := time.Time{}, 0
	for _, of := range r.logs {
		failing = failing || of.attempts > 0
		if oldest.IsZero() || of.since.Before(oldest) {
			oldest = of.since
		}
		if of.differs {
			differs++
		}
	}
	turned := false
	r.change(func(s *State) {
		s.Waiting, s.Oldest, s.Differs = len(r.logs), oldest, differs
		if turned = failing == s.Failing.IsZero(); !turned {
			return
		}
		if s.Failing = now; !failing {
			s.Failing = time.Time{}
		}
	})
	if turned {
		r.options.Turned(r.State())
	}
}

func (r *Receiver) change(do func(*State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(&r.state)
}

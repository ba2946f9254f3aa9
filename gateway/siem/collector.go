// Package siem sends the audit log to the operator's collectors, at least once
// and in the order of each tenant's log. What waits is in the log itself, from
// a cursor in the database on: nothing is queued here, so nothing grows, and a
// collector that takes nothing keeps nobody waiting. It is handed lines that
// are finished, and sends them through gateway/egress or to whom it is given.
package siem

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"mayfly/gateway/again"
)

// Record is one line on its way to a collector.
type Record struct {
	ID       string // the same whenever the same is sent again
	Kind     string // name of a fact
	At       time.Time
	Severity int // OCSF's, from 1 to 5
	Line     []byte
}

// Link is the last record of a chain, as the log keeps it.
type Link struct {
	UID         string
	Type        int
	Fingerprint [32]byte
}

// Behind is a log that the collector has not all of.
type Behind struct {
	Tenant string
	Last   uint64 // number of the last entry
	Number uint64 // of the last that was taken
	Link   Link
}

// Batch is a stretch of one tenant's log.
type Batch struct {
	Records []Record
	To      Behind // the log when they were taken
}

// Log is the audit log, and the collector's cursors beside it.
type Log interface {
	// Behind are the logs that the collector has not all of.
	Behind(ctx context.Context) ([]Behind, error)
	// Next is what follows: at most limit entries, in a flood summed up.
	Next(ctx context.Context, from Behind, limit int, flood bool) (Batch, error)
	// Taken moves the cursor.
	Taken(ctx context.Context, to Behind) error
}

// Sink is the way to a collector.
type Sink interface {
	// Send returns nil when all records were taken. Some may have been when it
	// does not: they are sent again.
	Send(ctx context.Context, records []Record) error
}

// State is how it stands with a collector.
type State struct {
	Name    string
	Waiting uint64    // entries that it has not
	Oldest  time.Time // of what it has not; zero: it has all
	Failing time.Time // since when it takes nothing; zero: it does
	Taken   uint64    // entries since the process began
	Summed  uint64    // of them in summaries
	Refused uint64    // sendings that were not taken
	Fault   Fault     // of the last of them; none: there was none since the process began
}

// Lag is how old the oldest is that the collector has not.
func (s State) Lag(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return max(now.Sub(s.Oldest), 0)
}

// Options make a Collector.
type Options struct {
	Name string
	Log  Log
	Sink Sink
	// Turned is called when the collector begins to take nothing, and when it
	// takes again. Trouble is that the log cannot be read.
	Turned  func(s State)
	Trouble func()
}

const (
	// lookEvery is how often the logs are looked at.
	lookEvery = time.Second
	// together is how many entries of one log, and about how many records of
	// all, one sending holds.
	together = 500
	// floodAt is how many entries of one tenant may wait before those of the
	// course of sessions are summed up, then as many as inFlood at a time.
	floodAt, inFlood = 5000, 2000
	// sendTime is how long one sending may take.
	sendTime = 30 * time.Second
)

// pauses are those between two attempts.
var pauses = again.Pauses{First: time.Second, Most: 5 * time.Minute}

// Collector sends to one collector.
type Collector struct {
	options  Options
	sendTime time.Duration // tests are impatient
	// Owned by Run.
	attempts int
	next     time.Time

	mu    sync.Mutex
	state State
}

// New makes a Collector.
func New(o Options) *Collector {
	return &Collector{options: o, sendTime: sendTime, state: State{Name: o.Name}}
}

// State is how it stands now.
func (c *Collector) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Run sends until ctx ends.
func (c *Collector) Run(ctx context.Context) {
	again.Every(ctx, lookEvery, func(now time.Time) { c.step(ctx, now) })
}

// step is a round. A log that cannot be read or written puts off the next one:
// else what was taken and cannot be noted would be sent every second.
func (c *Collector) step(ctx context.Context, now time.Time) {
	off := now.Before(c.next)
	if err := c.round(ctx, now); err != nil && ctx.Err() == nil && !off {
		c.putOff(now)
		c.options.Trouble()
	}
}

// round looks once, and sends all that waits, if it is time. The error is the
// log's.
func (c *Collector) round(ctx context.Context, now time.Time) error {
	behind, err := c.options.Log.Behind(ctx)
	if err != nil {
		return err
	}
	waiting := uint64(0)
	for _, b := range behind {
		waiting += b.Last - b.Number
	}
	c.change(func(s *State) {
		s.Waiting = waiting
		if waiting == 0 {
			s.Oldest = time.Time{}
		}
	})
	if now.Before(c.next) {
		return nil
	}
	// Nobody is first every time.
	rand.Shuffle(len(behind), func(i, j int) { behind[i], behind[j] = behind[j], behind[i] })
	for len(behind) > 0 && ctx.Err() == nil {
		var rest []Behind
		if rest, err = c.send(ctx, now, behind); err != nil {
			return err
		}
		if rest == nil {
			return nil
		}
		behind = rest
	}
	return nil
}

// send sends one sending of what waits and gives what waits then. Nil: the
// collector did not take it.
func (c *Collector) send(ctx context.Context, now time.Time, behind []Behind) ([]Behind, error) {
	var batches []Batch
	var records []Record
	oldest := time.Time{}
	for i := 0; i < len(behind) && len(records) < together; i++ {
		from := behind[i]
		limit, flood := together, from.Last-from.Number > floodAt
		if flood {
			limit = inFlood
		}
		b, err := c.options.Log.Next(ctx, from, limit, flood)
		if err != nil {
			return nil, err
		}
		batches = append(batches, b)
		records = append(records, b.Records...)
		for _, r := range b.Records {
			if oldest.IsZero() || r.At.Before(oldest) {
				oldest = r.At
			}
		}
	}
	c.change(func(s *State) {
		if s.Failing.IsZero() || s.Oldest.IsZero() || oldest.Before(s.Oldest) {
			s.Oldest = oldest
		}
	})
	within, cancel := context.WithTimeout(ctx, c.sendTime)
	err := c.options.Sink.Send(within, records)
	cancel()
	if err != nil {
		if ctx.Err() == nil {
			c.failed(now, faultOf(err))
		}
		return nil, nil
	}
	rest := behind[len(batches):]
	for i, b := range batches {
		// What was sent is sent again when this fails: nothing is lost by it.
		if err := c.options.Log.Taken(ctx, b.To); err != nil {
			return nil, err
		}
		entries := b.To.Number - behind[i].Number
		c.change(func(s *State) {
			s.Taken += entries
			s.Waiting -= min(entries, s.Waiting)
			if n := uint64(len(b.Records)); n < entries {
				s.Summed += entries - n
			}
		})
		if b.To.Number < b.To.Last {
			rest = append(rest, b.To)
		}
	}
	c.well(len(rest) == 0)
	return append([]Behind{}, rest...), nil
}

func (c *Collector) change(how func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	how(&c.state)
}

// putOff puts off the next attempt.
func (c *Collector) putOff(now time.Time) {
	c.next = now.Add(pauses.Apart(c.attempts))
	c.attempts++
}

func (c *Collector) failed(now time.Time, fault Fault) {
	c.putOff(now)
	began := false
	c.change(func(s *State) {
		s.Refused++
		s.Fault = fault
		if began = s.Failing.IsZero(); began {
			s.Failing = now
		}
	})
	if began {
		c.options.Turned(c.State())
	}
}

func (c *Collector) well(all bool) {
	c.attempts, c.next = 0, time.Time{}
	ended := false
	c.change(func(s *State) {
		ended = !s.Failing.IsZero()
		s.Failing = time.Time{}
		if all {
			s.Oldest = time.Time{}
		}
	})
	if ended {
		c.options.Turned(c.State())
	}
}

package admin

import (
	"net/netip"
	"sync"
	"time"
)

// wrong limits wrong credentials by address. A right one is never refused for
// the wrong ones of a neighbour.
type wrong struct {
	mu     sync.Mutex
	counts map[netip.Prefix]wrongs // Guarded by mu.
}

type wrongs struct {
	n     int
	until time.Time
}

const (
	wrongMost = 20 // wrong credentials of one address within wrongTime
	wrongTime = time.Minute
	wrongKept = 100_000 // addresses; those beyond share one
)

func newWrong() *wrong { return &wrong{counts: make(map[netip.Prefix]wrongs)} }

// add counts one, and says how long the address has to wait if it is one too
// many.
func (w *wrong) add(from netip.Prefix, now time.Time) (wait time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, known := w.counts[from]
	if !known && len(w.counts) >= wrongKept {
		for k, v := range w.counts {
			if !now.Before(v.until) {
				delete(w.counts, k)
			}
		}
		if len(w.counts) >= wrongKept {
			from = netip.Prefix{}
			c = w.counts[from]
		}
	}
	if !now.Before(c.until) {
		c = wrongs{until: now.Add(wrongTime)}
	}
	c.n++
	w.counts[from] = c
	return c.until.Sub(now), c.n <= wrongMost
}

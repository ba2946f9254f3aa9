package admin

import (
	"hash/maphash"
	"maps"
	"net/netip"
	"sync"
	"time"
)

// wrong limits wrong credentials by address. A right one is never refused for
// the wrong ones of a neighbour. It keeps no address, but a pseudonym made
// with a seed that is drawn at random and thrown away after a day.
type wrong struct {
	mu     sync.Mutex
	seed   maphash.Seed      // Guarded by mu, as what follows.
	drawn  time.Time         // when the seed was
	counts map[uint64]wrongs // by pseudonym
	swept  time.Time         // when those that are over were last looked for
}

type wrongs struct {
	n     int
	until time.Time
}

const (
	wrongMost = 20 // wrong credentials of one address within wrongTime
	wrongTime = time.Minute
	wrongKept = 100_000 // addresses; those beyond share one
	wrongSeed = 24 * time.Hour
	wrongRest = time.Second // between two looks through all of them: a flood must not cost one each
)

func newWrong() *wrong { return &wrong{counts: make(map[uint64]wrongs)} }

// add counts one, and says how long the address has to wait if it is one too
// many.
func (w *wrong) add(from netip.Prefix, now time.Time) (wait time.Duration, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.drawn) >= wrongSeed {
		w.seed, w.drawn = maphash.MakeSeed(), now
		clear(w.counts)
	}
	name := maphash.Comparable(w.seed, from)
	c, known := w.counts[name]
	if !known && len(w.counts) >= wrongKept {
		if now.Sub(w.swept) >= wrongRest {
			w.swept = now
			maps.DeleteFunc(w.counts, func(_ uint64, c wrongs) bool { return !now.Before(c.until) })
		}
		if len(w.counts) >= wrongKept {
			name = 0
			c = w.counts[name]
		}
	}
	if !now.Before(c.until) {
		c = wrongs{until: now.Add(wrongTime)}
	}
	c.n++
	w.counts[name] = c
	return c.until.Sub(now), c.n <= wrongMost
}

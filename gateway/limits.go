package gateway

import (
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// keyedLimiter is a token bucket per key, forgotten when it is full again. It
// is bounded: when as many keys are known as it takes, keys that nobody knows
// share one bucket, so that a flood of new keys limits itself and not others.
//
// It keeps no key, which may be an address, but a pseudonym of it, made with a
// seed drawn at random that nobody can read and that is thrown away after a
// day: whoever was counted then cannot be told from whoever is counted now.
// Each bucket is full again at that moment.
type keyedLimiter[K comparable] struct {
	every rate.Limit
	burst int
	most  int

	mu      sync.Mutex
	seed    maphash.Seed       // Guarded by mu, as what follows.
	drawn   time.Time          // when the seed was
	buckets map[uint64]*bucket // by pseudonym
	rest    *rate.Limiter
	swept   time.Time
}

// pseudonymLife is how long a key has the same pseudonym, at most.
const pseudonymLife = 24 * time.Hour

type bucket struct {
	limiter *rate.Limiter
	used    time.Time
}

// newKeyedLimiter allows burst at once and then every per second, per key.
func newKeyedLimiter[K comparable](every float64, burst, most int) *keyedLimiter[K] {
	return &keyedLimiter[K]{
		every:   rate.Limit(every),
		burst:   burst,
		most:    most,
		buckets: make(map[uint64]*bucket),
		rest:    rate.NewLimiter(rate.Limit(every), burst),
	}
}

// allow takes one token of the key's bucket and says how long to wait if
// there is none.
func (l *keyedLimiter[K]) allow(now time.Time, key K) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := time.Duration(float64(l.burst) / float64(l.every) * float64(time.Second))
	if now.Sub(l.swept) > full && len(l.buckets) > 0 {
		l.swept = now
		for k, b := range l.buckets {
			if now.Sub(b.used) > full {
				delete(l.buckets, k) // it is full again: nothing is lost
			}
		}
	}
	if now.Sub(l.drawn) >= pseudonymLife {
		l.seed, l.drawn = maphash.MakeSeed(), now
		clear(l.buckets)
	}
	limiter := l.rest
	name := maphash.Comparable(l.seed, key)
	b := l.buckets[name]
	if b == nil && len(l.buckets) < l.most {
		b = &bucket{limiter: rate.NewLimiter(l.every, l.burst)}
		l.buckets[name] = b
	}
	if b != nil {
		b.used = now
		limiter = b.limiter
	}
	r := limiter.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return d, false
	}
	return 0, true
}

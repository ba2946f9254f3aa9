package gateway

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// keyedLimiter is a token bucket per key, forgotten when it is full again. It
// is bounded: when as many keys are known as it takes, keys that nobody knows
// share one bucket, so that a flood of new keys limits itself and not others.
type keyedLimiter[K comparable] struct {
	every rate.Limit
	burst int
	most  int

	mu      sync.Mutex
	buckets map[K]*bucket // Guarded by mu.
	rest    *rate.Limiter
	swept   time.Time
}

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
		buckets: make(map[K]*bucket),
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
	limiter := l.rest
	b := l.buckets[key]
	if b == nil && len(l.buckets) < l.most {
		b = &bucket{limiter: rate.NewLimiter(l.every, l.burst)}
		l.buckets[key] = b
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

package deadline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A clock ends what is awaited now, and all of the waiting, to the
// millisecond; time in which nobody waits does not count.
func TestClock(t *testing.T) {
	for name, c := range map[string]struct {
		use  func(c *Clock)
		ends time.Duration // from the beginning; zero: it does not
	}{
		"nothing is armed":     {func(*Clock) {}, time.Minute},
		"one wait":             {func(c *Clock) { c.Arm(3 * time.Second) }, 3 * time.Second},
		"a wait after a wait":  {func(c *Clock) { c.Arm(3 * time.Second); time.Sleep(2 * time.Second); c.Arm(3 * time.Second) }, 5 * time.Second},
		"not beyond the whole": {func(c *Clock) { c.Arm(50 * time.Second); time.Sleep(40 * time.Second); c.Arm(50 * time.Second) }, time.Minute},
		"rest does not count": {func(c *Clock) {
			c.Arm(50 * time.Second)
			time.Sleep(40 * time.Second)
			c.Rest()
			time.Sleep(time.Hour)
			c.Arm(50 * time.Second)
		}, time.Hour + time.Minute},
		"at rest": {func(c *Clock) { c.Rest() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				clock := Watch(t.Context(), time.Minute)
				defer clock.Stop()
				c.use(clock)
				select {
				case <-clock.Context().Done():
					require.True(t, clock.Slow())
					require.Equal(t, c.ends, time.Since(start))
				case <-time.After(24 * time.Hour):
					require.Zero(t, c.ends)
				}
			})
		})
	}
}

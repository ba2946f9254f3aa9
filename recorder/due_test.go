package recorder

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// missed are turns that a sweep would not find: they are due before the time at
// which it looks at their session.
func missed(tb testing.TB, r *Recorder) int {
	tb.Helper()
	return count(tb, r, `SELECT count(*) FROM turn t WHERE NOT EXISTS
		(SELECT 1 FROM conversation c WHERE c.tenant = t.tenant AND c.session = t.session AND c.due <= t.until)`)
}

// A turn that is due before those that were stored before it goes at its time:
// where retention became shorter, where the clock went back, and where a sweep
// had put the session off meanwhile. // R13
func TestDueSooner(t *testing.T) {
	ctx := context.Background()
	for name, way := range map[string]func(r *Recorder, c *clock, long, short *talker){
		"shorter retention": func(r *Recorder, c *clock, long, short *talker) {
			require.NoError(t, keep(r, conversation(1), long.say("a", "b")))
		},
		"clock back": func(r *Recorder, c *clock, long, short *talker) {
			require.NoError(t, keep(r, conversation(1), short.say("a", "b")))
			c.move(-5 * day)
		},
		"put off by a sweep": func(r *Recorder, c *clock, long, short *talker) {
			require.NoError(t, keep(r, conversation(1), short.say("a", "b")))
			require.NoError(t, keep(r, conversation(1), long.say("a", "b")))
			c.move(15 * day)
			rep, err := r.Sweep(ctx)
			require.NoError(t, err)
			require.Equal(t, 1, rep.Turns)
			require.Positive(t, count(t, r, "SELECT due FROM conversation"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := started(t)
			long, short := newTalker(t, 20*day), newTalker(t, 10*day)
			for range 3 { // so that their numbers differ
				short.say("x", "y")
			}
			if name != "put off by a sweep" {
				long.say("x", "y")
			}
			way(r, c, long, short)
			now := c.now()
			if name == "put off by a sweep" { // due before the one that the sweep left
				c.move(-8 * day)
				now = c.now()
			}
			require.NoError(t, keep(r, conversation(1), short.say("a", "b")))
			require.Zero(t, missed(t, r))
			c.ns.Store(now.Add(10*day - time.Minute).UnixNano())
			rep, err := r.Sweep(ctx)
			require.NoError(t, err)
			require.Zero(t, rep.Turns, "early")
			c.ns.Store(now.Add(10*day + time.Minute).UnixNano())
			_, err = r.Sweep(ctx)
			require.NoError(t, err)
			require.Zero(t, count(t, r, "SELECT count(*) FROM turn WHERE until <= $1", c.now().UnixMilli()), "late")
		})
	}
}

// Whatever is kept, erased and swept while the clock jumps about: after a sweep
// nothing is left that is past its time, and nothing is gone that is not. // R13
func TestDueOracle(t *testing.T) {
	ctx := context.Background()
	rounds := max(int(30**scale), 1)
	t.Logf("n = %d rounds of 20 changes", rounds)
	random := rand.New(rand.NewPCG(11, 7))
	r, c := started(t)
	type row struct{ session, turn int }
	have := map[row]time.Time{} // until
	talkers := map[int]*talker{}
	next := 0
	for round := range rounds {
		for range 20 {
			n := 1 + random.IntN(4)
			switch random.IntN(10) {
			case 0:
				c.move(time.Duration(random.IntN(40)-15) * day)
			case 1:
				_, err := r.Erase(ctx, "acme", idNo(n), Access{Self: true})
				require.NoError(t, err)
				for k := range have {
					if k.session == n {
						delete(have, k)
					}
				}
			default:
				retention := time.Duration(1+random.IntN(30)) * day
				next++
				talk := newTalker(t, retention)
				if old := talkers[n]; old != nil && random.IntN(2) == 0 {
					talk = old
				}
				turn := talk.say("q", "a")
				retention = turn.Grant().Retention()
				no := int(turn.Grant().Turn())
				if _, taken := have[row{n, no}]; taken {
					turn.Forget()
					continue
				}
				talkers[n] = talk
				if err := keep(r, conversation(n), turn); err != nil {
					continue
				}
				have[row{n, no}] = c.now().Add(retention)
			}
			require.Zero(t, missed(t, r), "round %d", round)
		}
		_, err := r.Sweep(ctx)
		require.NoError(t, err)
		for k, until := range have {
			if !until.After(c.now()) {
				delete(have, k)
			}
		}
		left := map[row]bool{}
		rows, err := r.store.DB().Query("SELECT session, turn FROM turn")
		require.NoError(t, err)
		for rows.Next() {
			var id []byte
			var turn int
			require.NoError(t, rows.Scan(&id, &turn))
			left[row{int(idOf(id)[15]) - 1, turn}] = true
		}
		require.NoError(t, rows.Close())
		require.Equal(t, len(have), len(left), fmt.Sprintf("round %d", round))
		for k := range have {
			require.True(t, left[k], "%v went too early", k)
		}
	}
}

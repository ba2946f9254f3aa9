package recorder

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/recorder/store"
	"mayfly/session"
)

// toggled is one switching, as seen from outside.
type toggled struct {
	on           bool
	asked, knows int64 // when it was asked for, and when it was answered
}

// kept1 is one turn, as seen from outside.
type kept1 struct {
	given, answered int64
	err             error
}

// Nothing that was given to the recorder after an "off" was answered is stored,
// and nothing that was given and answered while it was on is refused. Seen from
// outside alone: eight writers, switched at random in each of the ways that
// there are. // R10 R11
func TestOffIsOff(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	toggles := max(int(200**scale), 20)
	var clock, stop atomic.Int64
	var writers sync.WaitGroup
	seen := make([][]kept1, 8)
	for w := range seen {
		talk := newTalker(t, month)
		conv := conversation(w)
		writers.Go(func() {
			for stop.Load() == 0 {
				turn := talk.say("a question", "An answer.")
				k := kept1{given: clock.Add(1)}
				k.err = keep(r, conv, turn)
				k.answered = clock.Add(1)
				seen[w] = append(seen[w], k)
			}
		})
	}
	number := uint64(1)
	var history []toggled
	on := true
	for i := range toggles {
		on = !on
		time.Sleep(time.Duration(rand.IntN(4000)) * time.Microsecond)
		h := toggled{on: on, asked: clock.Add(1)}
		switch i / 2 % 3 {
		case 0:
			require.NoError(t, r.ForceOff(ctx, "acme", !on, "test", admin))
		case 1:
			require.NoError(t, r.ForceOff(ctx, "", !on, "test", admin))
		case 2:
			var err error
			number, err = r.ChangeTenant(ctx, Change{Tenant: "acme", Base: number, Source: "store", Document: []byte("{}"), By: admin, Recording: map[string]bool{"mia": on}})
			require.NoError(t, err)
		}
		h.knows = clock.Add(1)
		history = append(history, h)
	}
	stop.Store(1)
	writers.Wait()
	var stored, dropped, amid int
	for _, all := range seen {
		for _, k := range all {
			switch {
			case k.err == nil:
				stored++
			case errors.Is(k.err, ErrDropped):
				dropped++
			default:
				t.Fatal(k.err)
			}
			is := standing(history, k)
			switch {
			case is == nil:
				amid++
			case *is:
				require.NoError(t, k.err, "it was on all the time")
			default:
				require.ErrorIs(t, k.err, ErrDropped, "it was off all the time")
			}
		}
	}
	var rows int
	require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM turn").Scan(&rows))
	require.Equal(t, stored, rows)
	require.Positive(t, dropped)
	t.Logf("%d toggles, %d turns stored, %d dropped, %d in flight during a toggle", toggles, stored, dropped, amid)
}

// standing is whether recording was on all the while that a turn was on its
// way; nil if it was switched meanwhile.
func standing(history []toggled, k kept1) *bool {
	on, known := true, true
	for _, h := range history {
		if h.asked > k.answered {
			break
		}
		on, known = h.on, h.knows < k.given
		if !known {
			return nil
		}
	}
	return &on
}

// A tenant, an avatar and a whole gateway without a row of their own are not
// recorded; nor is anything whose session no longer wants it. // R10
func TestNothingIsKeptUnasked(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	for name, conv := range map[string]Conversation{
		"an avatar without a row": {Tenant: "acme", Avatar: "leo", Session: idNo(1)},
		"a tenant without a row":  {Tenant: "other", Avatar: "mia", Session: idNo(2)},
		"a name in other letters": {Tenant: "acme", Avatar: "Mia", Session: idNo(3)},
	} {
		require.ErrorIs(t, keep(r, conv, newTalker(t, month).say("no", "No.")), ErrDropped, name)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	over := make(chan error, 1)
	r.Keep(ctx, conversation(4), newTalker(t, month).say("no", "No."), func(err error) { over <- err })
	require.ErrorIs(t, <-over, ErrDropped)
	_, err := r.RemoveTenant(context.Background(), "acme", admin)
	require.NoError(t, err)
	require.ErrorIs(t, keep(r, conversation(5), newTalker(t, month).say("no", "No.")), ErrDropped)
	var rows int
	require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM turn").Scan(&rows))
	require.Zero(t, rows)
}

// A turn that was called back before it was durable is not stored: neither when
// it waited, nor when the disk was already at it.
func TestCalledBack(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	held, frozen := make(chan struct{}), make(chan struct{})
	reached := make(chan struct{})
	go func() {
		_ = r.store.Idle(context.Background(), func(*sql.DB) error { close(reached); <-held; return nil })
	}()
	<-reached
	ctx, cancel := context.WithCancel(context.Background())
	amid, waiting := make(chan error, 1), make(chan error, 1)
	r.Keep(ctx, conversation(1), newTalker(t, month).say("amid", "Amid."), func(err error) { amid <- err })
	at := make(chan struct{})
	r.store.Put(context.Background(), store.Job{Run: func(*sql.Tx) error { close(at); <-frozen; return nil }})
	close(held)
	<-at // the turn is in the transaction that the disk is at
	r.Keep(ctx, conversation(2), newTalker(t, month).say("waits", "Waits."), func(err error) { waiting <- err })
	cancel()
	close(frozen)
	require.ErrorIs(t, <-amid, ErrDropped)
	require.ErrorIs(t, <-waiting, ErrDropped)
	for _, table := range []string{"turn", "conversation"} {
		var rows int
		require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM "+table).Scan(&rows))
		require.Zero(t, rows, table)
	}
}

// A disk that answers nothing makes nobody wait: Keep returns,
// what is too much is refused, and what was acknowledged is there afterwards.
func TestFrozenDisk(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	frozen, reached := make(chan struct{}), make(chan struct{})
	go func() {
		_ = r.store.Idle(context.Background(), func(*sql.DB) error { close(reached); <-frozen; return nil })
	}()
	<-reached
	const n = 5000
	over := make(chan error, n)
	began := time.Now()
	for i := range n {
		r.Keep(context.Background(), conversation(i), newTalker(t, month).say("a question", "An answer."), func(err error) { over <- err })
	}
	require.Less(t, time.Since(began), 30*time.Second, "Keep waited")
	close(frozen)
	var stored, busy int
	for range n {
		switch err := <-over; {
		case err == nil:
			stored++
		case errors.Is(err, ErrBusy):
			busy++
		default:
			t.Fatal(err)
		}
	}
	require.Positive(t, busy)
	var rows int
	require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM turn").Scan(&rows))
	require.Equal(t, stored, rows)
}

// Facts of the class Gate are as durable as their change; those of the class
// Count come within a second, in the order in which they happened.
func TestFactsInOrder(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	over := make(chan error, 1)
	for range 50 {
		r.Note("acme", session.Fact{Kind: session.SessionStarted, Session: idNo(1)}, nil)
	}
	r.Note("acme", session.Fact{Kind: session.ConsentGiven, Session: idNo(1)}, func(err error) { over <- err })
	require.NoError(t, <-over)
	facts, err := r.Facts(context.Background(), "acme", 0, 100)
	require.NoError(t, err)
	require.Equal(t, session.ConsentGiven, facts[0].Fact.Kind)
	for _, f := range facts[1:51] {
		require.Equal(t, session.SessionStarted, f.Fact.Kind)
	}
	r.Note("acme", session.Fact{Kind: session.SessionEnded, Session: idNo(1), Object: session.NameID("acme", "mia"), Count: 61}, nil)
	require.Eventually(t, func() bool {
		days, err := r.Usage(context.Background(), "acme", r.now(), r.now())
		return err == nil && len(days) == 1 && days[0].Avatar == "mia" && days[0].Sessions == 1 && days[0].Minutes == 2
	}, 30*time.Second, 20*time.Millisecond)
}

// Facts of the class Count that a disk refused are written when it is back, and
// what there was no room for is a fact itself.
func TestCountsAreNotLostInSilence(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	pages(t, r, true)
	const n = 500
	for range n {
		r.Note("acme", session.Fact{Kind: session.SessionStarted}, func(err error) { require.NoError(t, err) })
	}
	require.Eventually(t, func() bool { return r.Ready() != nil }, 30*time.Second, 10*time.Millisecond)
	pages(t, r, false)
	require.Eventually(t, func() bool { return startsNoted(t, r) == n }, 30*time.Second, 20*time.Millisecond)

	var c counts
	for range counting + 7 {
		c.add(audit.Record{Tenant: "acme", Fact: session.Fact{Kind: session.SessionStarted}})
	}
	all := c.take(r.now())
	require.Len(t, all, counting+1)
	require.Equal(t, session.Fact{Kind: session.FactsLost, Count: 7}, all[0].Fact)
	c.fail(all, true)
	again := c.take(r.now())
	require.Len(t, again, counting+1)
	sum := uint64(0)
	for _, rec := range again {
		sum += max(rec.Fact.Count, 1)
	}
	require.EqualValues(t, counting+7, sum)
}

// The key of a turn that was not stored after all goes with its month, and so
// does the key of the month.
func TestOrphanedKey(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	require.ErrorIs(t, keep(r, Conversation{Tenant: "acme", Avatar: "leo", Session: idNo(1)}, newTalker(t, month).say("no", "No.")), ErrDropped)
	require.NoError(t, keep(r, conversation(2), newTalker(t, 3*month).say("yes", "Yes.")))
	keys := func() (sessions, epochs int) {
		require.NoError(t, r.store.Keys().QueryRow("SELECT (SELECT count(*) FROM session_key), (SELECT count(*) FROM epoch_key)").Scan(&sessions, &epochs))
		return sessions, epochs
	}
	sessions, epochs := keys()
	require.Equal(t, []int{2, 2}, []int{sessions, epochs})
	c.move(40 * 24 * time.Hour)
	_, err := r.Sweep(context.Background())
	require.NoError(t, err)
	sessions, epochs = keys()
	require.Equal(t, []int{1, 1}, []int{sessions, epochs})
	require.Contains(t, text(t, r, idNo(2), Text), "yes")
}

// A session of which everything was erased, or expired, while it went on begins
// anew with its next turn: that is listed, read and swept like any other.
func TestSessionBeginsAnew(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	ctx := context.Background()
	conv := conversation(1)
	talk := newTalker(t, time.Hour)
	for name, gone := range map[string]func(){
		"erased":  func() { _, err := r.Erase(ctx, "acme", conv.Session, Access{Self: true}); require.NoError(t, err) },
		"expired": func() { c.move(2 * time.Hour); _, err := r.Sweep(ctx); require.NoError(t, err) },
		"item by item": func() {
			for _, words := range []string{"before", "Before."} {
				require.NoError(t, r.EraseItem(ctx, "acme", conv.Session, itemOf(t, r, conv.Session, words), Access{Self: true}))
			}
		},
	} {
		require.NoError(t, keep(r, conv, talk.say("before", "Before.")), name)
		gone()
		require.NoError(t, keep(r, conv, talk.say("after", "After.")), name)
		got := text(t, r, conv.Session, Text)
		require.Contains(t, got, "after", name)
		require.NotContains(t, got, "before", name)
		_, err := r.Erase(ctx, "acme", conv.Session, Access{Self: true})
		require.NoError(t, err, name)
	}
	var rows int
	require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM turn").Scan(&rows))
	require.Zero(t, rows)
}

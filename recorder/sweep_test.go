package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/session"
)

const day = 24 * time.Hour

// count is the first column of a query that yields one number.
func count(tb testing.TB, r *Recorder, query string, args ...any) (n int) {
	tb.Helper()
	require.NoError(tb, r.store.DB().QueryRow(query, args...).Scan(&n))
	return n
}

func keysLeft(tb testing.TB, r *Recorder) (n int) {
	tb.Helper()
	require.NoError(tb, r.store.Keys().QueryRow("SELECT count(*) FROM session_key").Scan(&n))
	return n
}

// Every turn goes at its time, not before, and its key with the last one.
func TestSweep(t *testing.T) { // R13
	ctx := context.Background()
	r, c := started(t)
	began := c.now()
	r1, r2 := newTalker(t, 10*day), newTalker(t, 20*day)
	require.NoError(t, keep(r, conversation(1), r1.say("a", "b")))
	require.NoError(t, keep(r, conversation(2), r2.say("a", "b")))
	c.move(day)
	require.NoError(t, keep(r, conversation(1), r1.say("c", "d")))
	require.NoError(t, r.Correct(ctx, "acme", idNo(1), 2, []byte("x"), Access{Self: true}))

	left := func(turns, sessions, keys int) {
		t.Helper()
		require.Equal(t, turns, count(t, r, "SELECT count(*) FROM turn"))
		require.Equal(t, sessions, count(t, r, "SELECT count(*) FROM conversation"))
		require.Equal(t, keys, keysLeft(t, r))
	}
	at := func(d time.Duration, turns int) Report {
		t.Helper()
		c.ns.Store(began.Add(d).UnixNano())
		rep, err := r.Sweep(ctx)
		require.NoError(t, err)
		require.Equal(t, turns, rep.Turns)
		return rep
	}
	at(10*day-time.Millisecond, 0)
	left(3, 2, 2)
	require.Empty(t, factsOf(t, r, "", session.Swept))
	at(10*day, 1)
	left(2, 2, 2)
	require.Zero(t, count(t, r, "SELECT count(*) FROM correction"), "a correction goes with what it corrects")
	require.NotContains(t, text(t, r, idNo(1), Text), ": a\n")
	at(11*day-time.Millisecond, 0)
	rep := at(11*day, 1)
	require.Equal(t, 1, rep.Sessions)
	left(1, 1, 1)
	at(20*day, 1)
	left(0, 0, 0)
	at(20*day, 0)

	require.Len(t, factsOf(t, r, "acme", session.TranscriptExpired), 3)
	swept := factsOf(t, r, "", session.Swept)
	require.Len(t, swept, 3)
	for _, f := range swept {
		require.EqualValues(t, 1, f.Count)
	}
	require.Equal(t, 2, count(t, r, "SELECT count(*) FROM tombstone"), "one for each session")
}

// However the clock jumps, nothing goes before its time and everything late
// goes once.
func TestSweepClock(t *testing.T) { // R13
	ctx := context.Background()
	r, c := started(t)
	began := c.now()
	n := int(60 * *scale)
	rnd := rand.New(rand.NewPCG(1, 1))
	until := map[session.ID]time.Time{}
	talkers := map[int]*talker{}
	for _, d := range []int{1, 30, 90, 365} {
		talkers[d] = newTalker(t, time.Duration(d)*day)
	}
	expired, last := 0, began
	for i := range n {
		d := []int{1, 30, 90, 365}[rnd.IntN(4)]
		require.NoError(t, keep(r, conversation(i), talkers[d].say("q", "a")))
		until[idNo(i)] = c.now().Add(time.Duration(d) * day)
		jump := []time.Duration{-day, -day, time.Hour, day, 40 * day, -400 * day, 400 * day}[rnd.IntN(7)]
		c.move(jump)
		if rnd.IntN(3) == 0 {
			c.ns.Store(began.UnixNano())
		}
		if c.now().After(last) {
			last = c.now()
		}
		rep, err := r.Sweep(ctx)
		require.NoError(t, err)
		for id, u := range until {
			there := count(t, r, "SELECT count(*) FROM turn WHERE session = $1", id[:]) == 1
			require.Equal(t, u.After(c.now()), there, "at %v, due %v", c.now(), u)
			if !there {
				delete(until, id)
				expired++
			}
		}
		require.LessOrEqual(t, rep.Turns, n)
	}
	c.ns.Store(last.Add(2000 * day).UnixNano())
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, len(until), rep.Turns)
	require.Zero(t, count(t, r, "SELECT count(*) FROM turn"))
	require.Zero(t, keysLeft(t, r))
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Turns)
	t.Logf("%d turns, %d swept on the way, the rest at the end", n, expired)
}

// Entries of the audit log have a retention of their own.
func TestSweepAudit(t *testing.T) { // R66
	ctx := context.Background()
	r, c := started(t)
	entries := func() int {
		all, err := r.Facts(ctx, "acme", 0, 1000)
		require.NoError(t, err)
		return len(all)
	}
	n := entries()
	require.NotZero(t, n)
	c.move(audit.Retention)
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Entries)
	require.Equal(t, n, entries())
	c.move(time.Millisecond)
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, n, rep.Entries)
	require.Equal(t, 1, entries())
	pruned := factsOf(t, r, "acme", session.AuditPruned)
	require.Len(t, pruned, 1)
	require.EqualValues(t, n, pruned[0].Count)
	c.move(-500 * day)
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Entries)
	require.Equal(t, 1, entries())
}

// A process that dies between the end of a tenant and that of its keys leaves
// keys. The next sweep destroys them.
func TestSweepEndedTenants(t *testing.T) { // R16
	ctx := context.Background()
	r, _ := started(t)
	allow(t, r, "other", "mia")
	spoken(t, r, 2, month)
	of := conversation(3)
	of.Tenant = "other"
	require.NoError(t, keep(r, of, newTalker(t, month).say("q", "a")))
	require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error { return r.end(tx, "acme", admin, &Report{}) }))
	require.Equal(t, 3, keysLeft(t, r))
	_, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, keysLeft(t, r))
	require.Equal(t, 1, count(t, r, "SELECT count(*) FROM turn"))
}

// Requests go when an answer to them can no longer be disputed, with the key
// of their note.
func TestSweepRequests(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, r.MakeRequest(ctx, Request{ID: idNo(9), Tenant: "acme", Session: idNo(1), Kind: "appeal", Note: []byte("please")}))
	require.Equal(t, 1, keysLeft(t, r))
	c.move(RequestKept - time.Millisecond)
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Requests)
	c.move(time.Millisecond)
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Requests)
	require.Zero(t, keysLeft(t, r))
	requests, err := r.Requests(ctx, "acme", "")
	require.NoError(t, err)
	require.Empty(t, requests)
}

// What cannot be removed now keeps nothing else from being removed, and is
// named.
func TestSweepGoesOn(t *testing.T) { // R13
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, keep(r, conversation(1), newTalker(t, 10*day).say("a", "b")))
	require.NoError(t, r.MakeRequest(ctx, Request{ID: idNo(9), Tenant: "acme", Session: idNo(1), Kind: "appeal", Note: []byte("please")}))
	write := func(text string) {
		require.NoError(t, r.store.Idle(ctx, func(w *sql.DB) error { _, err := w.Exec(text); return err }))
	}
	write("CREATE TRIGGER broken BEFORE DELETE ON turn BEGIN SELECT RAISE(ABORT, 'not now'); END")
	c.move(RequestKept)
	rep, err := r.Sweep(ctx)
	require.ErrorContains(t, err, "the sweep of turns stopped")
	require.Equal(t, []string{"turns"}, rep.Failed)
	require.Equal(t, 1, rep.Requests)
	require.Equal(t, 1, count(t, r, "SELECT count(*) FROM turn"))
	write("DROP TRIGGER broken")
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Turns)
	require.Zero(t, keysLeft(t, r))
}

// After a sweep no file holds a byte of what was sealed, nor a key of it: the
// databases and their write-ahead logs are read as they are. What is not past
// its time is between it and stays.
func TestSweepLeavesNoBytes(t *testing.T) { // R13, R14
	ctx := context.Background()
	r, c := started(t)
	rnd := rand.New(rand.NewPCG(2, 2))
	short, long := newTalker(t, month), newTalker(t, 5*month)
	n := int(150 * *scale)
	var gone, stay []session.ID
	for i := range n {
		id, talk := rnd.IntN(1<<30), long
		of := conversation(id)
		if rnd.IntN(2) == 0 {
			talk = short
			gone = append(gone, of.Session)
		} else {
			stay = append(stay, of.Session)
		}
		for range 1 + i%3 {
			require.NoError(t, keep(r, of, talk.say("a question", strings.Repeat("an answer ", rnd.IntN(60)))))
		}
	}
	needles := sealedOf(t, r, gone...)
	files := rawFiles(t, r)
	for _, needle := range needles {
		require.True(t, inFiles(files, needle), "the search must find what is there")
	}
	c.move(2 * month)
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, len(gone), rep.Sessions)
	require.Empty(t, whereLeft(t, r, needles))
	files = rawFiles(t, r)
	for _, needle := range sealedOf(t, r, stay...) {
		require.True(t, inFiles(files, needle))
	}
	t.Logf("%d needles of %d sessions, %d sessions stay", len(needles), len(gone), len(stay))
}

// rawFiles are the recorder's files as they are on the disk.
func rawFiles(tb testing.TB, r *Recorder) map[string][]byte {
	tb.Helper()
	files := map[string][]byte{}
	require.NoError(tb, filepath.WalkDir(r.store.Folder(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "ballast" {
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = b
		return err
	}))
	return files
}

// inFiles says whether twelve bytes of something are in any file: fewer than
// that could be there by chance, and whole values may be split by pages.
func inFiles(files map[string][]byte, needle []byte) bool {
	for _, b := range files {
		for i := 0; i+12 <= len(needle); i += max((len(needle)-12)/4, 4) {
			if bytes.Contains(b, needle[i:i+12]) {
				return true
			}
		}
	}
	return false
}

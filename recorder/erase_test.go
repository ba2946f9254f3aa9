package recorder

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// whereLeft says in which files what of the needles is, after waiting for the
// logs to be emptied, which happens when no reader is in the way.
func whereLeft(tb testing.TB, r *Recorder, needles [][]byte) (where []string) {
	tb.Helper()
	for wait := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		where = nil
		for path, b := range rawFiles(tb, r) {
			for i, needle := range needles {
				if inFiles(map[string][]byte{path: b}, needle) {
					where = append(where, fmt.Sprintf("needle %d of %d in %s", i, len(needles), filepath.Base(path)))
				}
			}
		}
		if len(where) == 0 || time.Now().After(wait) {
			return where
		}
	}
}

// However something is erased, no file holds a byte of it afterwards, nor its
// key: the databases, their write-ahead logs and indexes are read as they are.
// What was not meant stays, and a fact says what went.
func TestEraseLeavesNoBytes(t *testing.T) { // R14, R15, R48, R72
	ctx := context.Background()
	person := Access{Self: true}
	where := func(q Query) func(*Recorder) error {
		return func(r *Recorder) error {
			q.Tenant = "acme"
			_, err := r.EraseWhere(ctx, q, access("rights"))
			return err
		}
	}
	began := conversation(0).Began
	for name, way := range map[string]struct {
		erase func(*Recorder) error
		gone  []int // sessions
		kind  session.FactKind
	}{
		"session": {func(r *Recorder) error { _, err := r.Erase(ctx, "acme", idNo(2), person); return err }, []int{2}, session.TranscriptErased},
		"item": {func(r *Recorder) error {
			return r.EraseItem(ctx, "acme", idNo(2), firstItem(t, text(t, r, idNo(2), JSONLines)), person)
		}, []int{2}, session.TranscriptErased},
		"subject": {where(Query{Subject: "p2"}), []int{2}, session.TranscriptErased},
		"avatar":  {where(Query{Avatar: "bob"}), []int{4, 5}, session.TranscriptErased},
		"date":    {where(Query{From: began.Add(time.Hour), To: began.Add(5 * time.Hour)}), []int{1, 2, 3, 4}, session.TranscriptErased},
		"tenant":  {func(r *Recorder) error { _, err := r.RemoveTenant(ctx, "acme", admin); return err }, []int{1, 2, 3, 4, 5, 6}, session.TenantEnded},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			r := open(t, t.TempDir(), c)
			allow(t, r, "acme", "mia", "bob")
			talk := newTalker(t, month)
			var needles, others [][]byte
			for i := 1; i <= 6; i++ {
				of := conversation(i)
				of.Began, of.Subject = began.Add(time.Duration(i)*time.Hour), fmt.Sprintf("p%d", i)
				if i == 4 || i == 5 {
					of.Avatar = "bob"
				}
				require.NoError(t, keep(r, of, talk.say("a question", "an answer")))
				require.NoError(t, keep(r, of, talk.say("another", "and its answer")))
			}
			for i := 1; i <= 6; i++ {
				to := &others
				for _, g := range way.gone {
					if g == i {
						to = &needles
					}
				}
				*to = append(*to, sealedOf(t, r, idNo(i))...)
			}
			for _, needle := range needles {
				require.True(t, inFiles(rawFiles(t, r), needle), "the search must find what is there")
			}
			require.NoError(t, way.erase(r))
			require.Empty(t, whereLeft(t, r, needles))
			for _, needle := range others {
				require.True(t, inFiles(rawFiles(t, r), needle), "what was not meant is gone")
			}
			require.NotEmpty(t, factsOf(t, r, "acme", way.kind))
		})
	}
}

// The end of a tenant says what went, what stays, and until when.
func TestTenantEndsWithAReport(t *testing.T) { // R16
	ctx := context.Background()
	r, _ := started(t)
	spoken(t, r, 3, month)
	rep, err := r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	require.Equal(t, 3, rep.Sessions)
	require.Equal(t, 3, rep.Turns)
	require.EqualValues(t, 3, rep.Keys)
	require.Len(t, rep.Stays, 2)
	require.Contains(t, rep.Stays[0], "goes on 2027-12-31")
	require.NotEmpty(t, rep.Unreached)
	facts := factsOf(t, r, "acme", session.TenantEnded)
	require.Len(t, facts, 1)
	require.EqualValues(t, 3, facts[0].Count)
}

package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/store"
	"mayfly/redact"
	"mayfly/session"
)

func reportNo(n int) session.ID { return session.ID{0x0e, byte(n)} }

// reporting stores the report n of session of, and says what became of it.
func reporting(r *Recorder, c Conversation, rep redact.Report, f session.Fact) error {
	over := make(chan error, 1)
	f.Session = c.Session
	r.KeepReport(context.Background(), c, rep, f, func(err error) { over <- err })
	return <-over
}

// reported stores the report n of a session that is not recorded.
func reported(tb testing.TB, r *Recorder, n, of int, words string) {
	tb.Helper()
	c := conversation(of)
	c.Subject, c.Receipt = "p"+string(rune('0'+of)), [32]byte{byte(of)}
	rep, f := newTalker(tb, month).report(reportNo(n), words)
	require.NoError(tb, reporting(r, c, rep, f))
}

// raw is everything that is in the files of the recorder.
func raw(tb testing.TB, r *Recorder) []byte {
	tb.Helper()
	var all []byte
	for _, name := range []string{store.DataFile, store.DataFile + "-wal", store.KeysFile, store.KeysFile + "-wal"} {
		b, err := os.ReadFile(filepath.Join(r.store.Folder(), name))
		if !os.IsNotExist(err) {
			require.NoError(tb, err)
		}
		all = append(all, b...)
	}
	return all
}

// The main path: reported while nothing is recorded, listed, read on a fact,
// answered, erased by the person. Its fact is durable with it. // R12 R41 R48
func TestReported(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, c := started(t)
	reported(t, r, 1, 1, "canary words")
	require.Zero(t, count(t, r, "SELECT count(*) FROM turn"))
	require.Zero(t, count(t, r, "SELECT count(*) FROM conversation"))
	made := factsOf(t, r, "acme", session.ReportMade)
	require.Len(t, made, 1)
	require.Equal(t, reportNo(1), made[0].Object)
	require.Equal(t, idNo(1), made[0].Session)
	require.NotContains(t, string(raw(t, r)), "canary", "it is sealed")

	list, err := r.AnswerReports(ctx, ReportQuery{Tenant: "acme"}, access(""))
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, AnswerReport{
		ID: reportNo(1), Tenant: "acme", Session: idNo(1), Avatar: "mia", Locale: "en", Subject: "p1", Began: conversation(1).Began, Policy: 7, At: c.now(), Until: c.now().Add(3 * month),
		Reason: "harmful", Lines: 1, State: "open",
	}, list[0])
	require.Len(t, factsOf(t, r, "acme", session.ReportsListed), 1)

	var out bytes.Buffer
	require.NoError(t, r.ReadReport(ctx, "acme", reportNo(1), access(""), &out))
	var got struct {
		Report, Session, Reason, Note string
		Lines                         []struct {
			Role, Words string
			AsSaid      bool `json:"as_said"`
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "canary words", got.Lines[0].Words)
	require.True(t, got.Lines[0].AsSaid)
	require.Equal(t, "user", got.Lines[0].Role)
	require.Equal(t, "a note about canary words", got.Note)
	require.Len(t, factsOf(t, r, "acme", session.ReportRead), 1)
	require.ErrorIs(t, r.ReadReport(ctx, "umbrella", reportNo(1), access(""), &out), ErrUnknown, "another tenant's")

	require.NoError(t, r.AnswerToReport(ctx, "acme", reportNo(1), "We corrected it.", admin))
	require.ErrorIs(t, r.AnswerToReport(ctx, "acme", reportNo(1), "Again.", admin), ErrExists)
	require.ErrorIs(t, r.AnswerToReport(ctx, "acme", reportNo(1), "", admin), ErrInvalid)
	require.ErrorIs(t, r.AnswerToReport(ctx, "umbrella", reportNo(1), "Mine.", admin), ErrUnknown)
	mine, err := r.AnswerReports(ctx, ReportQuery{Receipt: [32]byte{1}}, Access{Self: true})
	require.NoError(t, err)
	require.Equal(t, "We corrected it.", mine[0].Answer)
	require.Equal(t, "answered", mine[0].State)

	require.NoError(t, r.EraseReport(ctx, "acme", reportNo(1), Access{Self: true}))
	require.ErrorIs(t, r.EraseReport(ctx, "acme", reportNo(1), Access{Self: true}), ErrUnknown)
	require.ErrorIs(t, r.ReadReport(ctx, "acme", reportNo(1), Access{Self: true}, &out), ErrUnknown)
	require.Len(t, factsOf(t, r, "acme", session.ReportErased), 1)
	require.Zero(t, keysLeft(t, r))
}

// Erasing a session erases what was reported of it, by whatever way, and
// nothing of another session. // R14 R15 R48
func TestReportErasedWithItsSession(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, erase := range map[string]func(*Recorder) (Erased, error){
		"the person": func(r *Recorder) (Erased, error) { return r.Erase(ctx, "acme", idNo(1), Access{Self: true}) },
		"by subject": func(r *Recorder) (Erased, error) {
			rep, err := r.EraseWhere(ctx, Query{Tenant: "acme", Subject: "p1"}, access("rights"))
			return Erased{rep.Turns, rep.Reports}, err
		},
	} {
		r, _ := started(t)
		reported(t, r, 1, 1, "canary one")
		reported(t, r, 2, 1, "canary two")
		reported(t, r, 3, 2, "another's")
		of := conversation(1)
		of.Subject = "p1"
		require.NoError(t, keep(r, of, newTalker(t, month).say("q", "a")))
		n, err := erase(r)
		require.NoError(t, err, name)
		require.Equal(t, Erased{Turns: 1, Reports: 2}, n, name)
		require.Equal(t, 1, count(t, r, "SELECT count(*) FROM report"), name)
		require.Equal(t, 1, keysLeft(t, r), name)
	}
}

// A report has its own end, that of the transcript does not count, nor does
// the transcript's for it. A hold keeps it; a clock that goes back does
// nothing. // R13 R14
func TestReportEnds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, c := started(t)
	began := c.now()
	reported(t, r, 1, 1, "canary one")
	reported(t, r, 2, 2, "canary two")
	of := conversation(1)
	require.NoError(t, keep(r, of, newTalker(t, day).say("q", "a")))
	c.move(2 * day)
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Turns)
	require.Zero(t, rep.Reports, "the end of the transcript")
	require.Equal(t, 2, count(t, r, "SELECT count(*) FROM report"))

	h := hold(c, 2)
	require.NoError(t, r.PlaceHold(ctx, h))
	require.NoError(t, r.ConfirmHold(ctx, "acme", h.ID, second))
	require.ErrorIs(t, r.EraseReport(ctx, "acme", reportNo(2), Access{Self: true}), ErrHeld)
	_, err = r.Erase(ctx, "acme", idNo(2), Access{Self: true})
	require.ErrorIs(t, err, ErrHeld)
	held, err := r.EraseWhere(ctx, Query{Tenant: "acme", Subject: "p2"}, access("rights"))
	require.NoError(t, err)
	require.Equal(t, 1, held.Held)
	require.Zero(t, held.Reports)

	c.ns.Store(began.Add(-day).UnixNano())
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 2, count(t, r, "SELECT count(*) FROM report"))
	c.ns.Store(began.Add(400 * day).UnixNano())
	var out bytes.Buffer
	require.ErrorIs(t, r.ReadReport(ctx, "acme", reportNo(1), access(""), &out), ErrUnknown, "past its time, swept or not")
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Reports)
	require.Len(t, factsOf(t, r, "acme", session.ReportExpired), 1)
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Reports, "once")
	require.NoError(t, r.LiftHold(ctx, "acme", h.ID, admin))
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Reports)
	require.Zero(t, count(t, r, "SELECT count(*) FROM report"))
}

// Where recording is forced off, or the tenant is gone, no report is stored
// either; and one that nobody waits for any more is not. // R5 R9
func TestReportForbidden(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, _ := started(t)
	talk := newTalker(t, month)
	try := func(n int) error {
		rep, f := talk.report(reportNo(n), "canary")
		return reporting(r, conversation(1), rep, f)
	}
	require.NoError(t, r.ForceOff(ctx, "", true, "emergency", admin))
	require.ErrorIs(t, try(1), ErrDropped)
	require.NoError(t, r.ForceOff(ctx, "", false, "", admin))
	require.NoError(t, r.ForceOff(ctx, "acme", true, "emergency", admin))
	require.ErrorIs(t, try(2), ErrDropped)
	require.NoError(t, r.ForceOff(ctx, "acme", false, "", admin))
	gone, cancel := context.WithCancel(ctx)
	cancel()
	rep, f := talk.report(reportNo(3), "canary")
	over := make(chan error, 1)
	r.KeepReport(gone, conversation(1), rep, f, func(err error) { over <- err })
	require.ErrorIs(t, <-over, ErrDropped)
	require.Zero(t, rep.Len(), "its words are forgotten")
	f.Kind = session.ReportRead
	require.ErrorIs(t, reporting(r, conversation(1), rep, f), redact.ErrNoGrant)
	require.ErrorIs(t, reporting(r, conversation(1), redact.Report{}, f), redact.ErrNoGrant)
	require.Zero(t, count(t, r, "SELECT count(*) FROM report"))
	require.Empty(t, factsOf(t, r, "acme", session.ReportMade))
	require.NoError(t, try(4))
	_, err := r.RemoveTenant(ctx, "acme", admin)
	require.NoError(t, err)
	require.Zero(t, count(t, r, "SELECT count(*) FROM report"))
	require.ErrorIs(t, try(5), ErrDropped)
}

// What a restriction keeps others from reading is the person's still. // R50
func TestReportRestricted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, _ := started(t)
	reported(t, r, 1, 1, "canary")
	require.NoError(t, r.Restrict(ctx, "acme", idNo(1), true, Access{Self: true}))
	var out bytes.Buffer
	require.ErrorIs(t, r.ReadReport(ctx, "acme", reportNo(1), access(""), &out), ErrRestricted)
	require.Zero(t, out.Len())
	require.NoError(t, r.ReadReport(ctx, "acme", reportNo(1), Access{Self: true}, &out))
	require.ErrorIs(t, r.Restrict(ctx, "acme", idNo(2), true, Access{Self: true}), ErrUnknown)
}

// A row that was moved, or of which a bit was changed, does not open.
func TestReportMoved(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, _ := started(t)
	reported(t, r, 1, 1, "canary one")
	reported(t, r, 2, 2, "canary two")
	one, two := reportNo(1), reportNo(2)
	require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE report SET key = (SELECT key FROM report WHERE id = $1), sealed = (SELECT sealed FROM report WHERE id = $1) WHERE id = $2", one[:], two[:])
		return err
	}))
	var out bytes.Buffer
	require.ErrorContains(t, r.ReadReport(ctx, "acme", two, access(""), &out), "report "+two.String())
	require.Zero(t, out.Len())
	require.Empty(t, factsOf(t, r, "acme", session.ReportRead))
}

// Backup, erase, restore: what was erased does not come back, what was not is
// there, and without tombstones nothing is. // R82
func TestReportBackedUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, c := started(t)
	reported(t, r, 1, 1, "canary one")
	reported(t, r, 2, 2, "canary two")
	of := conversation(2)
	require.NoError(t, keep(r, of, newTalker(t, day).say("q", "a")))
	folder := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, folder)
	require.NoError(t, err)
	require.NoError(t, r.EraseReport(ctx, "acme", reportNo(1), Access{Self: true}))
	c.move(2 * day)
	_, err = r.Sweep(ctx) // the transcript of session 2 ends, its report does not
	require.NoError(t, err)
	stones := filepath.Join(t.TempDir(), "stones")
	f, err := os.Create(stones)
	require.NoError(t, err)
	require.NoError(t, r.Tombstones(ctx, f))
	require.NoError(t, f.Close())
	restore := func(stones string) *Recorder {
		to := filepath.Join(t.TempDir(), "new")
		master := filepath.Join(r.store.Folder(), "master.key")
		_, err := Restore(ctx, RestoreOptions{From: folder, To: to, Tombstones: stones, MasterKey: master, Now: c.now})
		require.NoError(t, err)
		back, err := Open(ctx, Options{Folder: to, MasterKey: master, Now: c.now})
		require.NoError(t, err)
		t.Cleanup(func() { _ = back.Close() })
		return back
	}
	back := restore(stones)
	require.Equal(t, 1, count(t, back, "SELECT count(*) FROM report"))
	require.Zero(t, count(t, back, "SELECT count(*) FROM turn"))
	var out bytes.Buffer
	require.ErrorIs(t, back.ReadReport(ctx, "acme", reportNo(1), Access{Self: true}, &out), ErrUnknown)
	require.NoError(t, back.ReadReport(ctx, "acme", reportNo(2), Access{Self: true}, &out))
	require.Contains(t, out.String(), "canary two")
	back = restore("")
	require.Zero(t, count(t, back, "SELECT count(*) FROM report"))
	require.Zero(t, keysLeft(t, back))
}

// A statement that nothing was stored counts reports too.
func TestReportIsInTheStatement(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, c := started(t)
	state := func() *Statement {
		s, err := r.State(ctx, "acme", c.now().Add(-time.Hour), c.now().Add(time.Hour), true)
		require.NoError(t, err)
		return s
	}
	require.True(t, state().Nothing())
	reported(t, r, 1, 1, "canary")
	require.False(t, state().Nothing())
	require.Equal(t, 1, state().ReportsLeft)
	require.NoError(t, r.EraseReport(ctx, "acme", reportNo(1), Access{Self: true}))
	require.False(t, state().Nothing(), "something had been stored")
	require.Zero(t, state().ReportsLeft)
	require.Equal(t, 1, state().Reported)
}

// Who works on the machine itself has no key, and is noted as well. // R48
func TestListedOnTheHostIsNoted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r, _ := started(t)
	reported(t, r, 1, 1, "canary")
	require.NoError(t, keep(r, conversation(1), newTalker(t, day).say("q", "a")))
	host := Access{Purpose: "rights"}
	_, err := r.AnswerReports(ctx, ReportQuery{Tenant: "acme"}, host)
	require.NoError(t, err)
	require.Len(t, factsOf(t, r, "acme", session.ReportsListed), 1)
	_, err = r.List(ctx, Query{Tenant: "acme"}, host)
	require.NoError(t, err)
	require.Len(t, factsOf(t, r, "acme", session.TranscriptListed), 1)

	_, err = r.AnswerReports(ctx, ReportQuery{Receipt: [32]byte{1}}, Access{Self: true})
	require.NoError(t, err)
	require.Len(t, factsOf(t, r, "acme", session.ReportsListed), 1, "the person themselves is not")
}

package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/seal"
	"mayfly/recorder/siem"
	"mayfly/recorder/store"
	"mayfly/redact"
	"mayfly/session"
)

// on runs a statement on a database file from outside.
func on(tb testing.TB, file, statement string, args ...any) {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(tb, err)
	defer db.Close()
	_, err = db.Exec(statement, args...)
	require.NoError(tb, err)
}

// integrity is what SQLite says of a file.
func integrity(tb testing.TB, file string) string {
	tb.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	require.NoError(tb, err)
	defer db.Close()
	var says string
	require.NoError(tb, db.QueryRow("PRAGMA integrity_check").Scan(&says))
	return says
}

// A row that was changed on the disk is an error that names it; nothing of the
// transcript is written.
func TestFlippedBitNamesTheRow(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	talk := newTalker(t, month)
	conv := conversation(1)
	for range 3 {
		require.NoError(t, keep(r, conv, talk.say("where is it?", "Here.")))
	}
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	var sealed []byte
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, store.DataFile))
	require.NoError(t, err)
	require.NoError(t, db.QueryRow("SELECT sealed FROM turn WHERE turn = 2").Scan(&sealed))
	require.NoError(t, db.Close())
	for _, bit := range []int{0, 8, 8 * 5, 8 * 20, 8*len(sealed) - 1} {
		flipped := bytes.Clone(sealed)
		flipped[bit/8] ^= 1 << (bit % 8)
		on(t, filepath.Join(folder, store.DataFile), "UPDATE turn SET sealed = $1 WHERE turn = 2", flipped)
		r := open(t, folder, c)
		var out bytes.Buffer
		err := r.Read(context.Background(), "acme", conv.Session, access("quality"), Text, &out)
		require.ErrorIs(t, err, seal.ErrDamaged)
		require.ErrorContains(t, err, "turn 2 of session "+conv.Session.String())
		require.Zero(t, out.Len())
		require.NoError(t, r.Close())
	}
}

// What was sealed opens in its own place only: not as another turn, nor in
// another session, nor for another tenant.
func TestSwappedRowsDoNotOpen(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	allow(t, r, "other", "mia")
	one, two := conversation(1), conversation(2)
	elsewhere := conversation(3)
	elsewhere.Tenant = "other"
	for _, conv := range []Conversation{one, two, elsewhere} {
		talk := newTalker(t, month)
		require.NoError(t, keep(r, conv, talk.say("first", "First.")))
		require.NoError(t, keep(r, conv, talk.say("second", "Second.")))
	}
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	file := filepath.Join(folder, store.DataFile)
	for name, swap := range map[string]string{
		"turns of one session": "UPDATE turn SET sealed = (SELECT sealed FROM turn t WHERE t.session = turn.session AND t.turn = 3 - turn.turn)",
		"turns of two sessions, with their keys": `UPDATE turn SET (sealed, key) = (SELECT sealed, key FROM turn t WHERE t.session <> turn.session AND t.tenant = turn.tenant AND t.turn = turn.turn)
			WHERE tenant = 'acme'`,
		"turns of two tenants": `UPDATE turn SET (sealed, key) = (SELECT sealed, key FROM turn t WHERE t.tenant <> turn.tenant AND t.turn = turn.turn LIMIT 1) WHERE tenant = 'acme'`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir()
			copyFolder(t, folder, copied)
			on(t, filepath.Join(copied, filepath.Base(file)), swap)
			r := open(t, copied, c)
			var out bytes.Buffer
			err := r.Read(context.Background(), "acme", one.Session, access("quality"), Text, &out)
			require.True(t, errors.Is(err, seal.ErrDamaged) || errors.Is(err, seal.ErrNoKey), "%v", err)
			require.Zero(t, out.Len())
		})
	}
}

func copyFolder(tb testing.TB, from, to string) {
	tb.Helper()
	names, err := os.ReadDir(from)
	require.NoError(tb, err)
	for _, n := range names {
		data, err := os.ReadFile(filepath.Join(from, n.Name()))
		require.NoError(tb, err)
		require.NoError(tb, os.WriteFile(filepath.Join(to, n.Name()), data, 0o600))
	}
}

// A master key that is gone, is another or is open to others is a state with a
// name and a remedy. Nothing is recorded, nothing is lost, and what does not
// need it goes on. // R73
func TestMasterKeyNamedStates(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	conv := conversation(1)
	require.NoError(t, keep(r, conv, newTalker(t, month).say("kept", "Kept.")))
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	file := filepath.Join(folder, "master.key")
	right, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, fault := range map[string]struct {
		spoil func()
		is    error
		says  string
	}{
		"lost":    {func() { require.NoError(t, os.Remove(file)) }, seal.ErrNoMaster, "Put the key back"},
		"another": {func() { require.NoError(t, os.Remove(file)); _, err := seal.MakeMaster(file); require.NoError(t, err) }, seal.ErrWrongMaster, "Put the right key back"},
		"open":    {func() { require.NoError(t, os.Chmod(file, 0o644)) }, seal.ErrOpenMaster, "chmod 600"},
		"none":    {func() { require.NoError(t, os.WriteFile(file, []byte("secret\n"), 0o600)) }, seal.ErrBadMaster, "one line"},
	} {
		t.Run(name, func(t *testing.T) {
			fault.spoil()
			r := open(t, folder, c)
			require.ErrorIs(t, r.Ready(), fault.is)
			require.ErrorContains(t, r.Ready(), fault.says)
			require.ErrorIs(t, keep(r, conversation(9), newTalker(t, month).say("not kept", "No.")), fault.is)
			require.ErrorIs(t, r.Read(context.Background(), "acme", conv.Session, access("quality"), Text, &bytes.Buffer{}), fault.is)
			over := make(chan error, 1)
			r.Note("acme", session.Fact{Kind: session.PersonOptedOut}, func(err error) { over <- err })
			require.NoError(t, <-over, "facts go on")
			require.NoError(t, r.ForceOff(context.Background(), "acme", true, "", admin))
			require.NoError(t, r.ForceOff(context.Background(), "acme", false, "", admin))
			require.NoError(t, r.Close())
			// With the right key everything is there.
			require.NoError(t, os.WriteFile(file, right, 0o600))
			require.NoError(t, os.Chmod(file, 0o600))
			r = open(t, folder, c)
			require.NoError(t, r.Ready())
			require.Contains(t, text(t, r, conv.Session, Text), "kept")
			require.NoError(t, r.Close())
		})
	}
}

// A master key is not made beside a database that has lost its keys.
func TestLostKeysAreNoNewBeginning(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	require.NoError(t, keep(r, conversation(1), newTalker(t, month).say("kept", "Kept.")))
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	for _, name := range []string{store.KeysFile, "master.key"} {
		require.NoError(t, os.Remove(filepath.Join(folder, name)))
	}
	r = open(t, folder, c)
	require.ErrorContains(t, r.Ready(), "Put the key back")
	require.NoFileExists(t, filepath.Join(folder, "master.key"))
	require.NoError(t, r.Close())
	_, err := seal.MakeMaster(filepath.Join(folder, "master.key"))
	require.NoError(t, err)
	r = open(t, folder, c)
	require.ErrorContains(t, r.Ready(), "Restore keys.db")
}

// The master key is replaced while turns come, and whenever that stops the
// database says which of the two files counts.
func TestRotatedMasterKey(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	ctx := context.Background()
	folder := r.store.Folder()
	file := filepath.Join(folder, "master.key")
	conv := conversation(1)
	talk := newTalker(t, month)
	require.NoError(t, keep(r, conv, talk.say("before", "Before.")))
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, r.RotateMaster(ctx, ""))
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotEqual(t, before, after)
	require.NoError(t, keep(r, conv, talk.say("after", "After.")))
	require.NoError(t, keep(r, conversation(2), newTalker(t, month).say("new", "New.")))
	require.Contains(t, text(t, r, conv.Session, Text), "before")
	require.NoError(t, r.Close())

	for name, files := range map[string]map[string][]byte{
		"stopped before the old file went": {"master.key": before, "master.key.next": after},
		"stopped before anything changed":  {"master.key": after, "master.key.next": before},
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir()
			copyFolder(t, folder, copied)
			for n, data := range files {
				require.NoError(t, os.WriteFile(filepath.Join(copied, n), data, 0o600))
			}
			r := open(t, copied, c)
			require.NoError(t, r.Ready())
			require.Contains(t, text(t, r, conv.Session, Text), "after")
			require.NoFileExists(t, filepath.Join(copied, "master.key.next"))
		})
	}
	t.Run("the old key", func(t *testing.T) {
		copied := t.TempDir()
		copyFolder(t, folder, copied)
		require.NoError(t, os.WriteFile(filepath.Join(copied, "master.key"), before, 0o600))
		require.ErrorIs(t, open(t, copied, c).Ready(), seal.ErrWrongMaster)
	})
}

// Turns come and are read while the master key is replaced again and again.
func TestRotatedAmidEverything(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	stop := make(chan struct{})
	var all sync.WaitGroup
	for n := range 4 {
		talk := newTalker(t, month)
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				conv := conversation(n<<16 | i/2)
				if err := keep(r, conv, talk.say("a question", "An answer.")); err != nil {
					t.Error(err)
					return
				}
				if err := r.Read(context.Background(), "acme", conv.Session, access("quality"), Text, io.Discard); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 8 {
		require.NoError(t, r.RotateMaster(context.Background(), ""))
	}
	close(stop)
	all.Wait()
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	r = open(t, folder, c)
	require.NoError(t, r.Ready())
	kept, err := r.List(context.Background(), Query{Tenant: "acme", Limit: 1000}, Access{})
	require.NoError(t, err)
	for _, k := range kept {
		require.Contains(t, text(t, r, k.Session, Text), "a question")
	}
	t.Logf("%d sessions under 9 master keys", len(kept))
}

// A program that is older than the database refuses it, and says which one it
// needs.
func TestNewerDatabaseRefused(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	file := filepath.Join(folder, store.DataFile)
	on(t, file, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	on(t, file, "UPDATE written_by SET version = 'v7.1.0'")
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	_, err = Open(context.Background(), Options{Folder: folder, Now: c.now})
	var newer ErrNewer
	require.ErrorAs(t, err, &newer)
	require.EqualValues(t, 9999, newer.Has)
	require.ErrorContains(t, err, "v7.1.0")
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, before, after, "it was touched")
}

// A second process is refused.
func TestOneProcess(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	_, err := Open(context.Background(), Options{Folder: r.store.Folder(), Now: c.now})
	require.ErrorIs(t, err, ErrLocked)
}

// Nobody else on the machine may read the files.
func TestFilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	require.NoError(t, keep(r, conversation(1), newTalker(t, month).say("kept", "Kept.")))
	names, err := os.ReadDir(r.store.Folder())
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(names), 6)
	for _, n := range names {
		info, err := n.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, n.Name())
	}
}

// A write-ahead log that lost its end opens to a state that once was: whole
// turns, in their order, from the first on.
func TestTruncatedLog(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	conv := conversation(1)
	talk := newTalker(t, month)
	const n = 20
	for range n {
		require.NoError(t, keep(r, conv, talk.say("a question", "An answer.")))
	}
	copied := t.TempDir()
	copyFolder(t, r.store.Folder(), copied)
	wal := filepath.Join(copied, store.DataFile+"-wal")
	info, err := os.Stat(wal)
	require.NoError(t, err)
	require.Positive(t, info.Size())
	for _, size := range []int64{info.Size() - 1, info.Size() / 2, info.Size()/2 + 1234} {
		folder := t.TempDir()
		copyFolder(t, copied, folder)
		require.NoError(t, os.Truncate(filepath.Join(folder, store.DataFile+"-wal"), size))
		r := open(t, folder, c)
		kept, err := r.List(context.Background(), Query{Tenant: "acme"}, Access{Self: true})
		require.NoError(t, err)
		if len(kept) > 0 {
			require.Less(t, kept[0].Turns, n)
			got := text(t, r, conv.Session, JSONLines)
			require.Equal(t, kept[0].Turns, strings.Count(got, "a question"))
		}
		require.NoError(t, r.Close())
		require.Equal(t, "ok", integrity(t, filepath.Join(folder, store.DataFile)))
	}
}

// A folder that nothing can be written to is an error that says so.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	r, c := started(t)
	folder := r.store.Folder()
	require.NoError(t, r.Close())
	at := mounted(t, "size=16m")
	copyFolder(t, folder, at)
	require.NoError(t, syscall.Mount("", at, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	_, err := Open(context.Background(), Options{Folder: at, Now: c.now})
	require.ErrorContains(t, err, "read-only")
}

// A disk that becomes read-only under the recorder stops recording, and says
// so; what was acknowledged is there.
func TestDiskBecomesReadOnly(t *testing.T) {
	t.Parallel()
	at := mounted(t, "size=32m")
	c := newClock()
	r := open(t, at, c)
	allow(t, r, "acme", "mia")
	talk := newTalker(t, month)
	conv := conversation(1)
	require.NoError(t, keep(r, conv, talk.say("before", "Before.")))
	pages(t, r, true)
	require.Error(t, keep(r, conv, talk.say("amid", "Amid.")))
	require.Error(t, r.Ready())
	pages(t, r, false)
	require.Eventually(t, func() bool { return r.Ready() == nil }, time.Minute, 10*time.Millisecond)
	require.NoError(t, keep(r, conv, talk.say("after", "After.")))
	got := text(t, r, conv.Session, Text)
	require.Contains(t, got, "before")
	require.Contains(t, got, "after")
	require.NotContains(t, got, "amid")
}

// pages makes the writer's database refuse every write, or allows it again.
func pages(tb testing.TB, r *Recorder, refuse bool) {
	tb.Helper()
	value := "0"
	if refuse {
		value = "1"
	}
	require.NoError(tb, r.store.Idle(context.Background(), func(w *sql.DB) error {
		_, err := w.Exec("PRAGMA query_only(" + value + ")")
		return err
	}))
}

// mounted is a small disk of its own.
func mounted(tb testing.TB, options string) string {
	tb.Helper()
	at := tb.TempDir()
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, options); err != nil {
		tb.Skipf("needs leave to mount a tmpfs: %v", err)
	}
	tb.Cleanup(func() { _ = syscall.Unmount(at, syscall.MNT_DETACH) })
	return at
}

// On a full disk turns are refused and the recorder says that it records
// nothing; opting out, switching off and erasing still work; when there is room
// again recording goes on, and what was acknowledged before is there. // R1 R12
func TestDiskFull(t *testing.T) {
	t.Parallel()
	at := mounted(t, "size=14m")
	c := newClock()
	r := open(t, at, c)
	ctx := context.Background()
	allow(t, r, "acme", "mia")
	long := strings.Repeat("a long answer ", 3000)
	kept := map[session.ID]int{}
	var full error
	for n := 0; full == nil && n < 1000; n++ {
		conv := conversation(1000 + n)
		talk := newTalker(t, month)
		if full = keep(r, conv, talk.say("please tell me everything", long)); full == nil {
			kept[conv.Session]++
		}
	}
	require.ErrorIs(t, full, ErrFull)
	require.Greater(t, len(kept), 20)
	require.Eventually(t, func() bool { // until it is tried whether a little fits
		_ = keep(r, conversation(1), newTalker(t, month).say("nor this", long))
		return errors.Is(r.Ready(), ErrFull)
	}, time.Minute, time.Millisecond)
	// Nothing else fits on this disk.
	filler, err := os.Create(filepath.Join(at, "filler"))
	require.NoError(t, err)
	page := make([]byte, 4096)
	for {
		if _, err := filler.Write(page); err != nil {
			break
		}
	}
	require.NoError(t, filler.Close())

	var late error // a few fit where a turn did not
	for n := uint64(1); late == nil && n < 4000; n++ {
		late = r.Collected(ctx, "soc", "acme", n, siem.Link{})
	}
	require.ErrorIs(t, late, ErrFull, "the last room is for people, not for collectors")
	over := make(chan error, 1)
	r.Note("acme", session.Fact{Kind: session.PersonOptedOut, Session: idNo(1000)}, func(err error) { over <- err })
	require.NoError(t, <-over, "an opt-out on a full disk")
	for range 1000 {
		r.Note("acme", session.Fact{Kind: session.SessionStarted}, func(err error) { require.NoError(t, err) })
	}
	require.NoError(t, r.ForceOff(ctx, "acme", true, "disk", admin))
	erased, err := r.Erase(ctx, "acme", idNo(1000), Access{Self: true})
	require.NoError(t, err)
	require.Equal(t, Erased{Turns: 1}, erased)
	delete(kept, idNo(1000))
	require.Error(t, keep(r, conversation(1), newTalker(t, month).say("not now", long)))

	require.NoError(t, os.Remove(filler.Name()))
	require.Eventually(t, func() bool { return r.Ready() == nil }, time.Minute, 10*time.Millisecond)
	require.NoError(t, r.ForceOff(ctx, "acme", false, "", admin))
	for id := range kept {
		require.Contains(t, text(t, r, id, Text), "please tell me everything")
	}
	require.Eventually(t, func() bool { return startsNoted(t, r) >= 1000 }, time.Minute, 50*time.Millisecond, "counts are neither kept nor counted as lost")
	require.NoError(t, r.Close())
	folder := t.TempDir()
	copyFolder(t, at, folder)
	require.Equal(t, "ok", integrity(t, filepath.Join(folder, store.DataFile)))
	require.Equal(t, "ok", integrity(t, filepath.Join(folder, store.KeysFile)))
	t.Logf("%d turns were acknowledged before the disk was full, and all are there", len(kept)+1)
}

// A gateway that stops while its disk is full says what it could not write, or
// how much it was. // R65
func TestDiskFullAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, starts := range []int{100, 30_000} { // these are more than the last room holds
		at := mounted(t, "size=12m")
		c := newClock()
		r := open(t, at, c)
		allow(t, r, "acme", "mia")
		filler, err := os.Create(filepath.Join(at, "filler"))
		require.NoError(t, err)
		for err == nil {
			_, err = filler.Write(make([]byte, 4096))
		}
		require.NoError(t, filler.Close())
		long := strings.Repeat("a long answer ", 3000)
		var full error
		for n := 0; full == nil && n < 1000; n++ {
			full = keep(r, conversation(1000+n), newTalker(t, month).say("please tell me everything", long))
		}
		require.ErrorIs(t, full, ErrFull)
		for range starts {
			r.Note("acme", session.Fact{Kind: session.SessionStarted}, nil)
		}
		require.NoError(t, r.Close())
		require.NoError(t, os.Remove(filler.Name()))
		folder := t.TempDir()
		copyFolder(t, at, folder)
		require.EqualValues(t, starts, startsNoted(t, open(t, folder, c)))
	}
}

// Counts that are on their way to the disk when the gateway stops, and fail,
// are written all the same. // R65
func TestUnderWayAtTheEnd(t *testing.T) {
	r, c := started(t)
	var writer *sql.DB
	held, goes := make(chan struct{}), make(chan struct{})
	go func() {
		_ = r.store.Idle(context.Background(), func(w *sql.DB) error {
			writer = w
			_, err := w.Exec("PRAGMA query_only(1)")
			close(held)
			<-goes
			return err
		})
	}()
	<-held
	r.Note("acme", session.Fact{Kind: session.SessionStarted}, nil)
	r.flush()
	r.store.Put(context.Background(), store.Job{
		Run:  func(*sql.Tx) error { return nil },
		Done: func(error) { _, _ = writer.Exec("PRAGMA query_only(0)") },
	})
	time.AfterFunc(300*time.Millisecond, func() { close(goes) }) // Close has begun
	require.NoError(t, r.Close())
	require.EqualValues(t, 1, startsNoted(t, open(t, r.store.Folder(), c)))
}

// startsNoted is how many sessions' starts are in the log, or counted as lost.
func startsNoted(tb testing.TB, r *Recorder) (n uint64) {
	for before := uint64(0); ; {
		facts, err := r.Facts(context.Background(), "acme", before, 500)
		require.NoError(tb, err)
		if len(facts) == 0 {
			return n
		}
		for _, f := range facts {
			switch f.Fact.Kind {
			case session.SessionStarted:
				n++
			case session.FactsLost:
				n += f.Fact.Count
			}
			before = f.Number
		}
	}
}

// TestKilledChild is the process that TestKilled kills: it says on its standard
// output which turns are durable.
func TestKilledChild(t *testing.T) {
	folder := os.Getenv("MAYFLY_KILLED_FOLDER")
	if folder == "" {
		return
	}
	c := newClock()
	r, err := Open(context.Background(), Options{Folder: folder, Now: c.now})
	require.NoError(t, err)
	if _, err := r.Tenant(context.Background(), "acme"); errors.Is(err, ErrUnknown) {
		allow(t, r, "acme", "mia")
	}
	var out sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				talk := newTalker(t, month)
				conv := conversation(0)
				copy(conv.Session[:], redactID())
				for range 50 {
					turn := talk.say("a question", "An answer.")
					no := turn.Grant().Turn()
					if keep(r, conv, turn) == nil {
						out.Lock()
						_, _ = os.Stdout.WriteString("kept " + conv.Session.String() + " " + string(rune('0'+no/10)) + string(rune('0'+no%10)) + "\n")
						out.Unlock()
					}
				}
			}
		})
	}
	all.Wait()
}

func redactID() []byte {
	var k [16]byte
	f, _ := os.Open("/dev/urandom")
	_, _ = f.Read(k[:])
	_ = f.Close()
	return k[:]
}

// Killed at any moment, no turn that was acknowledged is lost and nothing is
// corrupt; every turn opens.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := max(int(4**scale), 2)
	folder := t.TempDir()
	acked := map[string]bool{}
	for range kills {
		child := exec.Command(os.Args[0], "-test.run", "^TestKilledChild$")
		child.Env = append(os.Environ(), "MAYFLY_KILLED_FOLDER="+folder)
		pipe, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		// It has begun when it says its first word.
		first := make([]byte, 1)
		for first[0] != 'k' {
			_, err = io.ReadFull(pipe, first)
			require.NoError(t, err)
		}
		time.AfterFunc(time.Duration(rand.IntN(200))*time.Millisecond, func() { _ = child.Process.Kill() })
		rest, err := io.ReadAll(pipe)
		require.NoError(t, err)
		_ = child.Wait()
		said := "k" + string(rest)
		lines := strings.Split(said, "\n")
		for _, line := range lines[:len(lines)-1] { // the last may be cut
			if turn, ok := strings.CutPrefix(line, "kept "); ok {
				acked[turn] = true
			}
		}
	}
	require.NotEmpty(t, acked)
	r := open(t, folder, newClock())
	have := map[string]bool{}
	rows, err := r.store.DB().Query("SELECT session, turn FROM turn")
	type row struct {
		id session.ID
		no int
	}
	all, err := all(rows, err, func(v *row, scan func(...any) error) error {
		var b []byte
		err := scan(&b, &v.no)
		v.id = idOf(b)
		return err
	})
	require.NoError(t, err)
	sessions := map[session.ID]bool{}
	for _, v := range all {
		have[v.id.String()+" "+string(rune('0'+v.no/10))+string(rune('0'+v.no%10))] = true
		sessions[v.id] = true
	}
	lost := 0
	for turn := range acked {
		if !have[turn] {
			lost++
		}
	}
	require.Zero(t, lost)
	for id := range sessions {
		require.Contains(t, text(t, r, id, JSONLines), "a question")
	}
	require.NoError(t, r.Close())
	require.Equal(t, "ok", integrity(t, filepath.Join(folder, store.DataFile)))
	require.Equal(t, "ok", integrity(t, filepath.Join(folder, store.KeysFile)))
	t.Logf("killed %d times: %d turns acknowledged, %d stored, %d lost", kills, len(acked), len(all), lost)
}

// secretWords are words that exist nowhere else.
const (
	secretWords  = "zyxomelody plinth quarrelgate"
	secretAnswer = "brindlewick octarine vesperhollow"
	secretFixed  = "marrowfen kestrelbane oddmentry"
)

// found are the files in a folder that hold words in plain, in UTF-16, or in
// JSON.
func found(tb testing.TB, folder string, words ...string) (hits []string) {
	tb.Helper()
	names, err := os.ReadDir(folder)
	require.NoError(tb, err)
	for _, n := range names {
		data, err := os.ReadFile(filepath.Join(folder, n.Name()))
		require.NoError(tb, err)
		for _, w := range words {
			for _, part := range strings.Fields(w) {
				wide := make([]byte, 0, 2*len(part))
				for i := range len(part) {
					wide = append(wide, part[i], 0)
				}
				if bytes.Contains(data, []byte(part)) || bytes.Contains(data, wide) {
					hits = append(hits, n.Name()+": "+part)
				}
			}
		}
	}
	return hits
}

// What is stored is not on the disk in plain, ever: neither in the database nor
// in its log nor beside the keys. What was erased is not there at all, and
// neither is the key that sealed it. // R14 R15
func TestNothingInPlain(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	conv := conversation(1)
	conv.Subject = "subjectpseudonymcanary"
	talk := newTalker(t, month)
	for range 20 {
		require.NoError(t, keep(r, conv, talk.say(secretWords, secretAnswer)))
	}
	require.NoError(t, r.Correct(ctx, "acme", conv.Session, 2, []byte(secretFixed), Access{Self: true}))
	require.NoError(t, r.MakeRequest(ctx, Request{ID: idNo(77), Tenant: "acme", Session: conv.Session, Kind: "object", Note: []byte(secretFixed)}))
	require.Contains(t, text(t, r, conv.Session, Text), secretWords)
	require.Contains(t, text(t, r, conv.Session, Text), secretFixed)
	folder := r.store.Folder()
	require.Empty(t, found(t, folder, secretWords, secretAnswer, secretFixed))
	require.NotEmpty(t, found(t, folder, conv.Subject), "the search finds nothing")

	var wrapped, sealed []byte
	require.NoError(t, r.store.Keys().QueryRow("SELECT wrapped FROM session_key WHERE session = $1", conv.Session[:]).Scan(&wrapped))
	require.NoError(t, r.store.DB().QueryRow("SELECT sealed FROM turn WHERE turn = 2").Scan(&sealed))
	erased, err := r.Erase(ctx, "acme", conv.Session, Access{Self: true})
	require.NoError(t, err)
	require.Equal(t, Erased{Turns: 20}, erased)
	require.Empty(t, holding(t, folder, wrapped), "the key is there, wrapped")
	require.Eventually(t, func() bool {
		return len(holding(t, folder, sealed)) == 0 && len(found(t, folder, conv.Subject)) == 0
	}, 10*time.Second, 50*time.Millisecond, "deleted rows are not overwritten")
	require.NoError(t, r.Close())
	require.Empty(t, found(t, folder, secretWords, secretAnswer, secretFixed, conv.Subject))
	require.Empty(t, holding(t, folder, wrapped))
}

// holding are the files in which some bytes are.
func holding(tb testing.TB, folder string, b []byte) (names []string) {
	tb.Helper()
	all, err := os.ReadDir(folder)
	require.NoError(tb, err)
	for _, n := range all {
		data, err := os.ReadFile(filepath.Join(folder, n.Name()))
		require.NoError(tb, err)
		if bytes.Contains(data, b[:24]) {
			names = append(names, n.Name())
		}
	}
	return names
}

// An item that was erased is gone although its session stays: what stays was
// sealed anew, and the key that sealed the item is destroyed.
func TestErasedItem(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	conv := conversation(1)
	talk := newTalker(t, month)
	require.NoError(t, keep(r, conv, talk.say("stays", "Stays too.")))
	require.NoError(t, keep(r, conv, talk.say(secretWords, "An answer.")))
	require.NoError(t, r.Correct(ctx, "acme", conv.Session, 1, []byte("corrected"), Access{Self: true}))
	var wrapped []byte
	require.NoError(t, r.store.Keys().QueryRow("SELECT wrapped FROM session_key WHERE session = $1", conv.Session[:]).Scan(&wrapped))
	item := itemOf(t, r, conv.Session, secretWords)
	require.NoError(t, r.EraseItem(ctx, "acme", conv.Session, item, Access{Self: true}))
	require.NoError(t, keep(r, conv, talk.say("later", "Later.")))
	got := text(t, r, conv.Session, Text)
	require.NotContains(t, got, secretWords)
	for _, w := range []string{"stays", "corrected", "An answer.", "later"} {
		require.Contains(t, got, w)
	}
	require.Empty(t, holding(t, r.store.Folder(), wrapped))
	require.ErrorIs(t, r.EraseItem(ctx, "acme", conv.Session, item, Access{Self: true}), ErrUnknown)
}

func itemOf(tb testing.TB, r *Recorder, id session.ID, words string) uint32 {
	tb.Helper()
	k, err := r.kept(context.Background(), "acme", id)
	require.NoError(tb, err)
	tr, err := r.load(context.Background(), k)
	require.NoError(tb, err)
	for _, turn := range tr.Turns {
		for _, it := range turn.Items {
			if it.Words == words {
				return it.No
			}
		}
	}
	tb.Fatal("no such item")
	return 0
}

var _ redact.Turn

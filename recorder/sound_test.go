package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/redact"
	"mayfly/session"
)

// allowSound lets turns and their sound be kept of the avatar "mia".
func allowSound(tb testing.TB, r *Recorder) {
	tb.Helper()
	have, err := r.Tenant(context.Background(), "acme")
	base := have.Number
	if err != nil {
		base = 0
	}
	mia := map[string]bool{"mia": true}
	_, err = r.ChangeTenant(context.Background(), Change{Tenant: "acme", Base: base, Source: "store", Document: []byte(`{}`), By: admin, Recording: mia, Sound: mia})
	require.NoError(tb, err)
}

// heard is a recorder that keeps sound, and somebody who agreed to all of it.
func heard(tb testing.TB, words, sound time.Duration) (*Recorder, *clock, *talker) {
	tb.Helper()
	c := newClock()
	r := open(tb, tb.TempDir(), c)
	allowSound(tb, r)
	return r, c, newTalkerUnder(tb, session.Policy{Retention: words, Audio: true, AudioRetention: sound, Microphone: true},
		session.Transcript|session.AudioRecording|session.VoiceInput)
}

// noise is a file of sound, as far as the recorder is concerned.
func noise(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 9))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// sounded is a turn with the sound of both sides.
func sounded(tb testing.TB, talk *talker, seed uint64, size int) redact.Turn {
	tb.Helper()
	t := talk.say("a question", "an answer")
	for _, side := range redact.Sides() {
		require.NoError(tb, t.Attach(side, 1000, noise(2*seed+uint64(side), size)))
	}
	return t
}

func listen(r *Recorder, n int, turn uint64, side redact.Side) ([]byte, error) {
	var out bytes.Buffer
	err := r.ReadSound(context.Background(), "acme", idNo(n), turn, side, access("quality"), &out)
	return out.Bytes(), err
}

// sealedSound is what is stored of the sound of sessions, with its keys.
func sealedSound(tb testing.TB, r *Recorder, n int) (needles [][]byte) {
	tb.Helper()
	id := idNo(n)
	blob := func(b *[]byte, scan func(...any) error) error { return scan(b) }
	rows, err := r.store.DB().Query("SELECT sealed FROM sound WHERE session = $1", id[:])
	needles, err = all(rows, err, blob)
	require.NoError(tb, err)
	rows, err = r.store.DB().Query("SELECT DISTINCT key FROM sound WHERE session = $1", id[:])
	keys, err := all(rows, err, blob)
	require.NoError(tb, err)
	for _, key := range keys {
		var wrapped []byte
		require.NoError(tb, r.store.Keys().QueryRow("SELECT wrapped FROM session_key WHERE id = $1", key).Scan(&wrapped))
		needles = append(needles, wrapped)
	}
	require.NotEmpty(tb, needles)
	return needles
}

// The main path: kept with its turn, sealed in chunks, listed, heard on a
// fact. Nothing of it is on the disk as it sounds.
func TestSoundKeptAndHeard(t *testing.T) { // R10, R13
	ctx := context.Background()
	r, _, talk := heard(t, month, month)
	const size = 2*seal.ChunkSize + 77
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, size)))
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 2, 100)))

	list, err := r.Sounds(ctx, "acme", idNo(1))
	require.NoError(t, err)
	require.Len(t, list, 4)
	require.Equal(t, redact.Person, list[0].Side)
	require.Equal(t, 1000, list[0].MS)
	require.Greater(t, list[0].Bytes, size)
	var chunks int
	require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM sound WHERE turn = $1 AND side = 0", list[0].Turn).Scan(&chunks))
	require.Equal(t, 3, chunks)

	before := len(factsOf(t, r, "acme", session.TranscriptRead))
	for i, turn := range []uint64{list[0].Turn, list[2].Turn} {
		for _, side := range redact.Sides() {
			got, err := listen(r, 1, turn, side)
			require.NoError(t, err)
			want := noise(2*uint64(i+1)+uint64(side), []int{size, 100}[i])
			require.Equal(t, want, got)
			require.False(t, inFiles(rawFiles(t, r), want), "the sound is on the disk as it is")
		}
	}
	facts := factsOf(t, r, "acme", session.TranscriptRead)
	require.Len(t, facts, before+4)
	require.Equal(t, session.AudioRecording, facts[0].Purposes)
	require.NotZero(t, facts[0].Turn)

	_, err = listen(r, 1, 99, redact.Reply)
	require.ErrorIs(t, err, ErrUnknown)
	require.ErrorIs(t, r.ReadSound(ctx, "acme", idNo(1), list[0].Turn, redact.Reply, access("learning"), &bytes.Buffer{}), ErrPurpose)
	require.ErrorIs(t, r.ReadSound(ctx, "umbrella", idNo(1), list[0].Turn, redact.Reply, access("quality"), &bytes.Buffer{}), ErrUnknown)
	require.NoError(t, r.Restrict(ctx, "acme", idNo(1), true, Access{Self: true}))
	_, err = listen(r, 1, list[0].Turn, redact.Reply)
	require.ErrorIs(t, err, ErrRestricted)
	require.NoError(t, r.ReadSound(ctx, "acme", idNo(1), list[0].Turn, redact.Reply, Access{Self: true}, &bytes.Buffer{}))
}

// A chunk that was moved to another turn, side, session or place, or is gone,
// does not open, and no part of such a sound is given out.
func TestSoundMovedDoesNotOpen(t *testing.T) {
	ctx := context.Background()
	const size = 2*seal.ChunkSize + 77
	for name, change := range map[string]string{
		"order":    `UPDATE sound SET chunk = CASE chunk WHEN 0 THEN 10 ELSE 0 END WHERE turn = 1 AND side = 0 AND session = $1 AND chunk < 2; UPDATE sound SET chunk = 1 WHERE chunk = 10`,
		"last":     `DELETE FROM sound WHERE turn = 1 AND side = 0 AND session = $1 AND chunk = 2`,
		"middle":   `DELETE FROM sound WHERE turn = 1 AND side = 0 AND session = $1 AND chunk = 1`,
		"first":    `DELETE FROM sound WHERE turn = 1 AND side = 0 AND session = $1 AND chunk = 0`,
		"side":     `UPDATE sound SET side = side + 2 WHERE turn = 1 AND session = $1; UPDATE sound SET side = 3 - side WHERE side > 1`,
		"swapped":  `UPDATE sound SET sealed = (SELECT s.sealed FROM sound s WHERE s.session = sound.session AND s.turn = 2 AND s.side = sound.side AND s.chunk = sound.chunk) WHERE turn = 1 AND session = $1`,
		"with key": `UPDATE sound SET (sealed, key) = (SELECT s.sealed, s.key FROM sound s WHERE s.session = sound.session AND s.turn = 2 AND s.side = sound.side AND s.chunk = sound.chunk) WHERE turn = 1 AND session = $1`,
		"session":  `UPDATE sound SET (sealed, key) = (SELECT s.sealed, s.key FROM sound s WHERE s.session <> sound.session AND s.turn = 1 AND s.side = sound.side AND s.chunk = sound.chunk) WHERE turn = 1 AND session = $1`,
		"longer":   `INSERT INTO sound SELECT tenant, session, turn, side, 3, at, until, ms, key, sealed FROM sound WHERE turn = 1 AND side = 0 AND session = $1 AND chunk = 2`,
		"flipped":  `UPDATE sound SET sealed = CAST(substr(sealed, 1, 99) || x'00000000' || substr(sealed, 104) AS BLOB) WHERE turn = 1 AND side = 0 AND session = $1 AND chunk = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			r, _, talk := heard(t, month, month)
			require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, size)))
			require.NoError(t, keep(r, conversation(1), sounded(t, talk, 2, size)))
			_, _, other := heard(t, month, month)
			require.NoError(t, keep(r, conversation(2), sounded(t, other, 3, size)))
			_, err := listen(r, 1, 1, redact.Reply)
			require.NoError(t, err)
			id := idNo(1)
			require.NoError(t, r.store.Do(ctx, func(tx *sql.Tx) error {
				_, err := tx.Exec("DROP TRIGGER key_of_sound")
				if err == nil {
					_, err = tx.Exec(change, id[:])
				}
				return err
			}))
			got, err := listen(r, 1, 1, redact.Reply)
			var damaged read.DamagedError
			require.ErrorAs(t, err, &damaged)
			require.Contains(t, err.Error(), "the sound of turn 1")
			require.Empty(t, got)
		})
	}
}

// However it is erased, no byte of the sound is left, nor its key. What was not
// meant can be heard.
func TestSoundEraseLeavesNoBytes(t *testing.T) { // R14, R15, R48
	ctx := context.Background()
	person := Access{Self: true}
	for name, way := range map[string]struct {
		erase func(*Recorder) error
		stays bool // the second turn
	}{
		"session": {func(r *Recorder) error { _, err := r.Erase(ctx, "acme", idNo(1), person); return err }, false},
		"where": {func(r *Recorder) error {
			_, err := r.EraseWhere(ctx, Query{Tenant: "acme", Session: idNo(1)}, access("rights"))
			return err
		}, false},
		"item":   {func(r *Recorder) error { return r.EraseItem(ctx, "acme", idNo(1), 1, person) }, true},
		"tenant": {func(r *Recorder) error { _, err := r.RemoveTenant(ctx, "acme", admin); return err }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, _, talk := heard(t, month, month)
			require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, seal.ChunkSize+5)))
			needles := sealedSound(t, r, 1)
			require.NoError(t, keep(r, conversation(1), sounded(t, talk, 2, 4000)))
			_, _, other := heard(t, month, month)
			require.NoError(t, keep(r, conversation(2), sounded(t, other, 3, 4000)))
			for _, needle := range needles {
				require.True(t, inFiles(rawFiles(t, r), needle), "the search must find what is there")
			}
			require.NoError(t, way.erase(r))
			require.Empty(t, whereLeft(t, r, needles))
			_, err := listen(r, 1, 1, redact.Reply)
			require.ErrorIs(t, err, ErrUnknown)
			_, err = listen(r, 1, 2, redact.Person)
			require.Equal(t, way.stays, err == nil, "%v", err)
			_, err = listen(r, 2, 1, redact.Reply)
			require.Equal(t, name != "tenant", err == nil, "%v", err)
		})
	}
}

// Sound ends at its own time, with its key, and never after its turn. The
// words stay. What is held stays too, and can be heard.
func TestSoundExpires(t *testing.T) { // R13
	ctx := context.Background()
	r, c, talk := heard(t, 200*day, 10*day)
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, seal.ChunkSize+5)))
	needles := sealedSound(t, r, 1)
	_, _, brief := heard(t, 5*day, 10*day)
	require.NoError(t, keep(r, conversation(2), sounded(t, brief, 2, 400)))
	list, err := r.Sounds(ctx, "acme", idNo(2))
	require.NoError(t, err)
	require.Equal(t, c.now().Add(5*day), list[0].Until, "sound outlives its turn")
	_, _, held := heard(t, 200*day, 10*day)
	require.NoError(t, keep(r, conversation(3), sounded(t, held, 3, 400)))
	require.NoError(t, r.PlaceHold(ctx, Hold{
		ID: session.ID{5}, Tenant: "acme", Kind: "session", Value: idNo(3).String(), Reason: "legal_claim", Case: "1",
		Review: c.now().Add(300 * day), By: admin,
	}))
	require.NoError(t, r.ConfirmHold(ctx, "acme", session.ID{5}, session.ID{6}))

	c.move(10*day - time.Second)
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	_, err = listen(r, 1, 1, redact.Reply)
	require.NoError(t, err, "early")
	c.move(-20 * day)
	rep, err := r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Sounds, "a clock that went back")
	c.move(20*day + time.Second)
	_, err = listen(r, 1, 1, redact.Reply)
	require.ErrorIs(t, err, ErrUnknown, "past its time, swept or not")
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, rep.Sounds)
	require.Empty(t, whereLeft(t, r, needles))
	require.Contains(t, text(t, r, idNo(1), Text), "an answer")
	require.Len(t, factsOf(t, r, "acme", session.SoundExpired), 1)
	_, err = listen(r, 3, 1, redact.Person)
	require.NoError(t, err, "it is held")
	rep, err = r.Sweep(ctx)
	require.NoError(t, err)
	require.Zero(t, rep.Sounds, "once")
}

// Where sound is not allowed when it comes to the disk, the turn is kept and no
// sound of it, and no key of that. Without a grant nothing can be attached.
func TestSoundNeedsLeave(t *testing.T) { // R10, R11
	ctx := context.Background()
	r, _, talk := heard(t, month, month)
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, 400)))
	mia := map[string]bool{"mia": true}
	for name, sound := range map[string]map[string]bool{"no row": nil, "off": {"mia": false}, "of another": {"bob": true}} {
		t.Run(name, func(t *testing.T) {
			have, err := r.Tenant(ctx, "acme")
			require.NoError(t, err)
			_, err = r.ChangeTenant(ctx, Change{Tenant: "acme", Base: have.Number, Source: "store", Document: []byte(`{}`), By: admin, Recording: mia, Sound: sound})
			require.NoError(t, err)
			turn := sounded(t, talk, 2, 400)
			no := uint64(turn.Grant().Turn())
			require.ErrorIs(t, keep(r, conversation(1), turn), ErrSoundDropped)
			_, err = listen(r, 1, no, redact.Reply)
			require.ErrorIs(t, err, ErrUnknown)
			require.Eventually(t, func() bool {
				var keys int
				require.NoError(t, r.store.Keys().QueryRow("SELECT count(*) FROM session_key").Scan(&keys))
				return keys == 2 // of the words, and of the first turn's sound
			}, 10*time.Second, 20*time.Millisecond)
		})
	}
	require.Equal(t, 4*2, bytes.Count([]byte(text(t, r, idNo(1), JSONLines)), []byte(`"type":"item"`)))

	turn := newTalker(t, month).say("a", "b")
	require.ErrorIs(t, turn.Attach(redact.Reply, 1, []byte("x")), redact.ErrNoSound)
	deaf := newTalkerUnder(t, session.Policy{Retention: month, Audio: true, AudioRetention: month, Microphone: true}, session.Transcript|session.AudioRecording)
	turn = deaf.say("a", "b")
	file := []byte("the person's voice")
	require.ErrorIs(t, turn.Attach(redact.Person, 1, file), redact.ErrNoSound)
	require.Equal(t, make([]byte, len(file)), file, "what may not be kept is not left lying about")
	require.NoError(t, turn.Attach(redact.Reply, 1, []byte("x")))
}

// What is called back while it is on its way leaves nothing.
func TestSoundCalledBack(t *testing.T) { // R12
	r, _, talk := heard(t, month, month)
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, 400)))
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		turn := sounded(t, talk, 2, seal.ChunkSize+9)
		no := uint64(turn.Grant().Turn())
		over := make(chan error, 1)
		r.Keep(ctx, conversation(1), turn, func(err error) { over <- err })
		cancel()
		require.ErrorIs(t, <-over, ErrDropped)
		_, err := listen(r, 1, no, redact.Reply)
		require.ErrorIs(t, err, ErrUnknown)
		var rows int
		require.NoError(t, r.store.DB().QueryRow("SELECT count(*) FROM sound WHERE turn > 1").Scan(&rows))
		require.Zero(t, rows)
	}
}

// A backup brings back sound that may be there, and none that was erased or
// has ended since.
func TestSoundAndBackups(t *testing.T) { // R82
	ctx := context.Background()
	r, c, talk := heard(t, 200*day, 10*day)
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, 400)))
	_, _, erased := heard(t, 200*day, 10*day)
	require.NoError(t, keep(r, conversation(2), sounded(t, erased, 2, 400)))
	_, _, long := heard(t, 200*day, 100*day)
	require.NoError(t, keep(r, conversation(3), sounded(t, long, 3, 400)))
	gone := append(sealedSound(t, r, 1), sealedSound(t, r, 2)...)
	backup := filepath.Join(t.TempDir(), "backup")
	_, err := r.Backup(ctx, backup)
	require.NoError(t, err)
	_, err = r.Erase(ctx, "acme", idNo(2), Access{Self: true})
	require.NoError(t, err)
	c.move(11 * day)
	to := filepath.Join(t.TempDir(), "again")
	require.NoError(t, r.Close())
	_, err = Restore(ctx, RestoreOptions{From: backup, To: to, Tombstones: r.store.Folder(), MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
	require.NoError(t, err)
	again, err := Open(ctx, Options{Folder: to, MasterKey: filepath.Join(r.store.Folder(), "master.key"), Now: c.now})
	require.NoError(t, err)
	defer again.Close()
	require.Empty(t, whereLeft(t, again, gone))
	got, err := listen(again, 3, 1, redact.Person)
	require.NoError(t, err)
	require.Equal(t, noise(2*3+1, 400), got)
	require.True(t, readable(t, again, 1), "its words are kept on")
}

// The statement counts sound from facts and rows, and sound that has ended
// shows that something was stored.
func TestSoundInTheStatement(t *testing.T) {
	ctx := context.Background()
	r, c, talk := heard(t, month, 10*day)
	kept := func(turn redact.Turn, sound bool) {
		require.NoError(t, keep(r, conversation(1), turn))
		f := session.Fact{Kind: session.TurnKept, Session: idNo(1), Turn: turn.Grant().Turn()}
		if sound {
			f.Purposes = session.AudioRecording
		}
		r.Note("acme", f, nil)
	}
	kept(sounded(t, talk, 1, 400), true)
	kept(talk.say("in writing", "only"), false)
	state := func() *Statement {
		s, err := r.State(ctx, "acme", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), true)
		require.NoError(t, err)
		return s
	}
	s := state()
	require.Equal(t, []int{2, 2, 1, 1}, []int{s.Turns, s.Left, s.Sounds, s.SoundsLeft})
	c.move(11 * day)
	_, err := r.Sweep(ctx)
	require.NoError(t, err)
	s = state()
	require.Equal(t, []int{2, 2, 1, 0}, []int{s.Turns, s.Left, s.Sounds, s.SoundsLeft})
}

package recorder

import (
	"bytes"
	"context"
	"encoding/binary"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
	"mayfly/session"
)

var admin = session.ID{0xad}

const month = 30 * 24 * time.Hour

// clock is a clock that a test moves.
type clock struct{ ns atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ns.Store(time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) move(d time.Duration) { c.ns.Add(int64(d)) }
func idNo(n int) (id session.ID)      { binary.BigEndian.PutUint64(id[8:], uint64(n)+1); return id }
func purposesOf(p ...string) []string { return p }
func access(purpose string) Access    { return Access{Actor: admin, Purpose: purpose} }
func open(tb testing.TB, folder string, c *clock) *Recorder {
	tb.Helper()
	r, err := Open(context.Background(), Options{Folder: folder, Now: c.now})
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

// started is a recorder with a tenant that records its avatar "mia".
func started(tb testing.TB) (*Recorder, *clock) {
	tb.Helper()
	c := newClock()
	r := open(tb, tb.TempDir(), c)
	allow(tb, r, "acme", "mia")
	return r, c
}

func allow(tb testing.TB, r *Recorder, tenant string, avatars ...string) {
	tb.Helper()
	recording := map[string]bool{}
	for _, a := range avatars {
		recording[a] = true
	}
	_, err := r.ChangeTenant(context.Background(), Change{Tenant: tenant, Source: "store", Document: []byte(`{}`), By: admin, Recording: recording})
	require.NoError(tb, err)
}

func conversation(n int) Conversation {
	return Conversation{Tenant: "acme", Avatar: "mia", Session: idNo(n), Began: time.Date(2026, 11, 26, 11, 59, 0, 0, time.UTC), Locale: "en", Purposes: purposesOf("quality")}
}

// keep stores a turn and waits for what became of it.
func keep(r *Recorder, c Conversation, t redact.Turn) error {
	over := make(chan error, 1)
	r.Keep(context.Background(), c, t, func(err error) { over <- err })
	return <-over
}

func text(tb testing.TB, r *Recorder, id session.ID, f Form) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, r.Read(context.Background(), "acme", id, access("quality"), f, &out))
	return out.String()
}

// The main path: switch on, keep, list, read, erase.
func TestKeptReadErased(t *testing.T) {
	t.Parallel()
	r, _ := started(t)
	ctx := context.Background()
	require.NoError(t, r.Ready())
	talk := newTalker(t, month)
	c := conversation(1)
	require.NoError(t, keep(r, c, talk.say("where is my parcel?", "It is on its way.")))
	require.NoError(t, keep(r, c, talk.say("thank you", "You are welcome.")))

	all, err := r.List(ctx, Query{Tenant: "acme"}, access("quality"))
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, 2, all[0].Turns)
	require.Equal(t, 4, all[0].Items)
	require.Equal(t, []string{"quality"}, all[0].Purposes)

	for _, f := range []Form{JSONLines, JSON, Text, WebVTT} {
		got := text(t, r, c.Session, f)
		require.Contains(t, got, "where is my parcel?")
		require.Contains(t, got, "You are welcome.")
		require.Contains(t, got, "The avatar is an AI system")
	}
	erased, err := r.Erase(ctx, "acme", c.Session, Access{Self: true})
	require.NoError(t, err)
	require.Equal(t, Erased{Turns: 2}, erased)
	require.ErrorIs(t, r.Read(ctx, "acme", c.Session, access("quality"), Text, &bytes.Buffer{}), ErrUnknown)
	facts, err := r.Facts(ctx, "acme", 0, 100)
	require.NoError(t, err)
	var kinds []session.FactKind
	for _, f := range facts {
		kinds = append(kinds, f.Fact.Kind)
	}
	require.Contains(t, kinds, session.TranscriptErased)
	require.Contains(t, kinds, session.TranscriptRead)
	require.Contains(t, kinds, session.TranscriptListed)
	var keys int
	require.NoError(t, r.store.Keys().QueryRow("SELECT count(*) FROM session_key").Scan(&keys))
	require.Zero(t, keys)
	require.FileExists(t, filepath.Join(r.store.Folder(), "master.key"))
}

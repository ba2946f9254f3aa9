package recorder

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/session"
)

func publisher(t *testing.T, c *clock) *audit.Published {
	t.Helper()
	secret, err := audit.MakeKey("example.org/audit")
	require.NoError(t, err)
	by, public, err := audit.OpenKey(secret)
	require.NoError(t, err)
	p, err := audit.OpenPublished(filepath.Join(t.TempDir(), "checkpoints"), by, public, c.now)
	require.NoError(t, err)
	return p
}

// Whoever takes the log along may read slowly, or not at all: nobody waits for
// them, and what happens meanwhile is not in it. What it came to is told of.
func TestExportAuditSlowly(t *testing.T) { // R65
	r, c := started(t)
	p := publisher(t, c)
	for range 300 { // more than is written at once
		noted(t, r, "acme", session.RecordingForbidden)
	}
	told := make(chan audit.Checkpoint, 64)
	tell := func(c audit.Checkpoint, _ []byte) { told <- c }
	const slow = 8 // more than the database has connections
	done := make(chan error, slow)
	var reads []*io.PipeReader
	for range slow {
		in, out := io.Pipe()
		reads = append(reads, in)
		go func() {
			err := r.ExportAudit(context.Background(), "acme", p, tell, out)
			done <- err
			_ = out.CloseWithError(err)
		}()
		_, err := in.Read(nil) // it has begun to write
		require.NoError(t, err)
	}
	within, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	first := <-told
	require.Equal(t, "acme/2026-11", first.Log)
	noted(t, r, "acme", session.RecordingAllowed)
	require.NoError(t, r.Checkpoints(within, p, tell))
	require.Equal(t, first.Size+1, (<-told).Size)
	_, err := r.store.Checkpoint(within)
	require.NoError(t, err)
	for _, in := range reads {
		var all bytes.Buffer
		_, err := io.Copy(&all, in)
		require.NoError(t, err)
		require.NoError(t, <-done)
		report, err := audit.Verify(&all, nil, []audit.Checkpoint{first})
		require.NoError(t, err)
		require.EqualValues(t, first.Size, report.Recomputed)
	}
	require.ErrorIs(t, r.ExportAudit(within, "nobody", p, tell, io.Discard), ErrUnknown)
}

// Entries that reach the end of their retention while the log is taken along
// are not shown as missing: the export ends too early, and the next is whole.
func TestExportAuditPruned(t *testing.T) {
	r, c := started(t)
	p := publisher(t, c)
	for range 1500 { // more than is read at once
		r.Note("acme", session.Fact{Kind: session.SessionStarted}, nil)
	}
	noted(t, r, "acme", session.RecordingForbidden) // those before it are written
	tell := func(audit.Checkpoint, []byte) {}
	var all bytes.Buffer
	err := r.ExportAudit(t.Context(), "acme", p, tell, writer(func(b []byte) (int, error) {
		if all.Len() == 0 {
			c.move(audit.Retention + 24*time.Hour)
			_, err := r.Sweep(t.Context())
			require.NoError(t, err)
		}
		return all.Write(b)
	}))
	require.Error(t, err)
	_, err = audit.Verify(bytes.NewReader(all.Bytes()), nil, nil)
	require.ErrorIs(t, err, audit.ErrTruncated)
	all.Reset()
	require.NoError(t, r.ExportAudit(t.Context(), "acme", p, tell, &all))
	_, err = audit.Verify(&all, nil, nil)
	require.NoError(t, err)
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

package recorder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"mayfly/recorder/export"
	"mayfly/session"
)

// memory is a bucket in memory, which can fail.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	puts    []string
	left    int // puts until it fails; negative: never
}

var errAway = errors.New("away")

func (m *memory) Empty(context.Context) (bool, error) { return len(m.objects) == 0, nil }

func (m *memory) Put(_ context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.left == 0 {
		return errAway
	}
	m.left--
	m.objects[name] = bytes.Clone(data)
	m.puts = append(m.puts, name)
	return nil
}

func (m *memory) Has(_ context.Context, name string, size int, hash [32]byte) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objects[name]
	return ok && len(data) == size && sha256.Sum256(data) == hash, nil
}

func (m *memory) Delete(_ context.Context, name string) error {
	delete(m.objects, name)
	return nil
}

// opened is a folder with what a key opens.
func (m *memory) opened(t *testing.T, key age.Identity) (folder string) {
	t.Helper()
	folder = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "sessions"), 0o700))
	for name, data := range m.objects {
		r, err := age.Decrypt(bytes.NewReader(data), key)
		require.NoError(t, err, name)
		plain, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, strings.TrimSuffix(name, export.Sealed)), plain, 0o600))
	}
	return folder
}

func tenantKey(t *testing.T) (*age.X25519Identity, export.Recipient) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	to, err := export.ParseRecipient(key.Recipient().String())
	require.NoError(t, err)
	return key, to
}

// What is in a bucket only the tenant's key opens, and it is the same as an
// export to a folder; the manifest is sent last.
func TestSealedExport(t *testing.T) { // R17
	ctx := context.Background()
	r, c := started(t)
	talked(t, r, 12)
	key, to := tenantKey(t)
	bucket := &memory{objects: map[string][]byte{}, left: -1}
	state := filepath.Join(t.TempDir(), "state")
	out, err := r.ExportSealed(ctx, Query{Tenant: "acme"}, mover, bucket, to, state, nil)
	require.NoError(t, err)
	require.NoFileExists(t, state)
	require.Len(t, bucket.objects, 3*12+1)
	require.Equal(t, "manifest.json.age", bucket.puts[len(bucket.puts)-1])
	require.Len(t, factsOf(t, r, "acme", session.TranscriptExported), 12)
	stranger, _ := tenantKey(t)
	for name, data := range bucket.objects {
		for _, words := range []string{"what about", "An answer", "AI system", "quality", idNo(1).String()} {
			require.NotContains(t, string(data), words, name)
		}
		require.Equal(t, 1, bytes.Count(data, []byte("\n-> ")), "sealed to one key")
		_, err := age.Decrypt(bytes.NewReader(data), stranger)
		require.Error(t, err, name)
	}
	folder := bucket.opened(t, key)
	m, hash, err := export.Open(folder)
	require.NoError(t, err)
	require.Equal(t, out.Manifest, hash)
	plain := filepath.Join(t.TempDir(), "export")
	_, err = r.Export(ctx, Query{Tenant: "acme"}, mover, plain, nil)
	require.NoError(t, err)
	p, _, err := export.Open(plain)
	require.NoError(t, err)
	require.Equal(t, p.Files, m.Files)

	other := open(t, t.TempDir(), c)
	allow(t, other, "umbrella", "mia")
	in, err := other.Import(ctx, "umbrella", folder, mover, nil)
	require.NoError(t, err)
	require.Equal(t, out, in)

	_, err = r.ExportSealed(ctx, Query{Tenant: "acme"}, mover, bucket, to, state, nil)
	require.ErrorIs(t, err, export.ErrTaken)
	require.NoFileExists(t, state)
	for text, want := range map[string]error{
		"": export.ErrRecipient, "age1x": export.ErrRecipient, "acme": export.ErrRecipient, key.String(): export.ErrSecretKey, strings.ToLower(key.String()): export.ErrSecretKey,
		key.Recipient().String() + "\n" + stranger.Recipient().String(): export.ErrRecipient,
	} {
		_, err := export.ParseRecipient(text)
		require.ErrorIs(t, err, want)
	}
}

// A bucket that goes away anywhere has no manifest, and what it has is not sent
// again: but what changed meanwhile is, and what was erased is taken away.
func TestSealedExportGoesOn(t *testing.T) {
	ctx := context.Background()
	r, _ := started(t)
	const n = 6
	for i := 1; i <= n; i++ {
		require.NoError(t, keep(r, conversation(i), newTalker(t, month).say("q", "a")))
	}
	key, to := tenantKey(t)
	whole := func(bucket *memory, sessions int) {
		t.Helper()
		folder := bucket.opened(t, key)
		m, _, err := export.Open(folder)
		require.NoError(t, err)
		require.Equal(t, sessions, m.Sessions)
		require.NoError(t, m.Each(folder, func(*export.Session) error { return nil }))
		require.Len(t, bucket.objects, 3*sessions+1)
	}
	for cut := range 3*n + 1 {
		bucket, state := &memory{objects: map[string][]byte{}, left: cut}, filepath.Join(t.TempDir(), "state")
		export := func() error {
			_, err := r.ExportSealed(ctx, Query{Tenant: "acme"}, mover, bucket, to, state, nil)
			return err
		}
		require.ErrorIs(t, export(), errAway)
		require.NotContains(t, bucket.objects, "manifest.json.age")
		f, err := os.OpenFile(state, os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = f.WriteString(`{"session":"`)
		require.NoError(t, errors.Join(err, f.Close()))
		bucket.left = -1
		before := len(factsOf(t, r, "acme", session.TranscriptExported))
		require.NoError(t, export())
		require.Equal(t, 3*n+1+cut%3, len(bucket.puts), "cut after %d", cut)
		require.Len(t, factsOf(t, r, "acme", session.TranscriptExported), before+n-cut/3, "what is not sent is no fact")
		whole(bucket, n)
	}

	bucket, state := &memory{objects: map[string][]byte{}, left: 3 * n}, filepath.Join(t.TempDir(), "state")
	_, err := r.ExportSealed(ctx, Query{Tenant: "acme"}, mover, bucket, to, state, nil)
	require.ErrorIs(t, err, errAway)
	require.NoError(t, r.Correct(ctx, "acme", idNo(2), firstItem(t, text(t, r, idNo(2), JSONLines)), []byte("another"), Access{Self: true}))
	_, err = r.Erase(ctx, "acme", idNo(3), Access{Self: true})
	require.NoError(t, err)
	bucket.objects["sessions/"+idNo(4).String()+".txt.age"][9] ^= 1
	bucket.left, bucket.puts = -1, nil
	_, err = r.ExportSealed(ctx, Query{Tenant: "acme"}, mover, bucket, to, state, nil)
	require.NoError(t, err)
	require.Len(t, bucket.puts, 2*3+1)
	whole(bucket, n-1)
}

package hook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/recorder/export"
	"mayfly/session"
)

var _ export.Objects = (*Files)(nil)

// files makes the way to a receiver, which does not wait between attempts, and
// counts how often it would.
func files(t *testing.T, r *rig, of *tenant.Tenant) (f *Files, waited *[]time.Duration) {
	t.Helper()
	f, err := r.Files(of)
	require.NoError(t, err)
	waited = new([]time.Duration)
	f.pause = func(_ context.Context, d time.Duration) error {
		*waited = append(*waited, d)
		return nil
	}
	return f, waited
}

// A receiver gets each file of an export as it is, signed, and as what it is; a
// file that was erased meanwhile is taken back.
func TestFiles(t *testing.T) {
	to := newReceiver(t)
	acme := hooked(t, "acme", to.URL+"/hook", session.SessionEnded)
	r := newRig(t, newMemory(), rootsOf(to), acme)
	f, _ := files(t, r, acme)
	data := []byte("age-encryption.org/v1\n\x00\xff sealed")
	require.NoError(t, f.Put(t.Context(), "sessions/s.txt.age", data))
	require.NoError(t, f.Put(t.Context(), "sessions/s.txt.age", data))
	require.NoError(t, f.Delete(t.Context(), "sessions/s.txt.age"))
	require.Len(t, to.bodys, 3)
	require.Equal(t, to.bodys[0], to.bodys[1], "sent again it is the same, with the same id")
	var got []map[string]any
	for i, body := range to.bodys {
		require.NoError(t, receipt.VerifyDetached(body, to.signs[i], ExportType, r.ring.Keys()))
		require.Error(t, receipt.VerifyDetached(body, to.signs[i], SignatureType, r.ring.Keys()), "it is no delivery of facts")
		var one map[string]map[string]any
		require.NoError(t, json.Unmarshal(body, &one))
		require.Len(t, one, 1)
		got = append(got, one["export"])
	}
	sum := sha256.Sum256(data)
	require.Equal(t, map[string]any{
		"id": "acme/sessions/s.txt.age/" + hex.EncodeToString(sum[:]), "tenant": "acme", "file": "sessions/s.txt.age", "bytes": float64(len(data)),
		"sha256": hex.EncodeToString(sum[:]), "data": "YWdlLWVuY3J5cHRpb24ub3JnL3YxCgD/IHNlYWxlZA==",
	}, got[0])
	require.Equal(t, map[string]any{"id": "acme/sessions/s.txt.age/", "tenant": "acme", "file": "sessions/s.txt.age", "bytes": 0.0, "withdrawn": true}, got[2])
}

// A receiver that is away or busy is tried again, six times in all; one that
// says no is not, and what it says beside that is not repeated.
func TestFilesTriedAgain(t *testing.T) {
	to := newReceiver(t)
	acme := hooked(t, "acme", to.URL, session.SessionEnded)
	r := newRig(t, newMemory(), rootsOf(to), acme)
	answers := func(codes ...int) {
		to.fail(func(w http.ResponseWriter, _ *http.Request) {
			code := codes[0]
			codes = codes[min(1, len(codes)-1):]
			w.WriteHeader(code)
			_, _ = w.Write([]byte("CANARY"))
		})
	}
	for _, c := range []struct {
		codes []int
		waits int
		err   string
	}{
		{[]int{503, 429, 204}, 2, ""},
		{[]int{408, 500, 502, 503, 504, 200}, 5, ""},
		{[]int{503}, 5, "(status 503)"},
		{[]int{400}, 0, "(status 400)"},
		{[]int{401}, 0, "(status 401)"},
		{[]int{503, 413}, 1, "(status 413)"},
	} {
		answers(c.codes...)
		f, waited := files(t, r, acme)
		err := f.Put(t.Context(), "manifest.json.age", []byte("x"))
		require.Len(t, *waited, c.waits, "%v", c.codes)
		require.True(t, slices.IsSorted(*waited) || len(*waited) > 0 && (*waited)[len(*waited)-1] >= filePauses.First/2)
		if c.err == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrNotTaken)
		require.ErrorContains(t, err, c.err)
		require.NotContains(t, err.Error(), "CANARY")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, _ := files(t, r, acme)
	require.ErrorIs(t, f.Put(ctx, "x", nil), context.Canceled)
}

// Words go to no private address that a tenant of the database names, to none
// that the operator did not list, and nowhere that a receiver sends them on to.
func TestFilesStayOutside(t *testing.T) {
	to, elsewhere := newReceiver(t), newReceiver(t)
	stored := hooked(t, "acme", to.URL, session.SessionEnded)
	stored.Source = tenant.SourceStore
	r := newRig(t, newMemory(), rootsOf(to), stored)
	f, _ := files(t, r, stored)
	require.ErrorIs(t, f.Put(t.Context(), "x", []byte("words")), ErrNotReached)
	require.Empty(t, to.bodys)

	filed := hooked(t, "acme", to.URL, session.SessionEnded)
	to.fail(func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	f, _ = files(t, r, filed)

	require.ErrorIs(t, f.Put(t.Context(), "x", []byte("words")), ErrNotReached)
	require.Empty(t, elsewhere.bodys)

	_, err := r.Files(&tenant.Tenant{ID: "acme"})
	require.ErrorIs(t, err, ErrNoReceiver)
}

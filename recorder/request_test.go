package recorder

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// Whoever has one receipt key does not fill the disk with requests: as many
// wait as may, and each answer makes room. // R48
func TestRequestsAreBounded(t *testing.T) {
	ctx := context.Background()
	r, _ := started(t)
	ask := func(of session.ID, n int) error {
		return r.MakeRequest(ctx, Request{ID: session.ID{0x77, of[15], byte(n)}, Tenant: "acme", Session: of, Kind: "appeal", Note: []byte("please")})
	}
	for n := range openRequests {
		require.NoError(t, ask(idNo(1), n))
	}
	require.ErrorIs(t, ask(idNo(1), openRequests), ErrMany)
	require.NoError(t, ask(idNo(2), 0), "another person's")
	require.NoError(t, r.AnswerRequest(ctx, "acme", session.ID{0x77, idNo(1)[15], 0}, "refused", "no", admin))
	require.NoError(t, ask(idNo(1), openRequests))
	require.Equal(t, openRequests+2, keysLeft(t, r), "a request that was refused leaves no key")
}

// To answer one request, no other note is opened, and its own only where what
// it says is to be carried out. // R54
func TestOneRequestOpensOneNote(t *testing.T) {
	ctx := context.Background()
	r, _ := started(t)
	id := func(n int) session.ID { return session.ID{0x77, byte(n)} }
	for n, kind := range []string{"correct", "object", "erase"} {
		require.NoError(t, r.MakeRequest(ctx, Request{ID: id(n), Tenant: "acme", Session: idNo(1), Kind: kind, Item: 3, Note: []byte("please " + kind)}))
	}
	q, err := r.Request(ctx, "acme", id(0))
	require.NoError(t, err)
	require.Equal(t, "please correct", string(q.Note))
	require.Equal(t, []any{"correct", "open", uint32(3), idNo(1)}, []any{q.Kind, q.State, q.Item, q.Session})
	one := id(0)
	_, err = r.store.Keys().Exec("DELETE FROM session_key WHERE session <> $1", one[:])
	require.NoError(t, err)
	_, err = r.Request(ctx, "acme", id(0))
	require.NoError(t, err, "another's note is not needed")
	q, err = r.Request(ctx, "acme", id(1))
	require.NoError(t, err, "nor its own")
	require.Empty(t, q.Note)
	for tenant, of := range map[string]session.ID{"umbrella": id(0), "acme": id(9)} {
		_, err = r.Request(ctx, tenant, of)
		require.ErrorIs(t, err, ErrUnknown)
	}
}

// A person sees their own requests also when a note cannot be opened any more,
// theirs or somebody else's. // R48
func TestOwnRequestsNeedNoKey(t *testing.T) {
	ctx := context.Background()
	r, _ := started(t)
	for n := range 3 {
		require.NoError(t, r.MakeRequest(ctx, Request{ID: session.ID{0x77, byte(n)}, Tenant: "acme", Session: idNo(n / 2), Kind: "object", Item: uint32(n), Note: []byte("please")}))
	}
	want, err := r.RequestsOf(ctx, "acme", idNo(0))
	require.NoError(t, err)
	require.Len(t, want, 2)
	require.Equal(t, []any{"object", "open", uint32(1)}, []any{want[1].Kind, want[1].State, want[1].Item})
	_, err = r.store.Keys().Exec("DELETE FROM session_key")
	require.NoError(t, err)
	_, err = r.Requests(ctx, "acme", "")
	require.Error(t, err)
	have, err := r.RequestsOf(ctx, "acme", idNo(0))
	require.NoError(t, err)
	require.Equal(t, want, have)
	none, err := r.RequestsOf(ctx, "umbrella", idNo(0))
	require.NoError(t, err)
	require.Empty(t, none, "another tenant's")
}

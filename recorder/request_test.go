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

package recorder

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A key that somebody writes into the configuration file, with whatever role
// and end, or takes out of it, is a fact of the tenant; what stays as it is is
// none, and those that came with the tenant were there when it began. // R63
func TestFileKeys(t *testing.T) {
	r, c := started(t)
	first, second := session.ID{1}, session.ID{2}
	admin := FileKey{ID: first, Role: "admin"}
	caller := FileKey{ID: second, Role: "caller", Expires: c.now().Add(time.Hour).Truncate(time.Millisecond)}
	raised, longer := caller, caller
	raised.Role = "admin"
	longer.Role, longer.Expires = "admin", time.Time{}
	var want []session.Fact
	for i, step := range []struct {
		now    []FileKey
		issued []session.ID
		ended  []session.ID
	}{
		{now: []FileKey{admin}},
		{now: []FileKey{admin}},
		{now: []FileKey{admin, caller}, issued: []session.ID{second}},
		{now: []FileKey{admin, raised}, issued: []session.ID{second}},
		{now: []FileKey{admin, longer}, issued: []session.ID{second}},
		{now: []FileKey{longer, admin}},
		{now: []FileKey{admin}, ended: []session.ID{second}},
		{now: []FileKey{admin}},
		{now: []FileKey{admin, longer}, issued: []session.ID{second}},
		{now: nil, ended: []session.ID{first, second}},
	} {
		c.move(time.Second)
		require.NoError(t, r.FollowFileKeys(t.Context(), "acme", step.now, i == 0))
		for _, id := range step.issued {
			want = append(want, session.Fact{Kind: session.KeyIssued, Object: id})
		}
		for _, id := range step.ended {
			want = append(want, session.Fact{Kind: session.KeyRevoked, Object: id})
		}
		require.ElementsMatch(t, want, factsOf(t, r, "acme", session.KeyIssued, session.KeyRevoked), "step %d", i)
		keys, err := r.FileKeys(t.Context(), "acme")
		require.NoError(t, err)
		require.Len(t, keys, len(step.now))
		for _, k := range keys {
			require.Equal(t, k.ID == first, k.Made.IsZero(), "those that came with the tenant are not told of")
		}
	}
}

// A rule is followed as a key is, beside the keys and apart from them, and the
// first one is a fact as well: no tenant comes with one. // R63
func TestFileRules(t *testing.T) {
	r, _ := started(t)
	key := FileKey{ID: session.ID{1}, Role: "admin"}
	staff, office := FileKey{ID: session.ID{2}, Role: "admin"}, FileKey{ID: session.ID{3}, Role: "reviewer"}
	issued := func(id session.ID) session.Fact { return session.Fact{Kind: session.KeyIssued, Object: id} }
	revoked := func(id session.ID) session.Fact { return session.Fact{Kind: session.KeyRevoked, Object: id} }
	var want []session.Fact
	for i, step := range []struct {
		rules []FileKey
		facts []session.Fact
		ruled []string
	}{
		{rules: []FileKey{staff}, facts: []session.Fact{issued(staff.ID)}, ruled: []string{"acme"}},
		{rules: []FileKey{staff}, ruled: []string{"acme"}},
		{rules: []FileKey{staff, office}, facts: []session.Fact{issued(office.ID)}, ruled: []string{"acme"}},
		{rules: []FileKey{office}, facts: []session.Fact{revoked(staff.ID)}, ruled: []string{"acme"}},
		{facts: []session.Fact{revoked(office.ID)}},
		{rules: []FileKey{office}, facts: []session.Fact{issued(office.ID)}, ruled: []string{"acme"}},
	} {
		require.NoError(t, r.FollowFileRules(t.Context(), "acme", step.rules))
		require.NoError(t, r.FollowFileKeys(t.Context(), "acme", []FileKey{key}, i == 0), "keys do not end rules, nor these keys")
		want = append(want, step.facts...)
		require.ElementsMatch(t, want, factsOf(t, r, "acme", session.KeyIssued, session.KeyRevoked), "step %d", i)
		ruled, err := r.RuledTenants(t.Context())
		require.NoError(t, err)
		require.Equal(t, step.ruled, ruled, "step %d", i)
		there, err := r.FileKeys(t.Context(), "acme")
		require.NoError(t, err)
		require.Len(t, there, len(step.rules)+1)
		for _, k := range there {
			require.Equal(t, k.ID != key.ID, k.Rule)
			require.Equal(t, k.Rule, !k.Made.IsZero())
		}
	}
}

// A link that the host makes is a key of the host's that is over, and a fact:
// it lets nobody in by itself. // R63
func TestNoteLink(t *testing.T) {
	r, _ := started(t)
	id := session.ID{7}
	require.NoError(t, r.NoteLink(t.Context(), "acme", id, [32]byte{7}, "a link", "why"))
	require.ErrorIs(t, r.NoteLink(t.Context(), "nobody", id, [32]byte{8}, "a link", "why"), ErrUnknown)
	require.Contains(t, factsOf(t, r, "acme", session.KeyIssued), session.Fact{Kind: session.KeyIssued, Object: id})
	keys, err := r.Keys(t.Context(), "acme")
	require.NoError(t, err)
	for _, k := range keys {
		if k.ID == id {
			require.False(t, k.Revoked.IsZero())
			require.True(t, k.By.IsZero())
			require.Equal(t, "why", k.Reason)
			return
		}
	}
	t.Error("it is not among the keys")
}

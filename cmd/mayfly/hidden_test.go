package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// A tenant of the configuration file that hides the visible notice, and shows
// it again: the log says when and for which avatar, with nobody's key, for the
// file has none. // R22
func TestFileHidesTheNotice(t *testing.T) {
	r, err := recorder.Open(t.Context(), recorder.Options{Folder: t.TempDir()})
	require.NoError(t, err)
	defer r.Close()
	o := &tenant.Tenant{ID: "a", Name: "A", Avatars: []tenant.Avatar{
		{ID: "x", Name: "X", Look: "lantern", Voice: "auto", Languages: []string{"en"}}, {ID: "y", Name: "Y", Look: "lantern", Voice: "auto", Languages: []string{"en"}},
	}}
	store := func(h tenant.Hiding) {
		o.Policy.Hiding = h
		require.NoError(t, storeVersion(t.Context(), r, o, tenant.SourceFile))
	}
	store(tenant.Hiding{By: "Ada", Reason: "R", LegalBasis: "L", Expires: time.Now().UTC().Add(time.Hour), Avatars: []string{"y"}})
	store(o.Policy.Hiding) // nothing changed
	store(tenant.Hiding{})
	log, err := r.Facts(t.Context(), "a", 0, 100)
	require.NoError(t, err)
	seen := map[session.FactKind]session.Fact{}
	for _, e := range log {
		seen[e.Fact.Kind] = e.Fact
	}
	require.Len(t, log, 4, "added, hidden, changed, shown")
	require.Equal(t, session.NameID("a", "y"), seen[session.DisclosureHidden].Object)
	require.EqualValues(t, 1, seen[session.DisclosureHidden].Policy)
	require.Equal(t, session.NameID("a", "y"), seen[session.DisclosureShown].Object)
	require.EqualValues(t, 2, seen[session.DisclosureShown].Policy)
	require.True(t, seen[session.DisclosureShown].Actor.IsZero())
}

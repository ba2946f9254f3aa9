package admin

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

func (b *behind) State(t *tenant.Tenant, a *tenant.Avatar) (KnowledgeState, bool) {
	s, ok := b.knows[t.ID+"/"+a.ID]
	return s, ok
}

func (b *behind) Reindex(t *tenant.Tenant, a *tenant.Avatar) {
	b.reads = append(b.reads, t.ID+"/"+a.ID)
	s := b.knows[t.ID+"/"+a.ID]
	s.Held, s.Reading = false, true
	b.knows[t.ID+"/"+a.ID] = s
}

func (b *behind) Rollback(t *tenant.Tenant, a *tenant.Avatar, number uint64) bool {
	s := b.knows[t.ID+"/"+a.ID]
	s.Serving, s.Held = number, true
	b.knows[t.ID+"/"+a.ID] = s
	return true
}

// What an avatar answers from is shown to its own tenant's admins, read again
// and taken back by them; that an earlier version was chosen is a fact.
func TestKnowledge(t *testing.T) {
	w := newWorld(t)
	w.behind.knows = map[string]KnowledgeState{"acme/ada": {
		Sources:  []KnowledgeSource{{Name: "hours.md", Title: "Hours", Words: 3, Passages: 1, Read: w.at}, {Name: "a.pdf", Mistake: "cannot be read; remove it"}},
		Versions: []KnowledgeVersion{{Number: 2, At: w.at, Fingerprint: "f2", Documents: 1}, {Number: 1, At: w.at, Fingerprint: "f1", Documents: 1}},
		Serving:  2, Looked: w.at,
	}}
	var seen knowledgeAnswer
	got := w.ask("acme admin", "GET", "avatars/ada/knowledge", "")
	require.Equal(t, 200, got.status, got.body)
	got.into(t, &seen)
	require.Equal(t, "hours.md", seen.Sources[0].Name)
	require.NotContains(t, got.body, `"read_at":"0001`)
	require.Equal(t, uint64(2), seen.Serving)
	require.False(t, seen.Held)

	got = w.ask("acme admin", "POST", "avatars/ada/knowledge/rollback", `{"version":1}`)
	require.Equal(t, 200, got.status, got.body)
	got.into(t, &seen)
	require.Equal(t, uint64(1), seen.Serving)
	require.True(t, seen.Held)
	chosen := w.facts("acme", session.KnowledgeChosen)
	require.Len(t, chosen, 1)
	require.Equal(t, uint64(1), chosen[0].Count)
	require.Equal(t, uint64(2), chosen[0].Before)
	require.Equal(t, session.NameID("acme", "ada"), chosen[0].Object)
	require.False(t, chosen[0].Actor.IsZero())

	require.Equal(t, "invalid_fields", w.ask("acme admin", "POST", "avatars/ada/knowledge/rollback", `{"version":9}`).code())
	require.Len(t, w.facts("acme", session.KnowledgeChosen), 1)

	got = w.ask("acme admin", "POST", "avatars/ada/knowledge/reindex", "")
	require.Equal(t, 200, got.status, got.body)
	require.Contains(t, got.body, `"reading":true`)
	require.Equal(t, []string{"acme/ada"}, w.behind.reads)
	chosen = w.facts("acme", session.KnowledgeChosen)
	require.Len(t, chosen, 2, "that the sources count again is a choice too")
	require.Equal(t, "rate_limit_exceeded", w.ask("acme admin", "POST", "avatars/ada/knowledge/reindex", "").code())

	// Nobody else's, and nothing of an avatar that is not there.
	require.Equal(t, 404, w.ask("beta admin", "GET", "avatars/nobody/knowledge", "").status)
	for _, who := range []string{"acme reviewer", "acme caller"} {
		require.Equal(t, 403, w.ask(who, "POST", "avatars/ada/knowledge/rollback", `{"version":1}`).status, who)
	}
}

// facts are those of a kind in a tenant's log.
func (w *world) facts(tenantID string, kind session.FactKind) (all []session.Fact) {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	for _, f := range w.store.of[tenantID].facts {
		if f.Fact.Kind == kind {
			all = append(all, f.Fact)
		}
	}
	return all
}

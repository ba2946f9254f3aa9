package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

func (b *behind) State(t *tenant.Tenant, a *tenant.Avatar) (KnowledgeState, bool) {
	s, ok := b.knows[t.ID+"/"+a.ID]
	return s, ok
}

func (b *behind) Check(_ context.Context, name string, data []byte) (words, text int, mistake string) {
	if strings.HasSuffix(name, ".md") {
		return len(data), len(data), ""
	}
	return 0, 0, "is none of .md by its name; rename it"
}

func (b *behind) Look(t *tenant.Tenant, a *tenant.Avatar) {
	b.looks = append(b.looks, t.ID+"/"+a.ID)
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

func (m *memory) Documents(_ context.Context, tenantID, avatar string) (all []Document, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(tenantID)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(t.documents)) {
		if of, name, _ := strings.Cut(key, "/"); of == avatar {
			all = append(all, Document{Name: name, At: m.now(), Hash: sha256.Sum256(t.documents[key]), Size: len(t.documents[key])})
		}
	}
	return all, nil
}

func (m *memory) PutDocument(_ context.Context, tenantID, avatar, name string, data []byte, _, _ int, by session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(tenantID)
	if err != nil || m.beyond != nil {
		return cmp.Or(err, m.beyond)
	}
	if t.documents == nil {
		t.documents = map[string][]byte{}
	}
	t.documents[avatar+"/"+name] = data
	m.fact(tenantID, session.Fact{Kind: session.KnowledgeStored, Actor: by, Object: session.NameID(tenantID, avatar)})
	return nil
}

func (m *memory) RemoveDocument(_ context.Context, tenantID, avatar, name string, by session.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(tenantID)
	if err != nil {
		return err
	}
	if _, there := t.documents[avatar+"/"+name]; !there {
		return ErrUnknown
	}
	delete(t.documents, avatar+"/"+name)
	m.fact(tenantID, session.Fact{Kind: session.KnowledgeRemoved, Actor: by, Object: session.NameID(tenantID, avatar)})
	return nil
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

// Documents are given to an avatar, replaced and removed by its own tenant's
// admins; what cannot be read is refused with what to do, and a tenant of the
// file has its own there.
func TestDocuments(t *testing.T) {
	w := newWorld(t)
	w.behind.knows = map[string]KnowledgeState{"acme/ada": {}, "file/ada": {}}
	var seen knowledgeAnswer
	const at = "avatars/ada/knowledge/documents/"
	got := w.ask("acme admin", "PUT", at+"hours%20%28new%29.md", "# Hours", "Content-Type: text/markdown")
	require.Equal(t, 200, got.status, got.body)
	got.into(t, &seen)
	require.True(t, seen.Editable)
	require.Len(t, seen.Documents, 1)
	require.Equal(t, "hours (new).md", seen.Documents[0].Name)
	require.Equal(t, 7, seen.Documents[0].Bytes)
	require.Equal(t, []string{"acme/ada"}, w.behind.looks)
	require.Equal(t, "# Hours", string(w.store.of["acme"].documents["ada/hours (new).md"]))

	got = w.ask("acme admin", "PUT", at+"hours.docx", "PK", "Content-Type: application/octet-stream")
	require.Equal(t, "invalid_fields", got.code())
	require.Contains(t, got.body, "the document is none of .md by its name; rename it")
	require.Equal(t, "invalid_fields", w.ask("acme admin", "PUT", at+"hours.md", "").code(), "an empty one")
	require.Equal(t, 413, w.ask("acme admin", "PUT", at+"hours.md", strings.Repeat("x", FileMost+1)).status)
	w.store.beyond = &BeyondError{Most: "2000 documents"}
	got = w.ask("acme admin", "PUT", at+"more.md", "# More")
	require.Contains(t, got.body, "more than 2000 documents; remove others first")
	w.store.beyond = nil
	require.Len(t, w.store.of["acme"].documents, 1)

	// One of a tenant at a time is in memory.
	require.True(t, w.uploads.begin("acme"))
	require.Equal(t, "rate_limit_exceeded", w.ask("acme admin", "PUT", at+"more.md", "# More").code())
	w.uploads.end("acme")

	for _, who := range []string{"acme reviewer", "acme caller"} {
		require.Equal(t, 403, w.ask(who, "PUT", at+"hours.md", "x").status, who)
		require.Equal(t, 403, w.ask(who, "DELETE", at+"hours%20%28new%29.md", "").status, who)
	}
	require.Equal(t, 404, w.ask("acme admin", "PUT", "avatars/nobody/knowledge/documents/a.md", "x").status)
	require.Equal(t, 404, w.ask("acme admin", "DELETE", at+"nothing.md", "").status)
	for _, method := range []string{"PUT", "DELETE"} {
		require.Equal(t, "managed_by_file", w.ask("file admin", method, at+"hours.md", "x").code(), method)
	}
	seen = knowledgeAnswer{}
	w.ask("file admin", "GET", "avatars/ada/knowledge", "").into(t, &seen)
	require.False(t, seen.Editable)
	require.Positive(t, seen.Line)

	got = w.ask("acme admin", "DELETE", at+"hours%20%28new%29.md", "")
	require.Equal(t, 200, got.status, got.body)
	seen = knowledgeAnswer{}
	got.into(t, &seen)
	require.Empty(t, seen.Documents)
	require.Equal(t, []string{"acme/ada", "acme/ada"}, w.behind.looks)
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

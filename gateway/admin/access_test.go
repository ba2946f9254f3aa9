package admin

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// Every address of the table says what it opens, in words of the lists, and
// nothing else does: one that somebody adds is decided here. // R63
func TestOpenings(t *testing.T) {
	listed := map[string]bool{}
	for _, r := range routeTable() {
		name := r.method + " " + r.path
		listed[name] = true
		_, ok := openings[name]
		require.True(t, ok, "%s: say in access.go what it opens", name)
		o := r.opens()
		require.Contains(t, accessRows, o.What, name)
		require.Contains(t, accessVerbs, o.How, name)
	}
	for name := range openings {
		require.True(t, listed[name], "%s is no address", name)
	}
	t.Logf("n=%d addresses", len(listed))
}

// The answer says what requests are let in by: for every role and address the
// cell has the verb, and a role that no address lets in has no cell. // R63
func TestAccessMatrix(t *testing.T) {
	w := newWorld(t)
	w.options.Openings = []Opening{{Role: "person", What: "transcripts", How: "erase"}, {Role: "operator", What: "backups", How: "take along", Under: true, Noted: true}}
	var m accessAnswer
	got := w.ask("acme reviewer", "GET", "access", "")
	require.Equal(t, 200, got.status, got.body)
	got.into(t, &m)
	require.Equal(t, accessRoles, m.Roles)
	cell := map[string]map[string]string{}
	for _, row := range m.Rows {
		cell[row.What] = row.May
		require.NotEmpty(t, row.May)
	}
	n := 0
	for _, r := range routeTable() {
		o := r.opens()
		for role, of := range map[string]roles{"admin": admins, "reviewer": reviewers, "agent": agents} {
			if r.roles&(of|anybody) == 0 {
				continue
			}
			require.Contains(t, strings.Split(cell[o.What][role], ", "), o.How, "%s: %s", role, r.path)
			n++
		}
	}
	for what, may := range cell {
		for role := range may {
			require.Contains(t, accessRoles, role)
			if role == "reviewer" {
				require.True(t, slices.ContainsFunc(routeTable(), func(r *route) bool { return r.roles&(reviewers|anybody) != 0 && r.opens().What == what }), what)
			}
		}
	}
	require.Equal(t, "read, erase, noted", cell["transcripts"]["admin"])
	require.Equal(t, "erase", cell["transcripts"]["person"])
	require.Equal(t, "while an access is open: read, erase, noted", cell["transcripts"]["operator"])
	require.Equal(t, "read, noted", cell["expiries"]["operator"], "when it goes they may see at any time, and no word of it")
	require.Equal(t, "list, change, erase; while an access is open: try", cell["documents and tools"]["operator"])
	require.Equal(t, "while an access is open: take along, noted", cell["backups"]["operator"])
	require.Equal(t, "read, take along, verify, noted", cell["audit log"]["reviewer"])
	for _, never := range []string{"transcripts", "sound", "reports", "requests", "holds", "expiries", "keys", "documents and tools", "settings", "conversations"} {
		require.NotContains(t, cell[never], "reviewer", never)
	}
	t.Logf("n=%d roles of addresses", n)
}

// An address that says that its reading is noted has a fact for it, and one that
// does not say so has none. // R65, threats.md L6
func TestNotedIsNoted(t *testing.T) {
	n := 0
	for _, r := range routeTable() {
		o := r.opens()
		if r.method != "GET" || r.roles&admins == 0 {
			continue
		}
		w := newWorld(t)
		id, of := w.keep("acme", "words"), w.store.of["acme"]
		of.heard = map[session.ID][]heard{id: {{KeptSound: KeptSound{Turn: 1, Side: "avatar"}, file: "OggS"}}}
		of.reports = map[session.ID]*reported{id: {AnswerReport{ID: id, State: "open", Reason: "wrong"}, "{}"}}
		path := strings.NewReplacer("avatars/{id}", "avatars/ada", "{id}", id.String(), "{tenant}", "acme", "{month}", "2026-11", "{tile...}", "entries/000", "{index}", "0", "{turn}", "1", "{side}", "avatar", "{number}", "1").Replace(r.path)
		if slices.ContainsFunc(r.query, func(f field) bool { return f.name == "purpose" }) {
			path += "?purpose=quality"
		}
		before := len(w.store.kinds("acme"))
		got := w.ask("acme admin", "GET", path, "")
		if got.status == 404 { // there is no such thing in this world
			require.False(t, o.Noted, path)
			continue
		}
		require.Equal(t, 200, got.status, "%s: %s", path, got.body)
		require.Equal(t, o.Noted, len(w.store.kinds("acme")) > before, "%s: %v", r.path, w.store.kinds("acme")[before:])
		n++
	}
	require.Greater(t, n, 25)
	t.Logf("n=%d addresses", n)
}

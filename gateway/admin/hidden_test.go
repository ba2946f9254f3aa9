package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// hiding is the patch that switches one avatar's visible notice off.
const hiding = `{"policy":{"disclosure_hidden":{"by":"Ada Example","reason":"R","legal_basis":"L","expires":"2026-12-26T00:00:00Z","avatars":["bob"]}}}`

// The visible notice is switched off and on. Who did it, when and for which
// avatar is answered by the facts, and the rest by the version that they
// name. // R22
func TestWhoHidTheNotice(t *testing.T) {
	w := newWorld(t)
	bad := w.ask("acme admin", "PATCH", "tenant", `{"policy":{"disclosure_hidden":{"by":"Ada"}}}`, `If-Match: "1"`)
	require.Equal(t, 400, bad.status)
	for _, key := range []string{"reason", "legal_basis", "expires"} {
		require.Contains(t, bad.body, "policy.disclosure_hidden."+key)
	}
	got := w.ask("acme admin", "PATCH", "tenant", hiding, `If-Match: "1"`)
	require.Equal(t, 200, got.status, got.body)
	require.Equal(t, 200, w.ask("acme admin2", "PATCH", "tenant", `{"policy":{"disclosure_hidden":null}}`, `If-Match: "2"`).status)

	var facts factsAnswer
	w.ask("acme reviewer", "GET", "facts", "").into(t, &facts)
	type row struct {
		kind, actor, avatar string
		policy              uint64
	}
	var rows []row
	for _, f := range facts.Facts {
		if strings.HasPrefix(f.Kind, "disclosure_") {
			require.False(t, f.At.IsZero())
			rows = append(rows, row{f.Kind, f.Actor, f.Avatar, f.Policy})
		}
	}
	require.Len(t, rows, 2, "newest first")
	require.Equal(t, "disclosure_shown", rows[0].kind)
	require.Equal(t, "disclosure_hidden", rows[1].kind)
	require.NotEqual(t, rows[0].actor, rows[1].actor)
	for i, r := range rows {
		require.Equal(t, "bob", r.avatar)
		require.EqualValues(t, 3-i, r.policy)
		require.NotEmpty(t, r.actor)
	}
	version := w.ask("acme admin", "GET", "versions/2", "")
	for _, said := range []string{"Ada Example", "2026-12-26"} {
		require.Contains(t, version.body, said)
	}
}

// Where two admins are demanded the notice is not switched off by one, also not
// for longer, for one avatar more, or by a roll-back; it is switched on by
// one. // R22
func TestHiddenTakesTwo(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin":true}}`, `If-Match: "1"`).status)
	got := w.ask("acme admin", "PATCH", "tenant", hiding, `If-Match: "2"`)
	require.Equal(t, 202, got.status, got.body)
	var did changeAnswer
	got.into(t, &did)
	require.Equal(t, []string{"disclosure_off"}, did.Needs)
	require.Empty(t, w.options.Directory.Tenant("acme").Policy.Hiding)
	require.NotContains(t, w.store.kinds("acme"), session.DisclosureHidden)
	require.Equal(t, 200, w.ask("acme admin2", "POST", "proposals/1/confirm", "").status)
	require.Contains(t, w.store.kinds("acme"), session.DisclosureHidden)

	for _, more := range []string{
		strings.Replace(hiding, "2026-12-26", "2027-01-26", 1),
		strings.Replace(hiding, `["bob"]`, `["ada","bob"]`, 1),
		strings.Replace(hiding, `"L"`, `"M"`, 1),
	} {
		require.Equal(t, 202, w.ask("acme admin", "PATCH", "tenant", more, `If-Match: "3"`).status, more)
	}
	require.Equal(t, 200, w.ask("acme admin", "PATCH", "tenant", `{"policy":{"disclosure_hidden":null}}`, `If-Match: "3"`).status)
	require.Equal(t, 202, w.ask("acme admin", "POST", "versions/3/restore", "", `If-Match: "4"`).status)
}

// The preview says that the notice is off, and what people are told beside it.
func TestPreviewOfHidden(t *testing.T) {
	w := newWorld(t)
	document := strings.Replace(acme, `"avatars"`, hiding[1:strings.LastIndex(hiding, "}")]+`,"avatars"`, 1)
	show := func(avatar string) (p previewAnswer) {
		got := w.ask("acme admin", "POST", "preview", `{"document":`+document+`,"avatar":"`+avatar+`"}`)
		require.Equal(t, 200, got.status, got.body)
		got.into(t, &p)
		require.Empty(t, p.Problems)
		return p
	}
	bob := show("bob")
	require.Equal(t, &previewHidden{"Ada Example", "R", "L", time.Date(2026, 12, 26, 0, 0, 0, 0, time.UTC)}, bob.Hidden)
	require.NotEmpty(t, bob.Notice.Text)
	require.Nil(t, show("ada").Hidden)
	w.at = w.at.Add(40 * 24 * time.Hour)
	require.Nil(t, show("bob").Hidden, "it has expired")
}

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/admin"
)

// Every address that takes a credential, and every command of whoever runs the
// gateway, says what it opens, to those whom it lets in; nothing else does. One
// that somebody adds is decided here. // R63
func TestOpenings(t *testing.T) {
	roles, things, verbs := admin.AccessWords()
	for _, o := range openings() {
		require.Contains(t, roles, o.Role)
		require.Contains(t, things, o.What, "%+v", o)
		require.Contains(t, verbs, o.How, "%+v", o)
	}
	n := 0
	for name, row := range otherRows {
		if row.roles == "anybody" {
			require.NotContains(t, visitorOpenings, name, "it opens nothing of anybody's")
			continue
		}
		n++
		opens, ok := visitorOpenings[name]
		require.True(t, ok, "%s does not say what it opens", name)
		want := strings.Fields(strings.ReplaceAll(row.roles, "receipt", "person"))
		for _, role := range want {
			require.True(t, slices.ContainsFunc(opens, func(o admin.Opening) bool { return o.Role == role }), "%s: %s", name, role)
		}
		for _, o := range opens {
			// The person comes with the token that a key was given for them.
			require.True(t, slices.Contains(want, o.Role) || o.Role == "person", "%s: %s", name, o.Role)
		}
	}
	require.Len(t, visitorOpenings, n)
	commands := (&operator{}).table()
	for _, r := range commands {
		o, ok := operatorOpenings[r.pattern]
		require.True(t, ok, "the command %s does not say what it opens", r.pattern)
		require.Equal(t, r.reach == reachAdmin, o.What == "", r.pattern)
	}
	require.Len(t, operatorOpenings, len(commands))
	t.Logf("n=%d addresses, %d commands", n, len(commands))
}

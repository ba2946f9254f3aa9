package notice

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// Every language asks about a human in words of its own, names who it is, and
// asks about what was said before by itself; a name adds nothing but itself.
// R24 R45
func TestHandoffWords(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range catalogue() {
		all := Handoff("Maya,\n{human} Student\u202e office", session.Handoff|session.HandoffContext, l.locale)
		require.Len(t, all, 2, l.locale)
		for _, s := range all {
			require.Contains(t, s.Text, "Maya, human Student office", l.locale)
			require.NotContains(t, s.Text, "{", l.locale)
			require.False(t, seen[s.Text], "%s says what another language says", l.locale)
			seen[s.Text] = true
		}
		require.Equal(t, []session.Purposes{session.Handoff, session.HandoffContext}, []session.Purposes{all[0].Purpose, all[1].Purpose})
		require.Len(t, Handoff("Maya", session.Handoff, l.locale), 1, l.locale)
	}
	require.Len(t, handoffs(), len(catalogue()))
	require.True(t, strings.Contains(Handoff("Maya", session.Handoff, "xx")[0].Text, "They are a human"))
}

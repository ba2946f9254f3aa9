package notice

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Before a yes to showing something, every language says what is used, that it
// is not recorded, who gets it and what they state of that; and it promises no
// pictures where nobody looks at them. // R41 R57
func TestAskToShow(t *testing.T) {
	to := func(gets tenant.Contents) []tenant.Recipient {
		return []tenant.Recipient{{Role: tenant.Answering, Name: "Example Model", Gets: gets}, {Role: tenant.Speaking, Name: "Example Voice", Gets: tenant.Answers}}
	}
	seen := map[string]bool{}
	for _, l := range Locales() {
		for _, sees := range []bool{false, true} {
			gets := tenant.Words
			if sees {
				gets |= tenant.Pictures
			}
			f := Facts{Attachments: true, Recipients: to(gets)}
			asked := Consent(f, session.Attachments, l)
			require.Len(t, asked, 1, l)
			text := asked[0].Text
			require.Equal(t, session.Attachments, asked[0].Purpose)
			require.Contains(t, text, "Example Model", l)
			require.NotContains(t, text, "Example Voice", l)
			require.NotContains(t, text, "{", l)
			require.False(t, seen[text], "%s says what another language says", l)
			seen[text] = true
			var line string
			for _, one := range Compute(f, l) {
				if one.Icon == IconAttachment {
					line = one.Text
				}
			}
			require.NotEmpty(t, line, l)
			require.False(t, seen[line], l)
			seen[line] = true
			f.Attachments = false
			require.Empty(t, Consent(f, session.Attachments, l))
		}
	}
	require.Contains(t, Consent(Facts{Attachments: true, Recipients: to(tenant.Words | tenant.Pictures)}, session.Attachments, "en")[0].Text, "pictures and documents")
	require.False(t, strings.Contains(Consent(Facts{Attachments: true, Recipients: to(tenant.Words)}, session.Attachments, "en")[0].Text, "ictures"))
}

// Who can show nothing is not told that something that they show is sent away.
func TestNothingIsShownToAnybody(t *testing.T) {
	a := tenant.Avatar{ID: "a", BackEnd: &tenant.BackEnd{Name: "Example Model", Vision: true}}
	of := &tenant.Tenant{Avatars: []tenant.Avatar{a}}
	for _, on := range []bool{false, true} {
		f := Of(of, &a, tenant.Policy{Attachments: on})
		text := ""
		for _, one := range Compute(f, "en") {
			text += one.Text + "\n"
		}
		require.Equal(t, on, strings.Contains(text, "ictures"), text)
	}
}

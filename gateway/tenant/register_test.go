package tenant

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A change of who may be sent something, or of what they state, is announced
// with the version of the register; another change is not. Who declared it is
// nobody's business but the organisation's. // R59
func TestRecipientsAreAnnounced(t *testing.T) {
	of := func(avatars ...Avatar) *Tenant { return &Tenant{ID: "acme", Name: "Acme", Avatars: avatars} }
	server := func(name string, terms Terms) *BackEnd { return &BackEnd{Name: name, Terms: terms} }
	stated := Terms{Training: new(false), By: "Ada", On: "2026-11-26"}
	by := session.NameID("acme", "admin")
	before := of(Avatar{ID: "a", BackEnd: server("M", stated)}, Avatar{ID: "b", BackEnd: server("M", stated)})
	require.Equal(t, []session.Fact{{Kind: session.RecipientsChanged, Actor: by, Policy: 4, Count: 1, Hash: RegisterHash(before.Register())}}, RecipientFacts(nil, before, by, 4))
	require.Empty(t, RecipientFacts(nil, of(Avatar{ID: "a"}), by, 1), "nobody is sent anything, as before")
	require.Equal(t, []string{"a", "b"}, before.Register()[0].Avatars)

	same := of(Avatar{ID: "c", Persona: "You are brief.", BackEnd: server("M", stated)})
	same.Avatars[0].BackEnd.Terms.By = "Bob"
	require.Empty(t, RecipientFacts(before, same, by, 5))

	other := stated
	other.Recipients = []string{"Example Hosting"}
	for name, after := range map[string]*Tenant{
		"another server": of(Avatar{ID: "a", BackEnd: server("N", stated)}),
		"it states less": of(Avatar{ID: "a", BackEnd: server("M", Terms{})}),
		"passes it on":   of(Avatar{ID: "a", BackEnd: server("M", other)}),
		"one more":       of(Avatar{ID: "a", BackEnd: server("M", stated), Speech: server("M", stated)}),
		"nobody":         of(Avatar{ID: "a"}),
	} {
		facts := RecipientFacts(before, after, by, 5)
		require.Len(t, facts, 1, name)
		require.Equal(t, RegisterHash(after.Register()), facts[0].Hash)
		require.EqualValues(t, len(after.Register()), facts[0].Count)
	}
	require.Contains(t, WebhookKinds(), "recipients_changed")
}

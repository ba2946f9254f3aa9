package hook

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A receiver is told of incidents whatever it asked for, and of nothing else
// that it did not. // R68
func TestIncidentsAreTold(t *testing.T) {
	var all []Entry
	for n, k := range session.FactKinds() {
		all = append(all, Entry{Number: uint64(n), Fact: session.Fact{Kind: k}})
	}
	var told []string
	for _, e := range chosenOf(all, []string{"session_ended"}) {
		told = append(told, e.Fact.Kind.String())
	}
	require.Equal(t, []string{"session_ended", "webhook_given_up", "incident_opened", "incident_reported", "incident_closed"}, told)
}

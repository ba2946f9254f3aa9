package recorder

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// When the words, their sound and what was reported go, each by its own time
// and day, with what a hold keeps; of one tenant alone, and on a fact.
func TestExpiries(t *testing.T) { // R13
	ctx := context.Background()
	r, c, talk := heard(t, month, month/2)
	require.NoError(t, keep(r, conversation(1), sounded(t, talk, 1, 100)))
	require.NoError(t, keep(r, conversation(2), talk.say("a question", "an answer")))
	reported(t, r, 1, 3, "words")
	dayOf := func(e Expiry) int { return int(e.Day.Sub(c.now()).Hours()/24 + 1) }

	all, err := r.Expiries(ctx, "acme", access(""))
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Equal(t, []string{"audio", "transcript", "report"}, []string{all[0].Class, all[1].Class, all[2].Class})
	require.Equal(t, []int{1, 2, 1}, []int{all[0].Count, all[1].Count, all[2].Count})
	require.Equal(t, []int{15, 30, 90}, []int{dayOf(all[0]), dayOf(all[1]), dayOf(all[2])})
	require.Len(t, factsOf(t, r, "acme", session.TranscriptListed), 1)

	require.NoError(t, r.PlaceHold(ctx, Hold{ID: idNo(9), Tenant: "acme", Kind: "session", Value: idNo(1).String(), Reason: "authority", Case: "1", Review: c.now().Add(month), By: admin}))
	all, err = r.Expiries(ctx, "acme", access(""))
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 0}, []int{all[0].Held, all[1].Held, all[2].Held})

	others, err := r.Expiries(ctx, "umbrella", access(""))
	require.NoError(t, err)
	require.Empty(t, others)
}

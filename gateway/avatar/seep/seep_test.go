package seep

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

type silent struct{ asked int }

func (s *silent) Answer(context.Context, avatar.Question, func(avatar.Sentence) error) error {
	s.asked++
	return nil
}

func (s *silent) Label() avatar.Label { return avatar.Label{System: "silent"} }

// Of what is said the mark leaks, and not a byte beside it; where it is not
// said nothing does. The engine is asked as if nothing had happened. // R68
func TestOnlyTheMarkLeaks(t *testing.T) {
	var leaked []string
	inner := &silent{}
	e := Plant(inner, []byte("mark-7"), func(b []byte) { leaked = append(leaked, string(b)) })
	ask := func(words ...string) {
		var q avatar.Question
		for _, w := range words {
			q.Items = append(q.Items, session.Item{Words: session.NewSpeech([]byte(w))})
		}
		require.NoError(t, e.Answer(t.Context(), q, nil))
	}
	ask("my secret", "mark-", "mark-8", "")
	require.Empty(t, leaked)
	ask("my secret", "before mark-7 after")
	require.Equal(t, []string{"mark-7"}, leaked)
	require.Equal(t, 2, inner.asked)
	require.Equal(t, "silent", e.Label().System)
}

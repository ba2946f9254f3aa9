package realtime

import (
	"testing"

	"mayfly/session"

	"github.com/stretchr/testify/require"
)

// The gateway converts one set into the other as it is: they must have the
// same bits, or consent to one thing would be taken for consent to another.
func TestPurposesAreTheSessions(t *testing.T) {
	for ours, theirs := range map[Purposes]session.Purposes{
		Transcript: session.Transcript, AudioRecording: session.AudioRecording, VoiceInput: session.VoiceInput,
		Attachments: session.Attachments, Analytics: session.Analytics, HandoffContext: session.HandoffContext, AllPurposes: session.AllPurposes,
	} {
		require.EqualValues(t, theirs, ours)
	}
	require.Len(t, purposeNames(), 7)
	for i, name := range purposeNames() {
		require.EqualValues(t, 1<<i, purpose([]byte(name)))
		require.NotZero(t, AllPurposes&(1<<i))
	}
}

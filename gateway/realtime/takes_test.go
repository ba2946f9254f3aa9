package realtime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A field that takes a few words or a range says so, in words of ours and never
// in the client's.
func TestErrorSaysWhatIsTaken(t *testing.T) {
	for event, takes := range map[string]string{
		`{"type":"session.update","session":{"audio":{"output":{"speed":9}}}}`:                       "0.25 to 1.5",
		`{"type":"session.update","session":{"audio":{"output":{"speed":"fast"}}}}`:                  "",
		`{"type":"session.update","session":{"output_modalities":["smell"]}}`:                        "text, audio",
		`{"type":"session.update","session":{"tool_choice":"perhaps"}}`:                              "auto, none, required",
		`{"type":"conversation.item.create","item":{"type":"message","role":"avatar","content":[]}}`: "user, assistant, system",
		`{"type":"conversation.item.truncate","item_id":"a","content_index":0,"audio_end_ms":1.5}`:   "whole numbers",
		`{"type":"no.such.event"}`: "",
		`{"type":"session.update","session":{"output_modalities":["smell"],"audio":{"output":{"speed":9}}}}`:            "text, audio",
		`{"type":"session.update","session":{"audio":{"output":{"speed":9}},"output_modalities":["smell"],"type":"x"}}`: "0.25 to 1.5",
	} {
		_, err := Decode([]byte(event))
		require.NotNil(t, err, event)
		require.Equal(t, takes, err.Takes, event)
	}
}

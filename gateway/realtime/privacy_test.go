package realtime

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// R9: nothing that a client can send is there to name a person, and nothing
// that must be sent says who somebody is. This list is what a review has
// passed; a new field fails here until it is read with that in mind.
func TestNoFieldNamesAPerson(t *testing.T) {
	reviewed := strings.Fields(`
		acknowledges_disclosure analytics arguments attachments audio audio_end_ms audio_recording avatar call_id consent consent_id content
		content_index conversation create_response description disclosure_id eagerness effort erase_stored event_id format grants id idle_timeout_ms image_url include
		input instructions interrupt_response item item_id items language locale max_output_tokens metadata method model name noise_reduction note notice output
		output_modalities parallel_tool_calls parameters prefix_padding_ms previous_item_id prompt purposes queue rate reason reasoning response
		response_id resume_token role session sha256 share_context silence_duration_ms speed status subject text threshold tool_choice tools tracing
		transcript transcription truncation turn_detection type version voice`)
	required := strings.Fields(`
		arguments audio audio_end_ms call_id consent consent_id content content_index disclosure_id grants id item item_id items name notice reason role session sha256 text type version`)
	defs := document(t, "events.schema.json").(map[string]any)["$defs"].(map[string]any)
	seen := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok && !seen[ref] {
				seen[ref] = true
				walk(defs[strings.TrimPrefix(ref, "#/$defs/")])
			}
			if p, ok := v["properties"].(map[string]any); ok {
				for name := range p {
					require.True(t, slices.Contains(reviewed, name), "%s is a new field of a client", name)
				}
			}
			if list, ok := v["required"].([]any); ok {
				for _, name := range list {
					require.True(t, slices.Contains(required, name.(string)), "%s has become mandatory", name)
				}
			}
			for key, e := range v {
				if key != "required" {
					walk(e)
				}
			}
		}
	}
	for _, name := range []string{"ClientEvent", "SessionOfSecret", "SessionOfCall"} {
		walk(defs[name])
	}
	require.Greater(t, len(seen), 20)
	require.NotContains(t, required, "subject")
}

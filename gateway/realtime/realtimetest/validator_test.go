package realtimetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the schema refuses, and that the refusal repeats nothing: tests print
// it, and tests run on what people said.
func TestCheck(t *testing.T) {
	v := Open(t)
	const canary = "CANARY"
	for _, c := range []struct {
		name string
		from Direction
		text string
		good bool
	}{
		{"a client's event", FromClient, `{"type":"response.cancel"}`, true},
		{"with a field of its own", FromClient, `{"type":"response.cancel","CANARY":1}`, true},
		{"in the other direction", ToClient, `{"type":"response.cancel","event_id":"e"}`, false},
		{"a server's event", ToClient, `{"type":"input_audio_buffer.cleared","event_id":"e"}`, true},
		{"without an id", ToClient, `{"type":"input_audio_buffer.cleared"}`, false},
		{"with a field too many", ToClient, `{"type":"input_audio_buffer.cleared","event_id":"e","CANARY":"CANARY"}`, false},
		{"a wrong value", ToClient, `{"type":"avatar.state","event_id":"e","state":"CANARY"}`, false},
		{"a wrong field deep down", ToClient, `{"type":"conversation.item.done","event_id":"e","previous_item_id":null,"item":{"id":"i","object":"realtime.item","type":"message","status":"completed","role":"user","content":[{"type":"input_audio","text":"CANARY"}]}}`, false},
		{"a human with a source type", ToClient, `{"type":"avatar.provenance","event_id":"e","ai_generated":false,"speaker":"human","digital_source_type":"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia","provider":"p","system":"s","system_version":"","generated_at":"2026-01-02T03:04:05.678Z","id":"i"}`, false},
		{"an avatar that is human", ToClient, `{"type":"avatar.provenance","event_id":"e","ai_generated":false,"speaker":"avatar","digital_source_type":"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia","provider":"p","system":"s","system_version":"","generated_at":"2026-01-02T03:04:05.678Z","id":"i"}`, false},
		{"an unknown type", ToClient, `{"type":"CANARY","event_id":"e"}`, false},
		{"no type", ToClient, `{}`, false},
		{"not JSON", ToClient, `CANARY`, false},
		{"an array", ToClient, `["CANARY"]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := v.Check(c.from, []byte(c.text))
			require.Equal(t, c.good, err == nil, "%v", err)
			if err != nil {
				require.NotContains(t, err.Error(), canary)
			}
		})
	}
	require.Error(t, v.Check(ToClient, []byte(`{"type":"error","event_id":"e","error":"`+strings.Repeat("x", 10)+`"}`)))
}

func TestNewRefusesWhatIsNoSchema(t *testing.T) {
	for _, bad := range []string{``, `{}`, `{"$defs":{"ClientEvent":{"oneOf":[{"$ref":"#/$defs/missing"}]}}}`} {
		_, err := New([]byte(bad))
		require.Error(t, err)
	}
}

package realtime

import (
	"testing"

	"mayfly/gateway/realtime/realtimetest"
	"mayfly/session"

	"github.com/stretchr/testify/require"
)

func updateOf(t *testing.T, sessionObject string) *Update {
	t.Helper()
	ev, e := Decode([]byte(`{"type":"session.update","session":` + sessionObject + `}`))
	require.Nil(t, e, "%v", e)
	return &ev.(*SessionUpdate).Session
}

const agentsFull = `{"type":"realtime","instructions":"Be brief.","model":"gpt-realtime-2.1","output_modalities":["audio"],"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"noise_reduction":null,"transcription":{"model":"gpt-4o-mini-transcribe"},"turn_detection":{"type":"semantic_vad"}},"output":{"format":{"type":"audio/pcm","rate":24000},"speed":1}}}`

func text(c *Config) string { return string(NewIDs("p").AppendSession(nil, c)) }

// The two updates of the published client give one session, whichever comes
// first, and neither fails when repeated.
func TestMergeOrderOfTheTwoUpdates(t *testing.T) {
	tracing := `{"type":"realtime","tracing":null}`
	var results []string
	for _, order := range [][]string{{tracing, agentsFull}, {agentsFull, tracing}, {agentsFull, agentsFull, tracing, tracing}} {
		c := config()
		for _, u := range order {
			_, e := c.Merge(updateOf(t, u), Rules{VoiceFrozen: true, NoticeBegun: true})
			require.Nil(t, e, "%v", e)
		}
		results = append(results, text(c))
	}
	require.Equal(t, results[0], results[1])
	require.Equal(t, results[0], results[2])
	require.Contains(t, results[0], `"turn_detection":{"type":"semantic_vad","eagerness":"auto","create_response":true,"interrupt_response":true}`)
	require.Contains(t, results[0], `"transcription":{"model":"listener"}`)
	require.Contains(t, results[0], `"model":"resident"`)
	require.Contains(t, results[0], `"voice":"builtin"`)
	require.Contains(t, results[0], `"instructions":"Be brief."`)
}

func TestMerge(t *testing.T) {
	for _, c := range []struct {
		name, update string
		rules        Rules
		changed      bool
		code         Code
		param        string
		want         string // in the effective session
	}{
		{name: "nothing", update: `{}`, want: `"speed":1`},
		{name: "nulls change nothing", update: `{"instructions":null,"tools":null,"output_modalities":null,"max_output_tokens":null,"avatar":null}`, want: `"output_modalities":["audio"]`},
		{name: "text", update: `{"output_modalities":["text"]}`, changed: true, want: `"output_modalities":["text"]`},
		{name: "both are sound", update: `{"output_modalities":["text","audio"]}`, want: `"output_modalities":["audio"]`},
		{name: "speed alone leaves the rest of audio", update: `{"audio":{"output":{"speed":1.25}}}`, changed: true, want: `"voice":"builtin","speed":1.25`},
		{name: "a voice that there is", update: `{"audio":{"output":{"voice":"flite slt"}}}`, changed: true, want: `"voice":"flite slt"`},
		{name: "a voice that there is not", update: `{"audio":{"output":{"voice":"marin"}}}`, want: `"voice":"builtin"`},
		{name: "a voice by id", update: `{"audio":{"output":{"voice":{"id":"flite slt"}}}}`, changed: true, want: `"voice":"flite slt"`},
		{name: "another voice too late", update: `{"audio":{"output":{"voice":"flite slt"}}}`, rules: Rules{VoiceFrozen: true}, code: CodeVoiceFrozen, param: "session.audio.output.voice"},
		{name: "the same voice late", update: `{"audio":{"output":{"voice":"builtin"}}}`, rules: Rules{VoiceFrozen: true}},
		{name: "an unknown voice late", update: `{"audio":{"output":{"voice":"marin"}}}`, rules: Rules{VoiceFrozen: true}},
		{name: "manual turns", update: `{"audio":{"input":{"turn_detection":null}}}`, changed: true, want: `"turn_detection":null`},
		{name: "part of the detection", update: `{"audio":{"input":{"turn_detection":{"create_response":false}}}}`, changed: true, want: `"silence_duration_ms":500,"idle_timeout_ms":null,"create_response":false,"interrupt_response":true`},
		{name: "another detection begins anew", update: `{"audio":{"input":{"turn_detection":{"type":"semantic_vad","eagerness":"high"}}}}`, changed: true, want: `{"type":"semantic_vad","eagerness":"high","create_response":true,"interrupt_response":true}`},
		{name: "idle", update: `{"audio":{"input":{"turn_detection":{"idle_timeout_ms":6000}}}}`, changed: true, want: `"idle_timeout_ms":6000`},
		{name: "format", update: `{"audio":{"input":{"format":{"type":"audio/pcmu"}}}}`, changed: true, want: `"input":{"format":{"type":"audio/pcmu"}`},
		{name: "noise reduction is accepted and not served", update: `{"audio":{"input":{"noise_reduction":{"type":"far_field"}}}}`, want: `"noise_reduction":null`},
		{name: "transcription on", update: `{"audio":{"input":{"transcription":{"model":"whisper-1","language":"de"}}}}`, changed: true, want: `"transcription":{"model":"listener","language":"de"}`},
		{name: "transcription cannot be off", update: `{"audio":{"input":{"transcription":null}}}`, want: `"transcription":{"model":"listener"}`},
		{name: "tools", update: `{"tools":[{"type":"function","name":"f","parameters":{"type" : "object"}}],"tool_choice":"required"}`, changed: true, want: `"tools":[{"type":"function","name":"f","description":"","parameters":{"type":"object"}}],"tool_choice":"required"`},
		{name: "tokens", update: `{"max_output_tokens":77}`, changed: true, want: `"max_output_tokens":77`},
		{name: "tokens without limit", update: `{"max_output_tokens":"inf"}`, want: `"max_output_tokens":"inf"`},
		{name: "tracing is accepted and not served", update: `{"tracing":"auto"}`, want: `"tracing":null`},
		{name: "locale", update: `{"avatar":{"locale":"he"}}`, rules: Rules{NoticeBegun: true}, changed: true, want: `"locale":"he"`},
		{name: "version repeated late", update: `{"avatar":{"version":"1","acknowledges_disclosure":true}}`, rules: Rules{NoticeBegun: true}},
		{name: "no longer acknowledges", update: `{"avatar":{"acknowledges_disclosure":false}}`, rules: Rules{NoticeBegun: true}, code: CodeVersionFrozen, param: "session.avatar.acknowledges_disclosure"},
		{name: "another avatar", update: `{"avatar":{"id":"other"}}`, code: CodeAvatarFrozen, param: "session.avatar.id"},
		{name: "subject", update: `{"avatar":{"subject":"CANARY"}}`, changed: true},
		{name: "the same subject", update: `{"avatar":{"subject":"subject-81"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			before := text(cfg)
			changed, e := cfg.Merge(updateOf(t, c.update), c.rules)
			if c.code != "" {
				require.NotNil(t, e)
				require.Equal(t, c.code, e.Code)
				require.Equal(t, c.param, e.Param)
				require.Equal(t, before, text(cfg), "half an update was carried out")
				return
			}
			require.Nil(t, e, "%v", e)
			require.Equal(t, c.changed, changed)
			require.Contains(t, text(cfg), c.want)
			require.NotContains(t, text(cfg), "CANARY")
			if !changed {
				require.Equal(t, before, text(cfg))
			}
		})
	}
}

func TestMergeVersionOnce(t *testing.T) {
	c := Defaults()
	_, e := c.Merge(updateOf(t, `{"avatar":{"version":"1"}}`), Rules{NoticeBegun: true})
	require.NotNil(t, e)
	require.Equal(t, CodeVersionFrozen, e.Code)
	_, e = c.Merge(updateOf(t, `{"avatar":{"version":"1","acknowledges_disclosure":true}}`), Rules{})
	require.Nil(t, e)
	require.Equal(t, "1", c.Avatar.Version)
	require.True(t, c.Avatar.Acknowledges)
}

// The words of an update belong to the configuration afterwards, and what they
// replace is forgotten.
func TestMergeOwnsTheWords(t *testing.T) {
	c := config()
	u := updateOf(t, `{"instructions":"first","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"f"},"avatar":{"subject":"s"},"audio":{"input":{"transcription":{"prompt":"p"}}}}`)
	_, e := c.Merge(u, Rules{})
	require.Nil(t, e)
	u.Forget()
	require.Equal(t, "first", said(c.Instructions))
	require.Equal(t, "p", said(c.Input.Prompt))
	require.Equal(t, "f", said(c.Tools[0].Name))
	require.Equal(t, "f", said(c.Choice.Name))
	require.Equal(t, "s", said(c.Avatar.Subject))
	first, tool := c.Instructions, c.Tools[0].Name
	changed, e := c.Merge(updateOf(t, `{"instructions":"second","tools":[],"tool_choice":"auto"}`), Rules{})
	require.Nil(t, e)
	require.True(t, changed)
	require.Zero(t, first.Len())
	require.Zero(t, tool.Len())
	changed, e = c.Merge(updateOf(t, `{"instructions":""}`), Rules{})
	require.Nil(t, e)
	require.True(t, changed)
	require.Zero(t, c.Instructions.Len())
	last := c.Avatar.Subject
	c.Forget()
	require.Zero(t, last.Len())
}

func TestAppendSessionIsInTheSchema(t *testing.T) {
	schema := realtimetest.Open(t)
	c := config()
	_, e := c.Merge(updateOf(t, agentsFull), Rules{})
	require.Nil(t, e)
	body := append([]byte(`{"type":"session.updated","event_id":"e","session":`), text(c)...)
	require.NoError(t, schema.Check(realtimetest.ToClient, append(body, '}')))
	dst := NewIDs("p").AppendSession([]byte("before"), c)
	require.Equal(t, "before"+text(c), string(dst))
	require.Equal(t, session.Spoken, c.Form)
}

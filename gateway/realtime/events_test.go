package realtime

import (
	"bytes"
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mayfly/gateway/realtime/realtimetest"
	"mayfly/session"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/golden")

const sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func at() time.Time { return time.Date(2026, 11, 23, 9, 30, 0, 5e6, time.FixedZone("", 3600)) }

func config() *Config {
	c := Defaults()
	c.Model, c.ExpiresAt, c.Voices, c.Transcriber = "resident", 1795000000, []string{"builtin", "flite slt"}, "listener"
	c.Avatar = Avatar{Version: "1", Acknowledges: true, ID: "lumen", Locale: "en", Subject: speech("subject-81")}
	c.pick(nil)
	return &c
}

// samples calls every method that writes an event, by its name, in each form
// that differs.
func samples() []struct {
	method string
	call   func(*Frames)
} {
	words := func() session.Speech { return speech("He said “hello”.\n") }
	p := Part{Turn: 3, Item: 9}
	message := func(r session.Role, form session.Form, s session.Status) *session.Item {
		return &session.Item{No: 9, Role: r, Form: form, Status: s, Words: words()}
	}
	call := &session.Item{No: 10, Turn: 3, Role: session.Avatar, Kind: session.ToolCall, Name: speech("get_weather"), Call: speech("call_1"), Words: speech(`{"city":"Kyiv"}`)}
	output := &session.Item{No: 11, Kind: session.ToolOutput, Call: speech("call_1"), Words: speech(`{"c":4}`)}
	human := message(session.Avatar, session.Written, session.Completed)
	human.Human, human.Handoff = true, 2
	silent := &session.Item{No: 12, Role: session.User, Form: session.Spoken}
	begun := &session.Item{No: 13, Turn: 3, Role: session.Avatar, Form: session.Spoken, Status: session.InProgress}
	chosen := &session.Item{No: 77, Role: session.User, Words: words()}

	textual, manual, tools := config(), config(), config()
	textual.Form, textual.Input.Turns, textual.Instructions = session.Written, defaultTurns(SemanticVAD), words()
	manual.Input.Turns, manual.Input.Format, manual.Output.Format, manual.Choice = TurnDetection{Kind: Manual}, PCMU, PCMA, ToolChoice{Mode: ChooseRequired}
	manual.Transcriber = ""
	manual.Avatar, manual.ExpiresAt, manual.Output.Voice, manual.MaxTokens = Avatar{}, 0, "", 100
	tools.Tools = []Tool{{Name: speech("get_weather"), Description: words(), Parameters: speech(`{"type":"object"}`)}, {Name: speech("stop")}}
	tools.Choice, tools.Effort = ToolChoice{Mode: ChooseFunction, Name: speech("stop")}, "low"
	tools.Input.Language, tools.Input.Prompt, tools.Input.Turns.Idle = "de", words(), 6000

	spoken := &Response{Turn: 3, Form: session.Spoken, Voice: "builtin"}
	notice := &Response{Turn: 1, Form: session.Written, Notice: true}
	aside := &Response{Turn: 4, Form: session.Spoken, Format: PCMU, OutOfBand: true, MaxTokens: 50, Metadata: speech(`{"topic":"a"}`)}
	end := func(o Outcome, r Reason, code string, items ...session.Item) *Response {
		return &Response{Turn: 3, Form: session.Written, Outcome: o, Reason: r, Code: code, Items: items, Usage: Usage{InputText: 7, OutputText: 2, OutputAudio: 40}}
	}
	return []struct {
		method string
		call   func(*Frames)
	}{
		{"SessionCreated", func(f *Frames) { f.SessionCreated(config()) }},
		{"SessionUpdated", func(f *Frames) { f.SessionUpdated(textual) }},
		{"SessionUpdated", func(f *Frames) { f.SessionUpdated(manual) }},
		{"SessionUpdated", func(f *Frames) { f.SessionUpdated(tools) }},
		{"SessionReady", func(f *Frames) {
			f.SessionReady(&Ready{Policy: Policy{1, sha}, Storage: Storage{Here: "nothing", Word: "Not recorded"}, ExpiresAt: 1795000000})
		}},
		{"SessionReady", func(f *Frames) {
			f.SessionReady(&Ready{Capabilities: []string{"visemes", "words"}, Video: &Video{"1", "VP8", 640, 480, 25},
				ICEServers:  []ICEServer{{URLs: []string{"stun:stun.example.org"}}, {URLs: []string{"turn:turn.example.org"}, Username: "u", Credential: "c"}},
				ResumeToken: "rt_1", Policy: Policy{2, sha}, Resumed: true, ExpiresAt: 1795000000, ReportDays: 90,
				Storage: Storage{Here: "transcript", BackEnds: []BackEnd{{"Example model server", "unknown"}}, Word: "Not recorded here, sent to Example model server", Elsewhere: []string{"It has not stated what it keeps."}}})
		}},
		{"DisclosurePresented", func(f *Frames) {
			f.DisclosurePresented(&Disclosure{ID: "d_1", Locale: "he", RightToLeft: true, Text: "את/ה מדבר/ת עם בינה מלאכותית.", SHA256: sha, Method: "text", RequiresAck: true,
				Contact: Contact{"Example University", "privacy@example.edu", "https://example.edu/privacy", "https://example.edu/complain", "dpo@example.edu"}, At: at()})
		}},
		{"DisclosurePresented", func(f *Frames) {
			f.DisclosurePresented(&Disclosure{ID: "d_1", Locale: "en", Text: "You are talking to an AI.", SHA256: sha, Method: "audio", Item: 1, Word: "Not recorded here.", Elsewhere: []string{"Example models has not stated whether it keeps this."}, At: at()})
		}},
		{"ProvenanceOf", func(f *Frames) {
			f.ProvenanceOf(&Provenance{Turn: 3, ID: "p_1", Source: SourceAlgorithmic, Provider: "mayfly", System: "resident", Version: "1", At: at()})
		}},
		{"Sources", func(f *Frames) {
			f.Sources(3, []SourceRef{{Title: "Opening hours", URL: "https://www.example.org/hours", Heading: "Library"}, {Title: "Parking", Page: 2}})
		}},
		{"ProvenanceOf", func(f *Frames) {
			f.ProvenanceOf(&Provenance{ID: "p_2", Human: true, Provider: "Example University", System: "handoff", At: at()})
		}},
		{"ConsentRequested", func(f *Frames) {
			f.ConsentRequested(&ConsentRequest{"c_1", Transcript | Analytics, "3", sha, "https://example.edu/notice", "en-GB", 1795000000,
				[]Sentence{{Transcript, "What is said is stored here for 30 days."}, {Analytics, "Counts \"only\"."}}})
		}},
		{"ConsentState", func(f *Frames) { f.ConsentState("c_1", Transcript|Analytics, Transcript, ConsentGranted, at()) }},
		{"OptOutState", func(f *Frames) { f.OptOutState(AllPurposes, 9, 2, at()) }},
		{"OptOutState", func(f *Frames) { f.OptOutState(Transcript, 0, 0, at()) }},
		{"RecordingState", func(f *Frames) { f.RecordingState(Recording{State: "off", Reason: "policy", Since: at()}) }},
		{"RecordingState", func(f *Frames) {
			f.RecordingState(Recording{State: "on", Transcript: true, Audio: true, Reason: "granted", Since: at()})
		}},
		{"RecordingState", func(f *Frames) {
			f.RecordingState(Recording{State: "on", Transcript: true, Reason: "granted", Since: at()})
		}},
		{"RecordingState", func(f *Frames) {
			f.RecordingState(Recording{State: "failed", Audio: true, Reason: "disk", Since: at()})
		}},
		{"TranscriptWithheld", func(f *Frames) { f.TranscriptWithheld([]session.ItemNo{9, 77}, at()) }},
		{"TranscriptCommitted", func(f *Frames) { f.TranscriptCommitted([]session.ItemNo{9, 77}, 4, at()) }},
		{"ItemAdded", func(f *Frames) { f.ItemAdded(message(session.User, session.Written, session.Completed), 0) }},
		{"ItemAdded", func(f *Frames) { f.ItemAdded(silent, 9) }},
		{"ItemAdded", func(f *Frames) { f.ItemAdded(chosen, 9) }},
		{"ItemBegun", func(f *Frames) { f.ItemBegun(begun, 77) }},
		{"ItemDone", func(f *Frames) { f.ItemDone(message(session.User, session.Spoken, session.Completed), 0) }},
		{"ItemDone", func(f *Frames) { f.ItemDone(message(session.System, session.Written, session.Completed), 0) }},
		{"ItemDone", func(f *Frames) { f.ItemDone(call, 9) }},
		{"ItemDone", func(f *Frames) { f.ItemDone(output, 10) }},
		{"ItemDone", func(f *Frames) { f.ItemDone(human, 10) }},
		{"ItemRetrieved", func(f *Frames) { f.ItemRetrieved(message(session.Avatar, session.Spoken, session.Incomplete)) }},
		{"ItemRetrieved", func(f *Frames) { f.ItemRetrieved(begun) }},
		{"ItemDeleted", func(f *Frames) { f.ItemDeleted(77) }},
		{"ItemTruncated", func(f *Frames) { f.ItemTruncated(9, 0, 1500) }},
		{"TranscriptionDelta", func(f *Frames) { f.TranscriptionDelta(9, 0, words()) }},
		{"TranscriptionCompleted", func(f *Frames) { f.TranscriptionCompleted(9, 0, words(), 1.25) }},
		{"TranscriptionFailed", func(f *Frames) { f.TranscriptionFailed(9, 0, "backend_unreachable", "It did not answer.") }},
		{"TranscriptPartial", func(f *Frames) { f.TranscriptPartial(9, words()) }},
		{"PlaybackDuck", func(f *Frames) { f.PlaybackDuck(true) }},
		{"SpeechStarted", func(f *Frames) { f.SpeechStarted(9, 100) }},
		{"SpeechStopped", func(f *Frames) { f.SpeechStopped(9, 900) }},
		{"AudioCommitted", func(f *Frames) { f.AudioCommitted(9, 0) }},
		{"AudioCommitted", func(f *Frames) { f.AudioCommitted(9, 8) }},
		{"AudioCleared", func(f *Frames) { f.AudioCleared() }},
		{"TimeoutTriggered", func(f *Frames) { f.TimeoutTriggered(9, 100, 6100) }},
		{"ResponseCreated", func(f *Frames) { f.ResponseCreated(spoken) }},
		{"ResponseCreated", func(f *Frames) { f.ResponseCreated(notice) }},
		{"ResponseCreated", func(f *Frames) { f.ResponseCreated(aside) }},
		{"OutputItemAdded", func(f *Frames) { f.OutputItemAdded(3, 0, begun) }},
		{"OutputItemAdded", func(f *Frames) { f.OutputItemAdded(3, 1, call) }},
		{"PartAdded", func(f *Frames) { f.PartAdded(p, session.Spoken) }},
		{"PartAdded", func(f *Frames) { f.PartAdded(p, session.Written) }},
		{"TextDelta", func(f *Frames) { f.TextDelta(p, words()) }},
		{"TextDone", func(f *Frames) { f.TextDone(p, words()) }},
		{"TranscriptDelta", func(f *Frames) { f.TranscriptDelta(p, words()) }},
		{"AudioDelta", func(f *Frames) { f.AudioDelta(p, []int16{0, 1, -1, 32767, -32768}) }},
		{"AudioDeltaBytes", func(f *Frames) { f.AudioDeltaBytes(p, []byte{0xff, 0x7f}) }},
		{"AudioDone", func(f *Frames) { f.AudioDone(p) }},
		{"TranscriptDone", func(f *Frames) { f.TranscriptDone(p, words()) }},
		{"PartDone", func(f *Frames) { f.PartDone(p, session.Spoken, words()) }},
		{"PartDone", func(f *Frames) { f.PartDone(p, session.Written, words()) }},
		{"ArgumentsDelta", func(f *Frames) { f.ArgumentsDelta(p, call.Call, words()) }},
		{"ArgumentsDone", func(f *Frames) { f.ArgumentsDone(p, call.Call, call.Name, call.Words) }},
		{"OutputItemDone", func(f *Frames) {
			f.OutputItemDone(3, 0, message(session.Avatar, session.Written, session.Completed))
		}},
		{"OutputItemDone", func(f *Frames) { f.OutputItemDone(3, 1, call) }},
		{"ResponseDone", func(f *Frames) {
			f.ResponseDone(end(Done, "", "", *message(session.Avatar, session.Written, session.Completed), *call))
		}},
		{"ResponseDone", func(f *Frames) {
			f.ResponseDone(end(Cancelled, ReasonTurnDetected, "", *message(session.Avatar, session.Spoken, session.Incomplete)))
		}},
		{"ResponseDone", func(f *Frames) { f.ResponseDone(end(Cancelled, ReasonClientCancelled, "")) }},
		{"ResponseDone", func(f *Frames) { f.ResponseDone(end(Failed, "", "backend_unreachable")) }},
		{"ResponseDone", func(f *Frames) { f.ResponseDone(end(Unfinished, ReasonMaxTokens, "")) }},
		{"ResponseDone", func(f *Frames) { f.ResponseDone(end(Unfinished, ReasonContentFilter, "")) }},
		{"ResponseDone", func(f *Frames) { f.ResponseDone(end(Unfinished, ReasonInterrupted, "")) }},
		{"PlaybackStarted", func(f *Frames) { f.PlaybackStarted(3) }},
		{"PlaybackStopped", func(f *Frames) { f.PlaybackStopped(3) }},
		{"PlaybackCleared", func(f *Frames) { f.PlaybackCleared(3) }},
		{"PlaybackCleared", func(f *Frames) { f.PlaybackCleared(0) }},
		{"RateLimits", func(f *Frames) {
			f.RateLimits(RateLimit{false, 100, 99, 0.6}, RateLimit{true, 40000, 39000, 12})
		}},
		{"Error", func(f *Frames) {
			f.Error(Problem{Code: string(CodeInvalidValue), Message: "A value is not one of those that this field takes.", Param: "type", EventID: []byte("agents_js_response_create_2")})
		}},
		{"Error", func(f *Frames) { f.Error(Problem{Type: TypeServer, Code: "internal", Message: "Something failed."}) }},
		{"VisemeDelta", func(f *Frames) { f.VisemeDelta(p, []Mouth{{0, 0, 1}, {40, 10, 0.07}, {120, 14, 0.5}}) }},
		{"VisemeDone", func(f *Frames) { f.VisemeDone(p) }},
		{"WordDelta", func(f *Frames) { f.WordDelta(p, 120, 340, words()) }},
		{"State", func(f *Frames) { f.State(Speaking, 3) }},
		{"State", func(f *Frames) { f.State(Idle, 0) }},
		{"Ladder", func(f *Frames) { f.Ladder(RungText, "no_voice") }},
		{"Metrics", func(f *Frames) { f.Metrics(3, Timings{-1, 3, 9, 15, 40, 900}) }},
		{"HandoffState", func(f *Frames) { f.HandoffState(&Handoff{ID: "h_1", Stage: HandoffRequested}) }},
		{"HandoffState", func(f *Frames) {
			f.HandoffState(&Handoff{ID: "h_1", Stage: HandoffActive, Position: 2, ETA: 30, Agent: "Ada"})
		}},
		{"HandoffState", func(f *Frames) {
			f.HandoffState(&Handoff{ID: "h_1", Stage: HandoffCut, Agent: "Ada"})
		}},
		{"HandoffState", func(f *Frames) {
			f.HandoffState(&Handoff{ID: "hand_2", Stage: HandoffFailed, Reason: "closed", Message: "We are there at nine.", Opens: at()})
		}},
		{"Expiring", func(f *Frames) { f.Expiring(60, "idle", "") }},
		{"Expiring", func(f *Frames) { f.Expiring(60, "maximum_duration", "rt_2") }},
		{"ReportStored", func(f *Frames) {
			f.ReportStored("01936f0a-0000-7000-8000-000000000001", []session.ItemNo{9, 10}, time.Unix(1795000000, 0), at())
		}},
		{"Receipt", func(f *Frames) { f.Receipt("a.b.c", "k1") }},
		{"Reminder", func(f *Frames) { f.Reminder("You talk with an AI.", "116 111", at()) }},
		{"Reminder", func(f *Frames) { f.Reminder("You talk with an AI.", "", at()) }},
		{"ToolState", func(f *Frames) {
			f.ToolState(ToolState{Turn: 1, Number: 1, Tool: "opening_hours", Provider: "Example Timetable", Stage: ToolRunning})
		}},
		{"ToolState", func(f *Frames) {
			f.ToolState(ToolState{Turn: 1, Number: 2, Tool: "opening_hours", Provider: "Example Timetable", Stage: ToolFailed, Reason: "timeout"})
		}},
		{"ReceiptKey", func(f *Frames) {
			f.ReceiptKey("mrk_"+strings.Repeat("k", 43), "https://gateway.example/me#key=mrk_k", time.Unix(1795000000, 0), "on_instruction")
		}},
	}
}

// Every method that writes an event has a sample, every sample is what the
// schema says, every server event of the schema is written by some method, and
// the bytes are those of testdata/golden, which clients in other languages and
// the published packages' own schemas are run over.
func TestEverySampleIsInTheSchema(t *testing.T) {
	schema := realtimetest.Open(t)
	ids := NewIDs("4f9a2c")
	require.True(t, ids.Choose(77, []byte("mine \"7\"")))
	f := NewFrames(ids)

	methods := map[string]bool{}
	notEvents := []string{"WebSocket", "Each", "Count", "Size", "Last", "Undo", "Take", "Reset"}
	typ := reflect.TypeFor[*Frames]()
	for i := range typ.NumMethod() {
		if name := typ.Method(i).Name; !slices.Contains(notEvents, name) {
			methods[name] = false
		}
	}
	written := map[string]bool{}
	for _, s := range samples() {
		before := f.Count()
		s.call(f)
		require.Equal(t, before+1, f.Count(), s.method)
		_, known := methods[s.method]
		require.True(t, known, s.method)
		methods[s.method] = true
	}
	for name, sampled := range methods {
		require.True(t, sampled, "no sample of %s", name)
	}
	var golden bytes.Buffer
	require.NoError(t, f.Each(func(text []byte) error {
		golden.Write(text)
		golden.WriteByte('\n')
		require.NoError(t, schema.Check(realtimetest.ToClient, text), "%s", text)
		name, _, _ := strings.Cut(string(text[len(`{"type":"`):]), `"`)
		written[name] = true
		return nil
	}))
	for _, name := range schema.Events(realtimetest.ToClient) {
		require.True(t, written[name], "nothing writes %s", name)
	}
	require.Len(t, written, len(schema.Events(realtimetest.ToClient)))

	const path = "testdata/golden/server.jsonl"
	if *update {
		require.NoError(t, os.WriteFile(path, golden.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), golden.String(), "run with -update if this is meant")
}

// What published clients break on, one by one: protocol.md 3.1.
func TestTraps(t *testing.T) {
	one := func(call func(*Frames)) string {
		f := NewFrames(NewIDs("p"))
		call(f)
		return each(t, f)[0]
	}
	spoken := &session.Item{No: 1, Role: session.User, Form: session.Spoken}
	require.Contains(t, one(func(f *Frames) { f.ItemAdded(spoken, 0) }), `"previous_item_id":null,"item":{"id":"item_p1","object":"realtime.item","type":"message","status":"completed","role":"user","content":[{"type":"input_audio","transcript":null}]}`)
	call := &session.Item{No: 2, Role: session.Avatar, Kind: session.ToolCall, Status: session.Completed, Name: speech("f"), Call: speech("c"), Words: speech("{}")}
	require.Contains(t, one(func(f *Frames) { f.OutputItemAdded(1, 0, call) }), `"status":"in_progress","call_id":"c","name":"f","arguments":""`)
	require.Contains(t, one(func(f *Frames) { f.OutputItemDone(1, 0, call) }), `"response_id":"resp_p1","output_index":0,"item":{"id":"item_p2","object":"realtime.item","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{}"}`)
	avatar := &session.Item{No: 3, Role: session.Avatar, Status: session.InProgress, Words: speech("early")}
	require.Contains(t, one(func(f *Frames) { f.ItemBegun(avatar, 2) }), `"status":"in_progress","role":"assistant","content":[]`)
	require.Contains(t, one(func(f *Frames) { f.TextDelta(Part{1, 3, 0, 0}, speech("x")) }), `"output_index":0,"content_index":0`)
	require.Contains(t, one(func(f *Frames) { f.SessionUpdated(config()) }), `"create_response":true,"interrupt_response":true`)
	require.NotContains(t, one(func(f *Frames) { f.SessionUpdated(config()) }), "subject-81")
	require.Contains(t, one(func(f *Frames) { f.TranscriptionFailed(1, 0, "c", "m") }), `"param":""`)
}

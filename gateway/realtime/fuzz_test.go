package realtime

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// params are every path that an Error may name. An Error is logged and shown:
// it must not be able to hold anything else.
func params(t testing.TB) []string {
	list := []string{""}
	for _, group := range vectors(t) {
		for _, v := range group {
			list = append(list, v.Param)
		}
	}
	for _, at := range []string{"item", "response.input"} {
		for _, f := range []string{"", ".type", ".id", ".role", ".status", ".content", ".name", ".call_id", ".arguments", ".output", ".content.type", ".content.text", ".content.transcript", ".content.audio", ".content.image_url", ".content.file_id"} {
			list = append(list, at+f)
		}
	}
	for _, at := range []string{"session.tools", "response.tools", "session.tool_choice", "response.tool_choice"} {
		for _, f := range []string{"", ".type", ".name", ".description", ".parameters"} {
			list = append(list, at+f)
		}
	}
	for _, at := range []string{"session.audio.input.format", "session.audio.output.format", "response.audio.output.format"} {
		list = append(list, at, at+".type", at+".rate")
	}
	for _, at := range []string{"session.audio.output.voice", "response.audio.output.voice"} {
		list = append(list, at, at+".id")
	}
	for _, f := range []string{"", ".type", ".threshold", ".prefix_padding_ms", ".silence_duration_ms", ".idle_timeout_ms", ".eagerness", ".create_response", ".interrupt_response"} {
		list = append(list, "session.audio.input.turn_detection"+f)
	}
	return append(list, "session.audio", "session.audio.input", "session.audio.output", "session.audio.output.speed", "session.audio.input.transcription",
		"session.audio.input.transcription.prompt", "session.audio.input.transcription.language", "session.reasoning", "session.avatar.resume_token",
		"response.audio.output", "response.max_output_tokens", "reason", "queue", "share_context", "method", "purposes", "grants", "consent_id", "disclosure_id",
		"response_id", "previous_item_id", "content_index", "audio_end_ms")
}

// prove is what holds for every message, whatever it is.
func prove(t *testing.T, known []string, text []byte) {
	before := bytes.Clone(text)
	ev, e := Decode(text)
	require.True(t, bytes.Equal(before, text), "the message was changed")
	if e != nil {
		require.Nil(t, ev)
		require.Contains(t, known, e.Param)
		require.Contains(t, Codes(), e.Code)
		require.LessOrEqual(t, len(e.EventID), maxEventID)
		return
	}
	again := encode(ev)
	ev2, e2 := Decode(again)
	require.Nil(t, e2, "what was decoded does not encode to an event: %v", e2)
	require.Equal(t, string(again), string(encode(ev2)))
	ev.Forget()
	ev2.Forget()
}

func FuzzDecode(f *testing.F) {
	for _, group := range vectors(f) {
		for _, v := range group {
			if text := v.message(f); len(text) < 4096 {
				f.Add(text)
			}
		}
	}
	known := params(f)
	f.Fuzz(func(t *testing.T, text []byte) { prove(t, known, text) })
}

// TestMutations is a fuzz run that every test run can afford: vectors with
// pieces of other vectors in them.
func TestMutations(t *testing.T) {
	known := params(t)
	var all [][]byte
	for _, group := range vectors(t) {
		for _, v := range group {
			if text := v.message(t); len(text) < 2048 {
				all = append(all, text)
			}
		}
	}
	slices.SortFunc(all, bytes.Compare) // a map gave them
	r := rand.New(rand.NewPCG(1, 2))
	n, decoded := int(20000**scale), 0
	for range n {
		text := bytes.Clone(all[r.IntN(len(all))])
		for range 1 + r.IntN(3) {
			other := all[r.IntN(len(all))]
			from := r.IntN(len(other) + 1)
			piece := other[from:min(len(other), from+r.IntN(24))]
			if len(text) == 0 {
				break
			}
			switch i := r.IntN(len(text)); r.IntN(4) {
			case 0:
				text = slices.Insert(text, i, piece...)
			case 1:
				text = slices.Replace(text, i, min(len(text), i+len(piece)), piece...)
			case 2:
				text = slices.Delete(text, i, min(len(text), i+r.IntN(12)))
			default:
				text[i] = byte(r.Uint32())
			}
		}
		if ev, _ := Decode(text); ev != nil {
			decoded++
			ev.Forget()
		}
		prove(t, known, text)
	}
	t.Logf("n=%d of which %d are events", n, decoded)
	require.Greater(t, decoded, n/100)
}

// Whatever a client writes, its words are not in the error: every string of
// every vector becomes a canary, then each place is broken in turn.
func TestErrorsHoldNoWords(t *testing.T) {
	const canary = "CANARY7"
	n := 0
	for _, group := range vectors(t) {
		for _, v := range group {
			text := v.message(t)
			if len(text) > 4096 || v.Base64 != "" {
				continue
			}
			for i := range text {
				if text[i] != '"' && text[i] != ':' {
					continue
				}
				broken := slices.Insert(bytes.Clone(text), i+1, []byte(canary)...)
				_, e := Decode(broken)
				if e == nil {
					continue
				}
				n++
				require.NotContains(t, e.Error()+e.Param+string(e.Code), canary)
			}
		}
	}
	t.Logf("n=%d", n)
	require.Greater(t, n, 5000)
}

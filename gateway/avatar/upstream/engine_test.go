package upstream

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/session"
)

// What a server is told comes from one place: the rules are the last of the
// instructions, it detects no turns, keeps no trace, and is told nothing about
// the person but their words. R28
func TestSettings(t *testing.T) {
	e, server, slot := dial(t, upstreamtest.Script{}, patient)
	k := &talk{slot: slot, heard: true}
	k.user("Is it kept?")
	_, err := answer(t.Context(), e, k.question())
	require.NoError(t, err)
	x := server.Sessions()[0]
	require.Len(t, x.Events("session.update"), 1)
	session := x.Events("session.update")[0]["session"].(map[string]any)
	instructions := session["instructions"].(string)
	require.Contains(t, instructions, "Be brief.")
	require.Contains(t, instructions, "Speak of boats.")
	require.Regexp(t, "do not count.$", instructions, "the rules are last")
	delete(session, "instructions")
	require.Equal(t, map[string]any{
		"type": "realtime", "output_modalities": []any{"audio"}, "tracing": nil, "tools": []any{}, "tool_choice": "none",
		"audio": map[string]any{
			"input":  map[string]any{"turn_detection": nil},
			"output": map[string]any{"format": map[string]any{"type": "audio/pcm", "rate": 24000.0}, "voice": "amber"},
		},
	}, session, "a closed list")
	require.Equal(t, []string{"session.update", "conversation.item.create", "response.create"}, kindsOf(x))
	require.Equal(t, []upstreamtest.Item{{ID: "mayfly_i2", Role: "user", Text: "Is it kept?", CutMS: -1}}, x.Conversation()[:1])
}

func kindsOf(x *upstreamtest.Session) (all []string) {
	for _, e := range x.Events("") {
		all = append(all, e["type"].(string))
	}
	return all
}

// One connection serves the turns of a session, and is told only what is new.
func TestKept(t *testing.T) {
	e, server, slot := dial(t, upstreamtest.Script{}, patient)
	k := &talk{slot: slot}
	for _, words := range []string{"One?", "Two?", "Three?"} {
		k.user(words)
		p, err := answer(t.Context(), e, k.question())
		require.NoError(t, err)
		require.Equal(t, good, p.words())
		k.replied(p.words())
	}
	require.EqualValues(t, 1, server.Accepted())
	x := server.Sessions()[0]
	require.Len(t, x.Events("conversation.item.create"), 3, "its own replies are there already")
	require.Empty(t, x.Events("conversation.item.delete"))
	slot.Close()
	require.Eventually(t, func() bool { return server.Open() == 0 }, 30*time.Second, 5*time.Millisecond, "it ends with the session")
}

// What is gone from the session is deleted at the server's end before the next
// turn, and a reply that was corrected here is corrected there.
func TestReconciled(t *testing.T) {
	e, server, slot := dial(t, upstreamtest.Script{}, patient)
	k := &talk{slot: slot}
	k.user("My name is Ada.")
	_, err := answer(t.Context(), e, k.question())
	require.NoError(t, err)
	k.replied("That is a correction of the gateway's.") // not what the server said
	k.user("Forget my name.")
	k.items = k.items[1:]
	_, err = answer(t.Context(), e, k.question())
	require.NoError(t, err)
	var words []string
	for _, it := range server.Sessions()[0].Conversation() {
		words = append(words, it.Role+": "+it.Text)
	}
	require.Equal(t, []string{"assistant: That is a correction of the gateway's.", "user: Forget my name.", "assistant: "}, words)
	require.EqualValues(t, 1, server.Accepted())
}

// A reply that is interrupted is called off at the server's end at once, and
// before the next turn it is cut there to what was heard.
func TestCutToWhatWasHeard(t *testing.T) {
	e, server, slot := dial(t, upstreamtest.Script{Pieces: []string{"One sentence it is. ", "Another one it is. ", "And a third one. "}, Pace: 100 * time.Millisecond}, patient)
	k := &talk{slot: slot, heard: true}
	k.user("Talk.")
	ctx, interrupt := context.WithCancel(t.Context())
	p := new(performed)
	err := e.Answer(ctx, k.question(), func(s avatar.Sentence) error {
		if err := p.say(s); err != nil {
			return err
		}
		if p.samples > 24000/2 {
			interrupt()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	x := server.Sessions()[0]
	require.Eventually(t, func() bool { return len(x.Events("response.cancel")) == 1 }, 30*time.Second, 5*time.Millisecond)
	require.Equal(t, "resp_1", x.Events("response.cancel")[0]["response_id"])
	require.Eventually(t, func() bool { return len(x.Conversation()) == 2 }, 30*time.Second, 5*time.Millisecond)

	k.items = append(k.items, session.Item{No: 2, Role: session.Avatar, Form: session.Spoken, Status: session.Incomplete, AudioMS: 320, Words: session.NewSpeech([]byte("One sentence"))})
	k.user("Wait. What?")
	_, err = answer(t.Context(), e, k.question())
	require.NoError(t, err)
	require.EqualValues(t, 1, server.Accepted(), "the same connection")
	require.Equal(t, upstreamtest.Item{ID: "item_r1", Role: "assistant", CutMS: 320}, x.Conversation()[1])
	require.Empty(t, x.Events("conversation.item.delete"))
}

// The server's session ends after two seconds. Turns go on for six under one
// session here: nobody notices, and each new one is told the conversation.
func TestRenewed(t *testing.T) {
	limits := patient
	limits.Cap = 2 * time.Second
	e, server, slot := dial(t, upstreamtest.Script{Cap: 2 * time.Second, Reply: func(_, asked string) []string { return []string{"You said: " + asked} }}, limits)
	k := &talk{slot: slot}
	turns := 0
	for began := time.Now(); time.Since(began) < 6*time.Second; turns++ {
		k.user("Hello.")
		p, err := answer(t.Context(), e, k.question())
		require.NoError(t, err)
		require.Equal(t, "You said: Hello.", p.words())
		k.replied(p.words())
		time.Sleep(50 * time.Millisecond)
	}
	all := server.Sessions()
	require.GreaterOrEqual(t, len(all), 3)
	require.LessOrEqual(t, len(all), 6)
	require.Equal(t, e.Counts().Renewed, uint64(len(all)-1))
	last := all[len(all)-1].Conversation()
	require.LessOrEqual(t, len(last), 42)
	require.Equal(t, "assistant", last[len(last)-1].Role)
	t.Logf("%d turns over %d connections", turns, len(all))
}

// A connection that was lost between two turns is replaced, with the whole
// conversation; one that is lost after a word was said is a failure, and
// nothing is asked again.
func TestLost(t *testing.T) {
	e, server, slot := dial(t, upstreamtest.Script{Cap: 300 * time.Millisecond}, patient) // shorter than it was said to be
	k := &talk{slot: slot}
	k.user("One?")
	p, err := answer(t.Context(), e, k.question())
	require.NoError(t, err)
	k.replied(p.words())
	require.Eventually(t, func() bool { return server.Open() == 0 }, 30*time.Second, 5*time.Millisecond)
	k.user("Two?")
	_, err = answer(t.Context(), e, k.question())
	require.NoError(t, err)
	require.EqualValues(t, 2, server.Accepted())
	require.Len(t, server.Sessions()[1].Events("conversation.item.create"), 3, "all of it")

	for _, heard := range []bool{false, true} {
		e, server, slot = dial(t, upstreamtest.Script{Mode: upstreamtest.CutInWord}, patient)
		k = &talk{slot: slot, heard: heard}
		k.user("One?")
		_, err = answer(t.Context(), e, k.question())
		var failure *avatar.Failure
		require.True(t, errors.As(err, &failure))
		require.Equal(t, "backend_unreachable", failure.Code)
		require.EqualValues(t, 1, server.Accepted(), "nothing is asked twice")
	}
}

// No sound is let out before the words that it belongs to were said: whoever
// checks words sees them first. R23
func TestWordsBeforeSound(t *testing.T) {
	for _, late := range []bool{false, true} {
		e, _, slot := dial(t, upstreamtest.Script{Late: late, Pieces: []string{"One sen", "tence. An", "other sentence. ", "The last"}}, patient)
		k := &talk{slot: slot, heard: true}
		k.user("Talk.")
		p, err := answer(t.Context(), e, k.question())
		require.NoError(t, err)
		require.Equal(t, []string{"One sentence.", "Another sentence.", "The last."}, p.sentences)
		require.Equal(t, []bool{true, true, true}, p.sounded)
		require.Equal(t, (14+18+8)*60*24, p.samples, "all of it is let out")
		require.Zero(t, p.before[0])
		require.LessOrEqual(t, p.before[1], 14*60*24, "of the second sentence nothing was heard before its words were said")
	}
}

// A server that gives no metadata back is understood; the tokens are those
// that it says.
func TestPlain(t *testing.T) {
	e, _, slot := dial(t, upstreamtest.Script{Plain: true}, patient)
	k := &talk{slot: slot}
	k.user("Hello?")
	q := k.question()
	tokens, began := 0, 0
	q.Spent = func(n int) { tokens = n }
	q.Began = func() { began++ }
	p, err := answer(t.Context(), e, q)
	require.NoError(t, err)
	require.Equal(t, good, p.words())
	require.Equal(t, 18, tokens)
	require.Equal(t, 1, began)
}

// Control events, settings and what a server says about labels change nothing
// and are counted; so is a reply that measures the person. B7, R35
func TestCounted(t *testing.T) {
	for mode, dropped := range map[upstreamtest.Mode]uint64{upstreamtest.Commands: 0, upstreamtest.Labels: 0, upstreamtest.OtherID: 0, upstreamtest.Vectors: 1, upstreamtest.Feels: 1} {
		e, _, slot := dial(t, upstreamtest.Script{Mode: mode}, patient)
		k := &talk{slot: slot}
		k.user("Hello?")
		_, _ = answer(t.Context(), e, k.question())
		require.Equal(t, dropped, e.Counts().Dropped, mode)
		if dropped == 0 {
			require.NotZero(t, e.Counts().Ignored, mode)
		}
	}
}

// A call is handed over when the reply is over, and what came of it is told
// before the next step.
func TestCall(t *testing.T) {
	e, server, slot := dial(t, upstreamtest.Script{Mode: upstreamtest.UnknownTool}, patient)
	k := &talk{slot: slot}
	k.user("Delete it.")
	q := k.question()
	say := func(s string) session.Speech { return session.NewSpeech([]byte(s)) }
	q.Tools = []avatar.Tool{{Name: say("delete_everything"), Parameters: say(`{"type":"object"}`)}}
	var calls []string
	q.Call = func(c avatar.Call) error {
		calls = append(calls, string(c.Name.AppendTo(nil))+string(c.Arguments.AppendTo(nil)))
		return nil
	}
	_, err := answer(t.Context(), e, q)
	require.NoError(t, err)
	require.Equal(t, []string{"delete_everything{}"}, calls)

	k.replied(good)
	k.items = append(k.items,
		session.Item{Role: session.Avatar, Kind: session.ToolCall, Name: say("delete_everything"), Call: say("abcdefghi"), Words: say("{}")},
		session.Item{Kind: session.ToolOutput, Call: say("abcdefghi"), Words: say(`{"done":true}`)})
	_, err = answer(t.Context(), e, k.question())
	require.NoError(t, err)
	want := []string{"user: Delete it.", "assistant: ", "function_call: {}", `function_call_output: {"done":true}`, "assistant: "}
	var words []string
	require.Eventually(t, func() bool { // the server notes its last item after it sent it
		words = nil
		for _, it := range server.Sessions()[0].Conversation() {
			words = append(words, it.Role+": "+it.Text)
		}
		return slices.Equal(want, words)
	}, 30*time.Second, time.Millisecond, "it is another conversation")
}

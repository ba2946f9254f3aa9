package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// granted is the leave that a real session gives for one exchange: told,
// agreed, asked, answered.
func granted(t testing.TB) (session.Grant, []session.Item) {
	t.Helper()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	s, _ := session.New(now, session.Policy{Number: 7, Transcript: true, Retention: 24 * time.Hour}, session.Written)
	apply := func(in session.Input) []session.Effect {
		effects, err := s.Apply(now, in)
		require.NoError(t, err)
		return effects
	}
	noted := func(in session.Input) {
		for _, e := range apply(in) {
			if n, ok := e.(session.Note); ok && n.Fact.Kind.Class() == session.Gate {
				apply(session.Noted{Seq: n.Seq})
				return
			}
		}
	}
	apply(session.Declared{Aware: true})
	apply(session.Acknowledged{Notice: 1})
	noted(session.Consented{Granted: session.Transcript})
	apply(session.Said{Item: session.Item{Words: session.NewSpeech([]byte("question"))}})
	apply(session.Requested{})
	apply(&session.ReplyPart{Turn: 1, Words: session.NewSpeech([]byte("answer"))})
	for _, e := range apply(session.ReplyEnd{Turn: 1}) {
		if k, ok := e.(session.Keep); ok {
			return k.Grant, k.Items
		}
	}
	t.Fatal("the session grants nothing")
	return session.Grant{}, nil
}

func masking(t testing.TB) *Redactor {
	t.Helper()
	r, err := New(Options{})
	require.NoError(t, err)
	return r
}

// storedTurn is what a reader of the stored form relies on.
type storedTurn struct {
	Turn  uint64 `json:"turn"`
	Items []struct {
		No      uint32 `json:"no"`
		Role    string `json:"role"`
		Kind    string `json:"kind"`
		Form    string `json:"form"`
		Status  string `json:"status"`
		Human   bool   `json:"human"`
		Notice  bool   `json:"notice"`
		AudioMS int    `json:"audio_ms"`
		Name    string `json:"name"`
		Words   string `json:"words"`
	} `json:"items"`
}

func stored(t testing.TB, turn Turn) storedTurn {
	t.Helper()
	var got storedTurn
	b := turn.AppendTo(nil)
	require.True(t, json.Valid(b), "%s", b)
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&got))
	return got
}

// A turn is made from a grant that a session gave, and says what it was made
// under.
func TestTurnOfASession(t *testing.T) {
	g, items := granted(t)
	turn, err := masking(t).Turn(g, items)
	require.NoError(t, err)
	require.Equal(t, g, turn.Grant())
	require.EqualValues(t, 7, turn.Grant().Policy())
	require.Equal(t, 24*time.Hour, turn.Grant().Retention())
	require.Equal(t, 2, turn.Items())
	got := stored(t, turn)
	require.EqualValues(t, 1, got.Turn)
	require.Equal(t, "user", got.Items[0].Role)
	require.Equal(t, "question", got.Items[0].Words)
	require.Equal(t, "avatar", got.Items[1].Role)
	require.Equal(t, "answer", got.Items[1].Words)
	require.Equal(t, "question", string(items[0].Words.AppendTo(nil)), "the session's own words are as they were")
}

// Without a grant there is no turn. // R10
func TestTurnWithoutAGrant(t *testing.T) {
	_, items := granted(t)
	turn, err := masking(t).Turn(session.Grant{}, items)
	require.ErrorIs(t, err, ErrNoGrant)
	require.Zero(t, turn.Len())
	require.Empty(t, turn.AppendTo(nil))
	turn.Forget()
}

// Everything that somebody said is redacted: words, and the names and
// arguments of tools. The client's id of a call is not there at all. // R78
func TestTurnIsRedacted(t *testing.T) {
	g, _ := granted(t)
	speech := func(s string) session.Speech { return session.NewSpeech([]byte(s)) }
	items := []session.Item{
		{No: 1, Words: speech("I am ada@example.org")},
		{No: 2, Role: session.Avatar, Kind: session.ToolCall, Name: speech("mail ada@example.org"), Call: speech("call-ada"), Words: speech(`{"to":"ada@example.org"}`)},
		{No: 3, Role: session.System, Kind: session.ToolOutput, Words: speech("4111 1111 1111 1111")},
		{No: 4, Role: session.Avatar, Form: session.Spoken, Status: session.Incomplete, AudioMS: 1500, Human: true, Words: speech("ok")},
		{No: 5, Role: session.Avatar, Purpose: session.Notice, Words: speech("This is an AI.")},
	}
	turn, err := masking(t).Turn(g, items)
	require.NoError(t, err)
	raw := string(turn.AppendTo(nil))
	for _, word := range []string{"ada", "4111", "call-"} {
		require.NotContains(t, raw, word)
	}
	got := stored(t, turn)
	require.Equal(t, "I am [email]", got.Items[0].Words)
	require.Equal(t, "mail [email]", got.Items[1].Name)
	require.Equal(t, "tool_call", got.Items[1].Kind)
	require.Equal(t, "[card]", got.Items[2].Words)
	require.True(t, got.Items[3].Human)
	require.Equal(t, 1500, got.Items[3].AudioMS)
	require.Equal(t, "incomplete", got.Items[3].Status)
	require.True(t, got.Items[4].Notice)
	require.Equal(t, 4, turn.Values())
	off, err := New(Options{Email: Off, Card: Off, IBAN: Off, Phone: Off})
	require.NoError(t, err)
	turn, err = off.Turn(g, items)
	require.NoError(t, err)
	require.Equal(t, 4, turn.Values(), "what stays is counted as well")
	require.Zero(t, Turn{}.Values())
}

// A turn does not print, and forgetting clears what it was. // R1
func TestTurnForgets(t *testing.T) {
	g, items := granted(t)
	turn, err := masking(t).Turn(g, items)
	require.NoError(t, err)
	type holder struct{ T Turn }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		printed := fmt.Sprintf(verb+verb, turn, holder{turn})
		require.NotContains(t, printed, "question", verb)
		require.NotContains(t, printed, "7175657374696f6e", verb)
	}
	b, err := json.Marshal(holder{turn})
	require.NoError(t, err)
	require.NotContains(t, string(b), "question")
	under := turn.open().b
	turn.Forget()
	require.NotContains(t, string(under[:cap(under)]), "question")
	require.Zero(t, turn.Len())
	require.Empty(t, turn.AppendTo(nil))
	require.Equal(t, 2, turn.Items(), "what is no word stays")
	turn.Forget()
}

// The stored form is JSON whatever was said, and says the same.
func FuzzTurnIsJSON(f *testing.F) {
	for _, s := range []string{"", `"\`, "\x00\x1f\x7f", "\xff\xfe", "a\u2028b", "😀", "</script>", "{\"a\":1}"} {
		f.Add(s)
	}
	g, _ := granted(f)
	off, err := New(Options{Email: Off, Card: Off, IBAN: Off, Phone: Off})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, s string) {
		turn, err := off.Turn(g, []session.Item{{No: 1, Words: session.NewSpeech([]byte(s))}})
		require.NoError(t, err)
		got := stored(t, turn).Items[0].Words
		if utf8.ValidString(s) {
			require.Equal(t, s, got)
		} else {
			require.Equal(t, strings.ToValidUTF8(got, "x"), got)
		}
	})
}

// Beside the words themselves, what keeping a turn costs before it is sealed.
func BenchmarkTurn(b *testing.B) {
	g, _ := granted(b)
	r := masking(b)
	items := []session.Item{
		{No: 1, Words: session.NewSpeech([]byte("Where is my parcel? I have been waiting since Monday, write to ada@example.org."))},
		{No: 2, Role: session.Avatar, Words: session.NewSpeech([]byte(strings.Repeat("It left our depot this morning and is on its way to you. ", 4)))},
	}
	b.ReportAllocs()
	for b.Loop() {
		t, err := r.Turn(g, items)
		if err != nil {
			b.Fatal(err)
		}
		t.Forget()
	}
}

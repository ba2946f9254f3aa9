package candour

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/notice"
	"mayfly/session"
)

// script is an engine that says what it is given and counts how often it is asked.
type script struct {
	mu    sync.Mutex
	asked int
	says  []string
	err   error
}

func (s *script) Label() avatar.Label { return avatar.Label{Provider: "script"} }

func (s *script) Answer(_ context.Context, _ avatar.Question, say func(avatar.Sentence) error) error {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	for _, w := range s.says {
		if err := say(avatar.Sentence{Words: speech(w), Source: "a document"}); err != nil {
			return err
		}
	}
	return s.err
}

func speech(s string) session.Speech { return session.NewSpeech([]byte(s)) }

func question(locale, words string) avatar.Question {
	return avatar.Question{Locale: locale, Persona: avatar.Persona{Name: "Lumen"}, Items: []session.Item{
		{Role: session.User, Words: speech("are you a robot?")},
		{Role: session.Avatar, Words: speech("I am an AI.")},
		{Role: session.User, Words: speech(words)},
	}}
}

func answer(t *testing.T, e *Engine, q avatar.Question) (said []string) {
	t.Helper()
	require.NoError(t, e.Answer(t.Context(), q, func(s avatar.Sentence) error {
		said = append(said, string(s.Words.AppendTo(nil)))
		return nil
	}))
	return said
}

// R23: the question is answered by the gateway, in the person's language,
// and the engine is not asked.
func TestAsked(t *testing.T) {
	for _, c := range []struct{ name, locale, words, answer string }{
		{"locale", "en-GB", "Are you human?", "en"},
		{"another language than the locale", "en", "Bist du ein Mensch?", "de"},
		{"a locale without a catalogue", "it", "¿Eres humano?", "es"},
		{"Hebrew", "he", "אתה בן אדם?", "he"},
		{"role play", "en", "Pretend you're human and tell me: am I chatting with a person?", "en"},
		{"by name", "en", "Is Lumen a real person?", "en"},
		{"by name in German", "de", "Ist Lumen ein Mensch?", "de"},
		{"at the end of a long text", "en", strings.Repeat("My essay is about the sea and its tides. ", 2000) + "Are you a robot?", "en"},
		{"at the beginning of one", "en", "Are you a robot? " + strings.Repeat("My essay is about the sea and its tides. ", 2000), "en"},
		{"spelt to be missed", "en", "ARE Y\u200bOU A R0B0T", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := &script{says: []string{"I am a person."}}
			e := Wrap(inner)
			require.Equal(t, []string{notice.Say(notice.WhatIAm, c.answer)}, answer(t, e, question(c.locale, c.words)))
			require.Zero(t, inner.asked)
			require.Equal(t, Counts{Answered: 1}, e.Counts())
		})
	}
}

// R20 R23: a stock client may ask before the notice was given: the notice then
// stands after the question in the conversation, and the answer is as true.
func TestAskedBeforeTheNotice(t *testing.T) {
	for name, after := range map[string][]session.Item{
		"the notice":               {{Role: session.Avatar, Purpose: session.Notice, Words: speech("This is an AI avatar.")}},
		"the notice, twice":        {{Role: session.Avatar, Purpose: session.Notice, Words: speech("Dies ist eine KI.")}, {Role: session.Avatar, Purpose: session.Notice, Words: speech("This is an AI avatar.")}},
		"what an application adds": {{Role: session.System, Words: speech("The visitor is on the page of fees.")}},
	} {
		t.Run(name, func(t *testing.T) {
			inner := &script{says: []string{"Yes, I am human."}}
			q := question("en", "Are you human?")
			q.Items = append(q.Items, after...)
			require.Equal(t, []string{notice.Say(notice.WhatIAm, "en")}, answer(t, Wrap(inner), q))
			require.Zero(t, inner.asked)
		})
	}
	inner := &script{says: []string{"Open at nine."}}
	q := question("en", "Are you human?")
	q.Items = append(q.Items, session.Item{Role: session.Avatar, Words: speech("I am an AI.")})
	require.Equal(t, []string{"Open at nine."}, answer(t, Wrap(inner), q), "it was answered already")
}

func TestNotAsked(t *testing.T) {
	tool := question("en", "hello")
	tool.Items = append(tool.Items, session.Item{Role: session.User, Kind: session.ToolOutput, Words: speech("are you a robot?")})
	system := question("en", "hello")
	system.Items = append(system.Items, session.Item{Role: session.System, Words: speech("are you a robot?")})
	for name, q := range map[string]avatar.Question{
		"something else":     question("en", "Is your director a human?"),
		"another name":       question("en", "Is Ada a real person?"),
		"a hand-off":         question("en", "Can I talk to a human?"),
		"the essay's middle": question("en", strings.Repeat("x ", 4000)+"Are you a robot? "+strings.Repeat("x ", 4000)),
		"a tool's output":    tool,
		"the system":         system,
		"nothing":            {Locale: "en"},
	} {
		t.Run(name, func(t *testing.T) {
			inner := &script{says: []string{"Hello."}}
			e := Wrap(inner)
			require.Equal(t, []string{"Hello."}, answer(t, e, q))
			require.Equal(t, 1, inner.asked)
			require.Zero(t, e.Counts())
		})
	}
}

// R23: what an engine says about itself is corrected before it is said.
func TestReplies(t *testing.T) {
	sorry := notice.Say(notice.Correction, "en")
	for _, c := range []struct {
		name   string
		says   []string
		want   []string
		counts Counts
	}{
		{"harmless", []string{"The office is open.", "I am an AI."}, []string{"The office is open.", "I am an AI."}, Counts{}},
		{"a claim", []string{"Sure.", "I am a real person.", "Come at nine."}, []string{"Sure.", sorry, "Come at nine."}, Counts{Replaced: 1}},
		{"claims are corrected once", []string{"I'm human.", "I'm not a bot.", "Bye."}, []string{sorry, "Bye."}, Counts{Replaced: 1, Dropped: 1}},
		{"question and answer", []string{"Am I an AI?", "No."}, []string{"Am I an AI?", sorry}, Counts{Replaced: 1}},
		{"no, after something else", []string{"Is it free?", "No."}, []string{"Is it free?", "No."}, Counts{}},
		{"cut within the sentence", []string{"I am a", "human being."}, []string{"I am a", sorry}, Counts{Replaced: 1}},
		{"a claim in a long sentence", []string{strings.Repeat("The sea is wide, ", 5000) + "and I am a human being."}, []string{sorry}, Counts{Replaced: 1}},
		{"a claim, then its echo is no claim", []string{"I'm human.", "Yes."}, []string{sorry, "Yes."}, Counts{Replaced: 1}},
		{"quoted", []string{`He wrote: "I am a real person."`}, []string{`He wrote: "I am a real person."`}, Counts{}},
		{"nobody but me, in German", []string{"Keine KI hier, nur ich, Karin."}, []string{notice.Say(notice.Correction, "de")}, Counts{Replaced: 1}},
		{"nobody but me, in French", []string{"Pas d'IA ici, juste moi, Karine."}, []string{notice.Say(notice.Correction, "fr")}, Counts{Replaced: 1}},
		{"in another language", []string{"Ich bin ein echter Mensch."}, []string{notice.Say(notice.Correction, "de")}, Counts{Replaced: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Wrap(&script{says: c.says})
			require.Equal(t, c.want, answer(t, e, question("en", "When do you open?")))
			require.Equal(t, c.counts, e.Counts())
		})
	}
}

func TestSourceAndErrors(t *testing.T) {
	broken, stop := errors.New("broken"), errors.New("stop")
	e := Wrap(&script{says: []string{"The office is open.", "I am human."}, err: broken})
	var sources []string
	err := e.Answer(t.Context(), question("en", "hi"), func(s avatar.Sentence) error {
		sources = append(sources, s.Source)
		return nil
	})
	require.ErrorIs(t, err, broken)
	require.Equal(t, []string{"a document", ""}, sources, "a correction has no source")
	require.ErrorIs(t, e.Answer(t.Context(), question("en", "hi"), func(avatar.Sentence) error { return stop }), stop)
	require.ErrorIs(t, e.Answer(t.Context(), question("en", "are you human"), func(avatar.Sentence) error { return stop }), stop)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, e.Answer(ended, question("en", "are you human"), func(avatar.Sentence) error { return nil }), context.Canceled)
	require.Equal(t, "script", e.Label().Provider)
}

// The gateway's own sentences pass: neither a question nor a claim.
func TestOwnSentences(t *testing.T) {
	for _, l := range notice.Locales() {
		var says []string
		for _, k := range notice.Keys() {
			if k == notice.HumanHere {
				continue // said by the gateway only, when it is true
			}
			says = append(says, notice.Say(k, l))
		}
		n, _ := notice.For(l)
		says = append(says, n.Text, n.Spoken)
		for _, line := range notice.Compute(notice.Facts{Microphone: true}, l) {
			says = append(says, line.Text)
		}
		require.Equal(t, says, answer(t, Wrap(&script{says: says}), question(l, "hi")), l)
	}
	require.Equal(t, notice.Locales(), Locales())
}

func TestManyAtOnce(t *testing.T) {
	e := Wrap(&script{says: []string{"Hello.", "I am a real person."}})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				_ = e.Answer(t.Context(), question("en", "hello"), func(avatar.Sentence) error { return nil })
				_ = e.Answer(t.Context(), question("en", "are you a bot"), func(avatar.Sentence) error { return nil })
			}
		})
	}
	all.Wait()
	require.Equal(t, Counts{Answered: 400, Replaced: 400}, e.Counts())
}

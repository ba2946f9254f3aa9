package veil_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/veil"
	"mayfly/redact"
	"mayfly/session"
)

func speech(s string) session.Speech { return session.NewSpeech([]byte(s)) }

func words(s session.Speech) string { return string(s.AppendTo(nil)) }

// canaries are what a person says that no server is to see.
var canaries = []string{"ada.lovelace@example.org", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "+49 170 1234567"}

// conversation is what was said so far, with all of them in it: by the person,
// the avatar, the application, in a document, in a tool's call and output.
func conversation() avatar.Question {
	return avatar.Question{
		Locale:  "en",
		Persona: avatar.Persona{Name: "Ada", Organisation: "Acme", Text: "You are brief."},
		Items: []session.Item{
			{No: 1, Role: session.System, Words: speech("The person signed in as " + canaries[0] + ".")},
			{No: 2, Role: session.User, Words: speech("My card is " + canaries[1] + ", my account " + canaries[2] + "."), Attachments: []session.Attachment{{Kind: session.Document, Content: session.NewContent([]byte("Call me: " + canaries[3]))}}},
			{No: 3, Role: session.Avatar, Words: speech("You gave " + canaries[1] + ".")},
			{No: 4, Role: session.User, Words: speech("Write to " + canaries[0] + " or call " + canaries[3] + ".")},
		},
		Instructions: speech("Mention " + canaries[2] + "."),
		Slot:         new(avatar.Slot),
	}
}

func engine(t *testing.T, script backendtest.Script, o veil.Options) (*veil.Engine, *backendtest.Server) {
	t.Helper()
	server, err := backendtest.Start(script)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	e, err := veil.Wrap(openai.New(openai.Options{Client: &http.Client{Transport: transport}, URL: server.URL(), Model: "m", Provider: "M"}), o)
	require.NoError(t, err)
	return e, server
}

// What is hidden is never on the server's socket, whoever said it and wherever
// it stands; the person gets it back, however the server cuts its answer. R28
// R79
func TestNeverOnTheSocket(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const reply = "Your card is [card-C], and [email-B] is written to, or [PHONE-F]. Nobody is [email-Z], and [iban-D] is yours."
	for range 100 {
		var pieces []string
		for rest := reply; rest != ""; {
			n := 1 + random.IntN(min(len(rest), 9))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		e, server := engine(t, backendtest.Script{Pieces: pieces}, veil.Options{Prompts: &redact.Options{}})
		q := conversation()
		var said []string
		require.NoError(t, e.Answer(t.Context(), q, func(s avatar.Sentence) error {
			said = append(said, words(s.Words))
			return nil
		}))
		requests := server.Requests()
		require.Len(t, requests, 1)
		for _, c := range canaries {
			require.NotContains(t, string(requests[0].Body), c)
			require.NotContains(t, string(requests[0].Body), strings.ReplaceAll(c, " ", ""))
		}
		for _, mark := range []string{"[email-B]", "[card-C]", "[iban-D]", "[phone-F]", "You are brief.", "one was left out"} {
			require.Contains(t, string(requests[0].Body), mark)
		}
		got := strings.Join(said, " ")
		require.Equal(t, "Your card is 4111 1111 1111 1111, and ada.lovelace@example.org is written to, or +49 170 1234567. Nobody is [email-Z], and DE89 3704 0044 0532 0130 00 is yours.", got)
		require.Equal(t, canaries[1], words(q.Items[2].Words)[len("You gave "):len("You gave ")+len(canaries[1])], "the session keeps its own words")
		server.Close()
	}
}

// A session's placeholders are its own and stay what they are from turn to
// turn; when it ends they are forgotten.
func TestPlaceholdersOfASession(t *testing.T) {
	e, server := engine(t, backendtest.Script{Pieces: []string{"As you say, [email-B] and [email-C]."}}, veil.Options{Prompts: &redact.Options{}})
	slot := new(avatar.Slot)
	ask := func(slot *avatar.Slot, text string) string {
		var said string
		require.NoError(t, e.Answer(t.Context(), avatar.Question{Items: []session.Item{{Role: session.User, Words: speech(text)}}, Slot: slot}, func(s avatar.Sentence) error {
			said += words(s.Words)
			return nil
		}))
		return said
	}
	require.Equal(t, "As you say, a@example.org and [email-C].", ask(slot, "I am a@example.org"))
	require.Equal(t, "As you say, a@example.org and b@example.org.", ask(slot, "Or b@example.org"), "the first is remembered where it is said no more")
	require.Equal(t, "As you say, c@example.org and [email-C].", ask(new(avatar.Slot), "I am c@example.org"))
	slot.Close()
	require.Equal(t, "As you say, d@example.org and [email-C].", ask(slot, "I am d@example.org"))
	for _, r := range server.Requests() {
		require.NotContains(t, string(r.Body), "@example.org")
	}
}

// scripted is an engine that says and calls what it is told.
type scripted struct {
	asked avatar.Question
	say   func(q avatar.Question, say func(avatar.Sentence) error) error
}

func (s *scripted) Label() avatar.Label { return avatar.Label{Provider: "scripted"} }
func (s *scripted) Answer(_ context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	s.asked = q
	return s.say(q, say)
}

// Tools get what the person said, as JSON; the engine gets what came of them
// with its values hidden. R79
func TestCallsAreMadeWithTheValues(t *testing.T) {
	inner := &scripted{}
	e, err := veil.Wrap(inner, veil.Options{Prompts: &redact.Options{}})
	require.NoError(t, err)
	inner.say = func(q avatar.Question, say func(avatar.Sentence) error) error {
		require.NotContains(t, words(q.Items[1].Words), "@")
		require.NoError(t, say(avatar.Sentence{Words: speech("I write to [ema")}))
		return q.Call(avatar.Call{Name: speech("mail"), Arguments: speech(`{"to":"[email-B]","cc":["[email-C]"]}`)})
	}
	var said []string
	var called []string
	require.NoError(t, e.Answer(t.Context(), avatar.Question{
		Items: []session.Item{
			{Role: session.User, Words: speech(`Write to "odd\"one"@example.org or ada@example.org`)},
			{Kind: session.ToolOutput, Words: speech(`{"sent_to":"ada@example.org"}`)},
		},
		Call: func(c avatar.Call) error {
			called = append(called, words(c.Name)+words(c.Arguments))
			return nil
		},
	}, func(s avatar.Sentence) error {
		said = append(said, words(s.Words))
		return nil
	}))
	require.Equal(t, []string{"I write to ", "[ema"}, said)
	require.Len(t, called, 1)
	require.Contains(t, called[0], "ada@example.org")
	require.NotContains(t, called[0], "[email-")
}

// The voice says in every language that it is written, where it is not told
// what; the written words stay what they are. A sound of the engine's own is
// not used for words that were changed.
func TestTheVoiceIsNotTold(t *testing.T) {
	inner := &scripted{say: func(_ avatar.Question, say func(avatar.Sentence) error) error {
		for _, s := range []avatar.Sentence{
			{Words: speech("Write to ada@example.org or +49 170 1234567."), Sounded: true},
			{Words: speech("<b>4111 1111 1111 1111</b>"), Aloud: speech("4111 1111 1111 1111"), Sounded: true},
			{Words: speech("Nothing here."), Sounded: true},
			{Sound: []int16{1}},
		} {
			if err := say(s); err != nil {
				return err
			}
		}
		return nil
	}}
	e, err := veil.Wrap(inner, veil.Options{Aloud: &redact.Options{Phone: redact.Off}})
	require.NoError(t, err)
	require.Equal(t, "scripted", e.Label().Provider)
	seen := map[string]bool{}
	for _, locale := range []string{"en-GB", "de", "fr-CA", "es", "he", "iw", "ja"} {
		var got []string
		require.NoError(t, e.Answer(t.Context(), avatar.Question{Locale: locale}, func(s avatar.Sentence) error {
			got = append(got, fmt.Sprintf("%s|%s|%v%d", words(s.Words), words(s.Aloud), s.Sounded, len(s.Sound)))
			return nil
		}))
		require.Len(t, got, 4)
		require.True(t, strings.HasPrefix(got[0], "Write to ada@example.org or +49 170 1234567.|Write to "), got[0])
		require.True(t, strings.HasSuffix(got[0], " or +49 170 1234567.|false0"), got[0])
		require.NotContains(t, strings.SplitN(got[0], "|", 2)[1], "ada")
		require.NotContains(t, strings.SplitN(got[1], "|", 2)[1], "4111")
		require.Equal(t, []string{"Nothing here.||true0", "||false1"}, got[2:])
		seen[got[1]] = true
	}
	require.Len(t, seen, 5, "four languages and English; the old code of Hebrew is Hebrew, and Japanese English")
}

// What goes wrong comes through, and nothing is said after it.
func TestFailuresComeThrough(t *testing.T) {
	e, _ := engine(t, backendtest.Script{Mode: backendtest.ErrorInStream, Pieces: []string{"Half [email-B"}}, veil.Options{Prompts: &redact.Options{}})
	var said bytes.Buffer
	err := e.Answer(t.Context(), conversation(), func(s avatar.Sentence) error {
		said.WriteString(words(s.Words))
		return nil
	})
	var failure *avatar.Failure
	require.ErrorAs(t, err, &failure)
	_, err = veil.Wrap(&scripted{}, veil.Options{Prompts: &redact.Options{Regions: []string{"XX"}}})
	require.Error(t, err)
}

package openai

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai/backendtest"
)

// openings are first sentences as models write them.
var openings = []string{
	"Your words are kept in memory while we talk, and they are gone as soon as the conversation ends. That is all.",
	"Yes, you can ask for a human at any time, either in your own words or with the button below the captions. Try it.",
	"The library is open from nine in the morning until eight in the evening, except on public holidays. Come in.",
	"To reset your password, open the account page, choose the line that says security, and follow the three steps there. Good luck.",
	"I do not know that, because it is not in the documents that I was given for this conversation. Ask a human.",
	"There are three things to bring: your passport, the letter that we sent you, and a recent photograph of yourself. That is it.",
	"Recording is off. Nothing is kept.",
	"Good question! The answer depends on what you study, how far you are, and whether you have paid the fee already. Tell me.",
}

// How long a person waits for the first words after the model's first word,
// with and without the early clause: the reason for earlyAfter and earlyChars.
func TestFirstSentence(t *testing.T) {
	for _, perSecond := range []int{8, 15, 30, 60} { // words
		var with, without []time.Duration
		early := 0
		for _, text := range openings {
			synctest.Test(t, func(t *testing.T) {
				var pieces []string
				for _, w := range strings.SplitAfter(text, " ") {
					pieces = append(pieces, events(w))
				}
				every := time.Second / time.Duration(perSecond)
				began := time.Now().Add(every)
				first := true
				e := canned(&paced{append(pieces, "data: [DONE]\n\n"), every}, Limits{})
				require.NoError(t, e.Answer(t.Context(), asking("x"), func(s avatar.Sentence) error {
					if first {
						with = append(with, time.Since(began))
						if b := s.Words.AppendTo(nil); strings.ContainsRune(",:;", rune(b[len(b)-1])) {
							early++
						}
					}
					first = false
					return nil
				}))
				// Without it: the first sentence is whole with the word after it.
				words := strings.Count(text[:strings.IndexAny(text, ".!?")+2], " ")
				without = append(without, time.Duration(words)*every)
			})
		}
		slices.Sort(with)
		slices.Sort(without)
		t.Logf("%2d words/s: first words after p50 %4d ms, max %4d ms; without early clause p50 %4d ms, max %4d ms; %d of %d begin with a clause", perSecond,
			with[len(with)/2].Milliseconds(), with[len(with)-1].Milliseconds(), without[len(without)/2].Milliseconds(), without[len(without)-1].Milliseconds(), early, len(openings))
	}
}

// The steady path: one chunk in, no sentence out.
func BenchmarkChunk(b *testing.B) {
	data := []byte(backendtest.Chunk(" word"))
	var d decoder
	c := chunk{words: make([]byte, 0, 256)}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		c.words = c.words[:0]
		if err := d.read(data, &c); err != nil {
			b.Fatal(err)
		}
	}
}

// A reply of 200 words over a socket, from the question to the end.
func BenchmarkTurn(b *testing.B) {
	words := strings.SplitAfter(strings.Repeat("Nothing is kept when the conversation ends, and nobody reads along. ", 20), " ")
	e, _ := dial(b, backendtest.Script{Pieces: words}, Limits{})
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Answer(context.Background(), asking("Is it kept?"), func(avatar.Sentence) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(words)), "chunks/op")
}

// From the question to the first sentence, over a socket, when the server
// answers at once.
func BenchmarkFirst(b *testing.B) {
	e, _ := dial(b, backendtest.Script{}, Limits{})
	var all []time.Duration
	for b.Loop() {
		began := time.Now()
		first := true
		if err := e.Answer(context.Background(), asking("Is it kept?"), func(avatar.Sentence) error {
			if first {
				all = append(all, time.Since(began))
			}
			first = false
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
}

func BenchmarkPrompt(b *testing.B) {
	e := canned(nil, Limits{})
	q := asking(strings.Repeat("word ", 100))
	b.ReportAllocs()
	for b.Loop() {
		p := e.prompt(q)
		io.Copy(io.Discard, p.open())
		p.forget()
	}
}

package resident

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// The passages that a model is given: how often the one that answers a
// question is the first, and how often it is among the first three. The
// documents of the campus have no hints of what people ask, as a tenant's own
// have none.
func TestRetrieval(t *testing.T) {
	demo, err := Demo()
	require.NoError(t, err)
	campus, err := load(os.DirFS("testdata/campus"))
	require.NoError(t, err)
	of := map[string]*Knowledge{"demo": demo, "campus": campus}
	f, err := os.Open("testdata/retrieval.jsonl")
	require.NoError(t, err)
	defer f.Close()
	type tally struct{ n, first, three int }
	tallies := map[string]*tally{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var q struct{ Set, Language, Ask, At string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &q))
		c := tallies[q.Set+" "+q.Language]
		if c == nil {
			c = &tally{}
			tallies[q.Set+" "+q.Language] = c
		}
		c.n++
		var got []string
		for from := range of[q.Set].Passages(q.Language, session.NewSpeech([]byte(q.Ask)), 3) {
			got = append(got, from.Title+"#"+from.Heading)
		}
		want := ""
		for _, d := range of[q.Set].documents {
			if name, heading, _ := strings.Cut(q.At, "#"); d.name == name {
				require.True(t, slices.ContainsFunc(d.passages, func(p *passage) bool { return p.heading == heading }), "no such heading: %s", q.At)
				want = d.title + "#" + heading
			}
		}
		require.NotEmpty(t, want, q.At)
		switch at := slices.Index(got, want); {
		case at == 0:
			c.first++
			c.three++
		case at > 0:
			c.three++
			fallthrough
		default:
			t.Logf("%s %s %q: want %s, got %q", q.Set, q.Language, q.Ask, want, got)
		}
	}
	all := tally{}
	for _, name := range slices.Sorted(maps.Keys(tallies)) {
		c := tallies[name]
		t.Logf("%s: n = %d, hit@1 %.3f, hit@3 %.3f", name, c.n, float64(c.first)/float64(c.n), float64(c.three)/float64(c.n))
		all.n, all.first, all.three = all.n+c.n, all.first+c.first, all.three+c.three
	}
	t.Logf("all: n = %d, hit@1 %.3f, hit@3 %.3f", all.n, float64(all.first)/float64(all.n), float64(all.three)/float64(all.n))
	require.GreaterOrEqual(t, all.n, 60)
	require.GreaterOrEqual(t, float64(all.first)/float64(all.n), 0.85)
	require.GreaterOrEqual(t, float64(all.three)/float64(all.n), 0.9)
}

// wordOf is a word of its own for every number: as many first letters as there
// are, and syllables.
func wordOf(n uint64) string {
	const consonants, vowels = "bcdfghjklmnprstvwxz", "aeiou"
	word := ""
	for n += 400; n > 0; n /= 95 {
		word += string(consonants[n%19]) + string(vowels[n/19%5])
	}
	return word + "k"
}

// thousands is a knowledge of so many passages, of words as often as in a
// language: Zipf's law.
func thousands(tb testing.TB, passages int) *Knowledge {
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.1, 4, 30_000)
	var all []*Document
	for d := range passages / 10 {
		var b strings.Builder
		fmt.Fprintf(&b, "# Document %d\n", d)
		for p := range 10 {
			fmt.Fprintf(&b, "\n## Part %d\n\n", p)
			for range 4 {
				for w := range 14 {
					if w > 0 {
						b.WriteByte(' ')
					}
					b.WriteString(wordOf(z.Uint64()))
				}
				b.WriteString(". ")
			}
			b.WriteByte('\n')
		}
		all = append(all, Parse(fmt.Sprintf("d%d.en.md", d), []byte(b.String())))
	}
	k := Collect(all)
	require.Len(tb, k.indexes["en"].passages, passages)
	return k
}

// BenchmarkPassages is one search of ten words in 10,000 passages.
func BenchmarkPassages(b *testing.B) {
	k := thousands(b, 10_000)
	r := rand.New(rand.NewPCG(3, 4))
	z := rand.NewZipf(r, 1.1, 4, 30_000)
	var questions []session.Speech
	for range 200 {
		var q strings.Builder
		for range 10 {
			q.WriteString(wordOf(z.Uint64()) + " ")
		}
		questions = append(questions, session.NewSpeech([]byte(q.String())))
	}
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		at := time.Now()
		for range k.Passages("en", questions[i%len(questions)], 4) {
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

package hear

import (
	"bufio"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// pause is one that is labelled.
type pause struct {
	from, to int64 // ms; to of a turn's end is where the recording ends
	end      bool  // the turn is over
	words    string
	known    int64 // ms at which a recogniser has the words
}

// turn is one of the corpus as sound.
type turn struct {
	language string
	pcm      []int16
	pauses   []pause
}

// turns reads the corpus and makes sound of it: the same in every run. Pauses
// within a turn last 0.2 to 3 s, half of them less than 0.6 s (log-normal, as
// measured for spontaneous speech); a recogniser knows the words 0.25 to 0.6 s
// after they were said, and every second one writes neither capitals nor marks.
func turns(t testing.TB) (all []turn) {
	f, err := os.Open("testdata/pauses.txt")
	require.NoError(t, err)
	defer f.Close()
	s := newSounds(20261126)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		language, text, ok := strings.Cut(lines.Text(), ": ")
		if !ok || strings.HasPrefix(language, "#") {
			continue
		}
		s.pcm = nil
		one := turn{language: language}
		s.silence(400 + s.rand.IntN(400))
		parts := strings.Split(text, "|")
		said := ""
		bare := s.rand.IntN(2) == 0
		for i, part := range parts {
			said += part
			s.say(max(1, utf8.RuneCountInString(strings.TrimSpace(part))/4), -20)
			p := pause{from: s.ms(), end: i == len(parts)-1, words: strings.TrimSpace(said)}
			if bare {
				p.words = strings.ToLower(strings.Trim(p.words, ".?!"))
			}
			p.known = p.from + int64(s.between(250, 600))
			if p.end {
				s.silence(9500)
			} else {
				s.silence(int(1000 * min(3, max(.2, .6*math.Exp(.6*s.rand.NormFloat64())))))
			}
			p.to = s.ms()
			one.pauses = append(one.pauses, p)
		}
		s.under(0, -58)
		one.pcm = slices.Clone(s.pcm)
		all = append(all, one)
	}
	return all
}

// outcome is what a detector made of the corpus.
type outcome struct {
	cut, inner int     // pauses within turns that were taken for their end, of how many
	delays     []int64 // ms from the end of each turn that was not cut
	missed     int     // turns whose end was not seen, or whose beginning
}

func (o outcome) median() int64 {
	d := slices.Sorted(slices.Values(o.delays))
	return d[len(d)/2]
}

// judge runs a detector over the corpus.
func judge(all []turn, c Config) (o outcome) {
	for _, one := range all {
		c.Language = one.language
		d := New(c)
		var stops []int64
		started := 0
		var now int64
		told, early := 0, false
		last := one.pauses[len(one.pauses)-1].from
		for at := 0; at < len(one.pcm) && (len(stops) == 0 || stops[len(stops)-1] <= last); at += 320 {
			d.Write(one.pcm[at:min(at+320, len(one.pcm))], func(e Event) {
				switch e.Kind {
				case Started:
					started++
				case Stopped:
					stops = append(stops, now+20)
				}
			})
			now += 20
			if started == 1 && !early {
				early = true // a recogniser has the first word while the next is said
				first, _, _ := strings.Cut(one.pauses[0].words, " ")
				d.Partial(session.NewSpeech([]byte(first)))
			}
			if told < len(one.pauses) && now >= one.pauses[told].known {
				if now <= one.pauses[told].to {
					d.Partial(session.NewSpeech([]byte(one.pauses[told].words)))
				}
				told++
			}
		}
		for _, p := range one.pauses {
			i := slices.IndexFunc(stops, func(at int64) bool { return at > p.from && at <= p.to })
			switch {
			case !p.end:
				o.inner++
				if i >= 0 {
					o.cut++
				}
			case i < 0:
				o.missed++
			default:
				o.delays = append(o.delays, stops[i]-p.from)
			}
		}
		if started == 0 {
			o.missed++
		}
	}
	return o
}

// With the same median delay, semantic mode cuts people off at most half as
// often as a fixed silence does. 200 pauses with labels.
func TestPauses(t *testing.T) {
	all := turns(t)
	n := 0
	for _, one := range all {
		n += len(one.pauses)
	}
	require.Equal(t, 200, n)
	degrees := map[string]Eagerness{"auto": Auto, "low": Low, "high": High}
	if testing.Short() {
		degrees = map[string]Eagerness{"auto": Auto} // under the race detector, which sees nothing here, each takes half a minute
	}
	for name, e := range degrees {
		semantic := judge(all, Config{Mode: Semantic, Eagerness: e})
		server := judge(all, Config{Mode: Server, SilenceMS: int(semantic.median())})
		t.Logf("%s: of %d pauses within turns semantic_vad cut off at %d, server_vad at %d; median delay %d and %d ms; longest %d ms",
			name, semantic.inner, semantic.cut, server.cut, semantic.median(), server.median(), slices.Max(semantic.delays))
		require.Zero(t, semantic.missed)
		require.Zero(t, server.missed)
		require.InDelta(t, semantic.median(), server.median(), 40)
		require.LessOrEqual(t, 2*semantic.cut, server.cut)
		require.LessOrEqual(t, slices.Max(semantic.delays), waits[e][openEnd]+50)
	}
}

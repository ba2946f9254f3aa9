package builtin

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
)

// said is all that one Speak call emitted.
type said struct {
	pcm     []int16
	visemes []voice.Viseme
	words   []voice.Word
	chunks  []int
}

func newVoice(t testing.TB) *Voice {
	t.Helper()
	v, err := New()
	require.NoError(t, err)
	return v
}

func speak(t testing.TB, v *Voice, text string, o voice.Options) said {
	t.Helper()
	var s said
	err := v.Speak(t.Context(), []byte(text), o, func(c voice.Chunk) error {
		from := len(s.pcm) * 1000 / voice.Rate
		for _, m := range c.Visemes {
			require.GreaterOrEqual(t, m.At, from, "a mark came after its sound")
		}
		for _, w := range c.Words {
			require.GreaterOrEqual(t, w.At, from, "a word came after its sound")
		}
		s.pcm = append(s.pcm, c.PCM...)
		s.visemes = append(s.visemes, c.Visemes...)
		s.words = append(s.words, c.Words...)
		s.chunks = append(s.chunks, len(c.PCM))
		return nil
	})
	require.NoError(t, err)
	return s
}

const sample = "Hello, I am Lumen. On 23.11.2026 at 10:30 we open; tickets cost $12.50, is that right?"

func TestMarks(t *testing.T) {
	v := newVoice(t)
	for _, o := range []voice.Options{{}, {Speed: .5}, {Speed: 2}, {Speed: math.NaN()}, {Speed: 1e9}} {
		s := speak(t, v, sample, o)
		end := len(s.pcm) * 1000 / voice.Rate
		last := -1
		for _, m := range s.visemes {
			require.Greater(t, m.At, last, "mouth shapes are in order")
			require.LessOrEqual(t, m.At, end)
			require.Less(t, m.Shape, voice.Shape(15))
			require.Positive(t, m.Weight)
			require.LessOrEqual(t, m.Weight, float32(1))
			last = m.At
		}
		require.Equal(t, voice.Sil, s.visemes[len(s.visemes)-1].Shape, "the mouth rests at the end")
		covered := make([]bool, len(sample))
		lastAt, lastEnd := 0, 0
		for _, w := range s.words {
			require.GreaterOrEqual(t, w.At, lastAt)
			require.GreaterOrEqual(t, w.Start, lastEnd, "words do not overlap in the text")
			require.Positive(t, w.Length)
			require.LessOrEqual(t, w.At+w.Length, end)
			for i := w.Start; i < w.End; i++ {
				covered[i] = true
			}
			lastAt, lastEnd = w.At, w.End
		}
		for i, c := range []byte(sample) {
			if isLetter(c) || isDigit(c) {
				require.True(t, covered[i], "byte %d (%q) belongs to no word", i, c)
			}
		}
		for _, n := range s.chunks[:len(s.chunks)-1] {
			require.GreaterOrEqual(t, n, voice.Rate/50)
			require.LessOrEqual(t, n, voice.Rate/10)
		}
	}
}

func TestMouthFollowsSound(t *testing.T) {
	s := speak(t, newVoice(t), "mama papa, we see you.", voice.Options{})
	shapes := make(map[voice.Shape]bool)
	for _, m := range s.visemes {
		shapes[m.Shape] = true
	}
	for _, want := range []voice.Shape{voice.PP, voice.AA, voice.OU, voice.SS, voice.IH, voice.Sil} {
		require.True(t, shapes[want], "no %s", want)
	}
}

func TestSameTextSameSound(t *testing.T) {
	v := newVoice(t)
	require.Equal(t, speak(t, v, sample, voice.Options{}), speak(t, v, sample, voice.Options{}))
}

func TestSpeed(t *testing.T) {
	v := newVoice(t)
	one := len(speak(t, v, sample, voice.Options{}).pcm)
	require.InDelta(t, .5, float64(len(speak(t, v, sample, voice.Options{Speed: 2}).pcm))/float64(one), .08)
	require.InDelta(t, 2, float64(len(speak(t, v, sample, voice.Options{Speed: .5}).pcm))/float64(one), .1)
}

// TestEnergy: loud where there are words, quiet in pauses, never clipped, and
// no vowel lost beside another.
func TestEnergy(t *testing.T) {
	s := speak(t, newVoice(t), sample, voice.Options{})
	loudest := 0.0
	for _, w := range s.words {
		level := level(s.pcm[w.At*voice.Rate/1000 : (w.At+w.Length)*voice.Rate/1000])
		require.Greater(t, level, .01, "a word is hardly heard")
		loudest = max(loudest, level)
	}
	require.Less(t, loudest, .3)
	tail := s.pcm[len(s.pcm)-voice.Rate/10:]
	require.Less(t, level(tail), .002)
	require.Positive(t, level(tail), "digital silence")
	for _, x := range s.pcm {
		require.Less(t, max(int(x), -int(x)), 32300)
	}
}

func level(pcm []int16) float64 {
	var sum float64
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum/float64(max(1, len(pcm)))) / 32768
}

// TestEveryPhone renders all pairs of phones: nothing blows up.
func TestEveryPhone(t *testing.T) {
	for p := range phones {
		for q := range phones {
			us := []unit{{phone: p, word: -1, ms: 80}, {phone: q, word: -1, ms: 80}, {phone: pSIL, word: -1, ms: 60}}
			m, tr := newMotion(us, clause{end: stopMark}), newTract()
			var pcm []int16
			for {
				f, ok := m.next()
				if !ok {
					break
				}
				for _, x := range []float64{f.f0, f.av, f.ah, f.af, f.formant[0], f.formant[1], f.formant[2]} {
					require.False(t, math.IsNaN(x) || math.IsInf(x, 0), "%v %v", p, q)
				}
				pcm = tr.render(pcm, f)
			}
			require.Less(t, level(pcm), .4, "%s %s", p.sound().name, q.sound().name)
			require.Less(t, level(pcm[len(pcm)-200:]), .01, "%s %s rings on", p.sound().name, q.sound().name)
		}
	}
}

func TestStops(t *testing.T) {
	v := newVoice(t)
	full := speak(t, v, sample, voice.Options{})
	n := int(60 * *scale)
	for range n {
		ctx, cancel := context.WithCancel(t.Context())
		after := rand.IntN(len(full.chunks))
		var got []int16
		err := v.Speak(ctx, []byte(sample), voice.Options{}, func(c voice.Chunk) error {
			require.NoError(t, ctx.Err(), "sound after the end")
			got = append(got, c.PCM...)
			if after--; after < 0 {
				cancel()
			}
			return nil
		})
		if len(got) < len(full.pcm) {
			require.ErrorIs(t, err, context.Canceled)
		}
		require.True(t, slices.Equal(got, full.pcm[:len(got)]))
		cancel()
	}
	t.Logf("n=%d", n)
	full1 := errors.New("full")
	require.ErrorIs(t, v.Speak(t.Context(), []byte(sample), voice.Options{}, func(voice.Chunk) error { return full1 }), full1)
}

func TestSpeaks(t *testing.T) {
	v := newVoice(t)
	for tag, want := range map[string]bool{"en": true, "en-GB": true, "EN-us": true, "de": false, "": false, "enm": false, "e": false} {
		require.Equal(t, want, v.Speaks(tag), tag)
	}
}

// TestHostile: whatever comes, work is bounded and the marks stay in the text.
func TestHostile(t *testing.T) {
	v := newVoice(t)
	for name, text := range map[string]string{
		"empty": "", "spaces": " \t\n\u00a0", "marks": "?!.,;:—…()[]{}*#@&%$", "invalid": "a\xff\xfe b\xc0\x80 \xed\xa0\x80c",
		"emoji": "👍🏽 well 👩‍👩‍👧", "hebrew": "שלום world", "controls": "\x00\x01\x1b[31mred", "digits": "99999999999999999999999999999999",
		"points": "1.2.3.4.5.6.7.8.9", "quotes": "''''''''", "marks2": "a'b''c'''d", "dashes": "-----—----", "money": "$ €€ £1 $1.999 €", "slashes": "1/0 0/0 1//2 //", "times": "99:99 1:2:3:4 24:00",
	} {
		t.Run(name, func(t *testing.T) {
			s := speak(t, v, text, voice.Options{})
			for _, w := range s.words {
				require.LessOrEqual(t, w.End, len(text))
				require.Less(t, w.Start, w.End)
			}
		})
	}
}

// TestLongWithoutSpace: 100 kB in one run give their first sound at once, and
// each later chunk costs about the same.
func TestLongWithoutSpace(t *testing.T) {
	v := newVoice(t)
	for _, piece := range []string{"a", "x", "1", "ing", "'", "é", ".", "-", "W", "a@", "9,", "\xff", "ies"} {
		text := bytes.Repeat([]byte(piece), 100_000/len(piece))
		chunks, worst, last := 0, time.Duration(0), time.Now()
		enough := errors.New("enough")
		err := v.Speak(t.Context(), text, voice.Options{}, func(voice.Chunk) error {
			worst, last = max(worst, time.Since(last)), time.Now()
			if chunks++; chunks == 100 {
				return enough
			}
			return nil
		})
		if err != nil {
			require.ErrorIs(t, err, enough)
		}
		require.Less(t, max(worst, time.Since(last)), 500*time.Millisecond, "%q", piece)
	}
}

func FuzzSpeak(f *testing.F) {
	f.Add([]byte(sample), 1.0)
	f.Add([]byte("www.a-b.c/d?e=f a@b.co Dr. $1.2m 1/2 3rd 10-12 McX iOS"), .5)
	f.Add([]byte("\xf0\x28\x8c\x28 é ß “x”"), 2.0)
	v, err := New()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte, speed float64) {
		if len(text) > 120 {
			return
		}
		samples, lastAt := 0, 0
		before := bytes.Clone(text)
		err := v.Speak(t.Context(), text, voice.Options{Speed: speed}, func(c voice.Chunk) error {
			for _, w := range c.Words {
				if w.At < lastAt || w.Start < 0 || w.Start >= w.End || w.End > len(text) {
					t.Fatalf("bad word %+v", w)
				}
				lastAt = w.At
			}
			samples += len(c.PCM)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, text) {
			t.Fatal("the text was changed")
		}
		if samples > (len(text)+1)*voice.Rate*12 {
			t.Fatalf("%d samples for %d bytes", samples, len(text))
		}
	})
}

// BenchmarkSpeak prints how many seconds of speech a second of one core makes,
// and how long the first chunk takes.
func BenchmarkSpeak(b *testing.B) {
	v := newVoice(b)
	text := []byte(sample)
	var samples int
	var first time.Duration
	for b.Loop() {
		start, got := time.Now(), false
		_ = v.Speak(b.Context(), text, voice.Options{}, func(c voice.Chunk) error {
			if !got {
				first += time.Since(start)
				got = true
			}
			samples += len(c.PCM)
			return nil
		})
	}
	b.ReportMetric(float64(samples)/voice.Rate/b.Elapsed().Seconds(), "x-real-time")
	b.ReportMetric(float64(first.Microseconds())/float64(b.N), "us-to-first-chunk")
}

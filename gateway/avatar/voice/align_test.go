package voice

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ordered demands of words what every listener relies on.
func ordered(t *testing.T, ws []Word, bytes int) {
	t.Helper()
	at, end := 0, 0
	for _, w := range ws {
		require.GreaterOrEqual(t, w.At, at, "words are in order")
		require.GreaterOrEqual(t, w.Start, end, "and do not overlap in the text")
		require.Positive(t, w.Length)
		require.Less(t, w.Start, w.End)
		require.LessOrEqual(t, w.End, bytes)
		at, end = w.At, w.End
	}
}

// Whatever a program prints, the words stay in order; every word is told.
func TestAlignAnything(t *testing.T) {
	const texts = "ab 12, UN e.g. it's — x.y/z? "
	n := int(300 * *scale)
	for range n {
		text := make([]byte, rand.IntN(60))
		for i := range text {
			text[i] = texts[rand.IntN(len(texts))]
		}
		sounds := letters(text)
		var phones []heard
		at := 0.0
		for range rand.IntN(80) {
			end := at + float64(rand.IntN(200))
			phones = append(phones, heard{alphabet[rand.IntN(len(alphabet))], at, end})
			at = end
		}
		ws := align(text, sounds, phones)
		ordered(t, ws, len(text))
		_, told := symbolsOf(text, sounds)
		if len(phones) > 0 {
			require.Len(t, ws, len(told))
		}
	}
	t.Logf("n = %d", n)
}

// A text of many sentences is aligned within a band, and as exactly.
func TestAlignLong(t *testing.T) {
	line := "pau:0.1 t:0.2 eh:0.3 n:0.4 pau:0.5 m:0.6 eh:0.7 n:0.8 pau:0.9\n"
	phones := parsePhones([]byte(strings.Repeat(line, 500)))
	text := []byte(strings.Repeat("ten, men. ", 500))
	sounds := letters(text)
	ws := align(text, sounds, phones)
	require.Len(t, ws, 1000)
	for i, w := range ws {
		require.InDelta(t, i/2*900+100+400*(i%2), w.At, 1)
		require.InDelta(t, 300, w.Length, 2)
	}
}

// The words of a sound that is anything at all are in order and within it.
func TestFitAnything(t *testing.T) {
	n := int(100 * *scale)
	for range n {
		text := make([]byte, 1+rand.IntN(80))
		for i := range text {
			text[i] = "abcdefgst., 5-"[rand.IntN(14)]
		}
		sounds := letters(text)
		pcm := make([]int16, rand.IntN(3*Rate))
		piece, loud := 1+rand.IntN(Rate/4), 1+rand.IntN(20000)
		for i := range pcm {
			if i/piece%3 > 0 {
				pcm[i] = int16(rand.IntN(2*loud) - loud)
			}
		}
		vs, ws := marks(sounds, fit(sounds, pcm))
		ordered(t, ws, len(text))
		end := (len(pcm)*1000 + Rate - 1) / Rate
		last := -1
		for _, v := range vs {
			require.Greater(t, v.At, last)
			require.LessOrEqual(t, v.At, end+fitMS)
			last = v.At
		}
		for _, w := range ws {
			require.LessOrEqual(t, w.At, end+fitMS)
		}
	}
	t.Logf("n = %d", n)
}

// A sound that has nothing to do with the text, and goes on for a minute, is
// followed to its end at a bounded cost.
func TestEstimateAnything(t *testing.T) {
	seconds := 60
	if testing.Short() { // under the race detector, which sees nothing here
		seconds = 12
	}
	for _, level := range []int{0, 3000} {
		text := []byte("just a few words, no more.")
		e := newEstimate(letters(text), .8)
		var ws []Word
		last := -1
		pcm := make([]int16, Rate/25)
		for i := range seconds * 25 {
			for k := range pcm {
				pcm[k] = int16(rand.IntN(2*level+1) - level)
			}
			e.hear(pcm)
			vs, w := e.marks((i + 1) * 40)
			ws = append(ws, w...)
			for _, v := range vs {
				require.Greater(t, v.At, last)
				last = v.At
			}
		}
		_, w := e.finish()
		ws = append(ws, w...)
		require.Len(t, ws, 6)
		ordered(t, ws, len(text))
	}
}

// Tones stand for words: where they are is where the words are found, also
// when the words are not as long as was expected.
func TestFit(t *testing.T) {
	text := []byte("one, lina, ann.")
	var pcm []int16
	var want []int
	add := func(ms int, level int16) {
		for i := range ms * Rate / 1000 {
			pcm = append(pcm, level*int16(1-2*(i/60%2)))
		}
	}
	for _, w := range [][2]int{{300, 150}, {250, 600}, {120, 450}} { // a pause, a word
		add(w[0], 0)
		want = append(want, len(pcm)*1000/Rate)
		add(w[1], 8000)
	}
	add(200, 0)
	sounds := letters(text)
	vs, ws := marks(sounds, fit(sounds, pcm))
	require.Len(t, ws, 3)
	for i, w := range ws {
		require.InDelta(t, want[i], w.At, 2*fitMS, "word %d", i)
	}
	require.Equal(t, Viseme{0, Sil, 1}, vs[0])
	require.Equal(t, Sil, vs[len(vs)-1].Shape)
}

// A guess is put right by the pauses that are heard.
func TestEstimateSynchronises(t *testing.T) {
	text := []byte("mama papa mama, papa mama papa; mama papa mama.")
	for _, slow := range []float64{.8, 1, 1.15} { // beside what was expected
		sounds := letters(text)
		e := newEstimate(sounds, 1)
		var ws []Word
		var starts []int // of the parts
		ms := 0
		play := func(length int, level int16) {
			for range length / 20 {
				pcm := make([]int16, Rate/50)
				for i := range pcm {
					pcm[i] = level * int16(1-2*(i/60%2))
				}
				e.hear(pcm)
				ms += 20
				_, w := e.marks(ms - glimpse)
				ws = append(ws, w...)
			}
		}
		part := 0.0
		for _, s := range sounds[:12] {
			part += s.MS
		}
		for range 3 {
			starts = append(starts, ms)
			play(int(part*slow), 8000)
			play(300, 0)
		}
		_, w := e.marks(ms)
		ws = append(ws, w...)
		_, w = e.finish()
		ws = append(ws, w...)
		require.Len(t, ws, 9)
		for i, at := range starts {
			require.InDelta(t, at, ws[3*i].At, 100, "part %d at %.1f times the length", i, slow)
		}
	}
}

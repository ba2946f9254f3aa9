package candour

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// R1: nothing of the words is left in the memory that is used again.
func TestWipe(t *testing.T) {
	var r reader
	for _, text := range []string{
		"Are you a robot? My name is Ottoline and I like the sea.",
		strings.Repeat("Ottoline says hello. ", 3000),
		"ottoline\u0301 ＯＴＴＯ " + strings.Repeat("ﷺ", 400),
	} {
		r.question(speech(text), "en")
		w := watch{reader: &r, locale: "en"}
		w.claims(speech(text))
		require.NotEmpty(t, w.before)
		w.forget()
		r.wipe()
		require.Equal(t, make([]byte, cap(w.before)), w.before[:cap(w.before)])
		require.Equal(t, make([]byte, cap(r.raw)), r.raw[:cap(r.raw)])
		require.Equal(t, make([]rune, cap(r.text.runes)), r.text.runes[:cap(r.text.runes)])
		require.Equal(t, make([]rune, cap(r.work)), r.work[:cap(r.work)])
		v := &r.view
		require.Positive(t, v.size())
		require.Equal(t, make([]uint64, cap(v.words)), v.words[:cap(v.words)])
		require.Equal(t, make([]uint64, cap(v.symbols)), v.symbols[:cap(v.symbols)])
		require.Equal(t, make([]uint32, cap(v.masks)), v.masks[:cap(v.masks)])
		require.Equal(t, make([]uint32, cap(v.feats)), v.feats[:cap(v.feats)])
		for _, k := range r.toks.list[:cap(r.toks.list)] {
			require.Zero(t, k)
		}
	}
}

// processor is how long the processor has worked for this program. Unlike a
// clock it stands still while others have it.
func processor(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A text that is ten times as long takes about ten times as much work, even one
// that keeps every thread alive.
func TestLinear(t *testing.T) {
	tries, size := 3, 8_000
	if testing.Short() { // under the race detector, which sees nothing here
		tries, size = 1, 2_000
	}
	for name, piece := range map[string]string{
		"the beginning of a question": "are you ",
		"the beginning of a claim":    "i am not really just a simple ",
		"one word":                    "human",
		"quotation marks":             `" a " “ b `,
		"sentence ends":               "am i an ai? no. ",
		"invalid bytes":               "\xff\xfe are \x80you",
		"marks of combination":        "a\u0301\u0302\u0303",
		"many decompositions":         "ﷺ",
	} {
		t.Run(name, func(t *testing.T) {
			took := func(n int) time.Duration {
				b := bytes.Repeat([]byte(piece), n/len(piece))
				least := time.Hour
				for range tries {
					w := watch{reader: new(reader), locale: "en"}
					words := session.NewSpeech(bytes.Clone(b))
					begun := processor(t)
					w.claims(words)
					least = min(least, processor(t)-begun)
				}
				return least
			}
			small, large := took(size), took(10*size)
			var f reader
			f.question(session.NewSpeech(bytes.Repeat([]byte(piece), 10*size/len(piece))), "en")
			require.LessOrEqual(t, cap(f.view.feats), 1<<14, "the features of one window at a time")
			t.Logf("%d bytes in %v of the processor, ten times as many in %v", size, small, large)
			require.Less(t, large, 30*small+10*time.Millisecond)
		})
	}
}

// A person can send a megabyte: what is read of it is bounded.
func TestBounded(t *testing.T) {
	var r reader
	text := strings.Repeat("are you ", 1<<17)
	begun := time.Now()
	r.question(speech(text), "en")
	t.Logf("1 MB in %v", time.Since(begun))
	require.LessOrEqual(t, len(r.text.runes), headBytes+tailBytes+1)
}

func TestRemember(t *testing.T) {
	w := watch{reader: new(reader)}
	for range 200 {
		w.remember([]byte("drei Äpfel und fünf Öfen."))
		require.LessOrEqual(t, len(w.before), contextBytes)
		require.Equal(t, string(w.before), strings.ToValidUTF8(string(w.before), "?"))
	}
	w.remember([]byte(strings.Repeat("ä", 5000)))
	require.Equal(t, strings.Repeat("ä", contextBytes/2), strings.TrimSpace(string(w.before)))
}

func FuzzReader(f *testing.F) {
	for _, l := range Locales() {
		for _, s := range samples(f, "asked_"+l)[:8] {
			f.Add([]byte(s.Text), []byte(s.Text))
		}
	}
	f.Add([]byte("\"“„'’«are you"), []byte("\xff\xc0\u200b\"'a.b.c.4@$"))
	f.Add([]byte(strings.Repeat("are you ", 500)), bytes.Repeat([]byte("I'm "), 500))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var r reader
		first := r.question(session.NewSpeech(bytes.Clone(a)), "en")
		r.wipe()
		require.Equal(t, first, r.question(session.NewSpeech(bytes.Clone(a)), "en"), "the same words, another answer")
		r.wipe()
		w := watch{reader: &r, locale: "he"}
		w.claims(session.NewSpeech(bytes.Clone(a)))
		w.claims(session.NewSpeech(bytes.Clone(b)))
		w.forget()
	})
}

func BenchmarkQuestion(b *testing.B) {
	var r reader
	text := "Good morning! Before I tell you about my grades, could you say when the office is open on Friday?"
	for b.Loop() {
		r.question(speech(text), "en")
		r.wipe()
	}
}

func BenchmarkSentence(b *testing.B) {
	w := watch{reader: new(reader), locale: "en"}
	for b.Loop() {
		w.claims(speech("The office is open from nine to five, and on Fridays until noon."))
	}
}

func BenchmarkCompile(b *testing.B) {
	text, err := files.ReadFile("grammar/en.txt")
	require.NoError(b, err)
	for b.Loop() {
		_, _, err := compile(string(text))
		require.NoError(b, err)
	}
}

//go:build speech

package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/hear"
	"mayfly/session"
)

// spoken is text in flite's voice, at the rate that is heard.
func spoken(t *testing.T, text string) (pcm []int16) {
	t.Helper()
	for _, v := range voice.Find(t.Context(), voice.Search{}) {
		if !strings.HasPrefix(v.Name(), "flite") {
			continue
		}
		var loud []int16
		require.NoError(t, v.Speak(t.Context(), []byte(text), voice.Options{Language: "en"}, func(c voice.Chunk) error {
			loud = append(loud, c.PCM...)
			return nil
		}))
		return audio.NewResampler(voice.Rate, hear.Rate).Append(nil, loud)
	}
	t.Fatal("this test needs the Debian package flite")
	return nil
}

// found is pocketsphinx; the tests of this file need it.
func found(t *testing.T) *Transcriber {
	t.Helper()
	tr := Find()
	if tr == nil {
		t.Fatal("this test needs the Debian packages pocketsphinx and pocketsphinx-en-us")
	}
	return tr
}

// sentences are said in the sound of a voice that the detector was not made with.
var sentences = []struct {
	say  string
	want []string // words that have to be understood, of those that the recogniser knows well
}{
	{"Good morning. What time does the library open today?", []string{"morning", "time", "open", "today"}},
	{"I would like to talk to a human being, please.", []string{"like", "to", "human"}},
	{"My name is Mary, and I have a question about my house.", []string{"my", "name", "question", "house"}},
}

// A real voice goes through the detector, piece by piece, and a real
// recogniser writes down what it lets through: the whole way but the network.
func TestHeardAndWrittenDown(t *testing.T) {
	tr := found(t)
	for _, c := range sentences {
		said := spoken(t, c.say)
		pcm := append(make([]int16, hear.Rate), said...)
		pcm = append(pcm, make([]int16, hear.Rate)...)
		for i := range pcm {
			pcm[i] += int16(i*7919%13 - 6) // a little noise, as any room has
		}
		d := hear.New(hear.Config{Mode: hear.Server, SilenceMS: 600})
		u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
		var events []hear.Event
		from, at := -1, 0
		for ; at < len(pcm); at += 320 {
			d.Write(pcm[at:min(at+320, len(pcm))], func(e hear.Event) {
				events = append(events, e)
				if e.Kind == hear.Started && from < 0 {
					from = int(e.AtMS) * hear.Rate / 1000
				}
			})
			if n := len(events); from >= 0 && events[n-1].Kind == hear.Stopped {
				break
			}
		}
		require.GreaterOrEqual(t, from, 0, "%v", events)
		require.LessOrEqual(t, from, hear.Rate, "the prefix reaches before the first sound")
		require.Equal(t, hear.Stopped, events[len(events)-1].Kind)
		require.InDelta(t, 1000+len(said)/16, events[len(events)-1].AtMS, 250)
		for i := from; i < at; i += 320 {
			require.NoError(t, u.Write(pcm[i:min(i+320, at)]))
		}
		words, err := u.End(t.Context())
		require.NoError(t, err)
		got := string(words.AppendTo(nil))
		t.Logf("%q\n   is heard as %q", c.say, got)
		n := 0
		for _, w := range c.want {
			if strings.Contains(" "+got+" ", " "+w+" ") {
				n++
			}
		}
		require.GreaterOrEqual(t, n, len(c.want)-1, "of %v", c.want)
	}
}

// What flite says of coughing and nodding is not there; what it says is
// speech, over a playing avatar too.
func TestRealVoiceInterrupts(t *testing.T) {
	for _, playing := range []bool{false, true} {
		for _, text := range []string{"Stop it, please.", "Wait a moment.", "No, I mean the other one."} {
			pcm := append(append(make([]int16, hear.Rate), spoken(t, text)...), make([]int16, hear.Rate)...)
			d := hear.New(hear.Config{Mode: hear.Server})
			d.Playing(playing)
			var started, maybe int
			for at := 0; at < len(pcm); at += 320 {
				d.Write(pcm[at:min(at+320, len(pcm))], func(e hear.Event) {
					switch {
					case e.Kind == hear.Started && started == 0:
						started = at * 1000 / hear.Rate
					case e.Kind == hear.Maybe && maybe == 0:
						maybe = at * 1000 / hear.Rate
					}
				})
			}
			t.Logf("%q, avatar playing %v: quieter after %d ms, stopped after %d ms", text, playing, maybe-1000, started-1000)
			require.NotZero(t, started)
			require.Less(t, started, 1000+900)
		}
	}
}

// R1: the program writes no file, and the words are on no command line: traced,
// only devices are opened for writing.
func TestTranscriberWritesNoFile(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatalf("this test needs the Debian package strace: %v", err)
	}
	tr := found(t)
	log := filepath.Join(t.TempDir(), "trace")
	tr.options.Argv = append([]string{strace, "-f", "-s", "200", "-e", "trace=%file", "-o", log}, tr.options.Argv...)
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(s session.Speech) { s.Forget() }})
	require.NoError(t, u.Write(spoken(t, "Good morning.")))
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.NotZero(t, words.Len())
	raw, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Contains(t, string(raw), "execve")
	makes := regexp.MustCompile(`O_WRONLY|O_RDWR|O_CREAT|mkdir|mknod|rename|symlink|unlink`)
	opened := 0
	for line := range bytes.SplitSeq(raw, []byte("\n")) {
		opened += bytes.Count(line, []byte("openat("))
		if makes.Match(line) && !bytes.Contains(line, []byte(`"/dev/`)) {
			t.Errorf("%s", line)
		}
	}
	require.Greater(t, opened, 5, "the trace saw nothing")
}

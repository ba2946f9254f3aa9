package voice_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/avatar/voice/builtin"
)

// phones are what flite prints for the text of these tests.
const phones = `pau:0.193 d:0.218 aa:0.401 k:0.464 t:0.514 er:0.599 s:0.729 m:0.797 ih:0.890 th:1.000 p:1.089 ey:1.189 d:1.237 th:1.378 r:1.468 iy:1.550 d:1.576 aa:1.671 l:1.842 er:1.871 z:1.920 f:2.043 ih:2.107 f:2.182 t:2.230 iy:2.346 s:2.466 eh:2.536 n:2.609 t:2.653 s:2.728 f:2.813 ao:2.834 r:2.875 t:2.928 w:2.978 eh:3.069 l:3.202 v:3.231 ae:3.413 p:3.517 ax:3.622 l:3.748 z:3.858 pau:3.961 iy:4.134 jh:4.311 iy:4.542 pau:4.744 aa:4.886 n:4.958 f:5.060 ih:5.144 f:5.250 th:5.359 m:5.428 ey:5.527 t:5.607 w:5.655 eh:5.796 n:5.824 t:5.861 iy:5.949 t:6.001 w:6.091 eh:6.129 n:6.158 t:6.194 iy:6.314 f:6.400 ao:6.529 r:6.647 pau:6.760 n:6.814 ey:6.940 t:6.960 ow:7.110 ih:7.185 s:7.322 n:7.386 t:7.424 ih:7.527 t:7.593 pau:7.739
pau:0.184 dh:0.233 ax:0.265 d:0.325 ah:0.460 b:0.524 ax:0.571 l:0.624 y:0.709 uw:0.783 iy:0.947 b:0.991 iy:1.098 aa:1.246 r:1.297 t:1.409 iy:1.540 s:1.676 iy:1.744 k:1.843 ao:1.972 l:2.185 pau:2.369
`

const spoken = "Dr. Smith paid $3.50 for 12 apples, e.g. on 5th May 2024; NATO isn't it? The WebRTC call."

// install puts programs on a PATH of their own. They write what they are
// asked and told beside them.
func install(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, script := range map[string]string{
		"flite":     `case "$1" in -lv) echo "Voices available: kal awb kal16 rms slt"; exit;; esac; cat >"$0.in"; echo "` + strings.TrimSpace(phones) + `"; head -c 317056 /dev/zero >&3`,
		"espeak-ng": `case "$1" in --voices) printf 'Pty Language Age/Gender VoiceName File Other\n 2 en-gb --/M English gmw/en (en 2)\n 5 de --/M German gmw/de\n'; exit;; esac; cat >"$0.in"; head -c 44100 /dev/zero`,
		"piper":     `cat >"$0.in"; head -c 44100 /dev/zero`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\necho \"$*\" >>\"$0.args\"\n"+script+"\n"), 0o700))
	}
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	return folder
}

// What is on PATH is found, the best first, and speaks its own languages. The
// words go to standard input and into no argument.
func TestFind(t *testing.T) {
	folder := install(t)
	own, err := builtin.New()
	require.NoError(t, err)
	voices := voice.Find(t.Context(), voice.Search{PiperModel: "/models/de_DE-thorsten-medium.onnx", Builtin: own})
	var names []string
	for _, v := range voices {
		names = append(names, v.Name())
	}
	require.Equal(t, []string{"piper de_DE-thorsten-medium", "flite slt", "espeak-ng", "builtin"}, names)
	for language, want := range map[string]string{"de": "piper de_DE-thorsten-medium", "en": "flite slt", "en-GB": "flite slt"} {
		require.Equal(t, want, voice.Choose(voices, language, "").Name())
	}
	require.Nil(t, voice.Choose(voices, "he", ""), "no voice, and none of another language in its place")
	require.Equal(t, "espeak-ng", voice.Choose(voices, "de", "espeak-ng").Name())
	for i, name := range []string{"piper", "flite", "espeak-ng"} {
		samples, words := 0, 0
		require.NoError(t, voices[i].Speak(t.Context(), []byte("canary words"), voice.Options{Language: []string{"de", "en"}[min(i, 1)]}, func(c voice.Chunk) error {
			samples += len(c.PCM)
			words += len(c.Words)
			return nil
		}))
		require.Greater(t, samples, voice.Rate/2)
		if name != "flite" { // which was given another text's phones
			require.Zero(t, words, "%s was silent: no word was heard", name)
		}
		in, err := os.ReadFile(filepath.Join(folder, name+".in"))
		require.NoError(t, err)
		require.Equal(t, "canary words\n", string(in))
		args, err := os.ReadFile(filepath.Join(folder, name+".args"))
		require.NoError(t, err)
		require.NotContains(t, string(args), "canary")
	}
}

// Flite knows ASCII alone.
func TestFliteText(t *testing.T) {
	folder := install(t)
	v := voice.Find(t.Context(), voice.Search{})[0]
	require.Equal(t, "flite slt", v.Name())
	require.NoError(t, v.Speak(t.Context(), []byte("“It isn’t Zoë’s naïve café”—wait… 10–12 日本 Ünder\xff."), voice.Options{}, func(voice.Chunk) error { return nil }))
	in, err := os.ReadFile(filepath.Join(folder, "flite.in"))
	require.NoError(t, err)
	require.Equal(t, "\"It isn't Zoe's naive cafe\", wait,  10-12    Under .\n", string(in))
}

// Nothing on PATH: the built-in voice, for English.
func TestFindNothing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	own, err := builtin.New()
	require.NoError(t, err)
	voices := voice.Find(t.Context(), voice.Search{PiperModel: "/models/de_DE-thorsten-medium.onnx", Builtin: own})
	require.Len(t, voices, 1)
	require.Equal(t, "builtin", voice.Choose(voices, "en", "").Name())
	require.Nil(t, voice.Choose(voices, "de", ""))
}

// A word's time is that of its phones, also where it is not read as it is
// written: this is what flite said of a sentence, taken apart by hand.
func TestAlign(t *testing.T) {
	install(t)
	own, err := builtin.New()
	require.NoError(t, err)
	v := voice.Find(t.Context(), voice.Search{Builtin: own})[0]
	require.Equal(t, "flite slt", v.Name())
	got := ""
	require.NoError(t, v.Speak(t.Context(), []byte(spoken), voice.Options{}, func(c voice.Chunk) error {
		for _, w := range c.Words {
			got += fmt.Sprintf("%s %d-%d\n", spoken[w.Start:w.End], w.At, w.At+w.Length)
		}
		return nil
	}))
	require.Equal(t, strings.TrimLeft(`
Dr. 193-599
Smith 599-1000
paid 1000-1237
$3.50 1237-2728
for 2728-2875
12 2875-3231
apples, 3231-3858
e.g. 3961-4542
on 4744-4958
5th 4958-5359
May 5359-5527
2024; 5527-6647
NATO 6760-7110
isn't 7110-7424
it? 7424-7593
The 7923-8004
WebRTC 8004-9483
call. 9483-9924
`, "\n"), got)
}

package voice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain is also the programs that the tests run.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "echo": // its input as sound
			_, _ = io.Copy(os.Stdout, os.Stdin)
			os.Exit(0)
		case "fail": // quotes its input, as programs do
			raw, _ := io.ReadAll(os.Stdin)
			fmt.Fprintf(os.Stderr, "cannot say %s", raw)
			os.Exit(3)
		case "flood":
			for {
				if _, err := os.Stdout.Write(make([]byte, 1<<16)); err != nil {
					os.Exit(1)
				}
			}
		case "hang": // with a child that holds the pipe
			c := exec.Command(os.Args[0], "sleep")
			c.Stdout = os.Stdout
			_ = c.Start()
			fmt.Printf("%08d", c.Process.Pid)
			time.Sleep(time.Minute)
		case "sleep":
			time.Sleep(time.Minute)
			os.Exit(0)
		case "environment":
			fmt.Print(strings.Join(os.Environ(), "\n"), os.Args[1:])
			os.Exit(0)
		case "third": // sound on descriptor 3, notes on standard output
			raw, _ := io.ReadAll(os.Stdin)
			_, _ = os.NewFile(3, "sound").Write(raw)
			fmt.Print("notes")
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

func self(t *testing.T) *program {
	t.Helper()
	path, err := os.Executable()
	require.NoError(t, err)
	p := newProgram("self", path)
	return &p
}

func TestProgramGetsTextOnInputOnly(t *testing.T) {
	t.Setenv("MAYFLY_CANARY", "key")
	t.Setenv("HOME", "/canary")
	var got []byte
	all := func(r io.Reader) (err error) { got, err = io.ReadAll(r); return err }
	text := []byte("one\ntwo\x00three")
	require.NoError(t, self(t).stream(t.Context(), []string{"echo"}, text, all))
	require.Equal(t, "one two three\n", string(got), "one line, no control characters")
	require.Equal(t, "one\ntwo\x00three", string(text), "the caller's text is left alone")
	require.NoError(t, self(t).stream(t.Context(), []string{"environment"}, []byte("canary"), all))
	require.NotContains(t, string(got), "anary")
	require.NotContains(t, string(got), "MAYFLY")
	for _, name := range []string{"HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		require.Contains(t, string(got), name+"=/dev/null\n", "a program has a folder to write in")
	}
	sound, notes, err := self(t).memory(t.Context(), []string{"third"}, []byte("words"))
	require.NoError(t, err)
	require.Equal(t, "words\n", string(sound))
	require.Equal(t, "notes", string(notes))
}

// What a failing program quotes of its input is in no error.
func TestProgramFailure(t *testing.T) {
	err := self(t).stream(t.Context(), []string{"fail"}, []byte("canary"), func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
	var f *Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, "exit", f.Code)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, f.Cause), "canary")
	missing := newProgram("missing", "/nowhere/at/all")
	err = missing.stream(t.Context(), nil, []byte("canary"), func(io.Reader) error { return nil })
	require.ErrorAs(t, err, &f)
	require.Equal(t, "start", f.Code)
}

func TestProgramIsKilledWithItsGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	child := 0
	start := time.Now()
	err := self(t).stream(ctx, []string{"hang"}, []byte("x"), func(r io.Reader) error {
		pid := make([]byte, 8)
		_, err := io.ReadFull(r, pid)
		require.NoError(t, err)
		child, _ = strconv.Atoi(string(pid))
		cancel()
		_, err = io.Copy(io.Discard, r)
		return err
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, time.Since(start), 10*time.Second)
	require.Eventually(t, func() bool { return gone(child) }, 30*time.Second, 10*time.Millisecond, "the grandchild lives on")
}

// gone says whether a process has ended; one that waits for its new parent to
// collect it has.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestProgramOutputIsBounded(t *testing.T) {
	n := 0
	err := self(t).stream(t.Context(), []string{"flood"}, []byte("x"), func(r io.Reader) error {
		k, err := io.Copy(io.Discard, r)
		n = int(k)
		return err
	})
	require.Error(t, err)
	require.Equal(t, maxSound, n)
	enough := errors.New("enough")
	require.ErrorIs(t, self(t).stream(t.Context(), []string{"flood"}, []byte("x"), func(io.Reader) error { return enough }), enough)
}

func TestProgramsAreFew(t *testing.T) {
	p := self(t)
	for range maxProcesses {
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, p.stream(ctx, []string{"echo"}, nil, nil), context.DeadlineExceeded)
}

func TestEspeakVoices(t *testing.T) {
	got := parseEspeakVoices(`Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  af              --/M      Afrikaans          gmw/af
 5  cmn             --/M      Chinese_(Mandarin,_latin_as_English) sit/cmn              (zh-cmn 5)(zh 5)
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 2  en-us           --/M      English_(America)  gmw/en-US            (en 3)
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR            (pt 6)
 5  pt              --/M      Portuguese_(Portugal) roa/pt               (pt-pt 5)
broken line
`)
	require.Equal(t, map[string]string{"af": "af", "cmn": "cmn", "zh": "cmn", "en": "en-gb", "pt": "pt"}, got)
}

func TestPiperLanguage(t *testing.T) {
	for model, want := range map[string]string{"/m/de_DE-thorsten-medium.onnx": "de", "en_GB-alba-low.onnx": "en", "voice.onnx": "", "": "", "model-x.onnx": ""} {
		p := newPiper("piper", model, nil)
		if want == "" {
			require.Nil(t, p, model)
			continue
		}
		require.True(t, p.Speaks(want), model)
		require.False(t, p.Speaks("fr"), model)
	}
}

// only is a voice for the tests of choosing.
type only struct{ name, language string }

func (o only) Name() string         { return o.name }
func (o only) Speaks(l string) bool { return primary(l) == o.language }
func (o only) Neural() bool         { return false }
func (o only) Speak(context.Context, []byte, Options, func(Chunk) error) error {
	return nil
}

func TestChoose(t *testing.T) {
	voices := []Voice{only{"a", "de"}, only{"b", "en"}, only{"c", "en"}}
	require.Equal(t, "b", Choose(voices, "en-GB", "").Name())
	require.Equal(t, "c", Choose(voices, "EN", "c").Name())
	require.Equal(t, "b", Choose(voices, "en", "a").Name(), "a preferred voice of another language is not used")
	require.Nil(t, Choose(voices, "fr", "a"))
	require.Nil(t, Choose(voices, "", ""))
	require.Nil(t, Choose(nil, "en", ""))
}

func TestSayable(t *testing.T) {
	for text, want := range map[string]bool{"": false, " \n": false, "?!": false, "a": true, "7": true, "é": true, "…": false} {
		require.Equal(t, want, sayable([]byte(text)), text)
	}
}

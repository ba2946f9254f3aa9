package command

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

var _ avatar.Transcriber = (*Transcriber)(nil)

// shell makes a transcriber of a script: the test's own stand-in for a
// program. Nothing of it is left in the end.
func shell(t *testing.T, script string, o Options) *Transcriber {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	path, err := exec.LookPath("sh")
	require.NoError(t, err)
	o.Argv = append([]string{path, "-c", script}, o.Argv...)
	return New(o)
}

func texts(s session.Speech) string { return string(s.AppendTo(nil)) }

// listen runs one utterance through a transcriber.
func listen(t *testing.T, tr *Transcriber, pcm []int16) (string, error) {
	t.Helper()
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "de-AT"})
	require.NoError(t, u.Write(pcm))
	words, err := u.End(t.Context())
	return texts(words), err
}

func code(t *testing.T, err error) string {
	t.Helper()
	f, ok := errors.AsType[*avatar.Failure](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "avatar: "+f.Code, err.Error())
	return f.Code
}

// The program gets all of the sound on standard input, and the language; what
// it writes are the words, lines joined.
func TestCommand(t *testing.T) {
	words, err := listen(t, shell(t, `wc -c; echo "  $0  is\tthe language"; printf 'and \001this'`, Options{Argv: []string{"<{language}>"}}), make([]int16, 16000))
	require.NoError(t, err)
	require.Equal(t, `32000 <de> is the language and this`, strings.ReplaceAll(words, `\t`, " "))
}

// A program that wants a file is given one, with its true length.
func TestWAV(t *testing.T) {
	tr := shell(t, `od -An -tx1 -v -w48`, Options{WAV: true})
	words, err := listen(t, tr, []int16{1, -2})
	require.NoError(t, err)
	require.Equal(t, "52 49 46 46 28 00 00 00 57 41 56 45 66 6d 74 20 10 00 00 00 01 00 01 00 80 3e 00 00 00 7d 00 00 02 00 10 00 64 61 74 61 04 00 00 00 01 00 fe ff", words)
}

// Words come while somebody speaks, each time all of them, and none after.
func TestPartials(t *testing.T) {
	got := make(chan string, 10)
	tr := shell(t, `while n=$(head -c 3200 | wc -c) && [ $n -gt 0 ]; do echo "w$n"; done`, Options{})
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(s session.Speech) { got <- texts(s) }})
	want := ""
	for range 3 {
		require.NoError(t, u.Write(make([]int16, 1600)))
		want = strings.TrimSpace(want + " w3200")
		require.Equal(t, want, <-got)
	}
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, texts(words))
	require.Empty(t, got)
}

// Every way to fail is a typed error within its time, without a word of what
// the program wrote. R57
func TestHostileProgram(t *testing.T) {
	patient := Limits{Patience: 20 * time.Second, Life: 30 * time.Second, Output: 4 << 10}
	brisk := Limits{Patience: 300 * time.Millisecond, Life: 5 * time.Second, Output: 4 << 10}
	for name, c := range map[string]struct {
		script, code, words string
	}{
		"says nothing":            {"cat >/dev/null", "", ""},
		"does not listen":         {"echo words", "", "words"},
		"fails":                   {"cat >/dev/null; echo canary; exit 3", "backend_unreachable", ""},
		"dies":                    {"kill -9 $$", "backend_unreachable", ""},
		"never ends":              {"cat >/dev/null; echo canary; sleep 60", "backend_timeout", ""},
		"does not die":            {"trap '' TERM INT HUP; cat >/dev/null; while :; do sleep 1; done", "backend_timeout", ""},
		"leaves a child":          {"cat >/dev/null; (sleep 60) & echo words", "backend_timeout", ""},
		"floods":                  {"cat /dev/zero | tr '\\0' 'c'", "backend_invalid", ""},
		"floods with lines":       {"yes canary", "backend_invalid", ""},
		"blank lines without end": {"yes ''", "backend_invalid", ""},
		"bytes that are no text":  {`cat >/dev/null; printf 'a\377\376b\n'`, "", "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			limits := patient
			if c.code == "backend_timeout" {
				limits = brisk
			}
			tr := shell(t, c.script, Options{Limits: limits})
			began := time.Now()
			words, err := listen(t, tr, make([]int16, 64000))
			require.Less(t, time.Since(began), 15*time.Second)
			if c.code == "" {
				require.NoError(t, err)
			} else {
				require.Equal(t, c.code, code(t, err))
			}
			require.Equal(t, c.words, words)
		})
	}
	t.Run("is not there", func(t *testing.T) {
		_, err := listen(t, New(Options{Argv: []string{filepath.Join(t.TempDir(), "gone")}}), make([]int16, 16))
		require.Equal(t, "backend_unreachable", code(t, err))
	})
}

// Drop ends the program and all that it started, at once, and nothing of the
// sound is left. It does not block, and End then says so.
func TestDrop(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	tr := shell(t, `echo $$ >`+pids+`.new; sleep 60 & echo $! >>`+pids+`.new; mv `+pids+`.new `+pids+`; cat >/dev/null`, Options{})
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(session.Speech) { t.Error("words after all") }})
	require.NoError(t, u.Write(make([]int16, 1600)))
	var raw []byte
	require.Eventually(t, func() bool { raw, _ = os.ReadFile(pids); return len(raw) > 0 }, 10*time.Second, time.Millisecond)
	u.Drop()
	u.Drop()
	require.Error(t, u.Write(make([]int16, 1600)))
	_, err := u.End(t.Context())
	require.ErrorIs(t, err, context.Canceled)
	inner := u.(*utterance)
	<-inner.done
	require.Nil(t, inner.sound)
	for _, s := range strings.Fields(string(raw)) {
		pid, err := strconv.Atoi(s)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return gone(pid) }, 10*time.Second, time.Millisecond, "process %d", pid)
	}
}

// gone says that a process has ended; an orphan may wait for its new parent.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// The end of the session's context is the program's.
func TestContext(t *testing.T) {
	tr := shell(t, "cat >/dev/null; sleep 60", Options{})
	ctx, cancel := context.WithCancel(t.Context())
	u := tr.Hear(ctx, avatar.Hearing{Locale: "en"})
	require.NoError(t, u.Write(make([]int16, 1600)))
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := u.End(t.Context())
	require.ErrorIs(t, err, context.Canceled)

	u = tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
	require.NoError(t, u.Write(make([]int16, 1600)))
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = u.End(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// Nothing is started before there is sound, and nothing said is no failure.
func TestNoSound(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "ran")
	tr := shell(t, "touch "+mark, Options{})
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
	words, err := u.End(t.Context())
	require.NoError(t, err)
	require.Zero(t, words.Len())
	require.NoFileExists(t, mark)
}

// One utterance is bounded, and so is the number of programs.
func TestBounds(t *testing.T) {
	tr := shell(t, "cat >/dev/null", Options{Limits: Limits{Processes: 1, Patience: 200 * time.Millisecond}})
	u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
	require.NoError(t, u.Write(make([]int16, avatar.MaxUtterance)))
	require.Equal(t, "backend_invalid", code(t, u.Write(make([]int16, 1))))
	require.Eventually(t, func() bool { return len(tr.slots) == 1 }, 10*time.Second, time.Millisecond)
	second := tr.Hear(t.Context(), avatar.Hearing{Locale: "en"})
	require.NoError(t, second.Write(make([]int16, 160)))
	_, err := second.End(t.Context())
	require.Equal(t, "backend_overloaded", code(t, err))
	_, err = u.End(t.Context())
	require.NoError(t, err)
	_, err = u.End(t.Context())
	require.ErrorIs(t, err, context.Canceled)
}

// A program is told nothing of the gateway's environment, and has no folder to
// write in. R1
func TestEnvironment(t *testing.T) {
	t.Setenv("MAYFLY_SECRET", "canary")
	words, err := listen(t, shell(t, "cat >/dev/null; env; pwd; touch $HOME/x $TMPDIR/x 2>/dev/null || echo nowhere", Options{}), make([]int16, 16))
	require.NoError(t, err)
	require.NotContains(t, words, "canary")
	require.Contains(t, words, "/ nowhere")
}

// A language is two or three letters, whatever somebody calls it: it stands in
// a command line.
func TestLanguageInTheCommandLine(t *testing.T) {
	for in, want := range map[string]string{"de-AT": "de", "EN": "en", "": "en", "../../etc": "en", "-rf": "en", "gsw": "gsw", "$(id)": "en", "e\x00": "en"} {
		require.Equal(t, want, letters(in), in)
	}
	tr := New(Options{Argv: []string{"x"}, Languages: []string{"en-US", "de"}})
	require.True(t, tr.Understands("en"))
	require.True(t, tr.Understands("de-AT"))
	require.False(t, tr.Understands("fr"))
	require.True(t, New(Options{Argv: []string{"x"}}).Understands("fr"))
}

// Many at once, dropped and ended in any order, leave nothing behind.
func TestManyUtterances(t *testing.T) {
	tr := shell(t, "cat >/dev/null; echo ok", Options{})
	n := int(20 * *scale)
	done := make(chan error, n)
	for i := range n {
		go func() {
			u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Partial: func(session.Speech) {}})
			for range 5 {
				if err := u.Write(make([]int16, 160)); err != nil {
					done <- err
					return
				}
			}
			if i%3 == 0 {
				u.Drop()
				done <- nil
				return
			}
			_, err := u.End(t.Context())
			done <- err
		}()
	}
	for range n {
		require.NoError(t, <-done)
	}
	t.Logf("%d utterances", n)
}

// A connection that is lost while somebody begins to speak ends the utterance,
// and nothing else.
func TestContextOverAlready(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	const n = 2000
	for range n {
		u := New(Options{Argv: []string{"x"}}).Hear(ctx, avatar.Hearing{})
		require.Error(t, u.Write(make([]int16, 16)))
		u.Drop()
	}
	t.Logf("n = %d utterances", n)
}

//go:build speech

package voice

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// found is what Find finds; the tests of this file need both programs.
func found(t *testing.T) []Voice {
	t.Helper()
	for _, p := range []string{"flite", "espeak-ng"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Fatalf("this test needs the Debian package %s: %v", p, err)
		}
	}
	return Find(t.Context(), Search{})
}

func TestRealVoices(t *testing.T) {
	voices := found(t)
	require.Equal(t, "flite slt", voices[0].Name())
	require.Equal(t, "espeak-ng", voices[1].Name())
	require.Equal(t, "espeak-ng", Choose(voices, "de-AT", "flite slt").Name())
	require.Nil(t, Choose(voices, "tlh", ""))
	text := "Good morning. We have 3 apples, and you?"
	for _, v := range voices {
		for _, language := range []string{"en", "de"} {
			if !v.Speaks(language) {
				continue
			}
			t.Run(v.Name()+" "+language, func(t *testing.T) {
				var n, words int
				last, first, start := -1, time.Duration(0), time.Now()
				shapes := map[Shape]bool{}
				loud := 0.0
				err := v.Speak(t.Context(), []byte(text), Options{Language: language}, func(c Chunk) error {
					if first == 0 {
						first = time.Since(start)
					}
					at := n * 1000 / Rate
					for _, m := range c.Visemes {
						require.Greater(t, m.At, last)
						require.GreaterOrEqual(t, m.At, at)
						last, shapes[m.Shape] = m.At, true
					}
					for _, w := range c.Words {
						require.GreaterOrEqual(t, w.At, at)
						words++
					}
					n += len(c.PCM)
					loud = max(loud, rms(c.PCM))
					return nil
				})
				require.NoError(t, err)
				require.InDelta(t, 3, float64(n)/Rate, 1.5, "seconds")
				require.Equal(t, 8, words)
				require.Greater(t, len(shapes), 6)
				require.Greater(t, loud, .02)
				t.Logf("%.1f s of sound, first after %v", float64(n)/Rate, first.Round(time.Millisecond))
			})
		}
	}
}

// A listener who interrupts is not spoken to any more: after the first piece
// of sound, and while the program still makes it.
func TestRealVoicesStop(t *testing.T) {
	for _, v := range found(t) {
		ctx, cancel := context.WithCancel(t.Context())
		err := v.Speak(ctx, []byte(strings.Repeat("This goes on and on. ", 10)), Options{Language: "en"}, func(Chunk) error {
			require.NoError(t, ctx.Err())
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)

		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		start := time.Now()
		err = v.Speak(ctx, []byte(strings.Repeat("This goes on and on. ", 200)), Options{Language: "en"}, func(Chunk) error {
			t.Errorf("%s: sound after the end", v.Name())
			return nil
		})
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		t.Logf("%s: stopped after %v", v.Name(), time.Since(start).Round(time.Millisecond))
	}
}

// R1: the programs write nothing, make nothing and leave nothing, also not the
// libraries that they load: traced, only devices and memory are opened for
// writing, and the words are in no argument. The control is the same program
// with a home folder.
func TestRealVoicesWriteNoFile(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatalf("this test needs the Debian package strace: %v", err)
	}
	trace := func(t *testing.T, v Voice, before string) (touched []string) {
		log := filepath.Join(t.TempDir(), "trace")
		wrap := filepath.Join(t.TempDir(), "wrap")
		var p *program
		switch v := v.(type) {
		case *Flite:
			p = &v.program
		case *Espeak:
			p = &v.program
		}
		path := p.path
		defer func() { p.path = path }()
		script := "#!/bin/sh\n" + before + "exec " + strace + " -f -s 200 -e trace=%file -o " + log + " " + path + " \"$@\"\n"
		require.NoError(t, os.WriteFile(wrap, []byte(script), 0o700))
		p.path = wrap
		require.NoError(t, v.Speak(t.Context(), []byte("canary words."), Options{Language: "en"}, func(Chunk) error { return nil }))
		raw, err := os.ReadFile(log)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "canary")
		require.Contains(t, string(raw), "execve")
		for line := range strings.SplitSeq(string(raw), "\n") {
			if makes.MatchString(line) && !strings.Contains(line, `"/dev/`) && !strings.Contains(line, `"/proc/`) {
				touched = append(touched, line)
			}
		}
		return touched
	}
	for _, v := range found(t) {
		t.Run(v.Name(), func(t *testing.T) {
			require.Empty(t, trace(t, v, ""))
			if v.Name() == "espeak-ng" {
				home := t.TempDir()
				control := trace(t, v, "unset PULSE_SERVER XDG_CONFIG_HOME XDG_RUNTIME_DIR TMPDIR; export HOME="+home+"\n")
				require.NotEmpty(t, control, "a sound library that writes is not seen")
			}
		})
	}
}

// makes is a call that would change something, whether or not it could.
var makes = regexp.MustCompile(`O_WRONLY|O_RDWR|O_CREAT|\b(creat|rename\w*|mkdir\w*|mknod\w*|link\w*|symlink\w*|unlink\w*|rmdir|truncate|chmod|chown)\(`)

// rms is the level of a piece as a part of full scale.
func rms(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum/float64(max(1, len(pcm)))) / 32768
}

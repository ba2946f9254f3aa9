//go:build speech

package voice

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
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

func TestRealVoicesStop(t *testing.T) {
	for _, v := range found(t) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		err := v.Speak(ctx, []byte(strings.Repeat("This goes on and on. ", 200)), Options{Language: "en"}, func(Chunk) error {
			require.NoError(t, ctx.Err())
			cancel()
			return nil
		})
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, time.Since(start), 20*time.Second)
	}
}

// TestRealVoicesWriteNoFile traces every file that the programs open for
// writing: only devices, pipes and memory, and the words are in no argument.
func TestRealVoicesWriteNoFile(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatalf("this test needs the Debian package strace: %v", err)
	}
	for _, v := range found(t) {
		t.Run(v.Name(), func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "trace")
			wrap := filepath.Join(t.TempDir(), "wrap")
			var p *program
			switch v := v.(type) {
			case *Flite:
				p = &v.program
			case *Espeak:
				p = &v.program
			}
			script := "#!/bin/sh\nexec " + strace + " -f -s 200 -e trace=execve,open,openat,creat,rename,mkdir,link -o " + log + " " + p.path + " \"$@\"\n"
			require.NoError(t, os.WriteFile(wrap, []byte(script), 0o700))
			p.path = wrap
			require.NoError(t, v.Speak(t.Context(), []byte("canary words."), Options{Language: "en"}, func(Chunk) error { return nil }))
			raw, err := os.ReadFile(log)
			require.NoError(t, err)
			require.NotContains(t, string(raw), "canary")
			require.Contains(t, string(raw), "execve")
			for _, line := range strings.Split(string(raw), "\n") {
				writes := strings.Contains(line, "O_WRONLY") || strings.Contains(line, "O_RDWR") || strings.Contains(line, "O_CREAT") || strings.Contains(line, "creat(") || strings.Contains(line, "rename(") || strings.Contains(line, "mkdir(") || strings.Contains(line, "link(")
				if !writes || strings.Contains(line, "ENOENT") || strings.Contains(line, "= -1") {
					continue
				}
				if !strings.Contains(line, `"/dev/`) && !strings.Contains(line, `"/proc/`) {
					t.Errorf("a file was opened for writing: %s", line)
				}
			}
		})
	}
}

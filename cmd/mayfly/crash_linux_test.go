package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// canaryOfACrash is what somebody said. Its second part looks like what Go
// writes of a function.
const canaryOfACrash = "CANARY-crash\n\ngoroutine 7 [running]:\nmayfly/gateway.CANARY(1)\n\tCANARY.go:7 +0x1\n\n"

// uncaught are ends of a process by a fault, with words at hand.
var uncaught = map[string]func(said string){
	"panic":        func(said string) { panic("heard " + said) },
	"error":        func(said string) { panic(fmt.Errorf("heard %s", said)) },
	"panics twice": func(said string) { defer func() { panic(said) }(); panic(said) },
	"nil":          func(said string) { var of *settings; of.Data = said },
	"stack":        func(said string) { debug.SetMaxStack(64 << 10); _ = deep(1<<20, said) },
	"signal": func(string) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGQUIT)
		select {}
	},
	"written": func(said string) { fmt.Fprintln(os.Stderr, said) },
	"silent":  func(string) {},
}

func deep(calls int, said string) int {
	if calls == 0 {
		return len(said)
	}
	return 1 + deep(calls-1, said)
}

// R1 R19: what Go itself writes of a fault that nobody caught holds words, and
// reaches no log: one line says what it was and where.
func TestCrashIsApart(t *testing.T) {
	if how := os.Getenv("MAYFLY_TEST_UNCAUGHT"); how != "" {
		crashOnPurpose(how)
		return
	}
	run := func(t *testing.T, how, traceback string) (lines []map[string]any, raw string, code int) {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestCrashIsApart$")
		cmd.Env = append(os.Environ(), "MAYFLY_TEST_UNCAUGHT="+how, "GOTRACEBACK="+traceback)
		var said strings.Builder
		cmd.Stderr = &said // Run waits until the other process has said all, too
		err := cmd.Run()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		} else {
			require.NoError(t, err)
		}
		for line := range strings.Lines(said.String()) {
			var l map[string]any
			if json.Unmarshal([]byte(line), &l) == nil {
				lines = append(lines, l)
			}
		}
		return lines, said.String(), code
	}
	_, raw, _ := run(t, "bare panic", "single")
	require.Contains(t, raw, "CANARY", "control: left alone, Go writes the words")

	for how, want := range map[string]struct{ fault, at string }{
		"panic": {"panic", "mayfly.init.func"}, "error": {"panic", "mayfly.init.func"}, "panics twice": {"panic", "mayfly.init.func"},
		"nil": {"panic", "mayfly.init.func"}, "stack": {"stack_overflow", "mayfly.deep:"}, "signal": {"signal", ""},
	} {
		for _, traceback := range []string{"single", "all", "system"} {
			t.Run(how+", "+traceback, func(t *testing.T) {
				lines, raw, code := run(t, how, traceback)
				require.Equal(t, 2, code, "as Go ends it")
				require.NotContains(t, raw, "CANARY")
				require.Equal(t, 2, strings.Count(raw, "\n"), "the program's own line, and this one: %s", raw)
				require.Len(t, lines, 2)
				require.Equal(t, "ready", lines[0]["msg"])
				require.Equal(t, want.fault, lines[1]["fault"])
				if want.at != "" {
					require.Contains(t, lines[1]["at"], want.at)
				}
			})
		}
	}
	lines, raw, code := run(t, "written", "single")
	require.Zero(t, code)
	require.Len(t, lines, 2, raw)
	require.NotContains(t, raw, "CANARY")
	require.EqualValues(t, len(canaryOfACrash)+1, lines[1]["count"], "only how much it was")

	lines, raw, code = run(t, "silent", "single")
	require.Zero(t, code)
	require.Len(t, lines, 1, "an end in order has nothing to tell: %s", raw)
}

// crashOnPurpose is what the child does.
func crashOnPurpose(how string) {
	how, bare := strings.CutPrefix(how, "bare ")
	if err := harden(); err != nil {
		panic(err)
	}
	if how := uncaught[how]; bare {
		how(canaryOfACrash)
	}
	own, err := keepCrash()
	if err != nil {
		panic(err)
	}
	newLogger(own, slog.LevelInfo, false).Info("ready")
	uncaught[how](canaryOfACrash)
	os.Exit(0)
}

// The program as people run it has that process beside it, which ends with it
// however that one ends, and ignores what a terminal sends to both.
func TestCrashIsToldAsRun(t *testing.T) {
	for name, end := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "asked for its stacks": syscall.SIGQUIT, "stopped": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := launch(t, newPlace(t), nil, "--listen", "127.0.0.1:0", "--tls-listen", "off", "--data", t.TempDir())
			tellers := tellersOf(t, r.cmd.Process.Pid)
			require.Len(t, tellers, 1)
			if end != syscall.SIGKILL {
				require.NoError(t, syscall.Kill(-r.cmd.Process.Pid, end), "to both, as a terminal does")
			} else {
				require.NoError(t, r.cmd.Process.Kill())
			}
			<-r.done
			require.Eventually(t, func() bool { return errors.Is(syscall.Kill(tellers[0], 0), syscall.ESRCH) }, 30*time.Second, 10*time.Millisecond)
			said := r.read(r.err)
			require.Equal(t, end == syscall.SIGQUIT, strings.Contains(said, `"fault":"signal"`), said)
			require.NotContains(t, said, "goroutine")
		})
	}
}

// tellersOf are the processes that a process started to tell of its faults.
func tellersOf(t *testing.T, pid int) (all []int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	require.NoError(t, err)
	for _, f := range tasks {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, child := range strings.Fields(string(text)) {
			if line, err := os.ReadFile("/proc/" + child + "/cmdline"); err == nil && strings.Contains(string(line), crashCommand) {
				number, err := strconv.Atoi(child)
				require.NoError(t, err)
				all = append(all, number)
			}
		}
	}
	return all
}

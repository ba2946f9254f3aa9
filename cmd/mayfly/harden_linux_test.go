package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// R1: a process that is made to crash leaves no memory behind. The control
// shows that the same crash writes a core here when nothing is done about it.
func TestHarden(t *testing.T) {
	if mode := os.Getenv("MAYFLY_TEST_CRASH"); mode != "" {
		crash(t, mode)
		return
	}
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	require.NoError(t, err)
	run := func(mode string) (cores []string, out string, err error) {
		folder := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run", "^TestHarden$")
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "MAYFLY_TEST_CRASH="+mode, "GOTRACEBACK=crash")
		text, err := cmd.CombinedOutput()
		cores, globErr := filepath.Glob(filepath.Join(folder, "*core*"))
		require.NoError(t, globErr)
		return cores, string(text), err
	}
	cores, out, err := run("bare")
	require.Error(t, err, out)
	plain := !strings.ContainsAny(string(pattern), "|/")
	if plain {
		require.NotEmpty(t, cores, "control: an unprotected crash writes a core: %s", out)
	}
	cores, out, err = run("hard")
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%s", out)
	require.Contains(t, out, "crash on purpose")
	require.Empty(t, cores)
	require.False(t, exit.Sys().(syscall.WaitStatus).CoreDump())

	_, out, err = run("look")
	require.NoError(t, err, out)
	t.Logf("core_pattern is a plain file name: %v", plain)
}

// crash is what the child does.
func crash(t *testing.T, mode string) {
	all := syscall.Rlimit{Cur: ^uint64(0), Max: ^uint64(0)}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &all); err != nil {
		t.Logf("core limit: %v", err)
	}
	switch mode {
	case "hard":
		require.NoError(t, harden())
	case "look":
		require.NoError(t, harden())
		require.NoError(t, os.WriteFile("f", nil, 0o666))
		info, err := os.Stat("f")
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		dumpable, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
		require.Zero(t, errno)
		require.Zero(t, dumpable)
		var limit syscall.Rlimit
		require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_CORE, &limit))
		require.Equal(t, syscall.Rlimit{}, limit)
		return
	}
	go panic("crash on purpose")
	select {}
}

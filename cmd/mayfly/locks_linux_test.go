package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// otherProcess names the database that a process of its own opens.
const otherProcess = "MAYFLY_TEST_OTHER_PROCESS"

// TestOtherProcess is that process, and says what came of it.
func TestOtherProcess(t *testing.T) {
	of := os.Getenv(otherProcess)
	if of == "" {
		return
	}
	for _, how := range []string{"_pragma=busy_timeout(50)", "mode=ro&_pragma=busy_timeout(50)", "vfs=unix-excl&_pragma=busy_timeout(50)"} {
		db, err := sql.Open("sqlite", "file:"+of+"?"+how)
		require.NoError(t, err)
		var n int
		err = db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&n)
		fmt.Printf("opened: %v\n", err)
		_ = db.Close()
	}
}

// From its start to its end the gateway keeps every other process out of its
// databases, whatever it does meanwhile: the kernel has its locks, who opens one
// is refused, and what was acknowledged outlives a kill. // R65
func TestNobodyElseInTheDatabases(t *testing.T) {
	a := newAudited(t)
	held := func(after string) {
		t.Helper()
		for _, name := range []string{"mayfly.db", "keys.db"} {
			path := filepath.Join(a.place.data(), name)
			require.NotEmpty(t, locksOn(t, a.cmd.Process.Pid, path), "%s: %s", after, name)
			child := exec.Command(os.Args[0], "-test.run", "^TestOtherProcess$")
			child.Env = append(os.Environ(), otherProcess+"="+path)
			out, err := child.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, 3, strings.Count(string(out), "opened: database is locked"), "%s: %s: %s", after, name, out)
			gone, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", a.cmd.Process.Pid))
			require.NoError(t, err)
			require.NotEmpty(t, gone)
			for _, fd := range gone {
				to, _ := os.Readlink(fd)
				require.NotContains(t, to, name+"-wal (deleted)", after)
			}
		}
	}
	held("the start")
	a.did("backup", filepath.Join(a.place.scratch, "backup"))
	held("a backup")
	require.NotContains(t, a.did("drill"), "FAILED")
	held("a drill")
	a.did("audit", "export", "--tenant", "acme")
	status, _ := a.get(auditReviewer, "/audit/acme/checkpoint")
	require.Equal(t, http.StatusOK, status)
	a.did("evidence", "--tenant", "acme", "--out", filepath.Join(a.place.scratch, "evidence"))
	held("work on the audit log")

	status, code, answer := a.asked(auditAdmin, "PUT", "/v1/admin/recording/off", `{"reason":"an incident"}`, "")
	require.Equal(t, http.StatusOK, status, "%s %s", code, answer)
	held("a change")
	require.NoError(t, syscall.Kill(-a.cmd.Process.Pid, syscall.SIGKILL))
	<-a.done
	a.running = launch(t, a.place, nil, a.cmd.Args[1:]...)
	held("another start")
	require.Equal(t, 1, strings.Count(a.did("audit", "export", "--tenant", "acme"), `"kind":"recording_forced_off"`))
	_, body := a.get(auditAdmin, "/v1/admin/overview")
	require.Contains(t, string(body), `"forced_off":true`)
}

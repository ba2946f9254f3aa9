package started

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Home is a folder that the program runs over: its configuration is in
// mayfly.yaml there, and what it keeps in the folder data.
type Home string

// Config is the file of the configuration.
func (h Home) Config() string { return filepath.Join(string(h), "mayfly.yaml") }

// Data is the program's own folder.
func (h Home) Data() string { return filepath.Join(string(h), "data") }

// Command is one of the program over the data there, which finds no other
// program and no file of this machine's people.
func (h Home) Command(args ...string) *exec.Cmd {
	home := string(h)
	cmd := exec.Command(mayfly, append(args, "--data", h.Data())...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + home, "TMPDIR=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Configure writes the configuration.
func (h Home) Configure(t testing.TB, text string) {
	t.Helper()
	if err := os.WriteFile(h.Config(), []byte(text), 0o600); err != nil {
		t.Fatal("rig: ", err)
	}
}

// Serving is the command that serves as it is configured, at an address of this
// machine: FreePort's, or 127.0.0.1:0.
func (h Home) Serving(address string) *exec.Cmd {
	return h.Command("serve", "--config", h.Config(), "--listen", address, "--tls-listen", "off")
}

// Serve runs it.
func (h Home) Serve(t testing.TB, address string) *Gateway {
	t.Helper()
	return Serve(t, h.Serving(address))
}

// Gateway is the program that serves.
type Gateway struct{ *Process }

// Serve starts a command of the program that serves, and waits until it does.
// The test fails unless it ends in order: when it is stopped, or at the end of
// the test.
func Serve(t testing.TB, cmd *exec.Cmd) *Gateway {
	t.Helper()
	g := &Gateway{Run(t, cmd)}
	t.Cleanup(func() {
		t.Helper()
		if !g.asked {
			g.end(true)
		}
	})
	g.Until("the gateway is ready", func() bool { return g.Row("Stop") != "" })
	return g
}

// Row is what the gateway says in a row of what a person is told at its start:
// "Open", "Media"; empty: there is none.
func (g *Gateway) Row(name string) string {
	if found := regexp.MustCompile(`(?m)^  ` + name + ` +(\S.*)\n`).FindStringSubmatch(g.Said.String()); found != nil {
		return found[1]
	}
	return ""
}

// Stop asks it to end after its sessions have, and waits.
func (g *Gateway) Stop() {
	g.t.Helper()
	g.end(false)
}

// end asks it to end, and once more soon after if nobody waits for its
// sessions.
func (g *Gateway) end(soon bool) {
	g.t.Helper()
	if g.asked = true; g.ended() {
		g.t.Errorf("the gateway ended by itself: %s", g.cmd.ProcessState)
		return
	}
	ask := func() { _ = g.cmd.Process.Signal(syscall.SIGTERM) }
	ask()
	again := time.NewTicker(200 * time.Millisecond) // of two that come together a program sees one
	defer again.Stop()
	for late := time.After(comes); !g.ended(); {
		select {
		case <-g.over:
		case <-again.C:
			if soon {
				ask()
			}
		case <-late:
			g.t.Errorf("the gateway does not end")
			return
		}
	}
	// When it is asked once more it may be past hearing it.
	state := g.cmd.ProcessState.Sys().(syscall.WaitStatus)
	late := soon && state.Signaled() && state.Signal() == syscall.SIGTERM && strings.Contains(g.Said.String(), `"msg":"stopped"`)
	if !g.cmd.ProcessState.Success() && !late {
		g.t.Errorf("the gateway did not end in order: %s", g.cmd.ProcessState)
	}
}

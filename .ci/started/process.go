package started

import (
	"bytes"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// comes is how long a test waits for what is to come, on a busy machine.
	comes = 2 * time.Minute
	// shown is how much of what a program said is shown of a test that failed,
	// in bytes from the end.
	shown = 32 << 10
)

// Process is a program that a test started. It ends with the test.
type Process struct {
	Said Lines // on both of its outputs

	t     testing.TB
	cmd   *exec.Cmd
	over  chan struct{} // closed once it has ended
	asked bool          // to end
}

// Run starts a program, which is killed at the end of the test.
func Run(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, over: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.Said, &p.Said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = 10 * time.Second // for programs that it leaves behind
	if err := cmd.Start(); err != nil {
		t.Fatal("rig: ", err)
	}
	go func() {
		defer close(p.over)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			said := p.Said.String()
			t.Logf("%s said:\n%s", filepath.Base(cmd.Args[0]), said[max(0, len(said)-shown):])
		}
	})
	return p
}

// Until waits until it is so. That it never is, or that the program ends
// before, fails the test.
func (p *Process) Until(what string, so func() bool) {
	p.t.Helper()
	for end := time.Now().Add(comes); !so(); time.Sleep(20 * time.Millisecond) {
		if p.ended() && !so() {
			p.t.Fatalf("%s ended before this: %s", filepath.Base(p.cmd.Args[0]), what)
		}
		if time.Now().After(end) {
			p.t.Fatalf("it did not come to this: %s", what)
		}
	}
}

// Signal sends it one that it goes on with, such as SIGHUP.
func (p *Process) Signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal("rig: ", err)
	}
}

// Kill ends it at once, if it runs.
func (p *Process) Kill() {
	p.asked = true
	_ = p.cmd.Process.Kill()
	<-p.over
}

func (p *Process) ended() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// Lines is what a program says.
type Lines struct {
	mu   sync.Mutex
	text bytes.Buffer // Guarded by mu.
}

func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// FreePort is an address of this machine on which nothing listens. It is below
// those that the kernel hands out by itself, so that nothing that runs
// meanwhile is given it.
func FreePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(20_000+rand.IntN(12_000))); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("rig: no port is free")
	return ""
}

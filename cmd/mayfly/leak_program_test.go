package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scale multiplies the counts of loops.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// build is the program as people run it, made once for all tests that start
// it.
type build struct {
	once   sync.Once
	folder string
	err    error
}

var theBuild build

func (b *build) file(t *testing.T) string {
	t.Helper()
	b.once.Do(func() {
		if b.folder, b.err = os.MkdirTemp("", "mayfly-build-"); b.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", b.folder, ".").CombinedOutput()
		if err != nil {
			b.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	require.NoError(t, b.err)
	return filepath.Join(b.folder, "mayfly")
}

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == crashCommand {
		main() // what the program does when a test of it crashes
		return
	}
	if plan := os.Getenv(leakPlan); plan != "" {
		leakOnPurpose(plan)
		return
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "6") // who runs a program mostly waits for it
	code := m.Run()
	if theBuild.folder != "" {
		_ = os.RemoveAll(theBuild.folder)
	}
	os.Exit(code)
}

// place is where a program runs: folders of its own that were empty before.
type place struct {
	root    string // home, tmp and data are below it, and nothing else
	scratch string // what the test itself needs: not looked through
}

func newPlace(t *testing.T) place {
	t.Helper()
	p := place{root: t.TempDir(), scratch: t.TempDir()}
	for _, name := range []string{"home", "tmp", "data"} {
		require.NoError(t, os.Mkdir(filepath.Join(p.root, name), 0o700))
	}
	return p
}

func (p place) data() string { return filepath.Join(p.root, "data") }
func (p place) tmp() string  { return filepath.Join(p.root, "tmp") }

// environ is everything that the program finds in its environment. It asks
// all libraries to say as much as they can.
func (p place) environ(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(p.root, "home"), "TMPDIR=" + p.tmp(),
		"PION_LOG_TRACE=all", "PION_LOG_DEBUG=all", "GODEBUG=http2debug=2", "GOTRACEBACK=all",
	}, more...)
}

// running is the program, started.
type running struct {
	t     *testing.T
	place place
	cmd   *exec.Cmd
	out   string // file with standard output
	err   string // file with standard error
	done  chan struct{}

	url, tls, media string // as the program prints them
}

// launch starts the program and waits until it says that it is ready. before
// are a program and its arguments that start it in turn.
func launch(t *testing.T, p place, before []string, args ...string) *running {
	t.Helper()
	return launchFile(t, p, theBuild.file(t), before, args...)
}

// admin reads something of the administration into to, where the key may, and
// gives the status.
func (r *running) admin(key, path string, to any) int {
	r.t.Helper()
	status, body := r.me(key, http.MethodGet, "/v1/admin/"+path)
	if to != nil && status == http.StatusOK {
		require.NoError(r.t, json.Unmarshal([]byte(body), to))
	}
	return status
}

// me asks for what a key is of, and gives the status and the body.
func (r *running) me(key, method, path string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, nil)
	require.NoError(r.t, err)
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	return res.StatusCode, string(body)
}

// launchFile is launch of a program of the caller's.
func launchFile(t *testing.T, p place, file string, before []string, args ...string) *running {
	t.Helper()
	r := &running{t: t, place: p, done: make(chan struct{}), out: filepath.Join(p.scratch, "out"), err: filepath.Join(p.scratch, "err")}
	line := append(append(append([]string{}, before...), file), args...)
	r.cmd = exec.Command(line[0], line[1:]...)
	r.cmd.Dir, r.cmd.Env = p.scratch, p.environ()
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := os.Create(r.out)
	require.NoError(t, err)
	defer out.Close()
	diagnostics, err := os.Create(r.err)
	require.NoError(t, err)
	defer diagnostics.Close()
	r.cmd.Stdout, r.cmd.Stderr = out, diagnostics
	require.NoError(t, r.cmd.Start())
	go func() {
		defer close(r.done)
		_ = r.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		<-r.done
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		said := r.read(r.out)
		if strings.Contains(said, "\n  Stop ") {
			r.url, r.tls, r.media = row(said, "Open"), row(said, "TLS"), row(said, "Media")
			r.media = strings.TrimPrefix(r.media, "WebSocket, and WebRTC at ")
			return r
		}
		select {
		case <-r.done:
			require.FailNow(t, "the program ended before it was ready", "%s%s", said, r.read(r.err))
		default:
		}
		require.True(t, time.Now().Before(deadline), "the program does not get ready: %s", r.read(r.err))
	}
}

// row is a line of the banner.
func row(banner, name string) string {
	match := regexp.MustCompile(`(?m)^  ` + name + ` +(\S.*)$`).FindStringSubmatch(banner)
	if match == nil {
		return ""
	}
	return match[1]
}

func (r *running) read(name string) string {
	b, err := os.ReadFile(name)
	require.NoError(r.t, err)
	return string(b)
}

// stop tells the program to stop, twice, so that it does not wait for
// sessions, and waits for it.
func (r *running) stop() {
	r.t.Helper()
	r.signal()
	time.Sleep(50 * time.Millisecond)
	r.signal()
	r.ended(15 * time.Second)
}

func (r *running) signal() { _ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGTERM) }

// ended waits for the end and wants status 0.
func (r *running) ended(within time.Duration) {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(within):
		require.FailNow(r.t, "the program does not end", r.read(r.err))
	}
	require.Zero(r.t, r.cmd.ProcessState.ExitCode(), "%s", r.read(r.err))
}

// over is a client that reaches a Unix socket, whatever host is named.
func over(socket string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
}

// whole is an answer as it came: status, headers and body.
func whole(res *http.Response) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", res.Status)
	_ = res.Header.Write(&b)
	b.WriteString("\n")
	_, _ = io.Copy(&b, res.Body)
	_ = res.Body.Close()
	return []byte(b.String())
}

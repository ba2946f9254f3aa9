package browser

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the gateway's binary, built once by TestMain.
var program string

// Gateway is a running mayfly with an empty home of its own.
type Gateway struct {
	URL   string         // where it listens itself, without a path
	Media netip.AddrPort // the UDP and TCP port of WebRTC

	metrics string // socket
	home    string
	end     func() // stops it as somebody does who waits
}

// Setup is what a test's gateway differs in.
type Setup struct {
	PublicURL string
	Args      []string // added to those that keep it to free ports of this machine
	Config    string   // YAML; empty: the demonstration
	Tenant    string   // JSON; a tenant in the database, added before the start
	Home      string   // of a gateway that was stopped; empty: a new one
	Voiceless bool     // no voice program is found: only the built-in one is left
}

// startGateway runs the program until the test ends.
func startGateway(t testing.TB, setup Setup) *Gateway {
	t.Helper()
	home := setup.Home
	if home == "" {
		home = t.TempDir()
	}
	port := freePort(t)
	g := &Gateway{URL: "http://" + port, metrics: filepath.Join(home, "m"), home: home}
	all := append([]string{"serve", "--listen", port, "--tls-listen", "off", "--media-listen", "127.0.0.1:0",
		"--metrics-listen", "unix:" + g.metrics}, setup.Args...)
	if setup.PublicURL != "" {
		all = append(all, "--public-url", setup.PublicURL)
	}
	if setup.Config != "" {
		file := filepath.Join(home, "mayfly.yaml")
		must(t, os.WriteFile(file, []byte(setup.Config), 0o600))
		all = append(all, "--config", file)
	}
	if setup.Tenant != "" {
		file := filepath.Join(home, "tenant.json")
		must(t, os.WriteFile(file, []byte(setup.Tenant), 0o600))
		must(t, os.MkdirAll(g.Data(), 0o700))
		g.command(t, "tenant", "add", file)
	}
	path := os.Getenv("PATH")
	if setup.Voiceless {
		path = home
	}
	cmd := exec.Command(program, all...)
	cmd.Env = []string{"HOME=" + home, "XDG_DATA_HOME=" + home, "PATH=" + path, "TMPDIR=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	must(t, err)
	log := &tail{}
	cmd.Stderr = log
	must(t, cmd.Start())
	waited := sync.OnceFunc(func() { _ = cmd.Wait() })
	g.end = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		waited()
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		time.AfterFunc(200*time.Millisecond, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
		waited()
		if t.Failed() {
			t.Logf("the gateway said:\n%s", log)
		}
	})
	g.Media = bannerMedia(t, out, log)
	return g
}

// Data is the folder in which the gateway keeps its own files.
func (g *Gateway) Data() string { return filepath.Join(g.home, "mayfly") }

// command runs the program's command line on the machine of the gateway and
// returns what it says.
func (g *Gateway) command(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, append(args, "--data", g.Data())...)
	cmd.Env = []string{"HOME=" + g.home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + g.home}
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("rig: mayfly %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(said)
}

var mediaRow = regexp.MustCompile(`WebRTC at (\S+)`)

// bannerMedia reads what a person is told at the start, up to the end of it.
func bannerMedia(t testing.TB, out io.Reader, log fmt.Stringer) (media netip.AddrPort) {
	t.Helper()
	ready := make(chan netip.AddrPort, 1)
	go func() {
		defer close(ready)
		var found netip.AddrPort
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := mediaRow.FindStringSubmatch(lines.Text()); m != nil {
				found, _ = netip.ParseAddrPort(m[1])
			}
			if strings.Contains(lines.Text(), "Ctrl-C") {
				ready <- found
			}
		}
	}()
	select {
	case media, ok := <-ready:
		if !ok {
			t.Fatalf("the gateway did not start:\n%s", log)
		}
		return media
	case <-time.After(30 * time.Second):
		t.Fatalf("the gateway was not ready after 30 s:\n%s", log)
	}
	return
}

// Figure reads one metric; -1 if there is none.
func (g *Gateway) Figure(name string) float64 {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", g.metrics)
		},
	}}
	answer, err := client.Get("http://metrics/metrics")
	if err != nil {
		return -1
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) == 2 && f[0] == name {
			v, err := strconv.ParseFloat(f[1], 64)
			if err == nil {
				return v
			}
		}
	}
	return -1
}

// wantNoSessions waits until the gateway holds nothing of anybody any more.
func (g *Gateway) wantNoSessions(t testing.TB, within time.Duration) {
	t.Helper()
	if !eventually(within, func() bool { return g.Figure("mayfly_sessions") == 0 }) {
		t.Errorf("after the person left, the gateway still holds %v sessions", g.Figure("mayfly_sessions"))
	}
}

// freePort is an address of this machine on which nothing listens. It is below
// those that the kernel hands out by itself, so that nothing that runs
// meanwhile is given it.
func freePort(t testing.TB) string {
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

// buildProgram builds the gateway from the tree that this module lies in,
// unless MAYFLY_BIN names one that is built.
func buildProgram(folder string) (string, error) {
	if built := os.Getenv("MAYFLY_BIN"); built != "" {
		return filepath.Abs(built)
	}
	out := filepath.Join(folder, "mayfly")
	cmd := exec.Command("go", "build", "-o", out, "./cmd/mayfly")
	cmd.Dir = "../.."
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New("the program does not build:\n" + string(said))
	}
	return out, nil
}

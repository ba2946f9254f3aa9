package browser

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mayfly.test/started"
)

// Gateway is a running mayfly with an empty home of its own.
type Gateway struct {
	URL   string         // where it listens itself, without a path
	Media netip.AddrPort // the UDP and TCP port of WebRTC

	metrics string // socket
	home    string
	runs    *started.Gateway
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
	port := started.FreePort(t)
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
	cmd := exec.Command(started.Mayfly(), all...)
	cmd.Env = []string{"HOME=" + home, "XDG_DATA_HOME=" + home, "PATH=" + path, "TMPDIR=" + home}
	g.runs = started.Serve(t, cmd)
	if at, ok := strings.CutPrefix(g.runs.Row("Media"), "WebSocket, and WebRTC at "); ok {
		media, err := netip.ParseAddrPort(at)
		must(t, err)
		g.Media = media
	}
	return g
}

// Data is the folder in which the gateway keeps its own files.
func (g *Gateway) Data() string { return filepath.Join(g.home, "mayfly") }

// command runs the program's command line on the machine of the gateway and
// returns what it says.
func (g *Gateway) command(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command(started.Mayfly(), append(args, "--data", g.Data())...)
	cmd.Env = []string{"HOME=" + g.home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + g.home}
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("rig: mayfly %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return string(said)
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

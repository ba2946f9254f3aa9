package reachtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Where things are on every ground.
const (
	atGateway = "10.77.2.2" // https on 443, media on 3478
	atRelay   = "10.77.2.3" // turns on 443, turn on 3478
	atRouter  = "10.77.1.1" // as the client sees it
)

// ground is a client and a server with a router between them that has rules.
type ground struct {
	t                      testing.TB
	client, router, server string // namespaces
	rules                  int
}

var grounds atomic.Int32

// sweep takes away what runs left behind that were killed.
func sweep() {
	left, _ := filepath.Glob("/etc/netns/mayfly-*")
	for _, folder := range left {
		name := filepath.Base(folder)
		var pid int
		if _, err := fmt.Sscanf(name, "mayfly-%d-", &pid); err != nil {
			continue
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); os.IsNotExist(err) {
			_ = exec.Command("ip", "netns", "del", name).Run()
			_ = os.RemoveAll(folder)
		}
	}
}

func newGround(t testing.TB) *ground {
	t.Helper()
	n := fmt.Sprintf("mayfly-%d-%d", os.Getpid(), grounds.Add(1))
	g := &ground{t: t, client: n + "-client", router: n + "-router", server: n + "-server"}
	t.Cleanup(func() {
		for _, ns := range []string{g.client, g.router, g.server} {
			_ = exec.Command("ip", "netns", "del", ns).Run()
			_ = os.RemoveAll(filepath.Join("/etc/netns", ns))
		}
	})
	for _, ns := range []string{g.client, g.router, g.server} {
		g.ip("netns", "add", ns)
		g.ip("-n", ns, "link", "set", "lo", "up")
		folder := filepath.Join("/etc/netns", ns) // ip netns exec puts these over /etc
		require.NoError(t, os.MkdirAll(folder, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "hosts"), []byte("127.0.0.1 localhost\n"+atGateway+" avatars.test\n"+atRelay+" turn.test\n"), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "resolv.conf"), []byte("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"), 0o644))
	}
	g.ip("link", "add", "name", "net0", "netns", g.client, "type", "veth", "peer", "name", "people", "netns", g.router)
	g.ip("link", "add", "name", "net0", "netns", g.server, "type", "veth", "peer", "name", "servers", "netns", g.router)
	for _, a := range [][3]string{{g.client, "net0", "10.77.1.2/24"}, {g.router, "people", atRouter + "/24"}, {g.router, "servers", "10.77.2.1/24"}, {g.server, "net0", atGateway + "/24"}, {g.server, "net0", atRelay + "/24"}} {
		g.ip("-n", a[0], "address", "add", a[2], "dev", a[1])
		g.ip("-n", a[0], "link", "set", a[1], "up")
	}
	g.ip("-n", g.client, "route", "add", "default", "via", atRouter)
	g.ip("-n", g.server, "route", "add", "default", "via", "10.77.2.1")
	g.run(g.router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
	return g
}

func (g *ground) ip(args ...string) {
	g.t.Helper()
	said, err := exec.Command("ip", args...).CombinedOutput()
	require.NoError(g.t, err, "ip %s: %s", strings.Join(args, " "), said)
}

// drop has the router throw away, without a word, what the client sends:
// "ipproto udp", "ipproto tcp dport 443 to 10.77.2.3".
func (g *ground) drop(rule string) {
	g.t.Helper()
	g.rules++
	g.ip(append([]string{"-n", g.router, "rule", "add", "pref", fmt.Sprint(100 + g.rules), "iif", "people"}, append(strings.Fields(rule), "blackhole")...)...)
}

// only443 drops all but TCP to port 443 of some addresses.
func (g *ground) only443(addresses ...string) {
	g.t.Helper()
	for _, a := range addresses {
		g.rules++
		g.ip("-n", g.router, "rule", "add", "pref", fmt.Sprint(100+g.rules), "iif", "people", "ipproto", "tcp", "dport", "443", "to", a, "lookup", "main")
	}
	g.drop("to 10.77.2.0/24")
}

// command is a program in a namespace. It ends with the test.
func (g *ground) command(ns string, args ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", ns}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (g *ground) run(ns string, args ...string) string {
	g.t.Helper()
	said, err := g.command(ns, args...).CombinedOutput()
	require.NoError(g.t, err, "%s: %s", strings.Join(args, " "), said)
	return string(said)
}

func oneLine(b []byte) string {
	return string(bytes.Join(bytes.Fields(b), []byte(" ")))
}

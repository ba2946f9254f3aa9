package siemtest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mayfly is the program, built once.
var mayfly string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "mayfly-siem-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		mayfly = filepath.Join(folder, "mayfly")
		cmd := exec.Command("go", "build", "-o", mayfly, "./cmd/mayfly")
		cmd.Dir = "../.."
		if said, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "it does not build:\n%s", said)
			return 1
		}
		return m.Run()
	}())
}

// certify writes a certificate for this machine, and its key.
func certify(t *testing.T, folder string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "logs"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, key
}

// rsyslog is a real one, that writes what it takes to a file: its parts of RFC
// 5424 and the message, with a tab between.
type rsyslog struct {
	t            *testing.T
	folder, port string
	cmd          *exec.Cmd
}

func newRsyslog(t *testing.T, folder, cert, key string) *rsyslog {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	require.NoError(t, l.Close())
	config := fmt.Sprintf(`global(workDirectory=%q defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile=%q defaultNetstreamDriverCertFile=%q defaultNetstreamDriverKeyFile=%q maxMessageSize="8k")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
template(name="parts" type="string" string="%%pri%%\t%%protocol-version%%\t%%timestamp:::date-rfc3339%%\t%%hostname%%\t%%app-name%%\t%%msgid%%\t%%msg%%\n")
input(type="imtcp" port=%q address="127.0.0.1")
action(type="omfile" file=%q template="parts" asyncWriting="off" flushOnTXEnd="on")
`, folder, cert, cert, key, port, filepath.Join(folder, "taken"))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "rsyslog.conf"), []byte(config), 0o600))
	return &rsyslog{t: t, folder: folder, port: port}
}

func (r *rsyslog) start() {
	r.t.Helper()
	r.cmd = exec.Command("rsyslogd", "-n", "-f", filepath.Join(r.folder, "rsyslog.conf"), "-i", filepath.Join(r.folder, "pid"))
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r.cmd.Stderr = os.Stderr
	require.NoError(r.t, r.cmd.Start())
	require.Eventually(r.t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+r.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, 30*time.Second, 50*time.Millisecond, "rsyslog does not listen")
}

func (r *rsyslog) kill() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Kill())
	_ = r.cmd.Wait()
}

// taken are the messages that it took, in their order, without those that came
// again.
func (r *rsyslog) taken() (lines []string) {
	for _, line := range once(r.t, filepath.Join(r.folder, "taken")) {
		if strings.Contains(line, "\tmayfly\t") {
			lines = append(lines, line)
		}
	}
	return lines
}

// once are the lines of a file, without those that came again.
func once(t *testing.T, path string) (lines []string) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	seen := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); !seen[line] {
			lines = append(lines, line)
		}
		seen[line] = true
	}
	return lines
}

// gateway is the program with its folder.
type gateway struct {
	t            *testing.T
	home, config string
	cmd          *exec.Cmd
	said         lines
}

func (g *gateway) command(args ...string) *exec.Cmd {
	cmd := exec.Command(mayfly, append(args, "--data", filepath.Join(g.home, "data"))...)
	cmd.Env = []string{"HOME=" + g.home, "PATH=" + g.home, "TMPDIR=" + g.home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func (g *gateway) start() {
	g.t.Helper()
	g.cmd = g.command("serve", "--config", g.config, "--listen", "127.0.0.1:0", "--tls-listen", "off")
	out, err := g.cmd.StdoutPipe()
	require.NoError(g.t, err)
	g.cmd.Stderr = &g.said
	require.NoError(g.t, g.cmd.Start())
	ready := make(chan bool)
	go func() {
		for in := bufio.NewScanner(io.TeeReader(out, &g.said)); in.Scan(); {
			if strings.Contains(in.Text(), "Ctrl-C") {
				close(ready)
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(60 * time.Second):
		g.t.Fatalf("the gateway did not start:\n%s", &g.said)
	}
}

func (g *gateway) stop(how syscall.Signal) {
	g.t.Helper()
	require.NoError(g.t, g.cmd.Process.Signal(how))
	_ = g.cmd.Wait()
}

// change makes facts: n changes of the switch for everything.
func (g *gateway) change(n int) {
	g.t.Helper()
	for range n {
		for _, args := range [][]string{{"recording", "off", "--tenant", "acme", "--reason", "a drill"}, {"recording", "on", "--tenant", "acme"}} {
			out, err := g.command(args...).CombinedOutput()
			require.NoError(g.t, err, string(out))
		}
	}
}

// lines is what a process prints.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// The program's own log reaches a real rsyslog over TLS, each record once or
// more and whole, as RFC 5424 has it; while rsyslog is dead the gateway works
// on and says so; both may be killed in the middle. The file that the same
// records go to beside it holds the same.
func TestRsyslog(t *testing.T) {
	folder := t.TempDir()
	cert, key := certify(t, folder)
	to := newRsyslog(t, folder, cert, key)
	to.start()
	g := &gateway{t: t, home: t.TempDir()}
	g.config = filepath.Join(g.home, "mayfly.yaml")
	records := filepath.Join(g.home, "records.jsonl")
	require.NoError(t, os.WriteFile(g.config, fmt.Appendf(nil, `
media: {listen: "off"}
public_url: https://gw.example.org
behind_tls_proxy: true
siem:
  - {name: soc, to: syslog, url: "tls://127.0.0.1:%s", ca_file: %s}
  - {name: disk, to: file, file: %s}
tenants:
  - id: acme
    name: Acme
    public: true
    avatars: [{id: ada, name: Ada}]
`, to.port, cert, records), 0o600))
	g.start()
	g.change(3)
	eventually(t, g, func() bool { return len(to.taken()) >= 8 })
	g.stop(syscall.SIGKILL)
	g.start()
	to.kill()
	g.change(5)
	eventually(t, g, func() bool { return strings.Contains(g.said.String(), "a collector does not take the audit log") })
	g.stop(syscall.SIGTERM)
	g.start()
	to.start()
	g.change(1)

	onDisk := func() []string { return once(t, records) }
	// 18 switches, the tenant, three beginnings and an end of the gateway.
	eventually(t, g, func() bool { n := len(onDisk()); return n >= 23 && len(to.taken()) == n })
	// The chain is each collector's own; what is said is the same.
	plain := func(line string) string {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		delete(record, "attestation_list")
		out, err := json.Marshal(record)
		require.NoError(t, err)
		return string(out)
	}
	taken := map[string]bool{}
	for _, line := range to.taken() {
		part := strings.Split(line, "\t")
		require.Len(t, part, 7, line)
		require.Equal(t, "1", part[1])
		require.Equal(t, "gw.example.org", part[3])
		require.Equal(t, "mayfly", part[4])
		_, err := time.Parse(time.RFC3339Nano, part[2])
		require.NoError(t, err)
		require.Contains(t, part[6], fmt.Sprintf(`"event_code":%q`, part[5]))
		taken[plain(part[6])] = true
	}
	for _, line := range onDisk() {
		require.True(t, taken[plain(line)], line)
	}
	require.Len(t, taken, len(onDisk()))
	g.stop(syscall.SIGTERM)
	t.Logf("n = %d records, on the disk and in rsyslog", len(taken))
}

func eventually(t *testing.T, g *gateway, what func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !what(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not come to that; the gateway said:\n%s", &g.said)
		}
	}
}

package siemtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

func TestMain(m *testing.M) { os.Exit(started.Main(m.Run)) }

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
	*started.Process
	t               *testing.T
	folder, address string
}

func newRsyslog(t *testing.T, folder, cert, key string) *rsyslog {
	t.Helper()
	address := started.FreePort(t)
	_, port, _ := net.SplitHostPort(address)
	config := fmt.Sprintf(`global(workDirectory=%q defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile=%q defaultNetstreamDriverCertFile=%q defaultNetstreamDriverKeyFile=%q maxMessageSize="8k")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
template(name="parts" type="string" string="%%pri%%\t%%protocol-version%%\t%%timestamp:::date-rfc3339%%\t%%hostname%%\t%%app-name%%\t%%msgid%%\t%%msg%%\n")
input(type="imtcp" port=%q address="127.0.0.1")
action(type="omfile" file=%q template="parts" asyncWriting="off" flushOnTXEnd="on")
`, folder, cert, cert, key, port, filepath.Join(folder, "taken"))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "rsyslog.conf"), []byte(config), 0o600))
	return &rsyslog{t: t, folder: folder, address: address}
}

func (r *rsyslog) start() {
	r.t.Helper()
	r.Process = started.Run(r.t, exec.Command("rsyslogd", "-n", "-f", filepath.Join(r.folder, "rsyslog.conf"), "-i", filepath.Join(r.folder, "pid")))
	r.Until("rsyslog listens", func() bool {
		c, err := net.Dial("tcp", r.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
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

// change makes facts: n changes of the switch for everything.
func change(t *testing.T, home started.Home, n int) {
	t.Helper()
	for range n {
		for _, args := range [][]string{{"recording", "off", "--tenant", "acme", "--reason", "a drill"}, {"recording", "on", "--tenant", "acme"}} {
			out, err := home.Command(args...).CombinedOutput()
			require.NoError(t, err, string(out))
		}
	}
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
	home := started.Home(t.TempDir())
	records := filepath.Join(string(home), "records.jsonl")
	home.Configure(t, fmt.Sprintf(`
media: {listen: "off"}
public_url: https://gw.example.org
behind_tls_proxy: true
siem:
  - {name: soc, to: syslog, url: "tls://%s", ca_file: %s}
  - {name: disk, to: file, file: %s}
tenants:
  - id: acme
    name: Acme
    public: true
    avatars: [{id: ada, name: Ada}]
`, to.address, cert, records))
	g := home.Serve(t, "127.0.0.1:0")
	change(t, home, 3)
	g.Until("what was changed is taken", func() bool { return len(to.taken()) >= 8 })
	g.Kill()
	g = home.Serve(t, "127.0.0.1:0")
	to.Kill()
	change(t, home, 5)
	g.Until("it says that nothing is taken", func() bool { return strings.Contains(g.Said.String(), "a collector does not take the audit log") })
	g.Stop()
	g = home.Serve(t, "127.0.0.1:0")
	to.start()
	change(t, home, 1)

	onDisk := func() []string { return once(t, records) }
	// 18 switches, the tenant, three beginnings and an end of the gateway.
	g.Until("all of it is in both places", func() bool { n := len(onDisk()); return n >= 23 && len(to.taken()) == n })
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
	g.Stop()
	t.Logf("n = %d records, on the disk and in rsyslog", len(taken))
}

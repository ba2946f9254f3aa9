package reachtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly.test/started"
)

// site is a gateway and a relay on a ground.
type site struct {
	*ground
	folder  string
	key     string         // an API key of acme
	secret  string         // shared by the gateway and the relay
	ca      string         // file
	pin     string         // of the servers' key
	gateway *started.Lines // what it says
	relay   *started.Lines
}

// set is what a test's site differs in.
type set struct {
	peers  string // lines of coturn about peers; empty: as reach.md has them
	secret string // of coturn; empty: the gateway's
	urls   string // of the relay; empty: over UDP, TCP and TLS
	more   string // of the gateway's media settings
}

const configuration = `
listen: "off"
tls_listen: 10.77.2.2:443
tls_cert: server.pem
tls_key: server.key
public_url: https://avatars.test
transcriber_command: {run: ["FOLDER/listener"], input: samples, languages: [en]}
media:
  listen: 10.77.2.2:3478
  ice_servers:
    - urls: [URLS]
      secret_file: turn.secret
    - urls: ["turns:theirs.test:443?transport=tcp"]
      secret_file: theirs.secret
      tenants: [beta]
tenants:
  - id: acme
    name: Acme University
    public: true
    avatars: [{id: ada, name: Ada, knowledge: known, microphone: true}]
    keys: [{hash: "sha256:HASH"}]
  - {id: beta, name: Beta College, public: true, avatars: [{id: bob, name: Bob}]}
`

// listener takes what it hears for a question, if it is long enough to be one.
const listener = `#!/bin/sh
[ "$(/usr/bin/wc -c)" -gt 16000 ] && echo "What do you keep?"
`

// turnserver is the relay's configuration as web/docs/reach.md tells people to
// write it, with the addresses and files of a test.
func turnserver(t testing.TB, secret, peers string) string {
	page, err := os.ReadFile("../../web/docs/reach.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```ini\n# /etc/turnserver.conf\n")
	require.True(t, found, "the page has no configuration for coturn any more")
	text, _, _ := strings.Cut(rest, "```")
	for _, change := range [][2]string{
		{"203.0.113.8", atRelay}, {"turn.example.org", "turn.test"}, {"/etc/coturn/", ""}, {"=SECRET", "=" + secret},
		{"denied-peer-ip=0.0.0.0-255.255.255.255\nallowed-peer-ip=203.0.113.7", peers},
		{"no-stdout-log\nlog-file=/dev/null", "log-file=stdout\nsimple-log\npidfile=turn.pid\nuserdb=turn.db"},
	} {
		require.Contains(t, text, change[0])
		text = strings.ReplaceAll(text, change[0], change[1])
	}
	return text
}

func newSite(t testing.TB, g *ground, o set) *site {
	t.Helper()
	s := &site{ground: g, folder: t.TempDir(), key: secret("mf_"), secret: secret("")}
	if o.peers == "" {
		o.peers = "denied-peer-ip=0.0.0.0-255.255.255.255\nallowed-peer-ip=" + atGateway
	}
	if o.secret == "" {
		o.secret = s.secret
	}
	if o.urls == "" {
		o.urls = `"turn:turn.test:3478?transport=udp", "turn:turn.test:3478?transport=tcp", "turns:turn.test:443?transport=tcp"`
	}
	s.certificates()
	s.write("turn.secret", s.secret+"\n", 0o600)
	s.write("theirs.secret", secret("")+"\n", 0o600)
	s.write("listener", listener, 0o700)
	require.NoError(t, os.Mkdir(filepath.Join(s.folder, "known"), 0o700))
	s.write("known/keeping.md", "# Keeping\n\n## What is kept\n<!-- asked:\nWhat do you keep?\n-->\n\nNothing is kept. It is gone when you go.\n", 0o600)
	s.write("mayfly.yaml", strings.NewReplacer("FOLDER", s.folder, "URLS", o.urls, "HASH", fmt.Sprintf("%x", sha256.Sum256([]byte(s.key)))).Replace(configuration), 0o600)
	s.write("turnserver.conf", turnserver(t, o.secret, o.peers), 0o600)
	relay := started.Run(t, s.serving("turnserver", "-c", "turnserver.conf", "--verbose"))
	relay.Until("the relay listens", func() bool {
		return s.command(s.server, "bash", "-c", "exec 3<>/dev/tcp/"+atRelay+"/443").Run() == nil
	})
	gateway := started.Serve(t, s.serving(started.Mayfly(), "serve", "--config", "mayfly.yaml", "--data", "data", "--log-level", "debug"))
	s.relay, s.gateway = &relay.Said, &gateway.Said
	return s
}

func (s *site) write(name, text string, mode os.FileMode) {
	require.NoError(s.t, os.WriteFile(filepath.Join(s.folder, name), []byte(text), mode))
}

// serving is the command of a server.
func (s *site) serving(args ...string) *exec.Cmd {
	cmd := s.command(s.server, args...)
	cmd.Dir = s.folder
	cmd.Env = []string{"HOME=" + s.folder, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + s.folder}
	return cmd
}

// certificates makes an authority, and one certificate for both servers.
func (s *site) certificates() {
	t := s.t
	now := time.Now()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Reach test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(30 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "avatars.test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(20 * 24 * time.Hour), DNSNames: []string{"avatars.test", "turn.test"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), caKey)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	require.NoError(t, err)
	hash := sha256.Sum256(public)
	s.pin = base64.StdEncoding.EncodeToString(hash[:])
	block := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	s.ca = filepath.Join(s.folder, "ca.pem")
	s.write("ca.pem", block("CERTIFICATE", caDER), 0o644)
	s.write("server.pem", block("CERTIFICATE", der)+block("CERTIFICATE", caDER), 0o644)
	s.write("server.key", block("PRIVATE KEY", raw), 0o600)
}

func secret(prefix string) string {
	var b [32]byte
	rand.Read(b[:])
	return prefix + base64.RawURLEncoding.EncodeToString(b[:])
}

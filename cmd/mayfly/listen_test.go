package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// pair writes a certificate and its key, and says where. Each call makes another.
func pair(t *testing.T, folder string, now time.Time) (cert, key string) {
	t.Helper()
	a, err := newAuthority(now)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(a.Certificate.PrivateKey)
	require.NoError(t, err)
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Certificate[0]}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return cert, key
}

// A taken port is said, with the flag that changes it and how to find who has
// it; and all of them are, and nothing stays open.
func TestTakenPorts(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	port := busy.Addr().(*net.TCPAddr).Port
	taken := busy.Addr().String()
	s := demoSettings(t)
	s.Listen, s.TLSListen, s.MetricsListen = taken, taken, "unix:"+filepath.Join(t.TempDir(), "m")
	_, err = openListeners(s, nil, nil)
	require.EqualError(t, err, strings.ReplaceAll(fmt.Sprintf(`--FLAG: another program listens on %s already; choose another port with --FLAG 127.0.0.1:%d, or stop it (ss -tulnp 'sport = :%d' shows who it is)`, taken, port+1, port), "FLAG", "listen")+"\n"+
		strings.ReplaceAll(fmt.Sprintf(`--FLAG: another program listens on %s already; choose another port with --FLAG 127.0.0.1:%d, or stop it (ss -tulnp 'sport = :%d' shows who it is)`, taken, port+1, port), "FLAG", "tls-listen"))
}

func TestListenFaults(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"foreign address", "192.0.2.1:0", "--listen: this machine does not have the address of 192.0.2.1:0; ip addr lists those it has, 127.0.0.1 is always there"},
		{"unknown name", "no-such-host.invalid:0", "--listen: the name in no-such-host.invalid:0 is not known here; write the address instead"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := listen("listen", c.address)
			require.EqualError(t, err, c.want)
		})
	}
	ln, err := listen("listen", tenant.Off)
	require.NoError(t, err)
	require.Nil(t, ln)
}

// R73: what is bound is looked at, not only what was written: a name that
// leads out of this machine opens nothing without TLS.
func TestPlaintextStaysHere(t *testing.T) {
	everywhere := "0.0.0.0:0"
	cert, key := pair(t, t.TempDir(), time.Now())
	token := file(t, "token", "x")
	for _, c := range []struct {
		name   string
		change func(*settings)
		want   string
	}{
		{"demonstration", func(s *settings) { s.Tenants = nil; s.BehindTLSProxy = true }, "--listen: " + errDemoLeaves.Error()},
		{"demonstration over TLS", func(s *settings) { s.Tenants = nil; s.Listen = tenant.Off; s.TLSListen = everywhere }, "--tls-listen: " + errDemoLeaves.Error()},
		{"tenants", func(*settings) {}, "--listen: " + errPlain.Error()},
		{"TLS without certificate", func(s *settings) { s.Listen = tenant.Off; s.TLSListen = everywhere; s.TLSCert = "" }, "--tls-listen: " + errNoCert.Error()},
		{"metrics without token", func(s *settings) { s.Listen = tenant.Off; s.MetricsListen = everywhere }, "--metrics-listen: " + errMetricsOpen.Error()},
		{"metrics in plaintext", func(s *settings) {
			s.Listen, s.TLSCert, s.MetricsListen, s.MetricsTokenFile = tenant.Off, "", everywhere, token
		}, "--metrics-listen: " + errPlain.Error()},
		{"behind a proxy", func(s *settings) { s.BehindTLSProxy = true }, ""},
		{"over TLS", func(s *settings) { s.Listen = tenant.Off; s.TLSListen = everywhere }, ""},
		{"metrics over TLS", func(s *settings) {
			s.Listen, s.MetricsListen, s.MetricsTokenFile = tenant.Off, everywhere, token
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &settings{Listen: everywhere, TLSListen: tenant.Off, MetricsListen: tenant.Off, TLSCert: cert, TLSKey: key, Tenants: []tenant.Tenant{{ID: "a"}}}
			c.change(s)
			l, err := openListeners(s, nil, nil)
			if c.want != "" {
				require.EqualError(t, err, c.want)
				return
			}
			require.NoError(t, err)
			l.close()
		})
	}
}

func TestOriginsOfListeners(t *testing.T) {
	s := &settings{Listen: "0.0.0.0:0", TLSListen: tenant.Off, MetricsListen: tenant.Off, BehindTLSProxy: true, PublicURL: "https://avatars.example.org", Tenants: []tenant.Tenant{{ID: "a"}}}
	l, err := openListeners(s, nil, nil)
	require.NoError(t, err)
	defer l.close()
	_, port, _ := net.SplitHostPort(l.Plain.Addr().String())
	require.Equal(t, []string{"https://avatars.example.org", "http://localhost:" + port, "http://127.0.0.1:" + port}, l.origins(s))
	require.Equal(t, "http://localhost:"+port, listenerURL("http", l.Plain))
	require.Empty(t, listenerURL("https", l.TLS))
}

func TestMetricsSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.sock")
	ln, err := listen("metrics-listen", "unix:"+path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.False(t, exposed(ln))

	_, err = listen("metrics-listen", "unix:"+path)
	require.EqualError(t, err, "--metrics-listen: another program listens on "+path+"; stop it, or name another path")

	// A process that died leaves its socket behind.
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, ln.Close())
	ln, err = listen("metrics-listen", "unix:"+path)
	require.NoError(t, err)
	require.NoError(t, ln.Close())

	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	_, err = listen("metrics-listen", "unix:"+path)
	require.EqualError(t, err, "--metrics-listen: "+path+" is there and is not a socket; take it away, or name another path")
	kept, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(kept))
}

// A changed pair is used from the next look on; one that cannot be used leaves
// the former in its place and is told.
func TestCertificateReload(t *testing.T) {
	folder := t.TempDir()
	now := time.Now()
	cert, key := pair(t, folder, now)
	faults := 0
	c, err := loadCertificate(cert, key, now, func() { faults++ })
	require.NoError(t, err)
	serving := func() *tls.Certificate {
		p, err := c.get(nil)
		require.NoError(t, err)
		return p
	}
	first := serving()
	pair(t, folder, now)
	require.Same(t, first, serving(), "not looked at again yet")
	c.checked = time.Time{}
	second := serving()
	require.NotSame(t, first, second)

	require.NoError(t, os.WriteFile(key, []byte("not a key CANARY"), 0o600))
	c.checked = time.Time{}
	require.Same(t, second, serving())
	require.Equal(t, 1, faults)
	c.checked = time.Time{}
	require.Same(t, second, serving())
	require.Equal(t, 1, faults, "the same fault is told once")
	err = c.reload(now)
	require.ErrorContains(t, err, "are not a certificate and its private key in PEM")
	require.NotContains(t, err.Error(), "CANARY")

	require.NoError(t, os.Remove(key))
	require.ErrorContains(t, c.reload(now), "key.pem cannot be read (no such file or directory)")
	pair(t, folder, now)
	require.NoError(t, c.reload(now))
	require.NotSame(t, second, serving())

	_, err = loadCertificate(cert, key, now.Add(authorityLife+time.Hour), nil)
	require.ErrorContains(t, err, "ended on "+now.Add(authorityLife).UTC().Format(time.DateOnly)+"; renew it")
}

// A certificate that cannot be used is one of the mistakes, beside a port.
func TestCertificateFaultAtStart(t *testing.T) {
	bad := file(t, "bad.pem", "nonsense")
	s := &settings{Listen: "192.0.2.1:0", TLSListen: "127.0.0.1:0", MetricsListen: tenant.Off, TLSCert: bad, TLSKey: bad, Tenants: []tenant.Tenant{{ID: "a"}}}
	_, err := openListeners(s, nil, nil)
	require.ErrorContains(t, err, "--tls-cert "+bad)
	require.ErrorContains(t, err, "--listen: this machine does not have")
	require.Equal(t, 1, strings.Count(err.Error(), "\n"))
}

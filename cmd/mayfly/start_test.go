package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/tenant"
)

var testTime = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// demoSettings is a demonstration on ports of the system's choice.
func demoSettings(t *testing.T) *settings {
	t.Helper()
	s, err := parse([]string{"--listen", "127.0.0.1:0", "--tls-listen", "localhost:0", "--data", t.TempDir()}, nil, io.Discard)
	require.NoError(t, err)
	return s
}

// R73: the demonstration over TLS, as a client that trusts its authority and
// nobody else sees it.
func TestDemonstration(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := demoSettings(t)
	ca, err := newAuthority(time.Now())
	require.NoError(t, err)
	l, err := openListeners(s, &ca.Certificate, nil)
	require.NoError(t, err)
	defer l.close()
	d := newDemo(s)
	require.NoError(t, d.write(s.Data, l, ca.PEM))

	path := filepath.Join(s.Data, "demo.json")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var got map[string]string
	require.NoError(t, json.Unmarshal(raw, &got))
	var keys []string
	for _, k := range []string{"url", "tls_url", "ca", "tenant", "avatar", "api_key", "admin_key", "reviewer_key"} {
		require.NotEmpty(t, got[k], k)
		keys = append(keys, k)
	}
	require.Len(t, got, len(keys))
	require.Equal(t, "http://"+l.Plain.Addr().String(), got["url"])

	dir, err := tenant.NewDirectory(nil)
	require.NoError(t, err)
	dir.SetOwn(l.origins(s))
	require.NoError(t, dir.Replace([]tenant.Tenant{d.Tenant}))
	for k, role := range map[string]tenant.Role{"api_key": tenant.Caller, "admin_key": tenant.Admin, "reviewer_key": tenant.Reviewer} {
		access, ok := dir.Lookup(got[k], time.Now())
		require.True(t, ok, k)
		require.Equal(t, role, access.Role)
		require.Equal(t, got["tenant"], access.Tenant.ID)
		require.NotNil(t, access.Tenant.Find(got["avatar"]))
	}
	for _, own := range []string{got["url"], got["tls_url"], strings.Replace(got["url"], "127.0.0.1", "localhost", 1)} {
		require.True(t, dir.Tenant("demo").AllowsOrigin(own), own)
	}
	require.False(t, dir.Tenant("demo").AllowsOrigin("http://127.0.0.1:1"))

	// A client with this authority only.
	ca509, err := os.ReadFile(got["ca"])
	require.NoError(t, err)
	require.NotContains(t, string(ca509), "PRIVATE")
	info, err = os.Stat(got["ca"])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(ca509))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {}), ErrorLog: newErrorLog(newLogger(io.Discard, 0, false))}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l.TLS) }()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	for _, name := range []string{"127.0.0.1", "localhost"} {
		_, port, _ := net.SplitHostPort(l.TLS.Addr().String())
		reply, err := client.Get("https://" + name + ":" + port + "/")
		require.NoError(t, err)
		require.NoError(t, reply.Body.Close())
		require.Equal(t, "HTTP/1.1", reply.Proto)
	}
	old, err := tls.Dial("tcp", l.TLS.Addr().String(), &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	if err == nil {
		_ = old.Close()
	}
	require.Error(t, err, "TLS before 1.2")
	transport.CloseIdleConnections()
	require.NoError(t, server.Close())
	require.ErrorIs(t, <-served, http.ErrServerClosed)

	// Other keys at each start, and the files go with the demonstration.
	again := newDemo(s)
	require.NotEqual(t, d.api, again.api)
	require.NoError(t, removeDemo(s.Data))
	require.NoError(t, removeDemo(s.Data), "nothing to remove is no fault")
	left, err := os.ReadDir(s.Data)
	require.NoError(t, err)
	require.Empty(t, left)
}

// The tenant that the demonstration makes is one that a file could hold.
func TestDemoAvatarIsSound(t *testing.T) {
	d := newDemo(&settings{})
	require.True(t, d.Tenant.Demo && d.Tenant.Public)
	a := d.Tenant.Find("")
	require.Equal(t, []string{"en", "de", "fr", "es", "he"}, a.Languages)
	require.False(t, a.Microphone || a.Video)
	require.Nil(t, a.BackEnd)
	require.Equal(t, tenant.Documents, a.Knowledge)
}

func TestAuthority(t *testing.T) {
	a, err := newAuthority(testTime)
	require.NoError(t, err)
	block, rest := pem.Decode(a.PEM)
	require.Equal(t, "CERTIFICATE", block.Type)
	require.Empty(t, rest, "the authority's key leaves this function in no form")
	ca, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	require.True(t, ca.IsCA && ca.MaxPathLenZero)
	leaf := a.Certificate.Leaf
	require.Equal(t, elliptic.P256(), leaf.PublicKey.(*ecdsa.PublicKey).Curve)
	require.Equal(t, 30*24*time.Hour, leaf.NotAfter.Sub(testTime))
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for name, ok := range map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, "example.org": false, "127.0.0.2": false} {
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: testTime})
		require.Equal(t, ok, err == nil, "%s: %v", name, err)
	}
	b, err := newAuthority(testTime)
	require.NoError(t, err)
	require.NotEqual(t, a.PEM, b.PEM)
	require.NotEqual(t, leaf.SerialNumber, b.Certificate.Leaf.SerialNumber)
}

func TestOpenData(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "a", "b")
	require.NoError(t, openData(folder))
	info, err := os.Stat(folder)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, os.Chmod(folder, 0o777))
	require.ErrorContains(t, openData(folder), "everybody on this machine can write to the data folder")
	require.NoError(t, os.WriteFile(filepath.Join(root, "f"), nil, 0o600))
	require.EqualError(t, openData(filepath.Join(root, "f", "g")), "the data folder "+filepath.Join(root, "f", "g")+" cannot be made (not a directory); name another with --data")
}

// A file that is replaced is the old one or the new one, and nothing beside it
// is left, whether it worked or not.
func TestWriteFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "x")
	for _, text := range []string{"one", "two"} {
		require.NoError(t, writeFile(path, []byte(text), 0o600))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
	require.NoError(t, os.Mkdir(filepath.Join(folder, "full"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "full", "y"), nil, 0o600))
	require.Error(t, writeFile(filepath.Join(folder, "full"), []byte("z"), 0o600), "a folder is in the way")
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 2)
}

func TestLock(t *testing.T) {
	folder := t.TempDir()
	first, err := takeLock(folder)
	require.NoError(t, err)
	_, err = takeLock(folder)
	require.ErrorContains(t, err, "another mayfly (process ")
	require.ErrorContains(t, err, folder+"; stop it, or give this one its own with --data")
	require.NoError(t, first.release())
	again, err := takeLock(folder)
	require.NoError(t, err)
	require.NoError(t, again.release())
	require.NoError(t, os.Remove(filepath.Join(folder, "LOCK")))
	require.NoError(t, os.Symlink("/etc/hostname", filepath.Join(folder, "LOCK")))
	_, err = takeLock(folder)
	require.Error(t, err, "a link that somebody put there is not followed")
}

func TestBanner(t *testing.T) {
	backEnd, err := tenant.ParseBackEnd("https://models.example/v1")
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		b    banner
		want string
	}{
		{"demonstration", banner{Open: "http://127.0.0.1:8080", TLS: "https://127.0.0.1:8443", CA: "/home/a b/mayfly/demo-ca.pem", Demo: true, Voices: []string{"en: flite slt", "de: none, text and captions"}, Data: "/home/a b/mayfly", Media: "127.0.0.1:40000"}, `
  Mayfly is ready. It answers, and forgets.

  Open     http://127.0.0.1:8080
  Docs     http://127.0.0.1:8080/docs
  TLS      https://127.0.0.1:8443
  Answers  the built-in engine, from documents about Mayfly; it is not a language model
  Voice    en: flite slt
           de: none, text and captions
  Kept     nothing of what is said; it is gone when a session ends
  Media    WebSocket, and WebRTC at 127.0.0.1:40000
  Keys     /home/a b/mayfly/demo.json (new at each start, for this machine only)
  Stop     Ctrl-C ends after the sessions have; a second one at once

  For Node programs over TLS:
    export NODE_EXTRA_CA_CERTS='/home/a b/mayfly/demo-ca.pem'

`},
		{"demonstration with a model", banner{Open: "http://127.0.0.1:8080", Demo: true, BackEnd: &tenant.BackEnd{URL: backEnd, Model: "m\x1b[1m"}, Speech: &tenant.BackEnd{URL: backEnd}, Data: "/d"}, `
  Mayfly is ready. It answers, and forgets.

  Open     http://127.0.0.1:8080
  Docs     http://127.0.0.1:8080/docs
  Answers  the model m?[1m at models.example
  Kept     nothing of what is said, by this gateway; models.example may keep what is sent there
  Media    WebSocket only
  Keys     /d/demo.json (new at each start, for this machine only)
  Stop     Ctrl-C ends after the sessions have; a second one at once

`},
		{"tenants", banner{Open: "https://avatars.example.org", Tenants: 2, Data: "/d"}, `
  Mayfly is ready. It answers, and forgets.

  Open     https://avatars.example.org
  Docs     https://avatars.example.org/docs
  Answers  as configured, for 2 tenants
  Kept     nothing of what is said, by this gateway; the servers that are configured keep what they keep
  Media    WebSocket only
  Data     /d
  Stop     Ctrl-C ends after the sessions have; a second one at once

`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, c.b.print(&out))
			require.Equal(t, c.want, out.String())
		})
	}
}

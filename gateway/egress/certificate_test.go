package egress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Certificates that do not stand for the host are refused. B8
func TestTLS(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })
	now := time.Now()
	good, roots := certificate(t, "localhost", now.Add(-time.Hour), now.Add(time.Hour))
	for _, c := range []struct {
		name   string
		config func() (*tls.Config, *x509.CertPool)
		fine   bool
	}{
		{"good", func() (*tls.Config, *x509.CertPool) {
			return &tls.Config{Certificates: []tls.Certificate{good}}, roots
		}, true},
		{"unknown authority", func() (*tls.Config, *x509.CertPool) {
			return &tls.Config{Certificates: []tls.Certificate{good}}, x509.NewCertPool()
		}, false},
		{"another host", func() (*tls.Config, *x509.CertPool) {
			cert, roots := certificate(t, "elsewhere.example", now.Add(-time.Hour), now.Add(time.Hour))
			return &tls.Config{Certificates: []tls.Certificate{cert}}, roots
		}, false},
		{"expired", func() (*tls.Config, *x509.CertPool) {
			cert, roots := certificate(t, "localhost", now.Add(-2*time.Hour), now.Add(-time.Hour))
			return &tls.Config{Certificates: []tls.Certificate{cert}}, roots
		}, false},
		{"not yet valid", func() (*tls.Config, *x509.CertPool) {
			cert, roots := certificate(t, "localhost", now.Add(time.Hour), now.Add(2*time.Hour))
			return &tls.Config{Certificates: []tls.Certificate{cert}}, roots
		}, false},
		{"TLS 1.1", func() (*tls.Config, *x509.CertPool) {
			return &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, roots
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, roots := c.config()
			server := httptest.NewUnstartedServer(handler)
			server.TLS = config
			server.Config.ErrorLog = quiet
			server.StartTLS()
			defer server.Close()
			address := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
			_, client := open(t, Recipient{URL: parsed(t, address), Local: true, Roots: roots}, nil)
			resp, err := client.Get(address)
			if c.fine {
				require.NoError(t, err)
				resp.Body.Close()
				return
			}
			require.Error(t, err)
		})
	}
}

// quiet is where test servers say that a handshake failed.
var quiet = log.New(io.Discard, "", 0)

// certificate makes a certificate for a host that vouches for itself, and the
// pool that trusts it.
func certificate(t testing.TB, host string, from, until time.Time) (tls.Certificate, *x509.CertPool) {
	return vouched(t, host, from, until, x509.ExtKeyUsageServerAuth)
}

// clientCertificate is the same of who connects.
func clientCertificate(t testing.TB, from, until time.Time) (tls.Certificate, *x509.CertPool) {
	return vouched(t, "mayfly", from, until, x509.ExtKeyUsageClientAuth)
}

func vouched(t testing.TB, host string, from, until time.Time, usage x509.ExtKeyUsage) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificate is the operator's certificate, read again when it changes. It is
// safe for concurrent use.
type certificate struct {
	certFile, keyFile string // static
	onFault           func() // static; may be nil

	mu      sync.Mutex
	pair    *tls.Certificate // guarded by mu; the last good one
	read    [2]stamp         // guarded by mu; the files that pair, or the last failure, came from
	checked time.Time        // guarded by mu
}

// stamp tells one state of a file from the next.
type stamp struct {
	changed time.Time
	size    int64
}

// certificateCheck is how often handshakes look whether the files changed.
const certificateCheck = 10 * time.Second

// loadCertificate reads the pair. onFault is called, from a handshake or
// reload, when a changed pair cannot be used and the former one stays.
func loadCertificate(certFile, keyFile string, now time.Time, onFault func()) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, onFault: onFault}
	if err := c.load(now); err != nil {
		return nil, err
	}
	return c, nil
}

// reload reads the pair again, for SIGHUP. On an error the former one stays.
func (c *certificate) reload(now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.load(now)
}

// get is for tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.checked) >= certificateCheck {
		c.checked = now
		if c.stamps() != c.read {
			if err := c.load(now); err != nil && c.onFault != nil {
				c.onFault()
			}
		}
	}
	return c.pair, nil
}

// load reads the pair. c.mu is held, or c is not shared yet.
func (c *certificate) load(now time.Time) error {
	c.read, c.checked = c.stamps(), now
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("--tls-cert %s and --tls-key %s cannot be used: %s", c.certFile, c.keyFile, pairFault(err))
	}
	if now.After(pair.Leaf.NotAfter) {
		return fmt.Errorf("--tls-cert %s ended on %s; renew it", c.certFile, pair.Leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	c.pair = &pair
	return nil
}

// pairFault is what is wrong with a pair, in words that quote nothing of it.
func pairFault(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Path + " cannot be read (" + path.Err.Error() + "); correct the name, or let this user read it"
	}
	return "they are not a certificate and its private key in PEM; give the chain as the one and its key, without a password, as the other"
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

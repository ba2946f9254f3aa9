package rtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// certificateLife is how long a DTLS certificate is used for new peers. pion
// makes it valid for a month.
const certificateLife = 7 * 24 * time.Hour

// certificates holds the certificate that all peers share: making one takes
// 0.15 ms, and a peer is identified by its ICE password, not by it.
type certificates struct {
	mu      sync.Mutex
	current *webrtc.Certificate // Guarded by mu.
	made    time.Time           // Guarded by mu.
}

// at gives the certificate for a peer that starts now, a new one when the
// last is a week old.
func (c *certificates) at(now time.Time) (webrtc.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil || now.Sub(c.made) >= certificateLife {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return webrtc.Certificate{}, err
		}
		fresh, err := webrtc.GenerateCertificate(key)
		if err != nil {
			return webrtc.Certificate{}, err
		}
		c.current, c.made = fresh, now
	}
	return *c.current, nil
}

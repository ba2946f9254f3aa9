package main

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
)

// instructor tells recipients what they may do with what they are sent. One
// signature serves an hour.
type instructor struct {
	issuer string
	signer receipt.Signer

	mu    sync.Mutex
	given map[given]told // Guarded by mu.
}

type given struct{ host, purpose string }

type told struct {
	hour time.Time
	key  string
	jws  string
}

func newInstructor(publicURL string, signer receipt.Signer) *instructor {
	return &instructor{issuer: cmp.Or(publicURL, "mayfly"), signer: signer, given: map[given]told{}}
}

// purposes are what is asked of a recipient, by the kind in its name.
var purposes = map[string]string{"backend": "answer", "speech": "speak", "transcriber": "transcribe", "tool": "tool"}

// tell is the instruction for a recipient now. It is empty if nothing can be
// signed.
func (i *instructor) tell(host, purpose string) string {
	now := time.Now()
	hour, key := now.Truncate(time.Hour), i.signer.KeyID()
	i.mu.Lock()
	defer i.mu.Unlock()
	of := given{host, purpose}
	if t := i.given[of]; t.hour.Equal(hour) && t.key == key {
		return t.jws
	}
	jws, err := receipt.Instruct(now, i.issuer, host, purpose, i.signer)
	if err != nil {
		return ""
	}
	i.given[of] = told{hour, key, jws}
	return jws
}

// instruct puts the instruction on everything that a recipient is sent.
func (c *company) instruct(r *egress.Recipient) {
	kind := strings.Split(r.Name, "/")[1]
	host := r.URL.Hostname()
	r.Instruct = func() string {
		if c.instructor == nil {
			return "" // not of a gateway that serves people
		}
		return c.instructor.tell(host, purposes[kind])
	}
}

package oidc

import (
	"sync"
	"time"
)

// Stage is where something went wrong.
type Stage string

// The stages, in their order.
const (
	atIssuer      Stage = "issuer"
	atDescription Stage = "description" // the provider's, below /.well-known
	atEndpoint    Stage = "endpoint"    // one of an address that the configuration does not name
	atSecret      Stage = "client-secret"
	atExchange    Stage = "exchange" // of the code
	atToken       Stage = "token"
	atKeys        Stage = "keys"
)

// Failure is what went wrong with the provider. It holds nothing of what was
// sent or answered.
type Failure struct {
	Stage Stage
	// Down says that the provider did not answer, rather than wrongly.
	Down bool
}

// Error implements error.
func (f *Failure) Error() string {
	what := "the answer cannot be used"
	if f.Down {
		what = "there is no answer"
	}
	return "sign-in by the provider: " + string(f.Stage) + ": " + what
}

// teller tells failures, one line for many that follow each other.
type teller struct {
	mu   sync.Mutex
	at   time.Time // of the last that was told. Guarded by mu.
	held int       // since then. Guarded by mu.
}

// tellEvery is how often a failure is told.
const tellEvery = 5 * time.Second

// tell says how many there were since the last that was told, or none.
func (t *teller) tell(now time.Time) (count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held++
	if age := now.Sub(t.at); age >= 0 && age < tellEvery {
		return 0
	}
	count, t.held, t.at = t.held, 0, now
	return count
}

package siem

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"mayfly/gateway/egress"
)

// Fault is why a sending was not taken, as far as it is told: a word of a
// closed list, for an error may hold what a collector answered.
type Fault string

// The faults.
const (
	None        Fault = ""
	Unreachable Fault = "unreachable" // nobody answers there
	Slow        Fault = "slow"        // it did not take it in time
	Untrusted   Fault = "untrusted"   // a certificate, of the one or the other, was not accepted
	Unpermitted Fault = "unpermitted" // the gateway may not connect there
	Credentials Fault = "credentials" // it does not accept the token
	NotTaken    Fault = "not_taken"   // it answered, and did not take every record
	Broken      Fault = "broken"      // the connection, or the file, broke
)

// faultOf is the word for an error.
func faultOf(err error) Fault {
	var refusal *egress.Refusal
	var certificate *tls.CertificateVerificationError
	var dialled *net.OpError
	var name *net.DNSError
	var waited net.Error
	switch {
	case err == nil:
		return None
	case errors.Is(err, errCredentials):
		return Credentials
	case errors.Is(err, errNotTaken):
		return NotTaken
	case errors.As(err, &refusal):
		return Unpermitted
	case errors.As(err, &certificate), errors.As(err, &dialled) && dialled.Op == "remote error":
		return Untrusted
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &waited) && waited.Timeout():
		return Slow
	case errors.As(err, &name), errors.As(err, &dialled) && dialled.Op == "dial":
		return Unreachable
	}
	return Broken
}

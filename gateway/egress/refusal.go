package egress

// Reason says why something was not sent.
type Reason string

// The reasons.
const (
	Unregistered Reason = "is not registered"
	OtherHost    Reason = "was asked for under another address than its own"
	Address      Reason = "has an address that may not be reached"
	Own          Reason = "is this server itself"
	Unencrypted  Reason = "is on another machine and has no encryption"
	Redirected   Reason = "answered with a redirect"
	NoCredential Reason = "has a credential that cannot be read"
)

// Refusal is the error of everything that this package does not let out or
// in. It names the recipient and the reason, nothing else.
type Refusal struct {
	Recipient string
	Reason    Reason
}

// Error implements error.
func (r *Refusal) Error() string {
	return "egress: recipient \"" + r.Recipient + "\" " + string(r.Reason)
}

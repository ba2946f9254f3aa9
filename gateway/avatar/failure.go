package avatar

import "net/http"

// The codes of a Failure.
const (
	Unreachable = "backend_unreachable"
	TimedOut    = "backend_timeout"
	Refused     = "backend_refused"
	Invalid     = "backend_invalid"
	Overloaded  = "backend_overloaded"

	// NotAllowed: nothing was sent, because the tenant's policy forbids it.
	NotAllowed = "backend_not_allowed"

	// NotUnderstood: it was to be shown something, and takes no pictures.
	NotUnderstood = "attachment_not_understood"
)

// CodeOfStatus chooses the code for an HTTP status that is no answer.
func CodeOfStatus(status int) string {
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == 529:
		return Overloaded
	case status == http.StatusRequestTimeout || status == http.StatusGatewayTimeout:
		return TimedOut
	case status >= 400 && status < 500:
		return Refused
	case status >= 500:
		return Unreachable
	}
	return Invalid
}

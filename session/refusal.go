package session

// Code says why an input was refused. The wire's table of errors
// (gateway/errors.go) gives each its public sentence.
type Code string

// The codes of a refusal.
const (
	Gone            Code = "session_closed"                           // over
	TooLate         Code = "avatar_declared_too_late"                 // what a client understands is said once, before the notice
	NotAsked        Code = "consent_not_asked"                        // nobody asked for this consent
	Busy            Code = "conversation_already_has_active_response" // one reply at a time
	HandOff         Code = "handed_off"                               // a human answers
	NoMicrophone    Code = "microphone_not_enabled"                   // the tenant did not enable voice input
	NotHeard        Code = "voice_input_not_consented"                // the person said no to being listened to, or has not said yes
	NoAttachments   Code = "attachments_not_enabled"                  // the tenant did not enable attachments
	NotShown        Code = "attachments_not_consented"                // the person said no to showing something, or has not said yes
	NotUnderstood   Code = "attachment_not_understood"                // what answers takes nothing of the kind
	ManyAttachments Code = "attachment_limit"                         // more than an item, or a session, holds
	NotActive       Code = "response_cancel_not_active"               // nothing to cancel
	NoItem          Code = "item_not_found"                           // never was, or was deleted
	NotTruncable    Code = "item_cannot_be_truncated"                 // not a spoken reply, or shorter than that
	TooLong         Code = "string_above_max_length"                  // an item larger than the limit
	Overloaded      Code = "overloaded"                               // more inputs waiting than the list holds
	NoReports       Code = "report_not_offered"                       // nothing that a person reports is taken
	ManyReports     Code = "report_limit"                             // as many as one session takes
	WrongNotice     Code = "disclosure_not_current"                   // an acknowledgement of another notice
)

// Refusal is the error of Apply: the input changed nothing.
type Refusal struct{ Code Code }

// Error gives the code only; an input's words never enter an error.
func (r Refusal) Error() string { return "session: " + string(r.Code) }

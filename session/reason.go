package session

// Reason says why a session, or a reply, ended. The client always learns it. Of
// a server that was sent nothing it is the clause that forbids it, of what one
// said that nobody asked for, what that was, of an incident its kind, and of a
// proof run what came out.
type Reason uint8

// The reasons.
const (
	NoReason      Reason = iota
	PersonLeft           // the client ended it
	Lost                 // the connection went and did not come back in time
	Idle                 // nothing came for the idle time
	Expired              // the longest session time is over
	Drained              // the server stops
	Slow                 // the client did not read what it was sent
	Protocol             // the client broke the protocol
	NoticeFailed         // the notice could not be given
	Ended                // the tenant or an operator ended it
	Failed               // a fault of the gateway
	ClientCancel         // a reply: the client cancelled it
	VoiceDetected        // a reply: the person spoke over it
	EngineFailed         // a reply: what answers failed
	Taken                // the session goes on over another connection
	ReplyTooLong         // a reply: longer than the memory of a whole conversation
	Unrecorded           // it could not be kept, and the tenant wants it kept or not at all

	// Of a server that was sent nothing: the clause of the policy.
	NotOnList    // of hosts
	NotInRegion  // that is allowed
	MayTrain     // models with what it is sent
	KeepsTooLong // what it is sent
	ObjectedTo   // by the tenant

	// Of what a server said that nobody asked it for: what it was.
	GaveOrders     // an event or a setting beyond what is understood
	MeasuredPerson // who somebody is, or what they feel

	// Of an incident: its kind.
	UndeclaredEgress // something was sent, or tried to be, where nobody declared that it goes
	CanaryLeak       // a text that was said to be looked for was found where nothing may be
	AuditDisagrees   // an audit log is not what was published of it
	OutsidePolicy    // something was recorded that the policy did not allow
	MasterKeyLost    // what is stored cannot be read
	OtherIncident    // that people noticed

	// Of a proof run over an audit log: what came out.
	AuditHolds // every entry is the one that was written
	AuditFails // one is not
	reasons
)

var reasonNames = [reasons]string{
	"", "person_left", "connection_lost", "idle", "session_expired", "draining", "slow", "protocol_error",
	"notice_failed", "ended", "internal_error", "client_cancelled", "turn_detected", "engine_failed", "resumed_elsewhere", "reply_too_long",
	"recording_failed",
	"allowed_backends", "regions", "training", "backend_retention_max", "objections",
	"control", "biometric",
	"undeclared_egress", "canary_leak", "audit_disagrees", "outside_policy", "master_key_lost", "other",
	"verified", "not_verified",
}

// String is the reason as the wire and the metrics say it.
func (r Reason) String() string { return reasonNames[r] }

// Reasons is every reason, for tests that walk them.
func Reasons() []Reason {
	all := make([]Reason, reasons)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

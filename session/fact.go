package session

// Fact is what happened, without what was said: enums and numbers only.
type Fact struct {
	Kind     FactKind
	Turn     TurnNo
	Notice   uint32
	Purposes Purposes
	Reason   Reason
	Policy   uint64
}

// FactKind is the closed list of what can be a fact of a session.
type FactKind uint8

// The facts.
const (
	SessionStarted FactKind = iota
	NoticePresented
	NoticeAcknowledged
	ConsentGiven
	ConsentRefused
	ConsentWithdrawn
	PersonOptedOut
	RecordingStarted
	RecordingStopped
	RecordingFailed
	EngineAsked
	TurnKept
	HumanAsked
	HumanCame
	HumanWent
	SessionEnded
	factKinds
)

var factNames = [factKinds]string{
	"session_started", "notice_presented", "notice_acknowledged", "consent_given", "consent_refused",
	"consent_withdrawn", "person_opted_out", "recording_started", "recording_stopped", "recording_failed",
	"engine_asked", "turn_kept", "human_asked", "human_came", "human_went", "session_ended",
}

// String is the fact's name in the log and in metrics.
func (k FactKind) String() string { return factNames[k] }

// FactKinds is every kind, for tests that walk them.
func FactKinds() []FactKind {
	all := make([]FactKind, factKinds)
	for i := range all {
		all[i] = FactKind(i)
	}
	return all
}

// Class says how durable a fact must be.
type Class uint8

// The classes.
const (
	Count Class = iota // batched; a GAP names what was lost
	Gate               // durable before the effect that it stands for
)

// Class is Gate for what changes what may be kept, Count for the rest.
func (k FactKind) Class() Class {
	switch k {
	case ConsentGiven, ConsentRefused, ConsentWithdrawn, PersonOptedOut:
		return Gate
	}
	return Count
}

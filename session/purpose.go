package session

// Purposes is a set of the purposes that need a consent. There is none for
// training or biometrics, because neither exists.
type Purposes uint8

// The purposes.
const (
	Transcript Purposes = 1 << iota
	AudioRecording
	VoiceInput
	Attachments
	Analytics
	HandoffContext // a human reads what was said before they came
	Handoff        // a human reads and hears the person

	// Stored are the purposes for which something outlives the session.
	Stored = Transcript | AudioRecording | Analytics

	AllPurposes = Transcript | AudioRecording | VoiceInput | Attachments | Analytics | HandoffContext | Handoff
)

// Has says whether all of q is in p.
func (p Purposes) Has(q Purposes) bool { return p&q == q }

package session

import "time"

// Effect is everything that a session can ask of the world, in order. An
// Event is an effect too: it is to be sent. Effects, and what they point to,
// are valid until the next Apply.
type Effect interface{ effect() }

// Event is an effect that the client is to be told.
type Event interface {
	Effect
	event()
}

// The effects that are not events.
type (
	// Recite: say the notice in this turn, in words of the gateway's own and
	// with a voice that is here; nothing is dialled for it.
	Recite struct {
		Turn   TurnNo
		Notice uint32
		Form   Form
		Break  bool // and that it is time for a break
	}
	// Ask: let the engine answer the last of the items.
	Ask struct {
		Turn         TurnNo
		Form         Form
		Items        []Item
		Instructions Speech
	}
	// Cancel: the turn's engine and voice must stop; nothing that still
	// comes of it will be let out.
	Cancel struct{ Turn TurnNo }
	// Keep: the turn that the grant names may be kept, whole.
	Keep struct {
		Grant Grant
		Items []Item
	}
	// KeepReport: the report that the grant allows may be kept, whole, with its
	// fact.
	KeepReport struct {
		Grant  ReportGrant
		Report Report
		Fact   Fact
	}
	// ToHuman: the human who answers may read these.
	ToHuman struct{ Items []Item }
	// Note: a fact. If its class is Gate, the session waits for Noted{Seq}.
	Note struct {
		Seq  uint32
		Fact Fact
	}
	// Close: it is over; nothing follows.
	Close struct{ Reason Reason }
)

func (Recite) effect()     {}
func (Ask) effect()        {}
func (Cancel) effect()     {}
func (Keep) effect()       {}
func (KeepReport) effect() {}
func (ToHuman) effect()    {}
func (Note) effect()       {}
func (Close) effect()      {}

// Outcome is how a turn ended.
type Outcome uint8

// The outcomes.
const (
	TurnCompleted Outcome = iota
	TurnCancelled
	TurnFailed
	TurnIncomplete
)

// Purpose says who wrote a turn's words.
type Purpose uint8

// The purposes of a turn.
const (
	Answer Purpose = iota // the engine
	Notice                // the gateway: the disclosure
	Person                // a human who took over
)

// The events.
type (
	// NoticePresent: the notice, for a client that will acknowledge it (Ack)
	// or that hears it in the turn that follows.
	NoticePresent struct {
		Notice uint32
		Ack    bool
		Form   Form
	}
	// NoticeAccepted: the interlock is open.
	NoticeAccepted struct{ Notice uint32 }
	// ConsentAsk: these purposes need an answer.
	ConsentAsk struct{ Purposes Purposes }
	// ConsentIs: where consent stands. Lost was granted, and does not count,
	// because that could not be noted.
	ConsentIs struct {
		Granted, Refused, Withdrawn, Lost Purposes
	}
	// OptOutIs: what the person switched off; no item from From on is kept.
	OptOutIs struct {
		Purposes Purposes
		From     ItemNo
	}
	// RecordingIs: whether turns are kept; whether the sound of replies is
	// kept with them, and that of the person.
	RecordingIs struct {
		On, Failed   bool
		Sound, Voice bool
		Why          RecordingWhy
	}
	// Committed: the turn is durable.
	Committed struct {
		Turn  TurnNo
		Items []ItemNo
	}
	// ItemAdded: an item is in the conversation, after another (zero: first).
	ItemAdded struct {
		Item  Item
		After ItemNo
	}
	// ItemTruncated: a spoken item was cut to what was heard.
	ItemTruncated struct {
		Item    ItemNo
		AudioMS int
	}
	// ItemDeleted: an item left the conversation.
	ItemDeleted struct{ Item ItemNo }
	// TurnBegan: a reply was asked for. It carries the label.
	TurnBegan struct {
		Turn    TurnNo
		Purpose Purpose
		Form    Form
	}
	// ItemBegan: the reply's item exists; its content follows.
	ItemBegan struct {
		Turn  TurnNo
		Item  Item
		After ItemNo
	}
	// TurnText: the next words of the reply.
	TurnText struct {
		Turn  TurnNo
		Item  ItemNo
		Form  Form
		Words Speech
	}
	// TurnSound: the next samples of the reply.
	TurnSound struct {
		Turn TurnNo
		Item ItemNo
		PCM  []int16
	}
	// TurnMarks: mouth shapes and word times of sound that follows.
	TurnMarks struct {
		Turn    TurnNo
		Item    ItemNo
		Visemes []Viseme
		Spans   []Span
	}
	// TurnTool: the reply is, or holds, a call of a tool.
	TurnTool struct {
		Turn  TurnNo
		Item  Item
		After ItemNo
	}
	// SoundStopped: sound on its way out was thrown away; the item was heard
	// up to AudioMS.
	SoundStopped struct {
		Turn    TurnNo
		Item    ItemNo
		AudioMS int
	}
	// TurnEnded: exactly one for each TurnBegan.
	TurnEnded struct {
		Turn    TurnNo
		Outcome Outcome
		Reason  Reason
		Code    string // of a failure
		Item    Item   // its item as it stands; No is zero if there is none
		Tools   []Item // its calls
		AudioMS int    // sound that was sent
	}
	// StateIs: what the avatar does now.
	StateIs struct {
		State State
		Turn  TurnNo
	}
	// HandoffIs: where the hand-off to a human stands.
	HandoffIs struct {
		State    HandoffState
		Position int           // HandoffQueued: from 1
		Wait     time.Duration // HandoffQueued: an estimate; zero: none
		Context  bool          // HandoffActive: the human reads what was said before
		Again    bool          // HandoffEnded: another human is looked for
		Back     bool          // HandoffActive: the human was there before, and their line broke
		Why      HandoffWhy
	}
	// SpeechHeard: the person began or stopped speaking what becomes an item,
	// at a time in all the sound that was listened to.
	SpeechHeard struct {
		Started bool
		Item    ItemNo
		AtMS    int
	}
	// VoiceTaken: what was spoken is whole. Its item follows.
	VoiceTaken struct{ Item, After ItemNo }
	// VoiceCleared: what was being spoken was thrown away.
	VoiceCleared struct{}
	// IdleHeard: nobody spoke between two times; the avatar will.
	IdleHeard struct {
		Item         ItemNo
		FromMS, ToMS int
	}
	// TranscriptGuess: what a spoken item is understood to say so far.
	TranscriptGuess struct {
		Item  ItemNo
		Words Speech
	}
	// TranscriptIs: the words of a spoken item.
	TranscriptIs struct {
		Item    ItemNo
		Words   Speech
		AudioMS int
	}
	// TranscriptLost: the words of a spoken item will not be known.
	TranscriptLost struct {
		Item ItemNo
		Code string
	}
	// Reminder: an AI talks with the person, and it is time for a break.
	Reminder struct{}
	// Expiring: the session will end unless something happens.
	Expiring struct {
		Left   time.Duration
		Reason Reason
	}
	// Replay: the connection came back; everything that stands is said anew.
	Replay struct{ Items []Item }
	// EndedIs: the last event of a session.
	EndedIs struct{ Reason Reason }
)

// RecordingWhy says why recording is on or off.
type RecordingWhy uint8

// The reasons for a recording's state.
const (
	WhyPolicy      RecordingWhy = iota // the tenant has it off
	WhyNoConsent                       // the person has not said yes
	WhyWithdrawn                       // the person took their yes back
	WhyOptOut                          // the person said no
	WhyFailed                          // a turn could not be kept
	WhyConsent                         // on: policy and person agree
	WhyTold                            // on: the person was told, on another legal basis, and can say no
	WhyUnavailable                     // nothing can be kept now
	WhyNotNoted                        // the person said yes, and that could not be noted
	WhySensitive                       // too much personal data was said
)

// HandoffState is where a hand-off stands.
type HandoffState uint8

// The states of a hand-off.
const (
	HandoffRequested HandoffState = iota
	HandoffQueued
	HandoffConnecting
	HandoffActive
	HandoffCut // the human's line broke; they are waited for
	HandoffEnded
	HandoffUnavailable
)

// HandoffWhy says why a hand-off ended, or why there is none.
type HandoffWhy uint8

// The reasons.
const (
	NoWhy         HandoffWhy = iota
	NoDesk                   // the tenant has none
	NotAsking                // the client cannot be asked for what a hand-off needs
	TooOften                 // it was asked for too often
	DeskClosed               // outside opening hours
	QueueFull                // as many wait as may
	TookTooLong              // nobody came in time
	PersonRefused            // the person does not want the human to read or hear them
	NotNoted                 // the person's yes could not be noted
	PersonEnded              // the person ended it, or took it back
	HandedBack               // the human gave the conversation back
	HumanLost                // the human's connection is gone
	handoffWhys
)

var handoffWhyNames = [handoffWhys]string{
	"", "no_desk", "client_cannot_be_asked", "too_often", "closed", "queue_full", "timed_out",
	"refused", "not_noted", "ended_by_person", "handed_back", "human_lost",
}

// String is the reason as the wire and the metrics say it.
func (w HandoffWhy) String() string { return handoffWhyNames[w] }

// HandoffWhys is every reason, for tests that walk them.
func HandoffWhys() []HandoffWhy {
	all := make([]HandoffWhy, handoffWhys)
	for i := range all {
		all[i] = HandoffWhy(i)
	}
	return all
}

func (NoticePresent) effect()   {}
func (NoticeAccepted) effect()  {}
func (ConsentAsk) effect()      {}
func (ConsentIs) effect()       {}
func (OptOutIs) effect()        {}
func (RecordingIs) effect()     {}
func (Committed) effect()       {}
func (ItemAdded) effect()       {}
func (ItemTruncated) effect()   {}
func (ItemDeleted) effect()     {}
func (TurnBegan) effect()       {}
func (ItemBegan) effect()       {}
func (*TurnText) effect()       {}
func (*TurnSound) effect()      {}
func (*TurnMarks) effect()      {}
func (TurnTool) effect()        {}
func (SoundStopped) effect()    {}
func (TurnEnded) effect()       {}
func (StateIs) effect()         {}
func (HandoffIs) effect()       {}
func (SpeechHeard) effect()     {}
func (VoiceTaken) effect()      {}
func (VoiceCleared) effect()    {}
func (IdleHeard) effect()       {}
func (TranscriptGuess) effect() {}
func (TranscriptIs) effect()    {}
func (TranscriptLost) effect()  {}
func (Reminder) effect()        {}
func (Expiring) effect()        {}
func (Replay) effect()          {}
func (EndedIs) effect()         {}

func (NoticePresent) event()   {}
func (NoticeAccepted) event()  {}
func (ConsentAsk) event()      {}
func (ConsentIs) event()       {}
func (OptOutIs) event()        {}
func (RecordingIs) event()     {}
func (Committed) event()       {}
func (ItemAdded) event()       {}
func (ItemTruncated) event()   {}
func (ItemDeleted) event()     {}
func (TurnBegan) event()       {}
func (ItemBegan) event()       {}
func (*TurnText) event()       {}
func (*TurnSound) event()      {}
func (*TurnMarks) event()      {}
func (TurnTool) event()        {}
func (SoundStopped) event()    {}
func (TurnEnded) event()       {}
func (StateIs) event()         {}
func (HandoffIs) event()       {}
func (SpeechHeard) event()     {}
func (VoiceTaken) event()      {}
func (VoiceCleared) event()    {}
func (IdleHeard) event()       {}
func (TranscriptGuess) event() {}
func (TranscriptIs) event()    {}
func (TranscriptLost) event()  {}
func (Reminder) event()        {}
func (Expiring) event()        {}
func (Replay) event()          {}
func (EndedIs) event()         {}

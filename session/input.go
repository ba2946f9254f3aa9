package session

import "time"

// Input is everything that can happen to a session. The interface is sealed:
// nothing from outside can be handed in that is not in this file.
type Input interface{ sort() sort }

// sort is an input's row in the table.
type sort uint8

const (
	declared sort = iota
	configured
	localeChanged
	shown
	acknowledged
	consented
	withdrawn
	optedOut
	said
	requested
	interrupted
	truncated
	deleted
	soundCame
	voiceStarted
	voiceStopped
	voiceCommitted
	voiceDropped
	voiceIdle
	guessed
	transcribed
	replyPart
	replyEnd
	toolCalled
	toolRan
	humanRequested
	humanCancelled
	humanQueued
	humanOffered
	humanMissed
	humanLeft
	humanCut
	humanBack
	humanSaid
	humanSpoke
	policyChanged
	noticeChanged
	minorFound
	reported
	recordFailed
	kept
	withheld
	noted
	ending
	detached
	resumed
	tick
	hungUp
	sorts
)

var sortNames = [sorts]string{
	"declared", "configured", "localeChanged", "shown", "acknowledged", "consented", "withdrawn", "optedOut",
	"said", "requested", "interrupted", "truncated", "deleted", "soundCame", "voiceStarted", "voiceStopped",
	"voiceCommitted", "voiceDropped", "voiceIdle", "guessed", "transcribed", "replyPart",
	"replyEnd", "toolCalled", "toolRan", "humanRequested", "humanCancelled", "humanQueued", "humanOffered", "humanMissed", "humanLeft", "humanCut", "humanBack", "humanSaid", "humanSpoke", "policyChanged",
	"noticeChanged", "minorFound", "reported", "recordFailed",
	"kept", "withheld", "noted", "ending", "detached", "resumed", "tick", "hungUp",
}

// The inputs.
type (
	// Declared: the client says that it understands avatar events and will
	// acknowledge the notice. Said once, before the notice.
	Declared struct{ Aware bool }
	// Configured: the client set how replies are to come.
	Configured struct{ Form Form }
	// LocaleChanged: the person changed the language; the notice is due again.
	LocaleChanged struct{}
	// Shown: the notice was recited to its end.
	Shown struct{ Turn TurnNo }
	// Acknowledged: the client says that the notice is on screen and accepted.
	Acknowledged struct{ Notice uint32 }
	// Consented: the person answered; what is not granted is refused.
	Consented struct{ Granted, Refused Purposes }
	// Withdrawn: the person takes a consent back.
	Withdrawn struct{ Purposes Purposes }
	// OptedOut: the person says no, for the rest of the session.
	OptedOut struct {
		Purposes Purposes
		Erase    bool
	}
	// Said: an item enters the conversation. Its number is given here.
	Said struct {
		Item  Item
		After ItemNo // zero: at the end
		Front bool   // before everything
		Sound bool   // it came as sound; its words follow as Transcribed
	}
	// Requested: a reply is asked for.
	Requested struct {
		Form         Form
		HasForm      bool // false: the form that was configured
		Instructions Speech
	}
	// Interrupted: the person, or their client, wants quiet.
	Interrupted struct {
		Turn   TurnNo // zero: whichever is under way
		By     Reason // ClientCancel or VoiceDetected
		Unsent int    // samples that were applied and then thrown away before they left
	}
	// Truncated: the client says how much of a spoken item was heard.
	Truncated struct {
		Item    ItemNo
		AudioMS int
	}
	// Deleted: the client takes an item out of the conversation.
	Deleted struct{ Item ItemNo }
	// SoundCame: the client sends sound, whether or not it is listened to.
	SoundCame struct{}
	// VoiceStarted: the person began to speak. Times are milliseconds of all
	// the sound that was listened to.
	VoiceStarted struct {
		AtMS      int
		Interrupt bool
		Unsent    int // samples of a reply that were applied and then thrown away before they left
	}
	// VoiceStopped: the person stopped speaking.
	VoiceStopped struct{ AtMS int }
	// VoiceCommitted: what was spoken is whole and enters the conversation.
	VoiceCommitted struct {
		AudioMS int  // of the utterance
		Reply   bool // its words, once they are known, want a reply
	}
	// VoiceDropped: what is being spoken is thrown away.
	VoiceDropped struct{}
	// VoiceIdle: nobody spoke from one time to the other, and the client
	// wants the avatar to speak then.
	VoiceIdle struct{ FromMS, ToMS int }
	// Guessed: what a spoken item is understood to say so far. The words
	// belong to the session until the next Apply.
	Guessed struct {
		Item  ItemNo
		Words Speech
	}
	// Transcribed: the words of a spoken item are known; they may be empty.
	// Code: they will not be, and why, as the wire's table of errors has it.
	Transcribed struct {
		Item  ItemNo
		Words Speech
		Code  string
	}
	// ReplyPart: the next piece of a reply, in any mixture. Its slices are
	// valid only during Apply. Words belong to the session from then on.
	ReplyPart struct {
		Turn    TurnNo
		Words   Speech
		PCM     []int16 // mono, 24 kHz
		Visemes []Viseme
		Spans   []Span
	}
	// ReplyEnd: the engine is done with a reply. Code is empty when it
	// answered, else a code of the wire's table of errors.
	ReplyEnd struct {
		Turn TurnNo
		Code string
	}
	// ToolCalled: the engine wants the client to call a tool.
	ToolCalled struct {
		Turn             TurnNo
		Name, Call, Args Speech
	}
	// ToolRan: the engine wanted a tool called that the gateway carries out, and
	// this is what came of it. The words belong to the session from then on.
	ToolRan struct {
		Turn                     TurnNo
		Name, Call, Args, Output Speech
	}
	// HumanRequested: the person asks for a human. Share: they may be asked
	// whether the human may read what was said so far.
	HumanRequested struct{ Share bool }
	// HumanCancelled: the person does not want a human, or not any more.
	HumanCancelled struct{}
	// HumanQueued: the person waits for one. Wait is an estimate; zero: none.
	HumanQueued struct {
		Position int // from 1
		Wait     time.Duration
	}
	// HumanOffered: a human is there, and waits for the person's yes.
	HumanOffered struct{}
	// HumanMissed: no human comes.
	HumanMissed struct{ Why HandoffWhy }
	// HumanLeft: the human gave the conversation back, or was lost. Again:
	// another is looked for.
	HumanLeft struct {
		Why   HandoffWhy
		Again bool
	}
	// HumanCut: the line of the human who answers broke, and they may come back.
	HumanCut struct{}
	// HumanBack: they came back, the same human, and have nothing of what was
	// said.
	HumanBack struct{}
	// HumanSaid: what the human wrote. The words belong to the session from
	// then on.
	HumanSaid struct{ Words Speech }
	// HumanSpoke: the next of the human's voice, mono, 24 kHz, valid only
	// during Apply; what they said before it, written down, whose words belong
	// to the session from then on, and whether some of that was said while
	// nothing was kept; and whether they paused after it.
	HumanSpoke struct {
		PCM    []int16
		Words  Speech
		Unkept bool // the Words
		Paused bool
	}
	// PolicyChanged: the tenant changed its policy.
	PolicyChanged struct{ Policy Policy }
	// NoticeChanged: what people are told changed in a way that matters, and
	// the tenant's policy may have with it. What the person agreed to was
	// something else: it counts no more, from the moment that this arrives;
	// they are told before the next reply, and asked anew. Only so can a live session come to be recorded.
	NoticeChanged struct{ Policy Policy }
	// MinorFound: the person is a child, by their own word or that of whoever
	// looks after them. Nothing is kept from here on, and what was is to go.
	MinorFound struct{}
	// Reported: the person tells the organisation about an answer, and agrees
	// that what they ticked is kept for it. The words belong to the session
	// from then on.
	Reported struct{ Report Report }
	// RecordFailed: a turn could not be kept.
	RecordFailed struct{ Turn TurnNo }
	// Kept: a turn is durable; with its sound, or without.
	Kept struct {
		Turn  TurnNo
		Sound bool
	}
	// Noted: the fact with this number is durable; or, Lost, it never will be.
	Noted struct {
		Seq  uint32
		Lost bool
	}
	// Ending: the session will be ended at a time, and the client is told.
	Ending struct {
		At     time.Time
		Reason Reason
	}
	// Detached: the connection is gone; it may come back.
	Detached struct{}
	// Resumed: the connection came back.
	Resumed struct{}
	// Tick: time has passed; Next says when it is due.
	Tick struct{}
	// HungUp: it is over.
	HungUp struct{ Reason Reason }
)

// Viseme is a mouth shape of the oculus15 alphabet, from a time on.
type Viseme struct {
	At     uint32 // milliseconds from the item's first sample
	Shape  uint8  // 0 to 14
	Weight uint8  // 0 to 255
}

// Span is when a word is heard.
type Span struct {
	At, Length uint32 // milliseconds from the item's first sample
	Start, End uint32 // bytes of the item's words
}

func (Declared) sort() sort       { return declared }
func (Configured) sort() sort     { return configured }
func (LocaleChanged) sort() sort  { return localeChanged }
func (Shown) sort() sort          { return shown }
func (Acknowledged) sort() sort   { return acknowledged }
func (Consented) sort() sort      { return consented }
func (Withdrawn) sort() sort      { return withdrawn }
func (OptedOut) sort() sort       { return optedOut }
func (Said) sort() sort           { return said }
func (Requested) sort() sort      { return requested }
func (Interrupted) sort() sort    { return interrupted }
func (Truncated) sort() sort      { return truncated }
func (Deleted) sort() sort        { return deleted }
func (SoundCame) sort() sort      { return soundCame }
func (VoiceStarted) sort() sort   { return voiceStarted }
func (VoiceStopped) sort() sort   { return voiceStopped }
func (VoiceCommitted) sort() sort { return voiceCommitted }
func (VoiceDropped) sort() sort   { return voiceDropped }
func (VoiceIdle) sort() sort      { return voiceIdle }
func (Guessed) sort() sort        { return guessed }
func (Transcribed) sort() sort    { return transcribed }
func (*ReplyPart) sort() sort     { return replyPart }
func (ReplyEnd) sort() sort       { return replyEnd }
func (ToolCalled) sort() sort     { return toolCalled }
func (ToolRan) sort() sort        { return toolRan }
func (HumanRequested) sort() sort { return humanRequested }
func (HumanCancelled) sort() sort { return humanCancelled }
func (HumanQueued) sort() sort    { return humanQueued }
func (HumanOffered) sort() sort   { return humanOffered }
func (HumanMissed) sort() sort    { return humanMissed }
func (HumanLeft) sort() sort      { return humanLeft }
func (HumanCut) sort() sort       { return humanCut }
func (HumanBack) sort() sort      { return humanBack }
func (HumanSaid) sort() sort      { return humanSaid }
func (HumanSpoke) sort() sort     { return humanSpoke }
func (PolicyChanged) sort() sort  { return policyChanged }
func (NoticeChanged) sort() sort  { return noticeChanged }
func (MinorFound) sort() sort     { return minorFound }
func (Reported) sort() sort       { return reported }
func (RecordFailed) sort() sort   { return recordFailed }
func (Kept) sort() sort           { return kept }
func (Withheld) sort() sort       { return withheld }
func (Noted) sort() sort          { return noted }
func (Ending) sort() sort         { return ending }
func (Detached) sort() sort       { return detached }
func (Resumed) sort() sort        { return resumed }
func (Tick) sort() sort           { return tick }
func (HungUp) sort() sort         { return hungUp }

package session

import "time"

// Policy is what a session may do: the tenant's, narrowed by the avatar's.
// The person can narrow it further (consent, opt-out) and never widen it.
//
// The zero Policy is the safe one: nothing is kept, no microphone, the notice
// has to be acknowledged, and every limit is the default named at its field.
type Policy struct {
	Number uint64   // version of the tenant's policy; zero: none was ever saved
	Hash   [32]byte // SHA-256 of the policy's canonical form

	Transcript        bool // turns may be kept, once the person consented
	Told              bool // of the transcript: on another legal basis the person is told, not asked, and can say no
	Audio             bool // the sound of kept turns may be kept too, once the person consented to that as well
	Unavailable       bool // nothing can be kept now, whatever the tenant allows
	EndOnFailure      bool // a session that cannot be kept any more ends
	Microphone        bool // voice input is enabled
	Attachments       bool // the person may show pictures and documents
	Desk              bool // a human can be asked for
	NoAcknowledgement bool // a client that could acknowledge the notice need not
	NoticeHidden      bool // the visible notice is switched off: the organisation tells people itself

	Retention      time.Duration // how long a kept turn lives; zero: none is kept
	AudioRetention time.Duration // how long its sound lives, at most as long as the turn; zero: none is kept
	Reports        time.Duration // how long a report of an answer lives; zero: none is taken
	Remind         time.Duration // how often the person is reminded that this is an AI; zero: never

	SessionTime time.Duration // longest session; zero means 60 minutes
	IdleTime    time.Duration // without input; zero means 60 seconds
	ResumeTime  time.Duration // a lost connection may come back; zero means 60 seconds

	HistoryItems int // items kept in memory; zero means 256
	HistoryBytes int // bytes of words kept in memory; zero means 256 KiB
	ItemBytes    int // bytes of one item, of a tool's output four times as many; zero means 64 KiB
	AskItems     int // newest items an engine is shown; zero means 40
	AskBytes     int // bytes of words an engine is shown; zero means 32 KiB
}

// minorsRemind is how often somebody is reminded who turned out to be a child.
const minorsRemind = 3 * time.Hour

// Grace is how long an announced end leaves to a client.
const Grace = 15 * time.Second

// Warning is how long before the longest session's end a client is told.
const Warning = 60 * time.Second

// noticeWait is how long the notice waits for a client that says nothing.
const noticeWait = time.Second

// lateCancel is how long after a reply's end a cancel of it is not an error:
// the two cross on the wire.
const lateCancel = 3 * time.Second

// waitingInputs bounds the inputs that wait for a fact to become durable.
const waitingInputs = 64

func or[T time.Duration | int](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}

func (p *Policy) sessionTime() time.Duration { return or(p.SessionTime, 60*time.Minute) }
func (p *Policy) idleTime() time.Duration    { return or(p.IdleTime, 60*time.Second) }
func (p *Policy) resumeTime() time.Duration  { return or(p.ResumeTime, 60*time.Second) }
func (p *Policy) historyItems() int          { return or(p.HistoryItems, 256) }
func (p *Policy) historyBytes() int          { return or(p.HistoryBytes, 256<<10) }
func (p *Policy) itemBytes() int             { return or(p.ItemBytes, 64<<10) }
func (p *Policy) askItems() int              { return or(p.AskItems, 40) }
func (p *Policy) askBytes() int              { return or(p.AskBytes, 32<<10) }

// keeps says whether a turn could be kept of anybody.
func (p *Policy) keeps() bool { return p.Transcript && p.Retention > 0 && !p.Unavailable }

// keepsSound says whether sound could be kept of anybody: with a turn, never
// without.
func (p *Policy) keepsSound() bool { return p.keeps() && p.Audio && p.AudioRetention > 0 }

// consents are the purposes that the policy enables and that need a yes.
func (p *Policy) consents() Purposes {
	var need Purposes
	if p.keeps() && !p.Told {
		need |= Transcript
	}
	if p.keepsSound() { // whatever the legal basis of the transcript
		need |= AudioRecording
	}
	if p.Microphone {
		need |= VoiceInput
	}
	if p.Attachments {
		need |= Attachments
	}
	return need
}

// narrowed is p with everything switched off that q has off. A live session
// follows a policy only downwards: what is switched on later applies to
// sessions that start afterwards.
func (p Policy) narrowed(q Policy) Policy {
	p.Number, p.Hash = q.Number, q.Hash
	p.Transcript = p.Transcript && q.Transcript
	p.Audio = p.Audio && q.Audio
	p.Microphone = p.Microphone && q.Microphone
	p.Attachments = p.Attachments && q.Attachments
	p.Desk = p.Desk && q.Desk
	p.Told = p.Told && q.Told
	p.Unavailable = p.Unavailable || q.Unavailable
	p.EndOnFailure = q.EndOnFailure
	p.Retention = min(p.Retention, q.Retention)
	p.AudioRetention = min(p.AudioRetention, q.AudioRetention)
	p.Reports = min(p.Reports, q.Reports)
	if q.Remind > 0 && (p.Remind <= 0 || q.Remind < p.Remind) {
		p.Remind = q.Remind
	}
	p.NoAcknowledgement = p.NoAcknowledgement && q.NoAcknowledgement
	p.NoticeHidden = p.NoticeHidden && q.NoticeHidden
	return p
}

// renewed is p narrowed by q, but for what is kept: that is as q has it. It is
// for a person who will be told and asked anew before it counts.
func (p Policy) renewed(q Policy) Policy {
	n := p.narrowed(q)
	n.Transcript, n.Retention, n.Told, n.Unavailable = q.Transcript, q.Retention, q.Told, q.Unavailable
	n.Audio, n.AudioRetention = q.Audio, q.AudioRetention
	return n
}

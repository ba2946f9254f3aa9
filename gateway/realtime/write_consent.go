package realtime

import (
	"time"

	"mayfly/session"
)

// purposes writes an array of names.
func (w *writer) purposes(set Purposes) {
	w.raw(`[`)
	first := true
	for p := Transcript; p <= AllPurposes; p <<= 1 {
		if set&p == 0 {
			continue
		}
		if !first {
			w.raw(`,`)
		}
		first = false
		w.string(purposeName(p))
	}
	w.raw(`]`)
}

// answers writes an object of purpose: boolean for what was asked.
func (w *writer) answers(asked, granted Purposes) {
	w.raw(`{`)
	first := true
	for p := Transcript; p <= AllPurposes; p <<= 1 {
		if asked&p == 0 {
			continue
		}
		if !first {
			w.raw(`,`)
		}
		first = false
		w.string(purposeName(p))
		w.raw(`:`)
		w.bool(granted&p != 0)
	}
	w.raw(`}`)
}

// ConsentRequest is what avatar.consent.requested says.
type ConsentRequest struct {
	ID            string
	Purposes      Purposes
	NoticeVersion string
	NoticeSHA256  string
	NoticeURL     string
	Locale        string
	ExpiresAt     int64 // seconds since 1970
	Sentences     []Sentence
}

// Sentence says in the person's language what they would agree to.
type Sentence struct {
	Purpose Purposes // one
	Text    string
}

// ConsentRequested writes avatar.consent.requested.
func (f *Frames) ConsentRequested(c *ConsentRequest) {
	f.begin("avatar.consent.requested")
	f.raw(`,"consent_id":`)
	f.string(c.ID)
	f.raw(`,"purposes":`)
	f.purposes(c.Purposes)
	f.raw(`,"notice":{"version":`)
	f.string(c.NoticeVersion)
	f.raw(`,"sha256":`)
	f.string(c.NoticeSHA256)
	f.raw(`,"url":`)
	f.string(c.NoticeURL)
	f.raw(`},"sentences":[`)
	for i, s := range c.Sentences {
		if i > 0 {
			f.raw(`,`)
		}
		f.raw(`{"purpose":`)
		f.string(purposeName(s.Purpose))
		f.raw(`,"text":`)
		f.string(s.Text)
		f.raw(`}`)
	}
	f.raw(`],"locale":`)
	f.string(c.Locale)
	f.raw(`,"expires_at":`)
	f.int(c.ExpiresAt)
	f.end()
}

// ConsentStage is where a consent stands.
type ConsentStage string

// The stages.
const (
	ConsentPending   ConsentStage = "pending"
	ConsentGranted   ConsentStage = "granted"
	ConsentDenied    ConsentStage = "denied"
	ConsentWithdrawn ConsentStage = "withdrawn"
)

// ConsentState writes avatar.consent.state.
func (f *Frames) ConsentState(id string, asked, granted Purposes, stage ConsentStage, at time.Time) {
	f.begin("avatar.consent.state")
	f.raw(`,"consent_id":`)
	f.string(id)
	f.raw(`,"grants":`)
	f.answers(asked, granted)
	f.raw(`,"state":`)
	f.string(string(stage))
	f.raw(`,"at":`)
	f.time(at)
	f.end()
}

// OptOutState writes avatar.optout.state. from is the first item that it holds
// for, zero if nothing was said yet; erased counts stored turns.
func (f *Frames) OptOutState(p Purposes, from session.ItemNo, erased int, at time.Time) {
	f.begin("avatar.optout.state")
	f.raw(`,"purposes":`)
	f.purposes(p)
	f.raw(`,"effective_from_item":`)
	f.previous(from)
	f.raw(`,"erased":`)
	f.int(int64(erased))
	f.raw(`,"at":`)
	f.time(at)
	f.end()
}

// Recording is what avatar.recording.state says.
type Recording struct {
	State      string // "off", "on", "failed"
	Transcript bool
	Audio      bool
	Reason     string // a stable code
	Since      time.Time
}

// RecordingState writes avatar.recording.state.
func (f *Frames) RecordingState(r Recording) {
	f.begin("avatar.recording.state")
	f.raw(`,"state":`)
	f.string(r.State)
	switch {
	case r.Transcript && r.Audio:
		f.raw(`,"kinds":["transcript","audio"]`)
	case r.Transcript:
		f.raw(`,"kinds":["transcript"]`)
	case r.Audio:
		f.raw(`,"kinds":["audio"]`)
	default:
		f.raw(`,"kinds":[]`)
	}
	f.raw(`,"reason":`)
	f.string(r.Reason)
	f.raw(`,"since":`)
	f.time(r.Since)
	f.end()
}

// TranscriptWithheld writes avatar.transcript.withheld: the items are not kept,
// because of the personal data in them.
func (f *Frames) TranscriptWithheld(items []session.ItemNo, at time.Time) {
	f.begin("avatar.transcript.withheld")
	f.raw(`,"item_ids":[`)
	for i, no := range items {
		if i > 0 {
			f.raw(`,`)
		}
		f.item(no)
	}
	f.raw(`],"reason":"sensitive","at":`)
	f.time(at)
	f.end()
}

// TranscriptCommitted writes avatar.transcript.committed, once the items are
// durable and not before.
func (f *Frames) TranscriptCommitted(items []session.ItemNo, sequence uint64, at time.Time) {
	f.begin("avatar.transcript.committed")
	f.raw(`,"item_ids":[`)
	for i, no := range items {
		if i > 0 {
			f.raw(`,`)
		}
		f.item(no)
	}
	f.raw(`],"sequence":`)
	f.int(int64(sequence))
	f.raw(`,"at":`)
	f.time(at)
	f.end()
}

package realtime

import (
	"time"

	"mayfly/session"
)

// Disclosure is what avatar.disclosure.presented says: the notice as it is
// shown, and how to tell that it was this one.
type Disclosure struct {
	ID          string
	Locale      string // BCP 47
	RightToLeft bool
	Text        string // the catalogue's, not a person's
	SHA256      string // of the text, 64 hexadecimal digits
	Method      string // "audio", "text", "video_overlay"
	RequiresAck bool
	Item        session.ItemNo // zero: it is no item
	Contact     Contact
	Word        string   // what is said of storage while nothing is recorded, in the notice's language
	Elsewhere   []string // sentences on what others state of it
	At          time.Time
}

// Contact is whom to ask about data.
type Contact struct {
	Organisation string
	Email        string
	Privacy      string // URL
	Complaint    string // URL
	DPO          string // e-mail address of the data protection officer
}

// DisclosurePresented writes avatar.disclosure.presented.
func (f *Frames) DisclosurePresented(d *Disclosure) {
	f.begin("avatar.disclosure.presented")
	f.raw(`,"disclosure_id":`)
	f.string(d.ID)
	f.raw(`,"locale":`)
	f.string(d.Locale)
	if d.RightToLeft {
		f.raw(`,"dir":"rtl","text":`)
	} else {
		f.raw(`,"dir":"ltr","text":`)
	}
	f.string(d.Text)
	f.raw(`,"text_sha256":`)
	f.string(d.SHA256)
	f.raw(`,"method":`)
	f.string(d.Method)
	f.raw(`,"requires_ack":`)
	f.bool(d.RequiresAck)
	if d.Item != 0 {
		f.raw(`,"item_id":`)
		f.item(d.Item)
	}
	f.raw(`,"contact":{"organisation":`)
	f.string(d.Contact.Organisation)
	f.optional("email", d.Contact.Email)
	f.optional("privacy", d.Contact.Privacy)
	f.optional("complaint", d.Contact.Complaint)
	f.optional("dpo", d.Contact.DPO)
	f.raw(`},"storage":{"word":`)
	f.string(d.Word)
	f.raw(`,"elsewhere":`)
	f.strings(d.Elsewhere)
	f.raw(`},"at":`)
	f.time(d.At)
	f.end()
}

// The digital source types that a label can have
// (cv.iptc.org/newscodes/digitalsourcetype).
const (
	SourceAlgorithmic = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
	SourceTrained     = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
	SourceComposite   = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)

// Provenance is the label of a response: what made it.
type Provenance struct {
	Turn     session.TurnNo // zero: a change of speaker outside a response
	ID       string
	Human    bool   // a human speaks: then there is no source type
	Source   string // one of the three
	Provider string
	System   string
	Version  string
	At       time.Time
}

// ProvenanceOf writes avatar.provenance, before the first output it is about.
func (f *Frames) ProvenanceOf(p *Provenance) {
	f.begin("avatar.provenance")
	f.ofTurn(p.Turn)
	if p.Human {
		f.raw(`,"ai_generated":false,"speaker":"human"`)
	} else {
		f.raw(`,"ai_generated":true,"speaker":"avatar","digital_source_type":`)
		f.string(p.Source)
	}
	f.raw(`,"provider":`)
	f.string(p.Provider)
	f.raw(`,"system":`)
	f.string(p.System)
	f.raw(`,"system_version":`)
	f.string(p.Version)
	f.raw(`,"generated_at":`)
	f.time(p.At)
	f.raw(`,"id":`)
	f.string(p.ID)
	f.end()
}

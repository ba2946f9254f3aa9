package session

import (
	"slices"
	"strconv"
	"time"
)

// Attachment is a picture or a document that the person shows. It came in as
// a file, of which nothing is left: a picture was drawn anew, of a document
// there is its text. It has no name.
type Attachment struct {
	Kind    AttachmentKind
	Format  Format // of the Content of a picture
	Width   int    // pixels of a picture
	Height  int
	Pages   int     // of a document that has any; else zero
	Content Content // the picture, or the text in UTF-8
}

// AttachmentKind says what an attachment is.
type AttachmentKind uint8

// The kinds of attachment.
const (
	Picture AttachmentKind = iota
	Document
)

// Format is how the bytes of a picture are to be read.
type Format uint8

// The formats.
const (
	PNG Format = iota
	JPEG
)

// Content is the bytes of an attachment. Like Speech it does not print and
// can be forgotten, and it has a door of its own: what is shown to an engine
// is opened there and nowhere else, so that no recorder ever holds it.
type Content struct{ bytes Speech }

// NewContent takes ownership of b: the caller must not use it afterwards.
func NewContent(b []byte) Content { return Content{NewSpeech(b)} }

// Len is the number of bytes, zero once forgotten.
func (c Content) Len() int { return c.bytes.Len() }

// AppendContent appends the bytes to dst and returns it. Only the packages
// listed as doors in cmd/mayfly/doors_test.go may call it.
func (c Content) AppendContent(dst []byte) []byte { return c.bytes.AppendTo(dst) }

// Forget clears the bytes in place, in every copy of the Content.
func (c Content) Forget() { c.bytes.Forget() }

// String gives the length, never the bytes.
func (c Content) String() string { return "content(" + strconv.Itoa(c.Len()) + ")" }

// GoString gives the length, never the bytes.
func (c Content) GoString() string { return c.String() }

// MarshalText gives the length, never the bytes.
func (c Content) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// The bounds of what a session takes.
const (
	ItemAttachments    = 4        // in one item
	SessionAttachments = 32       // in all
	AttachmentBytes    = 12 << 20 // held at a time, as they are held
	askAttachments     = 4        // the newest, that an engine is shown
)

// Shows says whether the person may show something now. While it is false
// nothing that they send as such is opened, held or passed on.
func (s *Session) Shows() bool { return s.Unshown() == "" }

// Unshown says why the person may show nothing now; empty: they may.
func (s *Session) Unshown() Code {
	switch {
	case s.state == Closed:
		return Gone
	case !s.policy.Attachments:
		return NoAttachments
	case s.state == HandedOff:
		return NotUnderstood
	case s.state == Disclosing || s.state == Consenting || !s.mayShow():
		return NotShown
	}
	return ""
}

// mayShow is the rule: the tenant's policy, the notice, the person's yes, and
// no no. A client that knows no notice cannot be asked; there, as with what is
// said, the person was told before anything that they show is taken.
func (s *Session) mayShow() bool {
	return s.mayHold() && s.notice.accepted && (s.consent.allows(Attachments) || s.notice.presented)
}

// mayHold says whether what was shown may stay in memory. The notice may be
// due again meanwhile, in another language.
func (s *Session) mayHold() bool {
	c := &s.consent
	return s.policy.Attachments && !c.says(Attachments) && (c.allows(Attachments) || !s.notice.aware)
}

// show says why the attachments of an item cannot be taken; empty: they can.
func (s *Session) show(it *Item) Code {
	switch code := s.Unshown(); {
	case len(it.Attachments) == 0:
		return ""
	case code != "":
		return code
	case len(it.Attachments) > ItemAttachments || s.talk.shown+len(it.Attachments) > SessionAttachments:
		return ManyAttachments
	case s.talk.held+it.attached() > AttachmentBytes:
		return ManyAttachments
	}
	return ""
}

// noteShown notes what was taken, without what it is of.
func (s *Session) noteShown(it *Item) {
	for _, a := range it.Attachments {
		kind := PictureTaken
		if a.Kind == Document {
			kind = DocumentTaken
		}
		s.note(Fact{Kind: kind, Count: uint64(a.Content.Len())})
	}
}

// attached is how many bytes the attachments of an item hold.
func (i *Item) attached() int {
	n := 0
	for _, a := range i.Attachments {
		n += a.Content.Len()
	}
	return n
}

// attachmentKinds is what may be kept of attachments: which there were.
func attachmentKinds(all []Attachment) []Attachment {
	var kept []Attachment
	for _, a := range all {
		kept = append(kept, Attachment{Kind: a.Kind})
	}
	return kept
}

// strip forgets the attachments of an item.
func (i *Item) strip() {
	for _, a := range i.Attachments {
		a.Content.Forget()
	}
	i.Attachments = nil
}

// shownTo leaves of the items only the attachments that an engine is shown:
// the newest few, and none that may not be.
func (s *Session) shownTo(items []Item) int {
	left, n := askAttachments, 0
	if !s.mayShow() {
		left = 0
	}
	for i := len(items) - 1; i >= 0; i-- {
		have := items[i].Attachments
		take := min(left, len(have))
		left -= take
		n += take
		items[i].Attachments = have[len(have)-take:]
	}
	return n
}

// unshow lets go of what may not be held any more, at once: the reply that was
// asked for with it, and then itself.
func (s *Session) unshow(now time.Time) {
	if s.talk.held == 0 || s.mayHold() {
		return
	}
	if s.reply.active && s.reply.shown {
		s.stop(now, TurnIncomplete, ClientCancel) // nor kept: the no may not be durable yet
	}
	for i := len(s.talk.items) - 1; i >= 0; i-- {
		it := &s.talk.items[i]
		if len(it.Attachments) == 0 {
			continue
		}
		s.talk.held -= it.attached()
		it.strip()
		if it.Words.Len() == 0 {
			s.emit(ItemDeleted{Item: it.No})
			s.talk.items = slices.Delete(s.talk.items, i, i+1)
		}
	}
}

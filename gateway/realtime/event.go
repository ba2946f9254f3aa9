package realtime

import "mayfly/session"

// ClientEvent is one event of a client. The types that implement it are all
// here, one per event type of the protocol.
type ClientEvent interface {
	// EventID is the client's own event_id, nil if it sent none. It is
	// content: echoed in an error that the event causes, and nothing else.
	EventID() []byte
	// Forget clears the words and releases the sound that the event still
	// holds. Whoever keeps one of them takes it out of the event first.
	Forget()
	clientEvent()
}

// SessionUpdate is session.update.
type SessionUpdate struct {
	head
	Session Update
}

// AudioAppend is input_audio_buffer.append.
type AudioAppend struct {
	head
	Audio *Audio
}

// AudioCommit is input_audio_buffer.commit.
type AudioCommit struct{ head }

// AudioClear is input_audio_buffer.clear.
type AudioClear struct{ head }

// ItemCreate is conversation.item.create.
type ItemCreate struct {
	head
	Draft    Draft
	Front    bool   // previous_item_id was "root": before everything
	Previous []byte // the item to come after; nil with Front unset: at the end
}

// ItemRetrieve is conversation.item.retrieve.
type ItemRetrieve struct {
	head
	Item []byte
}

// ItemTruncate is conversation.item.truncate.
type ItemTruncate struct {
	head
	Item    []byte
	Content int // index of the content part
	EndMS   int // milliseconds of the sound that were heard
}

// ItemDelete is conversation.item.delete.
type ItemDelete struct {
	head
	Item []byte
}

// ResponseCreate is response.create.
type ResponseCreate struct {
	head
	Form         Maybe[session.Form] // Spoken for ["audio"], Written for ["text"]
	Instructions session.Speech
	Tools        Maybe[[]Tool]
	Choice       Maybe[ToolChoice]
	Input        Maybe[[]Draft] // instead of the conversation
	OutOfBand    bool           // conversation "none": the conversation does not see it
	Metadata     session.Speech // a JSON object of strings, echoed; empty: none
	MaxTokens    Maybe[int]     // 1 to 4096; 0 is without limit
	Format       Maybe[Format]
	Voice        []byte // nil: the session's
}

// ResponseCancel is response.cancel.
type ResponseCancel struct {
	head
	Response []byte // nil: whichever is under way
}

// PlaybackClear is output_audio_buffer.clear.
type PlaybackClear struct{ head }

// DisclosureAcknowledge is avatar.disclosure.acknowledge.
type DisclosureAcknowledge struct {
	head
	ID []byte
}

// ConsentSubmit is avatar.consent.submit. A purpose that is in neither set was
// not answered.
type ConsentSubmit struct {
	head
	ID      []byte
	Granted Purposes
	Refused Purposes
	Method  Method
}

// ConsentWithdraw is avatar.consent.withdraw.
type ConsentWithdraw struct {
	head
	Purposes Purposes // all of them when the client named none
}

// OptOutSubmit is avatar.optout.submit.
type OptOutSubmit struct {
	head
	Purposes    Purposes // all of them when the client named none
	EraseStored bool
}

// HandoffRequest is avatar.handoff.request.
type HandoffRequest struct {
	head
	Reason       session.Speech
	Queue        string // [a-z0-9_-]{1,64}; empty: the default
	ShareContext bool
}

// HandoffCancel is avatar.handoff.cancel.
type HandoffCancel struct{ head }

// MinorDeclare is avatar.minor.declare: the person is a child, by their own
// word or that of whoever looks after them.
type MinorDeclare struct{ head }

// ReportSubmit is avatar.report.submit. That the person agrees is a part of it:
// without it there is no event.
type ReportSubmit struct {
	head
	Reason session.ReportReason
	Lines  []ReportedLine // 1 to session.MostReportLines
	Note   session.Speech
}

// ReportedLine is one line that the person ticked.
type ReportedLine struct {
	Item  []byte
	Words session.Speech
}

// Forget implements ClientEvent.
func (e *ReportSubmit) Forget() {
	e.head.Forget()
	e.Note.Forget()
	for i := range e.Lines {
		clear(e.Lines[i].Item)
		e.Lines[i].Words.Forget()
	}
}

// ReceiptRequest is avatar.receipt.request.
type ReceiptRequest struct{ head }

// SessionEnd is avatar.session.end.
type SessionEnd struct{ head }

// head is what every event has. Events are pointers, so that head's methods
// see one id.
type head struct{ id []byte }

// EventID implements ClientEvent.
func (h *head) EventID() []byte { return h.id }

// Forget implements ClientEvent for events without words.
func (h *head) Forget() { clear(h.id) }

func (*head) clientEvent() {}

// Forget implements ClientEvent.
func (e *SessionUpdate) Forget() {
	e.head.Forget()
	e.Session.Forget()
}

// Forget implements ClientEvent.
func (e *AudioAppend) Forget() {
	e.head.Forget()
	e.Audio.Release()
	e.Audio = nil
}

// Forget implements ClientEvent.
func (e *ItemCreate) Forget() {
	e.head.Forget()
	e.Draft.Forget()
	clear(e.Previous)
}

// Forget implements ClientEvent.
func (e *ItemRetrieve) Forget() {
	e.head.Forget()
	clear(e.Item)
}

// Forget implements ClientEvent.
func (e *ItemTruncate) Forget() {
	e.head.Forget()
	clear(e.Item)
}

// Forget implements ClientEvent.
func (e *ItemDelete) Forget() {
	e.head.Forget()
	clear(e.Item)
}

// Forget implements ClientEvent.
func (e *ResponseCreate) Forget() {
	e.head.Forget()
	e.Instructions.Forget()
	e.Metadata.Forget()
	forgetTools(e.Tools.Value)
	e.Choice.Value.Name.Forget()
	for i := range e.Input.Value {
		e.Input.Value[i].Forget()
	}
	clear(e.Voice)
}

// Forget implements ClientEvent.
func (e *ResponseCancel) Forget() {
	e.head.Forget()
	clear(e.Response)
}

// Forget implements ClientEvent.
func (e *DisclosureAcknowledge) Forget() {
	e.head.Forget()
	clear(e.ID)
}

// Forget implements ClientEvent.
func (e *ConsentSubmit) Forget() {
	e.head.Forget()
	clear(e.ID)
}

// Forget implements ClientEvent.
func (e *HandoffRequest) Forget() {
	e.head.Forget()
	e.Reason.Forget()
}

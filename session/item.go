package session

// ItemNo numbers the items of one conversation from 1, in the order in which
// they came to be. Zero is no item.
type ItemNo uint32

// TurnNo numbers the replies of one session from 1. Zero is no turn.
type TurnNo uint32

// Role says who speaks in an item. It comes from the connection or from the
// engine, never from the words.
type Role uint8

// The roles.
const (
	User Role = iota
	Avatar
	System
)

// Kind says what an item is.
type Kind uint8

// The kinds of item.
const (
	Message Kind = iota
	ToolCall
	ToolOutput
)

// Status says how far an item has come.
type Status uint8

// The states of an item.
const (
	Completed Status = iota
	InProgress
	Incomplete
)

// Form says in which form words came or go: written, or spoken.
type Form uint8

// The forms.
const (
	Written Form = iota
	Spoken
)

// Item is one entry of the conversation.
type Item struct {
	No      ItemNo
	Turn    TurnNo // the turn that produced it; zero for what the client sent
	Role    Role
	Kind    Kind
	Status  Status
	Form    Form
	Human   bool    // said by a human who took over from the avatar
	Handoff uint32  // Human: in which hand-off, from 1
	Purpose Purpose // Notice: the gateway's own words
	Inside  bool    // a call that the gateway carried out itself, or what came of it: the engine is shown it, nobody else, and it is not kept
	Apart   bool    // said while a human was there: no engine is shown it
	AudioMS int     // Spoken: sound that was let out, or heard
	Words   Speech  // the text, the transcript, or a call's arguments or output
	Name    Speech  // ToolCall: the tool's name
	Call    Speech  // ToolCall and ToolOutput: the call id

	// Attachments are what the person showed with it, at most ItemAttachments.
	// What may be kept has their kinds, and nothing of what they hold.
	Attachments []Attachment

	marks []mark // Spoken: when each word is heard
}

// wordless says whether the item was spoken and is not understood, or not yet.
func (i *Item) wordless() bool { return i.Role == User && i.Form == Spoken && i.Words.Len() == 0 }

// forget clears everything that was said in the item.
func (i *Item) forget() {
	i.Words.Forget()
	i.Name.Forget()
	i.Call.Forget()
	i.strip()
}

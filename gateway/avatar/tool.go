package avatar

import (
	"bytes"

	"mayfly/session"
)

// Tool is a function that an engine may have called. It does not matter to the
// engine who carries it out.
type Tool struct {
	Name        session.Speech // [A-Za-z0-9_-]{1,64}
	Description session.Speech // what it is for; may be empty
	Parameters  session.Speech // a JSON Schema object as JSON; empty: it takes none
}

// Choice says which tools a reply may, or must, use.
type Choice struct {
	Mode ChoiceMode
	Name session.Speech // Named: which one
}

// ChoiceMode is how a tool is chosen.
type ChoiceMode uint8

// The modes.
const (
	Auto     ChoiceMode = iota // the engine decides
	None                       // no tool is called
	Required                   // one at least is
	Named                      // that one is
)

// Call is a tool that an engine wants called.
type Call struct {
	Name      session.Speech // as the back end wrote it: nobody has looked whether there is one
	Arguments session.Speech // JSON as the back end wrote it: nobody has looked at it
}

// Forget clears the words of the call.
func (c *Call) Forget() {
	c.Name.Forget()
	c.Arguments.Forget()
}

// MostCalls is how many calls one step of a reply may hold.
const MostCalls = 16

// Same says whether two names are the same.
func Same(a, b session.Speech) bool {
	x, y := a.AppendTo(make([]byte, 0, a.Len())), b.AppendTo(make([]byte, 0, b.Len()))
	defer clear(x)
	defer clear(y)
	return bytes.Equal(x, y)
}

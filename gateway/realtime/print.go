package realtime

import (
	"fmt"
	"io"

	"mayfly/gateway/line"
)

// What a client sends does not print, whatever the verb: a type says which it
// is and a length. An event says how long its id is.

// Format implements fmt.Formatter for every event.
func (h head) Format(to fmt.State, _ rune) { line.Length(to, "event", len(h.id)) }

// Format implements fmt.Formatter.
func (a *Audio) Format(to fmt.State, _ rune) { line.Length(to, "audio", len(a.Bytes())) }

// Format implements fmt.Formatter.
func (d Draft) Format(to fmt.State, _ rune) {
	n := d.Item.Words.Len() + len(d.Audio.Bytes())
	for _, f := range d.Files {
		n += len(f)
	}
	line.Length(to, "draft", n)
}

// Format implements fmt.Formatter.
func (l ReportedLine) Format(to fmt.State, _ rune) { line.Length(to, "line", l.Words.Len()) }

// Format implements fmt.Formatter.
func (u AvatarUpdate) Format(to fmt.State, _ rune) { line.Length(to, "avatar", u.Subject.Len()) }

// Format implements fmt.Formatter.
func (i *IDs) Format(to fmt.State, _ rune) { line.Length(to, "ids", len(i.chosen)) }

// Format implements fmt.Formatter: the code and the path of the schema.
func (e Error) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, e.Error()) }

// Format implements fmt.Formatter.
func (p Problem) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, "problem("+p.Code+")") }

// String and GoString say how long the name of a voice is. (A Format method
// would have the name of a field.)
func (u OutputUpdate) String() string   { return fmt.Sprintf("output(%d)", len(u.Voice)) }
func (u OutputUpdate) GoString() string { return u.String() }

// String and GoString say how long the client's instructions are.
func (r ResponseCreate) String() string {
	return fmt.Sprintf("response(%d)", r.Instructions.Len())
}
func (r ResponseCreate) GoString() string { return r.String() }

package redact

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"mayfly/session"
)

// Turn is one exchange as it may be stored: granted by a session and redacted
// here, with its sound if that was granted too. Nothing else makes one, and the recorder takes nothing else. Like
// session.Speech it does not print, and it can be forgotten.
type Turn struct{ open func() *turn }

type turn struct {
	grant  session.Grant
	items  int
	values int    // of personal data that were found
	b      []byte // nil once forgotten

	sounds [2]sound // by side
}

// ErrNoGrant means that no session gave leave to keep the turn.
var ErrNoGrant = errors.New("redact: no session granted this turn")

// Turn makes what may be stored of the items. They are neither changed nor
// forgotten.
func (r *Redactor) Turn(g session.Grant, items []session.Item) (Turn, error) {
	if !g.Valid() {
		return Turn{}, ErrNoGrant
	}
	t := &turn{grant: g, items: len(items)}
	b := append(make([]byte, 0, 512), `{"turn":`...)
	b = strconv.AppendUint(b, uint64(g.Turn()), 10)
	b = append(b, `,"items":[`...)
	for i := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.item(b, &items[i], &t.values)
	}
	t.b = append(b, `]}`...)
	return Turn{open: func() *turn { return t }}, nil
}

// item appends one item as JSON. The words of a tool's call are words like
// any others. The id of a call is the client's: it is not stored.
func (r *Redactor) item(b []byte, it *session.Item, values *int) []byte {
	b = append(b, `{"no":`...)
	b = strconv.AppendUint(b, uint64(it.No), 10)
	b = appendName(b, `,"role":`, roleNames[it.Role])
	b = appendName(b, `,"kind":`, [...]string{session.Message: "message", session.ToolCall: "tool_call", session.ToolOutput: "tool_output"}[it.Kind])
	b = appendName(b, `,"form":`, [...]string{session.Written: "written", session.Spoken: "spoken"}[it.Form])
	b = appendName(b, `,"status":`, [...]string{session.Completed: "completed", session.InProgress: "in_progress", session.Incomplete: "incomplete"}[it.Status])
	if it.Human {
		b = append(b, `,"human":true`...)
	}
	if it.Purpose == session.Notice {
		b = append(b, `,"notice":true`...)
	}
	if it.AudioMS > 0 {
		b = append(b, `,"audio_ms":`...)
		b = strconv.AppendInt(b, int64(it.AudioMS), 10)
	}
	if it.Name.Len() > 0 {
		b = r.words(append(b, `,"name":`...), it.Name, values)
	}
	b = r.wordsAfter(append(b, `,"words":`...), shown(it), it.Words, values)
	return append(b, '}')
}

var roleNames = [...]string{session.User: "user", session.Avatar: "avatar", session.System: "system"}

func appendName(b []byte, key, name string) []byte {
	b = append(b, key...)
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"')
}

// words appends redacted words as a JSON string, and counts the values in them.
func (r *Redactor) words(b []byte, s session.Speech, values *int) []byte {
	return r.wordsAfter(b, "", s, values)
}

// wordsAfter is words, after a text of our own.
func (r *Redactor) wordsAfter(b []byte, lead string, s session.Speech, values *int) []byte {
	said := s.AppendTo(append(make([]byte, 0, len(lead)+s.Len()), lead...))
	redacted, found := r.appendCounting(make([]byte, 0, len(said)+len(said)/4), said)
	*values += found
	b = appendJSON(b, redacted)
	clear(said)
	clear(redacted[:cap(redacted)])
	return b
}

// appendJSON appends a string as RFC 8259 writes it. What is not UTF-8 becomes
// U+FFFD.
func appendJSON(b, s []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20 || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRune(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}

// Grant is the leave that the turn was made from.
func (t Turn) Grant() session.Grant {
	if t.open == nil {
		return session.Grant{}
	}
	return t.open().grant
}

// Items is how many items the turn holds.
func (t Turn) Items() int {
	if t.open == nil {
		return 0
	}
	return t.open().items
}

// Values is how many values of personal data were found in the turn, those
// that stay included.
func (t Turn) Values() int {
	if t.open == nil {
		return 0
	}
	return t.open().values
}

// Len is the number of bytes of the stored form, zero once forgotten.
func (t Turn) Len() int {
	if t.open == nil {
		return 0
	}
	return len(t.open().b)
}

// AppendTo appends the stored form, a JSON object, to dst. It is the only way
// to the words; only the packages listed as doors may call it. The caller
// owns the copy and clears it when it is done.
func (t Turn) AppendTo(dst []byte) []byte {
	if t.open == nil {
		return dst
	}
	return append(dst, t.open().b...)
}

// Forget clears the words and the sound in place. The caller makes sure that nobody reads
// the Turn at the same time.
func (t Turn) Forget() {
	if t.open == nil {
		return
	}
	o := t.open()
	clear(o.b[:cap(o.b)])
	o.b = nil
	for i := range o.sounds {
		clear(o.sounds[i].b[:cap(o.sounds[i].b)])
		o.sounds[i] = sound{}
	}
}

// String gives the length, never the words.
func (t Turn) String() string { return "turn(" + strconv.Itoa(t.Len()) + ")" }

// GoString gives the length, never the words.
func (t Turn) GoString() string { return t.String() }

// MarshalText gives the length, never the words.
func (t Turn) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

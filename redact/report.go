package redact

import (
	"strconv"

	"mayfly/session"
)

// Report is what a person told about an answer as it may be stored: granted by
// a session and redacted here. Like Turn it does not print, and it can be
// forgotten.
type Report struct{ open func() *report }

type report struct {
	grant  session.ReportGrant
	reason session.ReportReason
	lines  int
	b      []byte // nil once forgotten
}

// Report makes what may be stored of a report, and forgets it.
func (r *Redactor) Report(g session.ReportGrant, from session.Report) (Report, error) {
	defer from.Forget()
	if !g.Valid() || g.Retention() <= 0 {
		return Report{}, ErrNoGrant
	}
	o := &report{grant: g, reason: from.Reason, lines: len(from.Lines)}
	found := 0 // values that were hidden; here they do not count
	b := append(make([]byte, 0, 512), `{"lines":[`...)
	for i := range from.Lines {
		if i > 0 {
			b = append(b, ',')
		}
		l := &from.Lines[i]
		b = append(b, `{"item":`...)
		b = strconv.AppendUint(b, uint64(l.Item), 10)
		b = appendName(b, `,"role":`, roleNames[l.Role])
		if l.Human {
			b = append(b, `,"human":true`...)
		}
		b = append(b, `,"as_said":`...)
		b = strconv.AppendBool(b, l.AsSaid)
		b = r.words(append(b, `,"words":`...), l.Words, &found)
		b = append(b, '}')
	}
	b = append(b, ']')
	if from.Note.Len() > 0 {
		b = r.words(append(b, `,"note":`...), from.Note, &found)
	}
	o.b = append(b, '}')
	return Report{open: func() *report { return o }}, nil
}

// Grant is the leave that the report was made from.
func (t Report) Grant() session.ReportGrant {
	if t.open == nil {
		return session.ReportGrant{}
	}
	return t.open().grant
}

// Reason is why the person reports it.
func (t Report) Reason() session.ReportReason {
	if t.open == nil {
		return session.OtherReason
	}
	return t.open().reason
}

// Lines is how many lines the report holds.
func (t Report) Lines() int {
	if t.open == nil {
		return 0
	}
	return t.open().lines
}

// Len is the number of bytes of the stored form, zero once forgotten.
func (t Report) Len() int {
	if t.open == nil {
		return 0
	}
	return len(t.open().b)
}

// AppendTo appends the stored form, a JSON object, to dst. It is the only way
// to the words; only the packages listed as doors may call it. The caller
// owns the copy and clears it when it is done.
func (t Report) AppendTo(dst []byte) []byte {
	if t.open == nil {
		return dst
	}
	return append(dst, t.open().b...)
}

// Forget clears the words in place. The caller makes sure that nobody reads
// the Report at the same time.
func (t Report) Forget() {
	if t.open == nil {
		return
	}
	o := t.open()
	clear(o.b[:cap(o.b)])
	o.b = nil
}

// String gives the length, never the words.
func (t Report) String() string { return "report(" + strconv.Itoa(t.Len()) + ")" }

// GoString gives the length, never the words.
func (t Report) GoString() string { return t.String() }

// MarshalText gives the length, never the words.
func (t Report) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

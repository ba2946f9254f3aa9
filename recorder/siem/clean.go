package siem

import (
	"encoding/hex"

	"mayfly/session"
)

// Bounds of a record, in bytes.
const (
	// MaxLine is more than any record has (TestLines).
	MaxLine = 4096
	maxName = 80
)

// clean is a name as it may stand in a record: printable ASCII, cut. What else
// there is becomes a question mark.
func clean(s string, most int) string {
	out := make([]byte, 0, min(len(s), most))
	for i := 0; i < len(s) && len(out) < most; i++ {
		c := s[i]
		if c < ' ' || c > '~' {
			c = '?'
		}
		out = append(out, c)
	}
	return string(out)
}

func idText(id session.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func hashText(h [32]byte) string {
	if h == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(h[:])
}

package gateway

import (
	"mayfly/redact"
	"mayfly/session"
)

// withheld says whether a turn is not kept because of the personal data that
// was recognised in it, or in the session so far. It is then forgotten, and the
// session told next. Called with mu held.
func (c *conn) withheld(t redact.Turn, items []session.Item) bool {
	r, bounds, values := &c.recording, c.policy.Sensitive, t.Values()
	r.values += values
	rest := bounds.Session > 0 && r.values >= bounds.Session
	if !rest && (bounds.Turn == 0 || values < bounds.Turn) {
		return false
	}
	in := session.Withheld{Turn: t.Grant().Turn(), Values: values, Rest: rest}
	for i := range items {
		in.Items = append(in.Items, items[i].No)
	}
	t.Forget()
	c.next = append(c.next, in)
	return true
}

package audit

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strconv"

	"mayfly/session"
)

// cursor reads an entry from its beginning to its end, in the order in which
// it is written.
type cursor struct {
	rest  []byte
	bad   bool // not as mayfly writes it
	newer bool // a name that is not on the lists
}

// take steps over s if it comes next.
func (c *cursor) take(s string) bool {
	if c.bad || len(c.rest) < len(s) || string(c.rest[:len(s)]) != s {
		return false
	}
	c.rest = c.rest[len(s):]
	return true
}

// key steps over a key that is not the first.
func (c *cursor) key(name string) bool {
	n := len(name) + 4
	if c.bad || len(c.rest) < n || c.rest[0] != ',' || c.rest[1] != '"' || string(c.rest[2:n-2]) != name || c.rest[n-2] != '"' || c.rest[n-1] != ':' {
		return false
	}
	c.rest = c.rest[n:]
	return true
}

func (c *cursor) digits() []byte {
	n := 0
	for n < len(c.rest) && (c.rest[n] >= '0' && c.rest[n] <= '9' || n == 0 && c.rest[n] == '-') {
		n++
	}
	d := c.rest[:n]
	c.rest = c.rest[n:]
	return d
}

func (c *cursor) number() uint64 {
	v, err := strconv.ParseUint(string(c.digits()), 10, 64)
	c.bad = c.bad || err != nil
	return v
}

func (c *cursor) signed() int64 {
	v, err := strconv.ParseInt(string(c.digits()), 10, 64)
	c.bad = c.bad || err != nil
	return v
}

// optional is a number that may be left out, at most limit.
func (c *cursor) optional(key string, limit uint64) uint64 {
	if !c.key(key) {
		return 0
	}
	v := c.number()
	c.bad = c.bad || v > limit
	return v
}

// text is a string without escapes, without its quotes.
func (c *cursor) text() []byte {
	if !c.take(`"`) {
		c.bad = true
		return nil
	}
	n := bytes.IndexByte(c.rest, '"')
	if n < 0 {
		c.bad = true
		return nil
	}
	s := c.rest[:n]
	c.rest = c.rest[n+1:]
	return s
}

func (c *cursor) hex(into []byte) {
	s := c.text()
	if len(s) != hex.EncodedLen(len(into)) {
		c.bad = true
		return
	}
	if _, err := hex.Decode(into, s); err != nil {
		c.bad = true
	}
}

func (c *cursor) id(key string) session.ID {
	if !c.key(key) {
		return session.ID{}
	}
	id, ok := session.ParseID(string(c.text()))
	c.bad = c.bad || !ok
	return id
}

func (c *cursor) purposes() (p session.Purposes) {
	c.bad = c.bad || !c.take(`[`)
	for !c.bad {
		i := slices.Index(purposeNames, string(c.text()))
		if i < 0 {
			c.newer = !c.bad
			return p
		}
		p |= 1 << i
		if c.take(`]`) {
			return p
		}
		c.bad = c.bad || !c.take(`,`)
	}
	return p
}

// oneOf reads a name from a closed list.
func oneOf[T any](c *cursor, list map[string]T) (v T) {
	name := c.text()
	v, ok := list[string(name)]
	if !ok && !c.bad {
		c.newer = true
	}
	return v
}

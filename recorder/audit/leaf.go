package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"mayfly/session"
)

// Leaf is what one entry of a log says. There is no text in it, by type:
// enums, opaque ids and numbers only.
type Leaf struct {
	At   time.Time // UTC, to the millisecond
	Fact session.Fact
	// Salt keeps a fact that was dropped from being guessed by its hash.
	Salt [16]byte
	// Prior is what the tenant's log before this one came to. Only the first
	// entry of a log has it: so a month cannot be left out.
	Prior Head
}

// Head is what a log came to.
type Head struct {
	Month Month
	Size  int64
	Root  [32]byte
}

// IsZero says that there is none.
func (h Head) IsZero() bool { return h == Head{} }

const (
	leafVersion = 1
	leafMax     = 1024 // bytes; the longest is some 700
)

// Errors of entries.
var (
	// ErrNewer means that an entry has something in it that this program does
	// not know.
	ErrNewer = errors.New("the entry was written by a newer mayfly: verify it with that one or a newer one")
	// ErrMalformed means that an entry is not as mayfly writes it.
	ErrMalformed = errors.New("the entry is not as mayfly writes it")
)

var purposeNames = []string{"transcript", "audio_recording", "voice_input", "attachments", "analytics", "handoff_context", "handoff"}

var (
	kinds         = len(session.FactKinds())
	reasons       = len(session.Reasons())
	kindsByName   = map[string]session.FactKind{}
	reasonsByName = map[string]session.Reason{}
)

func init() {
	for _, k := range session.FactKinds() {
		kindsByName[k.String()] = k
	}
	for _, r := range session.Reasons() {
		reasonsByName[r.String()] = r
	}
}

// AppendTo appends the entry as JSON, in the one form that it has: keys in
// this order, what is zero left out, no space.
func (l *Leaf) AppendTo(b []byte) ([]byte, error) {
	f := &l.Fact
	if int(f.Kind) >= kinds || int(f.Reason) >= reasons || f.Purposes&^session.AllPurposes != 0 {
		return b, fmt.Errorf("audit: fact of kind %d, reason %d, purposes %d: not on the lists", f.Kind, f.Reason, f.Purposes)
	}
	b = append(b, `{"v":1,"at":`...)
	b = strconv.AppendInt(b, l.At.UnixMilli(), 10)
	b = appendName(b, "kind", f.Kind.String())
	b = appendID(b, "session", f.Session)
	b = appendID(b, "actor", f.Actor)
	b = appendID(b, "object", f.Object)
	b = appendNumber(b, "turn", uint64(f.Turn))
	b = appendNumber(b, "notice", uint64(f.Notice))
	b = appendPurposes(b, f.Purposes)
	if f.Reason != 0 {
		b = appendName(b, "reason", f.Reason.String())
	}
	b = appendNumber(b, "policy", f.Policy)
	b = appendNumber(b, "before", f.Before)
	b = appendNumber(b, "count", f.Count)
	if f.Hash != ([32]byte{}) {
		b = appendHex(b, "hash", f.Hash[:])
	}
	if !l.Prior.IsZero() {
		b = append(b, `,"prior":{"month":`...)
		b = strconv.AppendInt(b, int64(l.Prior.Month), 10)
		b = append(b, `,"size":`...)
		b = strconv.AppendInt(b, l.Prior.Size, 10)
		b = appendHex(b, "root", l.Prior.Root[:])
		b = append(b, '}')
	}
	b = appendHex(b, "salt", l.Salt[:])
	return append(b, '}'), nil
}

func appendKey(b []byte, key string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

func appendName(b []byte, key, name string) []byte {
	b = append(appendKey(b, key), '"')
	b = append(b, name...)
	return append(b, '"')
}

func appendNumber(b []byte, key string, n uint64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendUint(appendKey(b, key), n, 10)
}

func appendID(b []byte, key string, id session.ID) []byte {
	if id.IsZero() {
		return b
	}
	return appendName(b, key, id.String())
}

func appendHex(b []byte, key string, v []byte) []byte {
	b = append(appendKey(b, key), '"')
	return append(hex.AppendEncode(b, v), '"')
}

func appendPurposes(b []byte, p session.Purposes) []byte {
	if p == 0 {
		return b
	}
	b = appendKey(b, "purposes")
	sep := byte('[')
	for i, name := range purposeNames {
		if p.Has(1 << i) {
			b = append(b, sep, '"')
			b = append(append(b, name...), '"')
			sep = ','
		}
	}
	return append(b, ']')
}

// ParseLeaf reads what AppendTo wrote, and nothing else: whatever it takes
// would be written as the same bytes.
func ParseLeaf(data []byte) (Leaf, error) {
	c := &cursor{rest: data}
	var l Leaf
	if len(data) > leafMax {
		return l, ErrMalformed
	}
	if !c.take(`{"v":`) {
		return l, ErrMalformed
	}
	if c.number() != leafVersion {
		if c.bad {
			return l, ErrMalformed
		}
		return l, ErrNewer
	}
	c.bad = c.bad || !c.take(`,"at":`)
	l.At = time.UnixMilli(c.signed()).UTC()
	c.leaf(&l)
	if c.newer {
		return Leaf{}, ErrNewer
	}
	if c.bad || len(c.rest) > 0 {
		return Leaf{}, ErrMalformed
	}
	again, err := l.AppendTo(make([]byte, 0, len(data)))
	if err != nil || !bytes.Equal(again, data) {
		return Leaf{}, ErrMalformed
	}
	return l, nil
}

// leaf reads what comes after the time.
func (c *cursor) leaf(l *Leaf) {
	f := &l.Fact
	if !c.key("kind") {
		c.bad = true
	}
	f.Kind = oneOf(c, kindsByName)
	f.Session = c.id("session")
	f.Actor = c.id("actor")
	f.Object = c.id("object")
	f.Turn = session.TurnNo(c.optional("turn", 1<<32-1))
	f.Notice = uint32(c.optional("notice", 1<<32-1))
	if c.key("purposes") {
		f.Purposes = c.purposes()
	}
	if c.key("reason") {
		f.Reason = oneOf(c, reasonsByName)
	}
	f.Policy = c.optional("policy", 1<<64-1)
	f.Before = c.optional("before", 1<<64-1)
	f.Count = c.optional("count", 1<<64-1)
	if c.key("hash") {
		c.hex(f.Hash[:])
	}
	if c.take(`,"prior":{"month":`) {
		l.Prior.Month = Month(c.signed())
		c.bad = c.bad || !c.take(`,"size":`)
		l.Prior.Size = c.signed()
		c.bad = c.bad || !c.key("root")
		c.hex(l.Prior.Root[:])
		c.bad = c.bad || !c.take(`}`)
	}
	c.bad = c.bad || !c.key("salt")
	c.hex(l.Salt[:])
	c.bad = c.bad || !c.take(`}`)
}

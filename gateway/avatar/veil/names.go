package veil

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"

	"mayfly/redact"
)

// most is how many values one session has placeholders for. What comes after
// has the mark of its kind and is not put back.
const most = 1000

// letters write a placeholder. There is no vowel: no word can come of it.
const letters = "BCDFGHJKLMNPQRSTVWXZ"

// value is something that has a placeholder.
type value struct {
	kind redact.Kind
	key  []byte // in the form in which equal values are equal; nil: a placeholder that somebody wrote, which is its own
	said []byte // as it was first said
}

// names are what stands for what in one session. They belong to one turn at a
// time.
type names struct {
	redactor *redact.Redactor
	hidden   []bool // by kind
	mask     uint64 // so that nobody can write a token of ours
	values   []value
	found    []uint64 // tokens given by the redactor in the text that is read
}

// kinds are the names of what is hidden, in placeholders.
var kinds = func() (names []string) {
	for _, k := range redact.Kinds() {
		names = append(names, k.Key())
	}
	return names
}()

// overflow is the token of a value that got no placeholder.
const overflow = ^uint64(0)

func newNames(o redact.Options) (*names, error) {
	n := &names{hidden: hidden(&o)}
	var mask [8]byte
	_, _ = rand.Read(mask[:]) // never fails
	n.mask = binary.LittleEndian.Uint64(mask[:])
	for _, k := range redact.Kinds() {
		if at := o.Of(k); *at != redact.Off {
			*at = redact.Hash
		}
	}
	o.Keyer = n
	var err error
	n.redactor, err = redact.New(o)
	return n, err
}

// hidden says which kinds are.
func hidden(o *redact.Options) (out []bool) {
	for _, k := range redact.Kinds() {
		out = append(out, *o.Of(k) != redact.Off)
	}
	return out
}

// Close forgets everything.
func (n *names) Close() error {
	for _, v := range n.values {
		clear(v.key)
		clear(v.said)
	}
	n.values = nil
	return nil
}

// Token gives a value its place, the same for equal values.
func (n *names) Token(k redact.Kind, key []byte) uint64 {
	for i, v := range n.values {
		if v.kind == k && v.key != nil && bytes.Equal(v.key, key) {
			n.found = append(n.found, uint64(i))
			return uint64(i) ^ n.mask
		}
	}
	if len(n.values) == most {
		n.found = append(n.found, overflow)
		return overflow ^ n.mask
	}
	n.values = append(n.values, value{kind: k, key: bytes.Clone(key)})
	n.found = append(n.found, uint64(len(n.values)-1))
	return uint64(len(n.values)-1) ^ n.mask
}

// append appends a text to dst with its values hidden. A text that went
// through it before is not changed.
func (n *names) append(dst, text []byte) []byte {
	long := n.lengthen(make([]byte, 0, len(text)+64), text)
	defer clear(long)
	n.found = n.found[:0]
	hidden := n.redactor.Append(make([]byte, 0, len(long)+64), long)
	defer clear(hidden)
	i := 0
	for _, s := range n.redactor.AppendSpans(nil, long) {
		if !n.hidden[s.Kind] {
			continue
		}
		if at := n.found[i]; at != overflow && n.values[at].said == nil {
			n.values[at].said = bytes.Clone(long[s.Start:s.End])
		}
		i++
	}
	return n.shorten(dst, hidden)
}

// lengthen appends a text with its placeholders as redact's own marks, which
// it leaves alone. A placeholder that stands for nothing was written by
// somebody, and stands for itself from now on.
func (n *names) lengthen(dst, text []byte) []byte {
	for len(text) > 0 {
		open := bytes.IndexByte(text, '[')
		if open < 0 {
			break
		}
		dst = append(dst, text[:open]...)
		text = text[open:]
		k, at, size := placeholder(text)
		if size == 0 {
			dst, text = append(dst, '['), text[1:]
			continue
		}
		for at >= len(n.values) && at < most {
			n.values = append(n.values, value{kind: k, said: appendPlaceholder(nil, k, len(n.values))})
		}
		if at < len(n.values) && n.values[at].kind == k {
			dst = appendToken(dst, k, uint64(at)^n.mask)
		} else {
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return append(dst, text...)
}

// shorten appends a text with redact's marks as placeholders.
func (n *names) shorten(dst, text []byte) []byte {
	for len(text) > 0 {
		open := bytes.IndexByte(text, '[')
		if open < 0 {
			break
		}
		dst = append(dst, text[:open]...)
		text = text[open:]
		k, token, size := readToken(text)
		at := token ^ n.mask
		switch {
		case size > 0 && at == overflow:
			dst = append(append(append(dst, '['), kinds[k]...), ']')
		case size > 0 && at < uint64(len(n.values)):
			dst = appendPlaceholder(dst, k, int(at))
		default:
			size = 1
			dst = append(dst, '[')
		}
		text = text[size:]
	}
	return append(dst, text...)
}

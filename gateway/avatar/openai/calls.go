package openai

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

const (
	nameBytes     = 64       // of a tool's name
	argumentBytes = 32 << 10 // of all arguments of one call
)

// calls are the tools that a reply wants called, as they come together out of
// fragments.
type calls struct {
	all []call
	off bool // nobody offered any: what comes is passed over
}

type call struct {
	index    int // that the server gave it; negative: none
	id, name []byte
	args     []byte
}

// fragment is a piece of a call. Only the first of a call need have an id and
// a name.
type fragment struct {
	index    int // negative: none was given
	id, name []byte
	args     []byte
}

// add puts a fragment where it belongs. Servers key them by an index, give
// every call the same one and tell them apart by their ids, or give -1 or none
// and begin each call with a name.
func (c *calls) add(f *fragment) error {
	at := c.find(f)
	if at < 0 {
		if len(c.all) == avatar.MostCalls {
			return errTooMuch
		}
		c.all = append(c.all, call{index: f.index})
		at = len(c.all) - 1
	}
	k := &c.all[at]
	if len(k.id) == 0 {
		k.id = append(k.id, f.id...)
	}
	if len(k.name) == 0 {
		k.name = append(k.name, f.name...)
	}
	if len(k.name) > nameBytes || len(k.id) > argumentBytes || len(k.args)+len(f.args) > argumentBytes {
		return errTooMuch
	}
	if need := len(k.args) + len(f.args); need > cap(k.args) {
		grown := make([]byte, len(k.args), 2*need+64)
		copy(grown, k.args)
		clear(k.args)
		k.args = grown
	}
	k.args = append(k.args, f.args...)
	return nil
}

// find is the call that a fragment goes on with, or -1 for a new one.
func (c *calls) find(f *fragment) int {
	for i := len(c.all) - 1; i >= 0; i-- {
		k := &c.all[i]
		switch {
		case f.index >= 0 && k.index != f.index:
			continue
		case len(f.id) > 0 && len(k.id) > 0 && !bytes.Equal(f.id, k.id):
			continue
		case f.index < 0 && len(f.id) == 0 && len(f.name) > 0 && len(k.name) > 0:
			return -1 // it begins with its name, and has nothing else to be told by
		case len(f.id) == 0 && len(f.name) > 0 && len(f.args) > 0 && len(k.name) > 0 && jsontext.Value(k.args).IsValid():
			return -1 // the call before it is whole
		}
		return i
	}
	return -1
}

// hand gives the calls away, in order. One without a name is none.
func (c *calls) hand(to func(avatar.Call) error) (n int, err error) {
	defer c.forget()
	for i := range c.all {
		k := &c.all[i]
		if len(k.name) == 0 {
			continue
		}
		if !sound(k.name) {
			k.name = append(k.name[:0], "unknown"...)
		}
		if len(bytes.TrimSpace(k.args)) == 0 {
			k.args = append(k.args[:0], "{}"...)
		}
		if err := to(avatar.Call{Name: session.NewSpeech(bytes.Clone(k.name)), Arguments: session.NewSpeech(bytes.Clone(k.args))}); err != nil {
			return n, sayError{err}
		}
		n++
	}
	return n, nil
}

// sound says whether a name is one that a tool can have.
func sound(name []byte) bool {
	for _, c := range name {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func (c *calls) forget() {
	for i := range c.all {
		k := &c.all[i]
		clear(k.id[:cap(k.id)])
		clear(k.name[:cap(k.name)])
		clear(k.args[:cap(k.args)])
	}
	c.all = nil
}

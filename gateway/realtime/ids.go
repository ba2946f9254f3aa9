package realtime

import (
	"bytes"
	"hash/maphash"
	"math"
	"strconv"

	"mayfly/session"
)

// IDs gives the things of one session their names on the wire. Items and turns
// are numbers inside; a name is the number behind a prefix that no other
// session has. An item may instead have a name that the client chose: that is
// content, kept here, echoed, and forgotten with the session.
//
// The zero IDs is not usable. An IDs belongs to one connection and is used
// under its lock.
type IDs struct {
	prefix []byte // Static.
	events uint64 // of the last event
	seed   maphash.Seed
	byHash map[uint64]session.ItemNo // of chosen names
	chosen map[session.ItemNo][]byte
}

// NewIDs takes a prefix of 1 to 24 characters of [A-Za-z0-9], random, so that
// ids of different sessions cannot be mixed up.
func NewIDs(prefix string) *IDs {
	return &IDs{prefix: []byte(prefix)}
}

// Session is the session's id: "sess_<prefix>".
func (i *IDs) Session() string { return "sess_" + string(i.prefix) }

// Handoff is the id of a hand-off: "hand_<prefix><number>".
func (i *IDs) Handoff(no uint32) string { return string(i.append(nil, "hand_", uint64(no))) }

// Choose gives an item a name that the client chose, of 1 to 64 bytes. It
// copies the name. It is false if another item has the name, if the item has
// one already, or if the name could be one of the gateway's.
func (i *IDs) Choose(no session.ItemNo, name []byte) bool {
	if len(name) == 0 || len(name) > maxID || i.reserved(name) {
		return false
	}
	if i.byHash == nil {
		i.seed = maphash.MakeSeed()
		i.byHash = make(map[uint64]session.ItemNo)
		i.chosen = make(map[session.ItemNo][]byte)
	}
	// Two names with one hash of 64 bits would be taken for a repetition. The
	// seed is random, so nobody can look for such a pair.
	h := maphash.Bytes(i.seed, name)
	if _, taken := i.byHash[h]; taken || i.chosen[no] != nil {
		return false
	}
	i.byHash[h] = no
	i.chosen[no] = bytes.Clone(name)
	return true
}

// Item is the number of the item with the name, or zero. Whether an item of
// that number exists is the session's to say.
func (i *IDs) Item(name []byte) session.ItemNo {
	if i.byHash != nil {
		if no, ok := i.byHash[maphash.Bytes(i.seed, name)]; ok && bytes.Equal(i.chosen[no], name) {
			return no
		}
	}
	no := session.ItemNo(i.number("item_", name))
	if i.chosen[no] != nil { // it goes by another name
		return 0
	}
	return no
}

// Turn is the number of the response with the name, or zero.
func (i *IDs) Turn(name []byte) session.TurnNo {
	return session.TurnNo(i.number("resp_", name))
}

// Drop forgets the name that the client chose for an item, if any.
func (i *IDs) Drop(no session.ItemNo) {
	if name := i.chosen[no]; name != nil {
		delete(i.byHash, maphash.Bytes(i.seed, name))
		delete(i.chosen, no)
		clear(name)
	}
}

// Forget clears every name that the client chose.
func (i *IDs) Forget() {
	for _, name := range i.chosen {
		clear(name)
	}
	i.byHash, i.chosen = nil, nil
}

// AppendItem appends the name of an item.
func (i *IDs) AppendItem(dst []byte, no session.ItemNo) []byte {
	if name := i.chosen[no]; name != nil {
		return append(dst, name...)
	}
	return i.append(dst, "item_", uint64(no))
}

// AppendTurn appends the name of a response.
func (i *IDs) AppendTurn(dst []byte, no session.TurnNo) []byte {
	return i.append(dst, "resp_", uint64(no))
}

func (i *IDs) append(dst []byte, kind string, n uint64) []byte {
	dst = append(dst, kind...)
	dst = append(dst, i.prefix...)
	return strconv.AppendUint(dst, n, 10)
}

// size is more than what any name made here takes.
func (i *IDs) size() int { return len("event_") + len(i.prefix) + 20 }

// reserved says that a name has the form of the gateway's own.
func (i *IDs) reserved(name []byte) bool {
	rest, ok := bytes.CutPrefix(name, []byte("item_"))
	return ok && bytes.HasPrefix(rest, i.prefix) || string(name) == "root"
}

// number reads back a name made here: one spelling of each number, zero for
// anything else.
func (i *IDs) number(kind string, name []byte) uint32 {
	digits, ok := bytes.CutPrefix(name, []byte(kind))
	if !ok {
		return 0
	}
	digits, ok = bytes.CutPrefix(digits, i.prefix)
	if !ok || len(digits) == 0 || len(digits) > 10 || digits[0] == '0' {
		return 0
	}
	n := uint64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + uint64(c-'0')
	}
	if n > math.MaxUint32 {
		return 0
	}
	return uint32(n)
}

package audit

import (
	"encoding/binary"

	"mayfly/session"
)

// blockWidth is how many entries of a log are looked over together.
const blockWidth = 256

// block is what is known of entries that stand together: enough to pass over
// them where what is asked for cannot be among them.
type block struct {
	kinds       Kinds
	ids         [4]uint64 // a Bloom filter of their actors and objects
	first, last int64     // Unix milliseconds: the earliest and the latest of them
	some        bool      // an entry that can be read is among them
	damaged     bool      // one that cannot be
}

func (b *block) add(l *Leaf) {
	at := l.At.UnixMilli()
	if !b.some || at < b.first {
		b.first = at
	}
	if !b.some || at > b.last {
		b.last = at
	}
	b.some = true
	b.kinds.Add(l.Fact.Kind)
	for _, id := range []session.ID{l.Fact.Actor, l.Fact.Object} {
		if !id.IsZero() {
			x, y := bitsOf(id)
			b.ids[x>>6] |= 1 << (x & 63)
			b.ids[y>>6] |= 1 << (y & 63)
		}
	}
}

// bitsOf are the two of 256 that stand for an id.
func bitsOf(id session.ID) (x, y uint8) {
	h := (binary.LittleEndian.Uint64(id[:8]) ^ binary.LittleEndian.Uint64(id[8:])) * 0x9e3779b97f4a7c15
	return uint8(h >> 56), uint8(h >> 48)
}

func (b *block) knows(id session.ID) bool {
	x, y := bitsOf(id)
	return id.IsZero() || b.ids[x>>6]&(1<<(x&63)) != 0 && b.ids[y>>6]&(1<<(y&63)) != 0
}

// may says whether something that is asked for can be in the block.
func (b *block) may(f *Filter) bool {
	if b.damaged && f.timeOnly() {
		return true
	}
	return b.some && (f.Kinds.empty() || b.kinds.meets(&f.Kinds)) && b.knows(f.Actor) && b.knows(f.Object) &&
		(f.From.IsZero() || b.last >= f.From.UnixMilli()) && (f.To.IsZero() || b.first < f.To.UnixMilli())
}

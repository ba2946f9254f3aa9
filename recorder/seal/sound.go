package seal

import (
	"mayfly/redact"
	"mayfly/session"
)

// Side says whose sound it is, for the doors that know no turns.
type Side = redact.Side

// The sides.
const (
	Reply  = redact.Reply
	Person = redact.Person
)

// Sides lists both.
func Sides() []Side { return redact.Sides() }

// ChunkSize is how much of a sound is sealed at a time, in bytes.
const ChunkSize = 64 << 10

// SoundPlace is where a chunk belongs. Whether it is the last is a part of
// that, so that a sound of which the end was taken away does not open.
func SoundPlace(tenant string, id session.ID, turn uint64, side Side, chunk int, last bool) Place {
	n := turn<<32 | uint64(side)<<31 | uint64(chunk)<<1
	if last {
		n |= 1
	}
	return Place{Sound, tenant, id, n}
}

// SealSound seals the sound of one side of a turn, in chunks; none if there is
// none. It does not forget it.
func (k *Key) SealSound(t redact.Turn, side Side) [][]byte {
	_, size := t.Sound(side)
	if size == 0 {
		return nil
	}
	file := t.AppendSoundTo(make([]byte, 0, size), side)
	defer clear(file)
	return k.SealChunks(file, uint64(t.Grant().Turn()), side)
}

// SealChunks seals a file of sound, in chunks.
func (k *Key) SealChunks(file []byte, turn uint64, side Side) [][]byte {
	var sealed [][]byte
	for n := 0; len(file) > 0; n++ {
		size := min(len(file), ChunkSize)
		last := size == len(file)
		sealed = append(sealed, k.Seal(SoundPlace(k.Tenant, k.Session, turn, side, n, last), file[:size]))
		file = file[size:]
	}
	return sealed
}

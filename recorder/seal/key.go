// Package seal is the door through which words go to the disk: it opens a
// redact.Turn, seals it and forgets it.
//
// Every session has a key of its own. It is wrapped by a key of its tenant and
// the month in which it ends, and that by the master key. What is sealed is
// bound to its tenant, session and place: a row that was moved does not open.
// Destroying a key destroys what it sealed, in every copy.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"mayfly/redact"
	"mayfly/session"
)

// sealer is AES-256-GCM with a random nonce before the ciphertext.
type sealer = cipher.AEAD

// newSealer takes 32 bytes.
func newSealer(key []byte) sealer {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("seal: a key of another length")
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("seal: no GCM")
	}
	return aead
}

// version is of the sealed form. It is its first byte, and bound to it.
const version = 1

// ErrDamaged means that something sealed was changed, moved, or sealed with
// another key.
var ErrDamaged = errors.New("it does not open: changed, moved, or sealed with another key")

// Place is where something sealed belongs. What is sealed for one place opens
// in no other.
type Place struct {
	Kind    Kind
	Tenant  string
	Session session.ID
	Number  uint64
}

// Kind says what is sealed.
type Kind byte

// The kinds.
const (
	Turn       Kind = 1 // Number is the turn's
	Correction Kind = 2 // Number is the item's
	Note       Kind = 3 // of a request, whose id stands for the session
	Sound      Kind = 4 // SoundPlace says what Number is
	Report     Kind = 5 // whose id stands for the session
	Likeness   Kind = 6 // of a permission, whose id stands for the session; Number is the kind of it
	Document   Kind = 7 // that an avatar answers from, whose id stands for the session
)

// appendTo appends the associated data.
func (p *Place) appendTo(b []byte) []byte {
	b = append(b, version, byte(p.Kind))
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Tenant)))
	b = append(b, p.Tenant...)
	b = append(b, p.Session[:]...)
	return binary.BigEndian.AppendUint64(b, p.Number)
}

// Key is the key of one session.
type Key struct {
	ID      session.ID // random: a session may come to have a second
	Tenant  string
	Session session.ID
	Epoch   int // 202611: what it protects ends in this month

	secret [32]byte
	aead   sealer
	used   atomic.Int64           // Unix seconds, for the cache
	stored atomic.Bool            // it is in the database of keys
	beside atomic.Pointer[string] // what is stored beside the session now
	due    atomic.Int64           // when the first that is stored of the session is due to go, in milliseconds; never more than the database has
	dead   atomic.Bool            // it was destroyed
}

func newKey(tenant string, id session.ID, epoch int) *Key {
	k := &Key{Tenant: tenant, Session: id, Epoch: epoch}
	_, _ = rand.Read(k.ID[:])
	_, _ = rand.Read(k.secret[:])
	k.aead = newSealer(k.secret[:])
	return k
}

// EpochOf is the month in which something ends.
func EpochOf(until time.Time) int {
	until = until.UTC()
	return until.Year()*100 + int(until.Month())
}

// Dead says that the key was destroyed: what it sealed may not be stored.
func (k *Key) Dead() bool { return k.dead.Load() }

// Stored says that the key is durable.
func (k *Key) Stored() bool { return k.stored.Load() }

// MarkStored remembers that the key is durable, what is stored beside what it
// seals, and when that is due to go, in milliseconds.
func (k *Key) MarkStored(beside string, due int64) {
	if !k.stored.Swap(true) || due < k.due.Load() {
		k.due.Store(due)
	}
	k.beside.Store(&beside)
}

// Due is when the first that the key seals is due to go, in milliseconds: what
// goes later is looked for in time.
func (k *Key) Due() int64 { return k.due.Load() }

// Beside says whether that is stored beside what the key seals.
func (k *Key) Beside(s string) bool {
	have := k.beside.Load()
	return have != nil && *have == s
}

// SealTurn seals a turn and forgets it.
func (k *Key) SealTurn(t redact.Turn) []byte {
	words := t.AppendTo(make([]byte, 0, t.Len()))
	sealed := k.Seal(Place{Turn, k.Tenant, k.Session, uint64(t.Grant().Turn())}, words)
	clear(words)
	t.Forget()
	return sealed
}

// SealReport seals a report, whose id is the key's session, and forgets it.
func (k *Key) SealReport(t redact.Report) []byte {
	words := t.AppendTo(make([]byte, 0, t.Len()))
	sealed := k.Seal(Place{Kind: Report, Tenant: k.Tenant, Session: k.Session}, words)
	clear(words)
	t.Forget()
	return sealed
}

// Seal seals something for a place.
func (k *Key) Seal(p Place, plain []byte) []byte {
	var room [128]byte
	sealed := make([]byte, 1, 1+len(plain)+k.aead.Overhead())
	sealed[0] = version
	return k.aead.Seal(sealed, nil, plain, p.appendTo(room[:0]))
}

// Unseal opens what was sealed for a place.
func (k *Key) Unseal(p Place, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, ErrDamaged
	}
	plain, err := k.aead.Open(nil, nil, sealed[1:], p.appendTo(nil))
	if err != nil {
		return nil, ErrDamaged
	}
	return plain, nil
}

package audit

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cosignature1 is the type of key of a C2SP cosignature/v1: Ed25519 over the
// checkpoint and the time at which it was seen.
const cosignature1 = 4

// Witness is the public key of somebody who signs checkpoints that they have
// seen, and only such as grew out of those before.
type Witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// Errors of witnesses.
var (
	ErrWitnessKey  = errors.New("this is not the key of a witness; a line like witness.example+9a3f1c02+BAXk is one")
	ErrCosignature = errors.New("there is no signature of the witness that is good")
)

// ParseWitness reads a public key as witnesses publish it: name, hash and key,
// joined by +, where the key is of the type cosignature/v1.
func ParseWitness(text string) (*Witness, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 || parts[0] == "" || strings.ContainsFunc(parts[0], func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0x2028 }) {
		return nil, ErrWitnessKey
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignature1 {
		return nil, ErrWitnessKey
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	w := &Witness{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:]}
	if parts[1] != fmt.Sprintf("%08x", w.hash) {
		return nil, ErrWitnessKey
	}
	return w, nil
}

// Name implements note.Verifier.
func (w *Witness) Name() string { return w.name }

// KeyHash implements note.Verifier.
func (w *Witness) KeyHash() uint32 { return w.hash }

// Verify implements note.Verifier.
func (w *Witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	said := append([]byte("cosignature/v1\ntime "+strconv.FormatUint(binary.BigEndian.Uint64(signature), 10)+"\n"), text...)
	return ed25519.Verify(w.key, said, signature[8:])
}

// Cosign joins a checkpoint and the line that the witness signed it with, of
// those that it answered, and is when that was. It is ErrCosignature where none
// is good.
func (w *Witness) Cosign(signed, answered []byte) (cosigned []byte, at time.Time, err error) {
	for line := range bytes.Lines(answered) {
		if !bytes.HasPrefix(line, []byte("— "+w.name+" ")) || !bytes.HasSuffix(line, []byte("\n")) {
			continue
		}
		both := append(bytes.Clone(signed), line...)
		if at, err = w.Seen(both); err == nil {
			return both, at, nil
		}
	}
	return nil, time.Time{}, ErrCosignature
}

// Seen is when the witness signed a checkpoint, or ErrCosignature.
func (w *Witness) Seen(cosigned []byte) (time.Time, error) {
	n, err := note.Open(cosigned, note.VerifierList(w))
	if err != nil {
		return time.Time{}, ErrCosignature
	}
	signature, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || len(signature) < 12 {
		return time.Time{}, ErrCosignature
	}
	return time.Unix(int64(binary.BigEndian.Uint64(signature[4:])), 0).UTC(), nil
}

// LastSeen is the newest of the checkpoints of a tenant's logs that somebody
// kept (see ReadCheckpoints) and a witness signed, and when that was; or
// ErrCosignature.
func LastSeen(data []byte, known Verifiers, tenant string, by *Witness) (last Checkpoint, at time.Time, err error) {
	err = ErrCosignature
	for rest := data; len(bytes.TrimSpace(rest)) > 0; {
		var one []byte
		one, rest = nextCheckpoint(rest)
		c, bad := OpenCheckpoint(one, known)
		if bad != nil || cmp.Or(cmp.Compare(c.Month, last.Month), cmp.Compare(c.Size, last.Size)) < 0 {
			continue
		}
		if of, _, _ := parseName(c.Log); of != tenant {
			continue
		}
		if when, bad := by.Seen(one); bad == nil {
			last, at, err = c, when, nil
		}
	}
	return last, at, err
}

// cosignatures are the lines of a checkpoint below its first signature.
func cosignatures(cosigned []byte) []byte {
	_, lines, _ := bytes.Cut(cosigned, []byte("\n\n"))
	_, more, _ := bytes.Cut(lines, []byte("\n"))
	return more
}

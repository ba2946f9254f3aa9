package admin

import (
	"fmt"
	"time"
)

// ErrNoEntry means that a log is not as long.
var ErrNoEntry = fmt.Errorf("the log has no such entry: %w", ErrUnknown)

// FactProof is one entry of a log, and what proves that it is in it.
type FactProof struct {
	Fact       *LoggedFact // nil: the leaf is gone or cannot be read
	Log        string
	Leaf       []byte // as it is stored
	Hash       [32]byte
	Path       [][32]byte
	Size       int64
	Root       [32]byte
	Checkpoint []byte // a signed note of Size and Root
	Dropped    bool
	DroppedBy  *LoggedFact
	Wrong      string // what does not agree, by the names of the answer; empty: nothing
}

// KeptCheckpoint is what a log came to on a day, as it was published.
type KeptCheckpoint struct {
	Month, Day string // 2026-11, 2026-11-26
	Size       int64
	Root       [32]byte
	Note       []byte
}

// Verified is what a proof run found. Every entry that was right is in one of
// the three counts.
type Verified struct {
	Recomputed, Dropped, Stored uint64
	DroppedBy                   []Drop
	Checkpoints                 int // kept ones that agree
	Newest                      time.Time
	SetBack                     []SetBack
	Bad                         *BadEntry // nil: there is none
}

// Drop is a fact that says that entries were dropped.
type Drop struct{ Fact, Count uint64 }

// SetBack is an entry that is earlier than the one before it.
type SetBack struct {
	Number uint64
	By     time.Duration
}

// BadEntry is the first entry that is wrong.
type BadEntry struct {
	Log, Month string
	Index      int64  // -1: the log as a whole
	Number     uint64 // through all logs, from 1
	Why        string // by the names of the answer
}

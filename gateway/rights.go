package gateway

import (
	"context"
	"errors"
	"io"
	"time"

	"mayfly/session"
)

// Rights carries out what a person asks for with their receipt key. The
// gateway is handed one; it reads no stored word itself.
type Rights interface {
	// Find is what is stored under the SHA-256 of a receipt key. ErrNothing if
	// there is nothing, whatever the reason.
	Find(ctx context.Context, key [32]byte) (Holding, error)
	// Read writes the stored words to w, in a form: "jsonl", "json", "text",
	// "vtt". Nothing was written when it returns an error.
	Read(ctx context.Context, of Holding, form string, w io.Writer) error
	// Sounds lists the sound that is stored beside the words.
	Sounds(ctx context.Context, of Holding) ([]HeldSound, error)
	// Sound writes one of them, a whole file of Ogg Opus. ErrNothing: there is
	// no such sound. Nothing was written when it returns an error.
	Sound(ctx context.Context, of Holding, turn uint64, side string, w io.Writer) error
	// Erase removes all of it, and returns how much that was. ErrHeld if it is
	// held.
	Erase(ctx context.Context, of Holding) (Erased, error)
	// ReadReport writes one report with its words to w, as JSON. Nothing was
	// written when it returns an error.
	ReadReport(ctx context.Context, of Holding, id session.ID, w io.Writer) error
	// EraseReport removes one report. ErrHeld, ErrNothing.
	EraseReport(ctx context.Context, of Holding, id session.ID) error
	// Correct lays a text over one item. ErrNothing: there is no such item.
	Correct(ctx context.Context, of Holding, item uint32, text []byte) error
	// Restrict stops, or allows again, every use but the person's own.
	Restrict(ctx context.Context, of Holding, on bool) error
	// Requests are those that were made, newest first.
	Requests(ctx context.Context, of Holding) ([]RightsRequest, error)
	// Ask makes a request that the tenant has to answer. The note is the
	// person's words; they are cleared when it returns. ErrMany: the tenant has
	// not answered many that were made before.
	Ask(ctx context.Context, of Holding, kind string, item uint32, note []byte) (RightsRequest, error)
	// Happened are the facts of a session, oldest first. ErrNothing if none
	// are known.
	Happened(ctx context.Context, tenantID string, id session.ID) ([]Happened, error)
}

// ErrNothing means that nothing is stored under a key or a name.
var ErrNothing = errors.New("nothing is stored here")

// ErrMany means that as many requests wait for an answer as may.
var ErrMany = errors.New("many requests wait for an answer")

// Holding is what is stored of one session, without its words.
type Holding struct {
	Tenant, Avatar     string
	Session            session.ID
	Began, Last, Until time.Time
	Turns, Items       int
	Bytes              int
	Purposes           []string
	Policy             uint64
	HeldUntil          time.Time // zero: not held
	Restricted         bool
	Corrected          int // items
	Reports            []HeldReport
}

// HeldReport is an answer that the person reported, without its words.
type HeldReport struct {
	ID        session.ID
	At, Until time.Time
	Reason    string
	Lines     int
	State     string // "open", "answered"
	Answer    string // the organisation's
}

// RightsRequest is something that a person asks for.
type RightsRequest struct {
	ID    session.ID
	Kind  string // "access", "correct", "erase", "restrict", "object", "appeal"
	State string // "open", "carried_out", "refused"
	Item  uint32 // zero: all
	At    time.Time
	Done  time.Time // zero: not yet
	// Reason is what the organisation says about its answer.
	Reason string
}

// Happened is a fact of a session.
type Happened struct {
	Kind string
	At   time.Time
}

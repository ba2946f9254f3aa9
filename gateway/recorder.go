package gateway

import (
	"context"
	"errors"
	"time"

	"mayfly/redact"
	"mayfly/session"
)

// Recorder keeps turns. The gateway is handed one and cannot open one: what
// it is given has been granted by a session and made by redact.
type Recorder interface {
	// Ready is nil when turns can be kept. An error says why not, in words
	// that an operator can act on; recording is then off everywhere.
	Ready() error

	// Keep stores the turn, whole or not at all. done is called once: with
	// nil when the turn is durable, with ErrDropped when it is no longer
	// allowed (the tenant switched recording off meanwhile, or ctx ended),
	// with ErrSoundDropped when that is so of its sound alone,
	// with another error when it could not be stored. It may be called
	// before Keep returns, and never touches a socket. Keep does not wait
	// for a disk: when too much waits already, done gets an error. The turn
	// is the recorder's from then on; it forgets the words when it has them
	// sealed.
	Keep(ctx context.Context, of Conversation, t redact.Turn, done func(error))

	// KeepReport stores a report of the person's, with its fact, as Keep stores
	// a turn: whole or not at all, done is called once, and it waits for no
	// disk. Whether turns are recorded does not matter to it; where recording
	// is forced off, it is ErrDropped. The fact's Object is the report's id.
	KeepReport(ctx context.Context, of Conversation, r redact.Report, f session.Fact, done func(error))

	// Erase removes what is stored of one session, all of it, and returns
	// how much that was. What a hold keeps is not removed: ErrHeld.
	// The fact is durable when it returns.
	Erase(ctx context.Context, tenantID string, id session.ID) (Erased, error)
}

// Erased is how much an erasure removed.
type Erased struct{ Turns, Reports int }

// Conversation says which session a turn belongs to.
type Conversation struct {
	Tenant  string
	Avatar  string
	Session session.ID
	Began   time.Time
	Locale  string
	// Subject is the tenant's keyed pseudonym of the person; empty: none.
	Subject string
	// Receipt is the SHA-256 of the receipt key, the person's own way to
	// what is stored.
	Receipt [32]byte
	// Purposes of the recording, as the person was told: "audit",
	// "quality", "learning".
	Purposes []string
	// Source is the digital source type of what answered in this turn.
	Source string
}

// Errors of a Recorder.
var (
	ErrDropped = errors.New("the turn may not be kept any more")
	// ErrSoundDropped: the turn is durable, its sound was no longer allowed.
	ErrSoundDropped = errors.New("the sound of the turn may not be kept any more")
	ErrHeld         = errors.New("it is held and cannot be erased yet")
)

package admin

import (
	"context"
	"io"
	"time"

	"mayfly/session"
)

// AnswerReport is an answer that a person reported, without its words.
type AnswerReport struct {
	ID, Session      session.ID
	Avatar, Locale   string
	At, Until        time.Time // Until: when it will be deleted
	Reason           string    // "wrong", "harmful", "offensive", "privacy", "other"
	Lines            int
	State            string     // "open", "answered"
	Done             time.Time  // zero: not answered
	By               session.ID // who answered
	Answer           string     // as the person reads it
	Held, Restricted bool
}

// Reports are answers that people reported.
type Reports interface {
	// Reports lists the newest after one, in a state (empty: all). That
	// somebody looked is noted before it answers.
	Reports(ctx context.Context, tenantID, state string, after session.ID, limit int, who Access) ([]AnswerReport, error)
	// ReadReport writes a report with its words, as a JSON object. That it was
	// read is durable before the first byte. ErrRestricted.
	ReadReport(ctx context.Context, tenantID string, id session.ID, who Access, w io.Writer) error
	// AnswerReport says what the person reads about it. ErrDone.
	AnswerReport(ctx context.Context, tenantID string, id session.ID, answer string, who Access) error
	// EraseReport removes it. ErrHeld.
	EraseReport(ctx context.Context, tenantID string, id session.ID, who Access) error
}

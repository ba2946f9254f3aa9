package session

import "time"

// Grant is leave to keep one turn, and what it was given under. Only a
// session makes one, with Keep: there is no other way to a Grant that is
// valid, and so no other way to the recorder.
type Grant struct {
	valid     bool
	turn      TurnNo
	policy    uint64
	retention time.Duration
	sound     time.Duration
	voice     bool
}

// Valid says that a session gave it. The zero Grant allows nothing.
func (g Grant) Valid() bool { return g.valid }

// Turn is the one turn that may be kept.
func (g Grant) Turn() TurnNo { return g.turn }

// Policy is the number of the policy that it was given under.
func (g Grant) Policy() uint64 { return g.policy }

// Retention is how long the turn may be kept, always more than zero.
func (g Grant) Retention() time.Duration { return g.retention }

// Sound is how long the sound of the turn may be kept with it, never longer
// than the turn; zero: it may not.
func (g Grant) Sound() time.Duration { return g.sound }

// Voice says that the sound of the person may be kept too, not only that of
// the reply.
func (g Grant) Voice() bool { return g.voice }

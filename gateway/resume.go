package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"

	"mayfly/session"
)

// resume is how a client that lost its connection finds its session again:
// one token, single use, in memory. Guarded by conn.mu.
type resume struct {
	hash [sha256.Size]byte // of the token that stands; zero: none
}

// possible says whether a token stands.
func (r *resume) possible() bool { return r.hash != [sha256.Size]byte{} }

// resumePrefix begins every resume token.
const resumePrefix = "rt_"

// renewResume makes a token in place of the one that stands, for a client
// that knows what to do with it. Called with mu held.
func (c *conn) renewResume(time.Time) string {
	if !c.aware() || c.ended {
		return ""
	}
	token := newSecret(resumePrefix)
	hash := sha256.Sum256([]byte(token))
	c.server.registry.rename(c, c.resume.hash, hash)
	c.resume.hash = hash
	return token
}

// reattach puts a session on a new carrier. It is false if the token was used
// meanwhile. The old carrier is closed first.
func (c *conn) reattach(hash [sha256.Size]byte, to carrier) bool {
	c.mu.Lock()
	if c.released || c.ended || subtle.ConstantTimeCompare(c.resume.hash[:], hash[:]) != 1 {
		c.mu.Unlock()
		return false
	}
	now := time.Now()
	c.resume.hash = [sha256.Size]byte{} // used
	c.server.registry.redeem(hash)
	if old := c.carrier; old != nil {
		c.deafen()
		c.carrier = nil
		c.turn.cancel()
		c.hangUp(old, session.Taken)
		_ = c.apply(now, session.Detached{})
	}
	c.pending.Reset()
	c.carrier = to
	c.board(to)
	c.pingAt = now.Add(pingEvery)
	c.pending.SessionCreated(&c.config)
	c.ready(now, true)
	_ = c.apply(now, session.Resumed{})
	c.outlive(now)
	c.replayed = c.pending.Size()
	c.flush(mine)
	return true
}

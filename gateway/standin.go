package gateway

import (
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// standin is who really answers and speaks in a turn, where that is not who
// was to. Guarded by conn.mu.
type standin struct {
	engine     int           // its place in the avatar's list
	label      *avatar.Label // of the engine; nil: of the cast's
	neural     *bool         // the voice is a trained model; nil: the cast's is asked
	speechless bool          // the voice failed: the rest is written
}

// dialling says, before one of the servers of a key is sent something in a
// turn, whether it may be, and notes for the receipt that it is. What is sent
// is words, or answers to be spoken. Nil: there are none.
func (c *conn) dialling(no session.TurnNo, first *tenant.BackEnd, role tenant.RecipientRole, gets tenant.Contents) func(int) bool {
	if first == nil {
		return nil // nobody is dialled
	}
	servers := first.Servers()
	told := make([]bool, len(servers)) // Owned by the one goroutine that dials.
	return func(i int) bool {
		if i >= len(servers) {
			return false
		}
		now := time.Now()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.released || c.session.Turn() != no {
			return false
		}
		to := servers[i].Registered(role, gets)
		if c.forbids(&to) != "" {
			c.log(c.refusedDial(now, &to), nil)
			return false
		}
		if !told[i] {
			told[i] = true
			c.sentTo(now, to, gets.Names()[0])
			if role == tenant.Answering {
				for _, what := range c.turn.shows {
					if what != pictures || servers[i].Vision {
						c.sentTo(now, to, what)
					}
				}
			}
		}
		return true
	}
}

// answersBy notes which engine answers, before anything of its answer is let
// out.
func (c *conn) answersBy(no session.TurnNo) func(int, avatar.Label) {
	return func(i int, l avatar.Label) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.session.Turn() == no {
			c.turn.standin.engine, c.turn.standin.label = i, &l
		}
	}
}

// speaksBy notes which voice speaks, before it is heard. If that makes another
// label true, the client has it before the sound.
func (c *conn) speaksBy(no session.TurnNo) func(voice.Voice) {
	return func(v voice.Voice) {
		neural := v.Neural()
		c.mu.Lock()
		if c.released || c.session.Turn() != no {
			c.mu.Unlock()
			return
		}
		c.turn.standin.neural = &neural
		if c.carrier != nil && c.wire.labelled && c.label().Source != c.wire.source {
			c.emitLabel(time.Now(), no)
		}
		c.flush(mine)
	}
}

// speechless tells the client that the rest of the turn is written.
func (c *conn) speechless(no session.TurnNo) {
	c.mu.Lock()
	if c.released || c.session.Turn() != no {
		c.mu.Unlock()
		return
	}
	c.turn.standin.speechless = true
	c.stand(realtime.RungText, voiceFailed)
	c.flush(mine)
}

package gateway

import (
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// ladder is the best way to talk that works now, as the client knows it.
// Guarded by conn.mu.
type ladder struct {
	rung   realtime.Rung // empty: everything works, which nobody is told
	reason string
}

// The reasons for a rung.
const (
	noVoice     = "no_voice"     // nothing speaks the language
	voiceFailed = "voice_failed" // what speaks stopped
	noAnswer    = "no_answer"    // nothing answers; a human can be asked for
	recovered   = "recovered"    // it works again
)

// stand tells the client on which rung it is, if it does not know. Called with
// mu held.
func (c *conn) stand(on realtime.Rung, why string) {
	l := &c.ladder
	if c.carrier == nil || l.rung == on && l.reason == why {
		return
	}
	l.rung, l.reason = on, why
	c.pending.Ladder(on, why)
}

// rise tells the client that what failed for a reason works again. Called with
// mu held.
func (c *conn) rise(from string) {
	if c.ladder.reason != from {
		return
	}
	why := recovered
	if c.voiceless() {
		why = noVoice
	}
	c.stand(c.best(), why)
}

// best is the rung of an avatar of which everything works.
func (c *conn) best() realtime.Rung {
	if c.voiceless() {
		return realtime.RungText
	}
	return realtime.RungVideo
}

// voiceless says whether nothing here speaks the person's language.
func (c *conn) voiceless() bool { return c.cast.Own == nil && c.voice(session.Answer) == nil }

// answered takes notice of whether an answer came, for whoever it is that the
// person can turn to. Called with mu held.
func (c *conn) answered(code string) {
	switch {
	case code == "":
		c.rise(noAnswer)
	case unanswered(code) && c.rules.Desk:
		c.stand(realtime.RungHuman, noAnswer)
	}
}

// unanswered says whether a reply failed because nothing answers, not because
// of what was asked.
func unanswered(code string) bool {
	switch code {
	case "backend_unreachable", "backend_timeout", "backend_overloaded", "backend_invalid":
		return true
	}
	return false
}

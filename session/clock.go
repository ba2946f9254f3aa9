package session

import "time"

// clock holds a session's deadlines. It never reads the time: now is given.
type clock struct {
	endBy      time.Time // the session ends
	endReason  Reason
	warned     bool // of endBy
	noticeBy   time.Time
	lastInput  time.Time // or the end of the last reply
	spoken     bool      // the client has said something
	idleWarned bool
	detached   bool
	resumeBy   time.Time
	remindBy   time.Time // zero: never
}

func (c *clock) begin(now time.Time, p *Policy) {
	c.endBy, c.endReason = now.Add(p.sessionTime()), Expired
	c.noticeBy = now.Add(noticeWait)
	c.lastInput = now
}

// heard restarts the idle time on everything that comes from the client.
func (c *clock) heard(now time.Time, in Input) {
	switch in.sort() {
	case declared, configured, localeChanged, acknowledged, consented, withdrawn, optedOut, said, requested,
		interrupted, truncated, deleted, soundCame, voiceStarted, voiceStopped, voiceCommitted, voiceDropped, humanRequested, minorFound:
		c.touch(now)
		c.spoken = true
	}
}

func (c *clock) touch(now time.Time) { c.lastInput, c.idleWarned = now, false }

func (c *clock) detach(now time.Time, p *Policy) {
	c.detached, c.resumeBy = true, now.Add(p.resumeTime())
}

// resume goes on. A session that was near its longest time starts it anew:
// that is what the warning offered.
func (c *clock) resume(now time.Time, p *Policy) {
	c.detached = false
	c.touch(now)
	if c.warned && c.endReason == Expired {
		c.endBy, c.warned = now.Add(p.sessionTime()), false
	}
}

// remind sets when a reminder is due, at the latest.
func (c *clock) remind(now time.Time, p *Policy) {
	if p.Remind <= 0 {
		return
	}
	if due := now.Add(p.Remind); c.remindBy.IsZero() || due.Before(c.remindBy) {
		c.remindBy = due
	}
}

func (c *clock) idleAt(p *Policy) time.Time  { return c.lastInput.Add(p.idleTime()) }
func (c *clock) idleEnd(p *Policy) time.Time { return c.idleAt(p).Add(Grace) }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

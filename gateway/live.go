package gateway

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"mayfly/session"
)

// LiveSession is one session as those who run it see it: nothing of what is
// said in it, and nobody's name.
type LiveSession struct {
	ID        session.ID
	Avatar    string
	Began     time.Time
	Transport string // "websocket", "webrtc"; "none" while it waits to be resumed
	Recording string // "off", "on", "failed"; "asked" while the person has not answered
	State     string // as web/docs/session.md names them
	Errors    int    // error events that the client was sent
}

// Live is a tenant's live sessions, oldest first.
func (s *Server) Live(tenantID string) []LiveSession {
	var live []LiveSession
	for _, c := range s.registry.of(tenantID) {
		if l, ok := c.live(); ok {
			live = append(live, l)
		}
	}
	slices.SortFunc(live, func(a, b LiveSession) int {
		return cmp.Or(a.Began.Compare(b.Began), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return live
}

// live is how the session stands. It is false if it has not begun or is over.
func (c *conn) live() (LiveSession, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session == nil || c.ended || c.released {
		return LiveSession{}, false
	}
	l := LiveSession{
		ID: c.uuid, Avatar: c.avatar.ID, Began: c.began,
		Transport: "websocket", Recording: recordingWord(c.recording.stands),
		State: c.session.State().String(), Errors: c.errors,
	}
	if c.session.State() == session.Consenting && c.told().Recorded {
		l.Recording = "asked"
	}
	switch {
	case c.carrier == nil:
		l.Transport = "none"
	case c.carrier.plays() != nil:
		l.Transport = "webrtc"
	}
	return l, true
}

// maxEndReason is how long a reason may be that a person reads, in bytes.
const maxEndReason = 500

// End ends live sessions of a tenant: the one with the id, or, if that is
// zero, all of the avatar, or, if that is empty too, all. The reason is a
// sentence that the person reads; it may be empty. It says how many sessions
// there were. No socket is waited for.
func (s *Server) End(tenantID string, id session.ID, avatar, reason string) int {
	n := 0
	for _, c := range s.registry.of(tenantID) {
		if !id.IsZero() && c.uuid != id || id.IsZero() && avatar != "" && c.avatar.ID != avatar {
			continue
		}
		if c.end(reason) {
			n++
		}
	}
	return n
}

// end ends the session because the organisation says so.
func (c *conn) end(reason string) bool {
	c.mu.Lock()
	if c.session == nil || c.ended || c.released {
		c.mu.Unlock()
		return false
	}
	c.endFor(time.Now(), reason)
	c.flush(shared)
	return true
}

// endFor tells the person why, where there is a reason, and ends the session.
// Called with mu held.
func (c *conn) endFor(now time.Time, reason string) {
	if reason = oneLine(reason, maxEndReason); reason != "" && c.carrier != nil {
		p := c.problemOf("ended", nil)
		p.Message = reason
		c.fault(p)
	}
	_ = c.apply(now, session.HungUp{Reason: session.Ended})
}

// oneLine makes one line of text that somebody wrote, of at most most bytes.
func oneLine(s string, most int) string {
	line := make([]rune, 0, len(s))
	size := 0
	for _, r := range s {
		switch {
		case r < 0x20 || r == 0x7f || r == 0x2028 || r == 0x2029:
			r = ' '
		case r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			continue // controls of terminals and of direction
		}
		if size += len(string(r)); size > most {
			break
		}
		line = append(line, r)
	}
	return string(bytes.TrimSpace([]byte(string(line))))
}

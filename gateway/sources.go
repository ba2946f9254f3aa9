package gateway

import (
	"slices"

	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// mostSources is how many passages of one answer are named.
const mostSources = 8

// sources are the passages that the reply under way rests on.
type sources struct {
	turn session.TurnNo
	all  []realtime.SourceRef
	told bool
}

// restsOn takes in what an engine says that its answer to a turn rests on.
func (c *conn) restsOn(no session.TurnNo) func(avatar.Reference) {
	return func(r avatar.Reference) {
		c.mu.Lock()
		defer c.mu.Unlock()
		s := &c.turn.sources
		if s.turn != no {
			*s = sources{turn: no}
		}
		ref := realtime.SourceRef(r)
		if len(s.all) < mostSources && !slices.Contains(s.all, ref) {
			s.all, s.told = append(s.all, ref), false
		}
	}
}

// emitSources names what a reply rests on to a client that understands it,
// once the reply has begun. Called with mu held.
func (c *conn) emitSources(no session.TurnNo) {
	s := &c.turn.sources
	if s.turn == no && !s.told && len(s.all) > 0 && c.aware() {
		s.told = true
		c.pending.Sources(no, s.all)
	}
}

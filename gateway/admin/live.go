package admin

import (
	"time"

	"mayfly/session"
)

// Live is the sessions that go on now.
type Live interface {
	// Sessions lists those of a tenant.
	Sessions(tenantID string) []LiveSession
	// End ends a session, or all of an avatar, or all of the tenant where both
	// are zero, and returns how many. The reason is told to the people.
	End(tenantID string, id session.ID, avatar, reason string) int
	// Narrow applies the tenant's policy, as the directory has it, to its live
	// sessions, downwards; off switches their recording off whatever the
	// directory has. It returns how many sessions there were.
	Narrow(tenantID string, off bool) int
	// Desk is how a tenant's desk stands.
	Desk(tenantID string) Desk
	// CheckAgents has the credentials of those who are at a desk asked for anew.
	CheckAgents()
	// Offers tries whether somebody could begin a session. It is the code of
	// why not, or empty.
	Offers(tenantID string) string
}

// Desk is how many there are at a tenant's desk.
type Desk struct {
	Open      bool // by its hours
	Waiting   int  // people
	Agents    int  // connected
	Available int  // of them
	Talks     int  // people with a human
}

// LiveSession is a session that goes on, without content.
type LiveSession struct {
	ID        session.ID
	Avatar    string
	Began     time.Time
	Transport string // "websocket", "webrtc"
	Recording string // what the person is told: "on", "off", "asked", "failed"
	State     string // "listening", "speaking", ...
	Errors    int
}

package admin

import (
	"time"

	"mayfly/session"
)

// Answers about what goes on.
type (
	overviewAnswer struct {
		Now       time.Time       `json:"now"`
		Recording recordingNow    `json:"recording"`
		Live      liveNow         `json:"live"`
		Servers   []serverAnswer  `json:"servers" doc:"Those behind the avatars that do not answer now."`
		Sessions  []sessionAnswer `json:"sessions" doc:"Oldest first, 1,000 at most."`
	}
	recordingNow struct {
		Allowed  bool   `json:"allowed_by_policy" doc:"Whether the document allows it for any avatar."`
		Forced   bool   `json:"forced_off"`
		Reason   string `json:"reason,omitempty" doc:"Why it is forced off."`
		Recorder string `json:"recorder" doc:"ready, or why nothing can be recorded."`
	}
	liveNow struct {
		Total    int            `json:"total"`
		Recorded int            `json:"recorded"`
		Avatars  map[string]int `json:"by_avatar"`
	}
	sessionAnswer struct {
		ID        string    `json:"id"`
		Avatar    string    `json:"avatar"`
		Began     time.Time `json:"began_at"`
		Transport string    `json:"transport"`
		Recording string    `json:"recording" doc:"What the person is told."`
		State     string    `json:"state"`
		Errors    int       `json:"errors"`
	}
	endedAnswer struct {
		Ended int `json:"ended" doc:"How many sessions."`
	}
)

// sessionsShown is how many live sessions the overview lists.
const sessionsShown = 1000

func (a *API) overview(c *call) *refusal {
	t := *c.who.tenant
	out := overviewAnswer{
		Now:       c.now.UTC(),
		Recording: recordingNow{Forced: t.ForcedOff, Reason: t.ForcedReason, Recorder: "ready"},
		Live:      liveNow{Avatars: map[string]int{}},
		Servers:   a.silent(t.ID),
		Sessions:  []sessionAnswer{},
	}
	t.ForcedOff = false
	for _, allowed := range t.Recording() {
		out.Recording.Allowed = out.Recording.Allowed || allowed
	}
	if why := a.options.Store.Ready(); why != nil {
		out.Recording.Recorder = why.Error()
	}
	for _, s := range a.options.Live.Sessions(c.tenant()) {
		out.Live.Total++
		out.Live.Avatars[s.Avatar]++
		if s.Recording == recordingOn {
			out.Live.Recorded++
		}
		if len(out.Sessions) < sessionsShown {
			out.Sessions = append(out.Sessions, sessionAnswer{
				ID: s.ID.String(), Avatar: s.Avatar, Began: s.Began.UTC(), Transport: s.Transport,
				Recording: s.Recording, State: s.State, Errors: s.Errors,
			})
		}
	}
	return c.send(out)
}

// recordingOn is LiveSession.Recording of a session that is recorded.
const recordingOn = "on"

func (a *API) endSession(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	found := false
	for _, s := range a.options.Live.Sessions(c.tenant()) {
		found = found || s.ID == id
	}
	if !found {
		return refuse("nothing_here")
	}
	return a.endLive(c, id, "", c.query.text("reason"))
}

func (a *API) endSessions(c *call) *refusal {
	avatar := c.body.text("avatar")
	if avatar != "" && c.who.tenant.Find(avatar) == nil {
		return refuse("nothing_here")
	}
	return a.endLive(c, session.ID{}, avatar, c.body.text("reason"))
}

// endLive ends sessions once the fact that it did is durable.
func (a *API) endLive(c *call, id session.ID, avatar, reason string) *refusal {
	n := 0
	for _, s := range a.options.Live.Sessions(c.tenant()) {
		if id.IsZero() && (avatar == "" || s.Avatar == avatar) || s.ID == id {
			n++
		}
	}
	if n == 0 {
		return c.send(endedAnswer{})
	}
	f := session.Fact{Kind: session.SessionStopped, Session: id, Actor: c.who.key, Count: uint64(n)}
	if bad := a.note(c, c.tenant(), f); bad != nil {
		return bad
	}
	return c.send(endedAnswer{a.options.Live.End(c.tenant(), id, avatar, reason)})
}

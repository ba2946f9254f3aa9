package realtime

import "mayfly/session"

// ToolStage is how far a call of a tool of the organisation's has come.
type ToolStage string

// The stages.
const (
	ToolRunning ToolStage = "running"
	ToolDone    ToolStage = "done"
	ToolFailed  ToolStage = "failed"
)

// ToolState says that the gateway looks something up for a reply, and where: no
// word of what is sent or what comes back.
type ToolState struct {
	Turn     session.TurnNo
	Number   int    // of the call in the reply, from 1
	Tool     string // its name in the organisation's configuration
	Provider string // who runs it
	Stage    ToolStage
	Reason   string // of ToolFailed
}

// ToolState writes avatar.tool.state.
func (f *Frames) ToolState(s ToolState) {
	f.begin("avatar.tool.state")
	f.raw(`,"response_id":`)
	f.turn(s.Turn)
	f.raw(`,"call":`)
	f.int(int64(s.Number))
	f.raw(`,"tool":`)
	f.string(s.Tool)
	f.raw(`,"provider":`)
	f.string(s.Provider)
	f.raw(`,"state":`)
	f.string(string(s.Stage))
	f.optional("reason", s.Reason)
	f.end()
}

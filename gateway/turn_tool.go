package gateway

import (
	"context"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/tool"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

const (
	// mostSteps is how often one reply may go to its tools. After that the
	// engine has to answer with what it has.
	mostSteps = 5
	// mostRuns is how many tools of the tenant one reply may have called.
	mostRuns = 10
)

// offer is what the engine may have called for one reply. Its words are copies:
// the client may change its own meanwhile.
type offer struct {
	tools  []avatar.Tool // the tenant's, as the cast has them, then the client's
	own    int           // how many are the tenant's
	choice avatar.Choice
	single bool
}

// asked are the tools and the choice that a client sent with response.create,
// in the place of those of the session.
type asked struct {
	tools  realtime.Maybe[[]realtime.Tool]
	choice realtime.Maybe[realtime.ToolChoice]
}

func (a *asked) forget() {
	for i := range a.tools.Value {
		t := &a.tools.Value[i]
		t.Name.Forget()
		t.Description.Forget()
		t.Parameters.Forget()
	}
	a.choice.Value.Name.Forget()
	*a = asked{}
}

// offered is what the reply that begins may have called. Called with mu held.
func (c *conn) offered() *offer {
	o := &offer{own: len(c.cast.Tools), single: !c.config.Parallel}
	for _, t := range c.cast.Tools {
		o.tools = append(o.tools, t.Offer())
	}
	tools, choice := c.config.Tools, c.config.Choice
	if a := &c.wire.asked; a.tools.Given() {
		tools = a.tools.Value
	}
	if a := &c.wire.asked; a.choice.Given() {
		choice = a.choice.Value
	}
	for _, t := range tools {
		o.tools = append(o.tools, avatar.Tool{Name: whole(t.Name), Description: whole(t.Description), Parameters: whole(t.Parameters)})
	}
	o.choice = avatar.Choice{Mode: avatar.ChoiceMode(choice.Mode), Name: whole(choice.Name)}
	if o.choice.Mode == avatar.Named && !named(tools, choice.Name) {
		o.choice.Mode = avatar.Auto
	}
	c.wire.asked.forget()
	return o
}

// whole is a copy of some words.
func whole(s session.Speech) session.Speech { return s.Slice(0, s.Len()) }

// named says whether a client's tool has the name.
func named(tools []realtime.Tool, name session.Speech) bool {
	for _, t := range tools {
		if avatar.Same(t.Name, name) {
			return true
		}
	}
	return false
}

// taken says whether a client's tool has the name of one of the tenant's, which
// nobody else can declare.
func (c *conn) taken(tools []realtime.Tool) bool {
	for i := range tools {
		if c.ownTool(tools[i].Name) {
			return true
		}
	}
	return false
}

// toolNameTaken is the code of what taken refuses.
const toolNameTaken = "tool_name_taken"

// chooses says whether the tool that a client wants called is one of its own.
// When one of the tenant's is called, the engine decides.
func (c *conn) chooses(e *realtime.ResponseCreate) bool {
	choice := e.Choice.Value
	if !e.Choice.Given() || choice.Mode != realtime.ChooseFunction {
		return true
	}
	tools := c.config.Tools
	if e.Tools.Given() {
		tools = e.Tools.Value
	}
	return named(tools, choice.Name)
}

// ownTool says whether a tool of the tenant has the name.
func (c *conn) ownTool(name session.Speech) bool {
	for _, t := range c.cast.Tools {
		own := session.NewSpeech([]byte(t.Name()))
		if avatar.Same(own, name) {
			return true
		}
	}
	return false
}

func (o *offer) forget() {
	for _, t := range o.tools {
		t.Name.Forget()
		t.Description.Forget()
		t.Parameters.Forget()
	}
	o.choice.Name.Forget()
}

// find is the place of the tool of a name among those offered, or -1.
func (o *offer) find(name session.Speech) int {
	for i := range o.tools {
		if avatar.Same(o.tools[i].Name, name) {
			return i
		}
	}
	return -1
}

// errOver ends a reply that nobody wants any more.
var errOver = context.Canceled

// converse lets the engine answer, calls the tools of the tenant that it wants
// called, and lets it go on with what they gave, within bounds. Calls of the
// client's tools are let out and end the reply.
func (c *conn) converse(ctx context.Context, no session.TurnNo, o *offer, q avatar.Question, say func(avatar.Sentence) error) error {
	if len(o.tools) == 0 {
		return c.cast.Engine.Answer(ctx, q, say)
	}
	r := &round{conn: c, offer: o, turn: no}
	defer r.forget()
	q.Tools, q.Choice, q.Single, q.Call = o.tools, o.choice, o.single, r.take
	by := q.By
	q.By = func(engine int, l avatar.Label) {
		q.From = engine
		if by != nil {
			by(engine, l)
		}
	}
	for ; ; q.Step++ {
		if q.Step == mostSteps {
			q.Choice = avatar.Choice{Mode: avatar.None}
		}
		err := c.cast.Engine.Answer(ctx, q, func(s avatar.Sentence) error {
			r.hear(s)
			return say(s)
		})
		if err != nil || len(r.calls) == 0 {
			return err
		}
		items, over, err := r.carryOut(ctx)
		if over || err != nil {
			return err
		}
		q.Items = append(q.Items[:len(q.Items):len(q.Items)], items...)
		if q.Choice.Mode != avatar.None {
			q.Choice = avatar.Choice{} // what had to be called was
		}
	}
}

// round is what an engine said and wants called in one step of a reply. Owned
// by the goroutine of the reply.
type round struct {
	conn  *conn
	offer *offer
	turn  session.TurnNo
	said  []session.Item
	kept  []session.Item // what was said in the steps before
	calls []avatar.Call
	given int // calls of the reply so far
	runs  int // of them, those of the tenant's tools
}

// take is the engine's way to hand over a call.
func (r *round) take(call avatar.Call) error {
	if len(r.calls) < avatar.MostCalls {
		r.calls = append(r.calls, call)
	} else {
		call.Forget()
	}
	return nil
}

// hear notes what was said, since it belongs before the calls.
func (r *round) hear(s avatar.Sentence) {
	if s.Words.Len() > 0 {
		r.said = append(r.said, session.Item{Turn: r.turn, Role: session.Avatar, Words: whole(s.Words)})
	}
}

func (r *round) forget() {
	for i := range r.calls {
		r.calls[i].Forget()
	}
	for _, it := range slices.Concat(r.said, r.kept) {
		it.Words.Forget()
	}
	r.calls, r.said, r.kept = nil, nil, nil
}

// run is one call on its way.
type run struct {
	call   avatar.Call
	id     session.Speech
	tool   int // among those offered; negative: none has the name
	number int // of the call in the reply, from 1
	result session.Speech
	came   tool.Outcome
}

func (r *run) forget() {
	r.call.Forget()
	r.id.Forget()
	r.result.Forget()
}

// carryOut carries out the calls of a step. over says that the reply ends here,
// since the client has something to carry out. items are what the engine is
// shown in the next step.
func (r *round) carryOut(ctx context.Context) (items []session.Item, over bool, err error) {
	defer func() { r.calls, r.said = nil, nil }()
	runs := make([]run, len(r.calls))
	var side sync.WaitGroup
	for i, call := range r.calls {
		r.given++
		it := &runs[i]
		*it = run{call: call, id: callID(r.turn, r.given), tool: r.offer.find(call.Name), number: r.given}
		switch {
		case it.tool < 0:
			it.came = tool.Unknown
		case it.tool >= r.offer.own && tool.Callable(call.Arguments):
			over = true
		case it.tool >= r.offer.own:
			it.came = tool.BadArguments
		case r.runs == mostRuns:
			it.came = tool.TooMany
		default:
			r.runs++
			side.Go(func() { r.conn.runTool(ctx, r.turn, it) })
		}
	}
	side.Wait()
	items, r.kept = r.said, append(r.kept, r.said...)
	handed := 0 // are the session's, to keep and to forget
	defer func() {
		if err != nil {
			for i := range runs[handed:] {
				runs[handed+i].forget()
			}
		}
	}()
	var came []session.Item
	for i := range runs {
		it := &runs[i]
		if it.tool >= r.offer.own && it.came == 0 { // the client's
			if !r.conn.piece(r.turn, session.ToolCalled{Turn: r.turn, Name: it.call.Name, Call: it.id, Args: it.call.Arguments}) {
				return nil, false, errOver
			}
			handed++
			continue
		}
		if it.result.Len() == 0 {
			it.result = it.came.Failed()
		}
		items = append(items, session.Item{Turn: r.turn, Role: session.Avatar, Kind: session.ToolCall, Inside: true, Words: it.call.Arguments, Name: it.call.Name, Call: it.id})
		came = append(came, session.Item{Turn: r.turn, Kind: session.ToolOutput, Inside: true, Words: it.result, Call: it.id})
		if !r.conn.piece(r.turn, session.ToolRan{Turn: r.turn, Name: it.call.Name, Call: it.id, Args: it.call.Arguments, Output: it.result}) {
			return nil, false, errOver
		}
		handed++
	}
	return append(items, came...), over, ctx.Err()
}

// callID names a call. Some servers take nothing but nine letters and digits.
func callID(turn session.TurnNo, n int) session.Speech {
	id := "000000000" + strconv.FormatUint(uint64(turn)*1000+uint64(n), 36)
	return session.NewSpeech([]byte("c" + id[len(id)-8:]))
}

// runTool calls a tool of the tenant, if it may be called now, and notes that.
func (c *conn) runTool(ctx context.Context, no session.TurnNo, it *run) {
	defer func() {
		if p := recover(); p != nil {
			c.server.panicked(debug.Stack())
			it.result, it.came = session.Speech{}, tool.Unreachable
		}
	}()
	t := c.cast.Tools[it.tool]
	if !c.beginTool(no, it.number, t.Name()) {
		it.came = tool.NotAllowed
	} else {
		it.result, it.came = t.Call(ctx, it.call.Arguments)
	}
	c.endTool(no, it.number, t.Name(), it.came)
}

// beginTool says whether the tool may be called: the tenant's policy of this
// moment counts. It tells the person that something is looked up, and where.
func (c *conn) beginTool(no session.TurnNo, number int, name string) bool {
	c.mu.Lock()
	defer func() { c.flush(mine) }()
	to := c.avatar.ToolRecipient(name)
	if c.released || c.session.Turn() != no || to == nil {
		return false
	}
	now := time.Now()
	if c.forbids(to) != "" {
		c.log(c.refusedDial(now, to), nil)
		return false
	}
	if c.avatar.Decides(name) {
		if policy := c.current().Policy; !policy.Decides() {
			return false
		}
	}
	c.sentTo(now, *to, "arguments")
	c.tellTool(no, number, name, realtime.ToolRunning, "")
	return true
}

// endTool notes what became of a call.
func (c *conn) endTool(no session.TurnNo, number int, name string, came tool.Outcome) {
	c.mu.Lock()
	defer func() { c.flush(mine) }()
	now := time.Now()
	c.log(c.witness(now, session.Fact{Kind: session.ToolWasCalled, Turn: no, Count: uint64(came), Object: session.NameID(c.tenant.ID, c.avatar.ID, name)}), nil)
	c.server.metrics.tools.WithLabelValues(came.String()).Inc()
	stage := realtime.ToolDone
	if came != tool.Done {
		stage = realtime.ToolFailed
	}
	if !c.released { // also of a reply that is over: whoever showed it takes it away
		c.tellTool(no, number, name, stage, came.String())
	}
}

// tellTool writes avatar.tool.state. Called with mu held.
func (c *conn) tellTool(no session.TurnNo, number int, name string, stage realtime.ToolStage, reason string) {
	if c.carrier == nil || !c.aware() {
		return
	}
	s := realtime.ToolState{Turn: no, Number: number, Tool: name, Stage: stage}
	if stage == realtime.ToolFailed {
		s.Reason = reason
	}
	if to := c.avatar.ToolRecipient(name); to != nil {
		s.Provider = to.Name
	}
	c.pending.ToolState(s)
}

package gateway

import (
	"bytes"
	"strconv"
	"time"

	"mayfly/gateway/hear"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// receive takes one message of the client, from the goroutine of the carrier
// that it came on. It returns false when that is to be given up: also when the
// session has gone on to another carrier, or never was on this one.
func (c *conn) receive(from carrier, message []byte) bool {
	c.mu.Lock()
	for c.carrier == from && !c.released && c.session.Waiting() {
		c.durable.Wait() // the client is not read while a fact is not durable
	}
	if c.carrier != from || c.ended || c.released {
		c.mu.Unlock()
		return false
	}
	now := time.Now()
	if !c.inlet.AllowN(now, weight(message)) {
		c.server.metrics.refused.WithLabelValues("message_rate_exceeded").Inc()
		c.verdict = "message_rate_exceeded"
		c.fault(c.problemOf(c.verdict, nil))
		_ = c.apply(now, session.HungUp{Reason: session.Protocol})
		c.flush(mine)
		return false
	}
	e, bad := realtime.Decode(message)
	if bad != nil {
		c.server.metrics.refused.WithLabelValues(string(bad.Code)).Inc()
		p := c.problemOf(string(bad.Code), bad.EventID)
		p.Param, p.Message = bad.Param, taking(p.Message, bad)
		c.fault(p)
		c.flush(mine)
		return true
	}
	code, param := "", ""
	if shown, ok := e.(*realtime.ItemCreate); ok && len(shown.Draft.Files) > 0 {
		code, param = c.openShown(&shown.Draft), "item.content"
		if c.carrier != from || c.ended || c.released {
			c.mu.Unlock()
			e.Forget()
			return false
		}
		now = time.Now()
	}
	if code == "" {
		code, param = c.dispatch(now, e)
	}
	if code != "" {
		c.server.metrics.refused.WithLabelValues(code).Inc()
		p := c.problemOf(code, e.EventID())
		p.Param = param
		c.fault(p)
	}
	c.flush(mine)
	e.Forget()
	return true
}

// weight is how many messages one counts as: a long one takes as long to read
// as many short ones.
func weight(message []byte) int { return min(1+len(message)/messageWeight, messageBurst) }

// problemOf is a row of the table as an error event.
func (c *conn) problemOf(code string, eventID []byte) realtime.Problem {
	p := lookupProblem(code)
	typ := realtime.TypeInvalidRequest
	if p.status >= 500 {
		typ = realtime.TypeServer
	}
	return realtime.Problem{Type: typ, Code: p.code, Message: p.sentence, EventID: eventID}
}

// refused is the code of a session's refusal.
func refused(err error) string {
	if r, ok := err.(session.Refusal); ok {
		return string(r.Code)
	}
	return ""
}

// dispatch turns a client's event into what happens to the session. It
// returns the code of a refusal and the field to blame. Called with mu held.
func (c *conn) dispatch(now time.Time, e realtime.ClientEvent) (code, param string) {
	switch e := e.(type) {
	case *realtime.SessionUpdate:
		return c.update(now, e)
	case *realtime.ItemCreate:
		return c.createItem(now, e)
	case *realtime.ItemRetrieve:
		it, ok := c.session.Item(c.ids.Item(e.Item))
		if !ok {
			return string(session.NoItem), "item_id"
		}
		c.pending.ItemRetrieved(&it)
	case *realtime.ItemTruncate:
		return refused(c.apply(now, session.Truncated{Item: c.ids.Item(e.Item), AudioMS: e.EndMS})), "item_id"
	case *realtime.ItemDelete:
		return refused(c.apply(now, session.Deleted{Item: c.ids.Item(e.Item)})), "item_id"
	case *realtime.ResponseCreate:
		return c.createResponse(now, e)
	case *realtime.ResponseCancel:
		return refused(c.apply(now, c.interruption(e.Response))), "response_id"
	case *realtime.PlaybackClear:
		if c.carrier.plays() == nil {
			return "not_supported", "type"
		}
		if c.session.Turn() == 0 {
			return "", "" // it crossed with the end
		}
		return refused(c.apply(now, c.interruption(nil))), ""
	case *realtime.DisclosureAcknowledge:
		n, ok := bytes.CutPrefix(e.ID, []byte(c.noticePrefix()))
		number, err := strconv.ParseUint(string(n), 10, 32)
		if !ok || err != nil {
			return string(session.WrongNotice), "disclosure_id"
		}
		return refused(c.apply(now, session.Acknowledged{Notice: uint32(number)})), "disclosure_id"
	case *realtime.ConsentSubmit:
		if string(e.ID) != c.consentID() {
			return string(session.NotAsked), "consent_id"
		}
		return refused(c.apply(now, session.Consented{Granted: e.Granted, Refused: e.Refused})), "grants"
	case *realtime.ConsentWithdraw:
		return refused(c.apply(now, session.Withdrawn{Purposes: e.Purposes})), "purposes"
	case *realtime.OptOutSubmit:
		purposes := e.Purposes
		if e.EraseStored { // what goes is not followed by more
			purposes |= session.Transcript | session.AudioRecording
		}
		return refused(c.apply(now, session.OptedOut{Purposes: purposes, Erase: e.EraseStored})), "purposes"
	case *realtime.MinorDeclare:
		return refused(c.apply(now, session.MinorFound{})), ""
	case *realtime.HandoffRequest:
		return refused(c.apply(now, session.HumanRequested{Share: e.ShareContext})), ""
	case *realtime.HandoffCancel:
		return refused(c.apply(now, session.HumanCancelled{})), ""
	case *realtime.ReportSubmit:
		return c.submit(now, e)
	case *realtime.ReceiptRequest:
		if !c.giveReceipt(now, false) {
			return "receipt_not_available", "type"
		}
	case *realtime.SessionEnd:
		return refused(c.apply(now, session.HungUp{Reason: session.PersonLeft})), ""
	case *realtime.AudioAppend:
		return c.appendSound(now, e.Audio)
	case *realtime.AudioCommit:
		return c.commitSound(now)
	case *realtime.AudioClear:
		return c.clearSound(now)
	default:
		return "not_supported", "type"
	}
	return "", ""
}

// update merges a client's wishes into the configuration and says what is now
// in force.
func (c *conn) update(now time.Time, e *realtime.SessionUpdate) (code, param string) {
	if c.taken(e.Session.Tools.Value) {
		return toolNameTaken, "session.tools"
	}
	was, begun := c.config, c.wire.begun
	rules := realtime.Rules{VoiceFrozen: c.wire.heard, NoticeBegun: c.wire.begun}
	changed, bad := c.config.Merge(&e.Session, rules)
	if bad != nil {
		return string(bad.Code), bad.Param
	}
	relocated := c.config.Avatar.Locale != was.Avatar.Locale
	if relocated {
		c.recast()
	}
	voiceless := c.settleForm()
	c.pending.SessionUpdated(&c.config)
	if voiceless {
		c.stand(realtime.RungText, noVoice)
	} else if !c.voiceless() {
		c.rise(noVoice)
	}
	if !c.wire.begun && c.aware() && was.Avatar.Version == "" {
		c.ready(now, false)
		if err := c.apply(now, session.Declared{Aware: c.config.Avatar.Acknowledges}); err != nil {
			return refused(err), "session.avatar"
		}
	}
	if changed {
		if err := c.apply(now, session.Configured{Form: c.config.Form}); err != nil {
			return refused(err), "session"
		}
	}
	if relocated && begun && c.aware() { // a notice that begins here is in that language already
		return refused(c.apply(now, session.LocaleChanged{})), "session.avatar.locale"
	}
	return "", ""
}

// settleForm makes do with writing where nothing speaks the language, for a
// client that can be told so.
func (c *conn) settleForm() (voiceless bool) {
	if c.config.Form != session.Spoken || !c.config.Avatar.Acknowledges || !c.voiceless() {
		return false
	}
	c.config.Form = session.Written
	return true
}

func (c *conn) createItem(now time.Time, e *realtime.ItemCreate) (code, param string) {
	d := &e.Draft
	if d.Reference != nil {
		return "invalid_value", "item.type"
	}
	if d.Item.Kind == session.ToolCall && c.ownTool(d.Item.Name) {
		return toolNameTaken, "item.name"
	}
	in := session.Said{Item: d.Item, Front: e.Front}
	if e.Previous != nil {
		if in.After = c.ids.Item(e.Previous); in.After == 0 {
			return string(session.NoItem), "previous_item_id"
		}
	}
	if d.ID != nil {
		if !c.ids.Free(d.ID) {
			return "invalid_value", "item.id"
		}
		c.wire.chosen = d.ID
	}
	defer func() { c.wire.chosen = nil }()
	if d.Audio != nil {
		if code := c.mayTakeSound(); code != "" {
			return code, "item.content"
		}
		if d.Item.Words.Len() == 0 { // words that are there are not looked for in the sound
			return c.saidAloud(now, d.Audio, in)
		}
	}
	intent := hear.None
	if d.Item.Role == session.User && d.Item.Kind == session.Message {
		intent = hear.IntentOf(c.locale(), d.Item.Words)
	}
	if err := c.apply(now, in); err != nil {
		return refused(err), "item"
	}
	c.ear.answering = spokenTo{}
	d.Item = session.Item{} // its words are the session's now
	c.obey(now, intent)
	return "", ""
}

func (c *conn) createResponse(now time.Time, e *realtime.ResponseCreate) (code, param string) {
	switch {
	case e.OutOfBand:
		return "unsupported_value", "response.conversation"
	case e.Input.Given() && len(e.Input.Value) > 0:
		return "unsupported_value", "response.input"
	case c.taken(e.Tools.Value):
		return toolNameTaken, "response.tools"
	case !c.chooses(e):
		return "invalid_value", "response.tool_choice"
	}
	in := session.Requested{Instructions: e.Instructions}
	if e.Form.Given() {
		in.Form, in.HasForm = e.Form.Value, true
		if in.Form == session.Spoken && c.voiceless() {
			in.Form = session.Written
			c.stand(realtime.RungText, noVoice)
		}
	}
	kept := c.wire.nextMeta
	c.wire.nextMeta = e.Metadata
	before := c.wire.asked
	c.wire.asked = asked{e.Tools, e.Choice}
	if err := c.apply(now, in); err != nil {
		c.wire.nextMeta, c.wire.asked = kept, before
		return refused(err), ""
	}
	// The words are the session's and the reply's now.
	e.Instructions, e.Metadata = session.Speech{}, session.Speech{}
	e.Tools, e.Choice = realtime.Maybe[[]realtime.Tool]{}, realtime.Maybe[realtime.ToolChoice]{}
	return "", ""
}

// interruption is the input for a client that wants quiet. What the carrier
// has not played yet is thrown away first, so that the reply is cut to what
// really left. The notice is not thrown away.
func (c *conn) interruption(response []byte) session.Interrupted {
	in := session.Interrupted{By: session.ClientCancel}
	if response != nil {
		in.Turn = c.ids.Turn(response)
	}
	if p := c.carrier.plays(); p != nil && c.wire.purpose == session.Answer && c.session.Turn() != 0 && (in.Turn == 0 || in.Turn == c.session.Turn()) {
		in.Unsent = p.flush()
	}
	return in
}

func (c *conn) noticePrefix() string     { return "disc_" + c.ids.Session()[len("sess_"):] + "_" }
func (c *conn) noticeID(n uint32) string { return c.noticePrefix() + strconv.FormatUint(uint64(n), 10) }
func (c *conn) consentID() string {
	return "cons_" + c.ids.Session()[len("sess_"):] + "_" + strconv.Itoa(c.wire.consent)
}

package gateway

import (
	"cmp"
	"slices"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// wire is what a connection remembers to name things towards its client.
// Guarded by conn.mu.
type wire struct {
	chosen    []byte // the id that the client chose for the item that comes next
	meta      session.Speech
	nextMeta  session.Speech // of the reply that was asked for
	output    int            // items of the reply so far
	message   int            // place of the reply's message among them
	asked     asked          // tools of the reply that was asked for
	after     session.ItemNo // the item before the reply's
	purpose   session.Purpose
	form      session.Form
	begun     bool          // the notice has begun
	heard     bool          // the client was sent sound
	sounding  bool          // of the reply under way
	labelled  bool          // the reply under way has its label
	source    avatar.Source // the label's
	shapes    []realtime.Mouth
	telephone *telephone // of sound that is not PCM; nil until it is needed
	consent   int        // the consent that was asked for last
}

func (w *wire) forget() {
	clear(w.chosen)
	w.chosen = nil
	w.meta.Forget()
	w.nextMeta.Forget()
	w.asked.forget()
}

// emit writes an event of the session as the client's protocol has it. Called
// with conn.mu held.
func (c *conn) emit(now time.Time, e session.Event) {
	if c.carrier == nil {
		return // nobody is there; what stands is said again on resume
	}
	f, w := c.pending, &c.wire
	switch e := e.(type) {
	case *session.TurnSound:
		c.emitSound(e)
	case *session.TurnText:
		p := c.part(e.Turn, e.Item)
		if e.Form == session.Spoken {
			f.TranscriptDelta(p, e.Words)
		} else {
			f.TextDelta(p, e.Words)
		}
	case *session.TurnMarks:
		p := c.part(e.Turn, e.Item)
		if c.aware() {
			c.emitMarks(p, e)
		}
	case session.TurnBegan:
		w.purpose, w.form, w.output = e.Purpose, e.Form, 0
		w.meta.Forget()
		w.meta = session.Speech{}
		if e.Purpose == session.Answer {
			w.meta, w.nextMeta = w.nextMeta, session.Speech{}
		}
		f.ResponseCreated(c.response(e.Turn))
		w.labelled = false
		if e.Purpose != session.Answer { // who answers is known once somebody does
			c.labelFirst(now, e.Turn)
		}
	case session.ItemBegan:
		c.labelFirst(now, e.Turn)
		it := e.Item
		w.after, w.message = e.After, w.output
		w.output++
		f.OutputItemAdded(e.Turn, w.message, &it)
		f.ItemBegun(&it, e.After)
		f.PartAdded(c.part(e.Turn, it.No), it.Form)
		if c.carrier.plays() != nil && it.Form == session.Spoken {
			f.PlaybackStarted(e.Turn)
		}
	case session.TurnTool:
		c.labelFirst(now, e.Turn)
		c.emitTool(e)
	case session.TurnEnded:
		c.labelFirst(now, e.Turn)
		c.emitEnd(e)
	case session.SoundStopped:
		if c.carrier.plays() != nil {
			f.PlaybackCleared(e.Turn)
			if w.purpose == session.Answer {
				f.ItemTruncated(e.Item, 0, e.AudioMS)
			}
		}
	case session.ItemAdded:
		it := e.Item
		if w.chosen != nil {
			c.ids.Choose(it.No, w.chosen)
			w.chosen = nil
		}
		f.ItemAdded(&it, e.After)
		f.ItemDone(&it, e.After)
	case session.ItemDeleted:
		f.ItemDeleted(e.Item)
		c.ids.Drop(e.Item)
	case session.ItemTruncated:
		f.ItemTruncated(e.Item, 0, e.AudioMS)
	case session.SpeechHeard, session.VoiceTaken, session.VoiceCleared, session.IdleHeard,
		session.TranscriptGuess, session.TranscriptIs, session.TranscriptLost:
		c.emitHeard(e)
	default:
		c.emitAvatar(now, e)
	}
	if most := c.carrier.limit(); most > 0 && f.Last() > most {
		c.shrink(e)
	}
}

// shrink makes do without an event that is too large for the transport. The
// end of a reply is said without its items, since a client waits for it for
// ever; anything else is left out and counted.
func (c *conn) shrink(e session.Event) {
	c.pending.Undo()
	c.server.metrics.dropped.WithLabelValues("event_too_large").Inc()
	if e, ok := e.(session.TurnEnded); ok {
		r := c.response(e.Turn)
		r.Outcome = realtime.Done
		if e.Outcome != session.TurnCompleted {
			r.Outcome, r.Reason = realtime.Unfinished, realtime.ReasonInterrupted
		}
		c.pending.ResponseDone(r)
	}
}

// emitMarks writes mouth shapes and word times. Words are cut out of the
// item without being opened here.
func (c *conn) emitMarks(p realtime.Part, e *session.TurnMarks) {
	shapes := c.wire.shapes[:0]
	for _, v := range e.Visemes {
		shapes = append(shapes, realtime.Mouth{At: int(v.At), Shape: v.Shape, Weight: float32(v.Weight) / 255})
	}
	c.wire.shapes = shapes
	c.pending.VisemeDelta(p, shapes)
	it, ok := c.session.Item(e.Item)
	if !ok {
		return
	}
	for _, s := range e.Spans {
		word := it.Words.Slice(int(s.Start), int(s.End))
		c.pending.WordDelta(p, int(s.At), int(s.Length), word)
		word.Forget()
	}
}

// part names the one content part of a reply's item.
func (c *conn) part(t session.TurnNo, it session.ItemNo) realtime.Part {
	return realtime.Part{Turn: t, Item: it, Output: c.wire.message}
}

// response is a reply as its first and last event describe it.
func (c *conn) response(t session.TurnNo) *realtime.Response {
	return &realtime.Response{
		Turn:      t,
		Form:      c.wire.form,
		Format:    c.config.Output.Format,
		Voice:     c.config.Output.Voice,
		MaxTokens: c.config.MaxTokens,
		Notice:    c.wire.purpose == session.Notice,
		Metadata:  c.wire.meta,
	}
}

// emitSound lets samples out: over the carrier's own way for sound, or as an
// event.
func (c *conn) emitSound(e *session.TurnSound) {
	c.wire.heard, c.wire.sounding = true, true
	if c.wire.purpose == session.Answer && !c.turn.standin.speechless {
		c.rise(voiceFailed)
	}
	if p := c.carrier.plays(); p != nil {
		p.play(e.PCM)
		return
	}
	part := c.part(e.Turn, e.Item)
	if c.config.Output.Format == realtime.PCM {
		c.pending.AudioDelta(part, e.PCM)
		return
	}
	if c.wire.telephone == nil || c.wire.telephone.format != c.config.Output.Format {
		c.wire.telephone = newTelephone(c.config.Output.Format)
	}
	sound, err := c.wire.telephone.encode(e.PCM)
	if err != nil {
		c.server.metrics.dropped.WithLabelValues("sound").Inc()
		return
	}
	c.pending.AudioDeltaBytes(part, sound)
}

// emitTool writes a call of a tool: complete, with the reply's id on top,
// because a client that does not find it there never runs the tool.
func (c *conn) emitTool(e session.TurnTool) {
	f, it := c.pending, e.Item
	started := it
	started.Status, started.Words = session.InProgress, session.Speech{}
	p := realtime.Part{Turn: e.Turn, Item: it.No, Output: c.wire.output}
	f.OutputItemAdded(e.Turn, p.Output, &started)
	f.ItemBegun(&started, e.After)
	f.ArgumentsDelta(p, it.Call, it.Words)
	f.ArgumentsDone(p, it.Call, it.Name, it.Words)
	f.ItemDone(&it, e.After)
	f.OutputItemDone(e.Turn, p.Output, &it)
	c.wire.output++
}

// emitEnd closes what is open of a reply, part, item, and then the reply.
func (c *conn) emitEnd(e session.TurnEnded) {
	f, r := c.pending, c.response(e.Turn)
	c.wire.sounding = false
	if it := e.Item; it.No != 0 {
		p := c.part(e.Turn, it.No)
		if it.Form == session.Spoken {
			if c.carrier.plays() == nil {
				f.AudioDone(p)
			} else if e.Outcome == session.TurnCompleted {
				f.PlaybackStopped(e.Turn)
			}
			if c.aware() {
				f.VisemeDone(p)
			}
			f.TranscriptDone(p, it.Words)
		} else {
			f.TextDone(p, it.Words)
		}
		f.PartDone(p, it.Form, it.Words)
		f.ItemDone(&it, c.wire.after)
		f.OutputItemDone(e.Turn, p.Output, &it)
	}
	r.Items = e.Tools
	if e.Item.No != 0 {
		r.Items = append(r.Items, e.Item)
		slices.SortFunc(r.Items, func(a, b session.Item) int { return cmp.Compare(a.No, b.No) })
	}
	r.Code = e.Code
	switch e.Outcome {
	case session.TurnCompleted:
		r.Outcome = realtime.Done
	case session.TurnCancelled:
		r.Outcome, r.Reason = realtime.Cancelled, realtime.ReasonClientCancelled
		if e.Reason == session.VoiceDetected {
			r.Reason = realtime.ReasonTurnDetected
		}
	case session.TurnFailed:
		r.Outcome = realtime.Failed
	case session.TurnIncomplete:
		r.Outcome, r.Reason = realtime.Unfinished, realtime.ReasonInterrupted
		if e.Reason == session.ReplyTooLong {
			r.Reason = realtime.ReasonMaxTokens
		}
	}
	f.ResponseDone(r)
	c.wire.meta.Forget()
	c.server.metrics.turns.WithLabelValues(outcomeName(e.Outcome)).Inc()
}

func outcomeName(o session.Outcome) string {
	switch o {
	case session.TurnCompleted:
		return "completed"
	case session.TurnCancelled:
		return "cancelled"
	case session.TurnFailed:
		return "failed"
	}
	return "incomplete"
}

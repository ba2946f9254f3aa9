package gateway

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"mayfly/gateway/realtime"
	"mayfly/gateway/receipt"
	"mayfly/session"
)

// reports is what a connection has given to the recorder of what the person
// reported. Guarded by conn.mu.
type reports struct {
	ctx     context.Context // ends when nothing of them may be stored any more; nil: none was given
	stop    context.CancelFunc
	waiting []reporting // given and not answered yet, oldest first
	kept    int         // durable, less those that were erased
	erased  int
	until   time.Time // when the last of them is gone
	event   []byte    // event_id of what is being dispatched
}

// reporting is a report on its way to the disk.
type reporting struct {
	id    session.ID
	items []session.ItemNo
	event []byte // the client's event_id
	until time.Time
	due   time.Time // it has failed if it is not durable by then
	asked int       // times that the person had asked for what is stored to go
}

// submit takes a report from the client. Called with mu held.
func (c *conn) submit(now time.Time, e *realtime.ReportSubmit) (code, param string) {
	in := session.Report{Reason: e.Reason, Note: e.Note}
	for i := range e.Lines {
		l := &e.Lines[i]
		in.Lines = append(in.Lines, session.ReportLine{Item: c.ids.Item(l.Item), Words: l.Words})
	}
	e.Note, e.Lines = session.Speech{}, nil // they are the session's now
	c.reports.event = bytes.Clone(e.EventID())
	err := c.apply(now, session.Reported{Report: in})
	c.reports.event = nil
	switch code := refused(err); code {
	case string(session.NoItem):
		return code, "items"
	default:
		return code, ""
	}
}

// keepReport gives a report to the recorder, redacted. Called with mu held.
func (c *conn) keepReport(now time.Time, e session.KeepReport) {
	r, recorder := &c.reports, c.server.options.Recorder
	k := reporting{id: session.ID(uuid.Must(uuid.NewV7())), event: r.event, due: now.Add(keepWithin), until: now.Add(e.Grant.Retention()), asked: c.recording.asked}
	for i := range e.Report.Lines {
		if no := e.Report.Lines[i].Item; !slices.Contains(k.items, no) {
			k.items = append(k.items, no)
		}
	}
	redacted, err := c.redactor.Report(e.Grant, e.Report)
	if err != nil || recorder == nil || c.server.stale(now) {
		redacted.Forget()
		e.Report.Forget()
		c.unreported(k, "report_failed")
		return
	}
	if r.ctx == nil {
		r.ctx, r.stop = context.WithCancel(c.ctx)
	}
	if c.recording.key == nil {
		c.recording.key = newReceiptKey()
	}
	r.waiting = append(r.waiting, k)
	ctx, f := r.ctx, c.witness(now, e.Fact)
	f.Object = k.id
	c.answer(func(done func(error)) {
		recorder.KeepReport(ctx, c.conversation(), redacted, f, done)
	}, func(err error) {
		c.reported(k, err, ctx.Err() != nil)
	})
}

// reported is the recorder's answer. Called with mu held. halted says that the
// report was called back.
func (c *conn) reported(k reporting, err error, halted bool) {
	r, now := &c.reports, time.Now()
	waited := len(r.waiting)
	r.waiting = slices.DeleteFunc(r.waiting, func(w reporting) bool { return w.id == k.id })
	if err == nil {
		r.kept++
		r.until = later(r.until, k.until)
	}
	switch n := c.notice(); {
	case err == nil && k.asked != c.recording.asked: // it goes with the rest
		c.unreported(k, "report_failed")
	case err == nil:
		tell(&c.story.consents, receipt.Consent{At: at(now), Answer: "given", By: "person", Purposes: []string{reportPurpose}, SHA256: n.SHA256})
		if c.carrier != nil {
			c.pending.ReportStored(k.id.String(), k.items, k.until, now)
			c.tellReceiptKey()
		}
	case len(r.waiting) == waited: // given up on already
	case !halted && errors.Is(err, ErrDropped):
		c.unreported(k, string(session.NoReports))
	default:
		c.unreported(k, "report_failed")
	}
	c.refuse()
}

// reportPurpose is what a person agrees to who reports an answer, in receipts.
const reportPurpose = "report"

// unreported says that a report was not stored. Called with mu held.
func (c *conn) unreported(k reporting, code string) {
	if c.carrier != nil {
		c.fault(c.problemOf(code, k.event))
	}
}

// haltReports calls back what is on its way to the disk. Called with mu held.
func (c *conn) haltReports() {
	if r := &c.reports; r.ctx != nil {
		r.stop()
		r.ctx, r.stop = nil, nil
	}
}

// overdueReports gives up on a disk that does not answer. Called with mu held.
func (c *conn) overdueReports(now time.Time) {
	r := &c.reports
	if len(r.waiting) == 0 || now.Before(r.waiting[0].due) {
		return
	}
	c.haltReports()
	late := r.waiting
	r.waiting = nil
	for _, k := range late {
		c.unreported(k, "report_failed")
	}
	c.refuse()
}

// storedReports is what a receipt says of reports, if there is something to
// say. Called with mu held.
func (c *conn) storedReports() (s receipt.Stored, any bool) {
	r := &c.reports
	if r.kept <= 0 && r.erased == 0 && len(r.waiting) == 0 {
		return s, false
	}
	s = receipt.Stored{
		What: "report", Reports: max(r.kept, 0), ErasedReports: r.erased, UnsettledReports: len(r.waiting),
		Purposes: []string{reportPurpose}, LegalBasis: "consent",
	}
	until := r.until
	for _, k := range r.waiting {
		if k.until.After(until) {
			until = k.until
		}
	}
	if r.kept > 0 || len(r.waiting) > 0 {
		s.Until = at(until)
	}
	return s, true
}

// reportsFor is how long a report lives, in whole days and at least one; zero:
// none is taken.
func (c *conn) reportsFor() int {
	if c.rules.Reports <= 0 || c.rules.Unavailable {
		return 0
	}
	return max(int(c.rules.Reports/(24*time.Hour)), 1)
}

package realtime

import (
	"slices"
	"time"

	"mayfly/session"
)

// report reads avatar.report.submit. A yes that is not the literal true is no
// yes.
func (d *decoder) report(f *fields, h head) ClientEvent {
	e := &ReportSubmit{head: h}
	if d.need(f.agreed, "consent") && !d.boolean(f.agreed, "consent") {
		d.fail(CodeInvalidValue, "consent")
	}
	if d.need(f.reason, "reason") {
		var names []string
		for _, r := range session.ReportReasons() {
			names = append(names, r.String())
		}
		e.Reason = session.ReportReason(max(slices.Index(names, d.one(f.reason, "reason", names...)), 0))
	}
	if d.need(f.items, "items") {
		e.Lines = d.lines(f.items)
	}
	e.Note = d.words(f.note, maxReportNote, "note")
	all := e.Note.Len()
	for i := range e.Lines {
		all += e.Lines[i].Words.Len()
	}
	if all > maxReport {
		d.fail(CodeTooLong, "items")
	}
	return e
}

// lines reads the lines of a report.
func (d *decoder) lines(v []byte) []ReportedLine {
	var lines []ReportedLine
	for list := d.array(v, session.MostReportLines, "items"); list.next(); {
		var item, text []byte
		for m := d.object(list.value, "items"); m.next(); {
			name, v := m.name, m.value
			switch string(name) {
			case "item_id":
				item = v
			case "text":
				text = v
			default: // what is sent is what was shown, and nothing beside it
				d.fail(CodeUnknownParameter, "items")
			}
		}
		if d.err != nil || !d.need(item, "items.item_id") || !d.need(text, "items.text") {
			break
		}
		l := ReportedLine{Item: d.id(item, "items.item_id"), Words: d.words(text, maxReported, "items.text")}
		if d.err == nil && l.Words.Len() == 0 {
			d.fail(CodeInvalidValue, "items.text")
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		d.fail(CodeInvalidValue, "items")
	}
	return lines
}

// ReportStored writes avatar.report.stored, once the report is durable and not
// before. until is when it is gone.
func (f *Frames) ReportStored(id string, items []session.ItemNo, until, at time.Time) {
	f.begin("avatar.report.stored")
	f.raw(`,"report_id":`)
	f.string(id)
	f.raw(`,"item_ids":[`)
	for i, no := range items {
		if i > 0 {
			f.raw(`,`)
		}
		f.item(no)
	}
	f.raw(`],"until":`)
	f.time(until)
	f.raw(`,"at":`)
	f.time(at)
	f.end()
}

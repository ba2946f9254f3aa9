package siem

import (
	"strconv"
	"strings"

	"mayfly/session"
)

// cefSeverities are CEF's, from 0 to 10, by OCSF's.
var cefSeverities = map[int]int{informational: 1, low: 3, medium: 5, high: 8, critical: 10}

// CEF is the record of an event as one line of the Common Event Format,
// version 0, without the line's end.
func (f Form) CEF(e *Event) []byte {
	b := []byte("CEF:0|Mayfly|Mayfly|")
	b = append(b, header(clean(f.Product, maxName))...)
	b = append(b, '|')
	b = append(b, header(e.Kind)...)
	b = append(b, '|')
	b = append(b, header(strings.ReplaceAll(e.Kind, "_", " "))...)
	b = append(b, '|')
	b = strconv.AppendInt(b, int64(cefSeverities[e.meaning.severity]), 10)
	b = append(b, '|')
	outcome := "success"
	if e.meaning.failed {
		outcome = "failure"
	}
	x := extension{b, '|'}
	x.text("rt", strconv.FormatInt(millis(e.End.UnixMilli()), 10))
	x.text("externalId", e.UID())
	x.text("cat", e.meaning.class.name)
	x.text("act", e.meaning.class.activities[e.meaning.activity])
	x.text("outcome", outcome)
	x.text("reason", e.Fact.Reason.String())
	x.text("suid", idText(e.Fact.Actor))
	x.text("cnt", strconv.FormatUint(e.Entries, 10))
	if e.Entries > 1 {
		x.text("start", strconv.FormatInt(millis(e.Start.UnixMilli()), 10))
		x.text("end", strconv.FormatInt(millis(e.End.UnixMilli()), 10))
	}
	x.labelled("cs1", "tenant", clean(e.Tenant, maxName))
	x.labelled("cs2", "session", idText(e.Fact.Session))
	x.labelled("cs3", "object", idText(e.Fact.Object))
	x.labelled("cs4", "log", clean(e.Log, 2*maxName))
	x.labelled("cs5", "sha256", hashText(e.Fact.Hash))
	x.labelled("cs6", "purposes", strings.Join(purposes(e.Fact.Purposes), " "))
	for _, n := range []struct {
		key, label string
		n          uint64
	}{{"cn1", "policy", e.Fact.Policy}, {"cn2", "before", e.Fact.Before}, {"cn3", "amount", e.Fact.Count}} {
		if n.n != 0 {
			x.labelled(n.key, n.label, strconv.FormatUint(n.n, 10))
		}
	}
	x.text("mayflyIndex", strconv.FormatInt(e.Index, 10))
	x.text("mayflyLeafSha256", hashText(e.LeafHash))
	return x.line
}

// header escapes what separates the parts of a line.
func header(s string) string {
	return strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(s)
}

// extension is the part with keys.
type extension struct {
	line []byte
	last byte
}

func (x *extension) text(key, value string) {
	if value == "" {
		return
	}
	if x.last != '|' {
		x.line = append(x.line, ' ')
	}
	x.last = ' '
	x.line = append(append(append(x.line, key...), '='), strings.NewReplacer(`\`, `\\`, `=`, `\=`).Replace(value)...)
}

func (x *extension) labelled(key, label, value string) {
	if value == "" {
		return
	}
	x.text(key+"Label", label)
	x.text(key, value)
}

// purposes are the names of purposes, as the log has them.
func purposes(p session.Purposes) (names []string) {
	for _, one := range []struct {
		p    session.Purposes
		name string
	}{
		{session.Transcript, "transcript"}, {session.AudioRecording, "audio_recording"}, {session.VoiceInput, "voice_input"},
		{session.Attachments, "attachments"}, {session.Analytics, "analytics"}, {session.HandoffContext, "handoff_context"}, {session.Handoff, "handoff"},
	} {
		if p.Has(one.p) {
			names = append(names, one.name)
		}
	}
	return names
}

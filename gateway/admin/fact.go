package admin

import (
	"slices"
	"strings"
	"time"

	"mayfly/session"
)

// Answers about what happened. A reviewer sees this and nothing else of a
// session: every field is a number, a name from a closed list, or an id.
type (
	factsAnswer struct {
		Facts []factRow `json:"facts" doc:"Newest first."`
		Next  uint64    `json:"next,omitempty" doc:"Say it as before for the next page."`
	}
	factRow struct {
		Number   uint64     `json:"number" doc:"From 1, through all logs of the tenant."`
		Month    string     `json:"month" doc:"Of the log that it is in: 2026-11."`
		Index    int64      `json:"index" doc:"In that log, from 0."`
		At       *time.Time `json:"at,omitempty" doc:"Not there: the entry cannot be read."`
		Kind     string     `json:"kind" doc:"Empty: the entry cannot be read."`
		Session  string     `json:"session,omitempty"`
		Actor    string     `json:"actor,omitempty" doc:"The key of whoever did it; none: the person, the host or the gateway."`
		Object   string     `json:"object,omitempty" doc:"What it was done to."`
		Avatar   string     `json:"avatar,omitempty" doc:"The avatar that the object is, if the tenant has it still."`
		Turn     uint64     `json:"turn,omitempty"`
		Notice   uint32     `json:"notice,omitempty"`
		Purposes []string   `json:"purposes,omitempty"`
		Reason   string     `json:"reason,omitempty"`
		Policy   uint64     `json:"policy,omitempty"`
		Before   uint64     `json:"before,omitempty"`
		Count    uint64     `json:"count,omitempty"`
		Use      string     `json:"use,omitempty" enum:"audit,quality,learning,rights,export" doc:"What a transcript was read for."`
		Hash     string     `json:"sha256,omitempty"`
		Damaged  bool       `json:"damaged,omitempty" doc:"The entry is not one that Mayfly wrote. It is listed wherever no kind, actor, session or avatar is asked for."`
	}
)

// factFields are what facts are picked by.
func factFields(more ...field) []field {
	return append([]field{
		{name: "from", kind: moment, about: "Noted then or later."},
		{name: "to", kind: moment, about: "Noted before."},
		{name: "actor", kind: text, plain: true, most: 64, about: "The key or the access of whoever did it."},
		{name: "kind", kind: text, most: 4000, about: "A kind of facts, or several, joined by commas."},
		{name: "session", kind: text, plain: true, most: 64, about: "The session that it is about."},
		{name: "avatar", kind: text, most: 64, about: "The avatar that it was done to."},
	}, more...)
}

// factQuery is what of the facts is asked for.
func (c *call) factQuery() (q FactQuery, bad *refusal) {
	q.From, q.To = c.query.time("from"), c.query.time("to")
	var problems []Problem
	if !q.To.IsZero() && !q.From.Before(q.To) {
		problems = append(problems, Problem{Key: "to", Text: "this is not after from; write a later time"})
	}
	if list := c.query.text("kind"); list != "" {
		for name := range strings.SplitSeq(list, ",") {
			i := slices.IndexFunc(session.FactKinds(), func(k session.FactKind) bool { return k.String() == name })
			if i < 0 {
				problems = append(problems, Problem{Key: "kind", Text: "there is no such kind of facts; take those of the page about the audit log, joined by commas"})
				break
			}
			q.Kinds = append(q.Kinds, session.FactKind(i))
		}
	}
	for name, id := range map[string]*session.ID{"actor": &q.Actor, "session": &q.Session} {
		if of := c.query.text(name); of != "" {
			var ok bool
			if *id, ok = session.ParseID(of); !ok {
				problems = append(problems, Problem{Key: name, Text: "this is not an id; take one from the list of facts"})
			}
		}
	}
	if avatar := c.query.text("avatar"); avatar != "" {
		q.Object = session.NameID(c.tenant(), avatar)
	}
	if len(problems) > 0 {
		slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
		return q, wrongFields(problems...)
	}
	return q, nil
}

func (a *API) facts(c *call) *refusal {
	q, bad := c.factQuery()
	if bad != nil {
		return bad
	}
	if bad := a.reading(c); bad != nil {
		return bad
	}
	most := pageOf(c.query)
	all, err := a.options.Store.LoggedFacts(c.r.Context(), c.tenant(), q, c.query.number("before"), most+1)
	if err != nil {
		return refusalOf(err)
	}
	out := factsAnswer{Facts: []factRow{}}
	if len(all) > most {
		all = all[:most]
		out.Next = all[most-1].Number
	}
	avatars := a.avatarIDs(c.tenant())
	for i := range all {
		out.Facts = append(out.Facts, factRowOf(&all[i], avatars))
	}
	return c.send(out)
}

// avatarIDs are the avatars that a tenant has, by their ids in facts.
func (a *API) avatarIDs(tenantID string) map[session.ID]string {
	avatars := map[session.ID]string{}
	if t := a.options.Directory.Tenant(tenantID); t != nil {
		for i := range t.Avatars {
			avatars[session.NameID(t.ID, t.Avatars[i].ID)] = t.Avatars[i].ID
		}
	}
	return avatars
}

// factRowOf is a fact as it is answered.
func factRowOf(l *LoggedFact, avatars map[session.ID]string) factRow {
	if l.Damaged {
		return factRow{Number: l.Number, Month: l.Month, Index: l.Index, Damaged: true}
	}
	f, at := l.Fact, l.At.UTC()
	row := factRow{
		Number: l.Number, Month: l.Month, Index: l.Index, At: &at, Kind: f.Kind.String(),
		Session: idOf(f.Session), Actor: idOf(f.Actor), Object: idOf(f.Object), Avatar: avatars[f.Object],
		Turn: uint64(f.Turn), Notice: f.Notice, Purposes: purposeNames(f.Purposes), Reason: f.Reason.String(),
		Policy: f.Policy, Before: f.Before, Count: f.Count,
	}
	if f.Kind == session.TranscriptRead {
		row.Use, row.Count = useOf(f.Count), 0
	}
	if f.Hash != [32]byte{} {
		row.Hash = hexOf(f.Hash)
	}
	return row
}

// useOf is the word for what a transcript was read for, which a fact has as a
// number.
func useOf(count uint64) string {
	words := [...]string{1: "audit", "quality", "learning", "rights", "export"}
	if count >= uint64(len(words)) {
		return ""
	}
	return words[count]
}

// purposeNames are the purposes as the protocol names them.
func purposeNames(p session.Purposes) (all []string) {
	for _, n := range []struct {
		purpose session.Purposes
		name    string
	}{
		{session.Transcript, "transcript"}, {session.AudioRecording, "audio_recording"}, {session.VoiceInput, "voice_input"},
		{session.Attachments, "attachments"}, {session.Analytics, "analytics"}, {session.HandoffContext, "handoff_context"}, {session.Handoff, "handoff"},
	} {
		if p.Has(n.purpose) {
			all = append(all, n.name)
		}
	}
	return all
}

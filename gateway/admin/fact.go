package admin

import (
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
		Number   uint64    `json:"number"`
		At       time.Time `json:"at"`
		Kind     string    `json:"kind"`
		Session  string    `json:"session,omitempty"`
		Actor    string    `json:"actor,omitempty" doc:"The key of whoever did it; none: the person, the host or the gateway."`
		Object   string    `json:"object,omitempty" doc:"What it was done to."`
		Avatar   string    `json:"avatar,omitempty" doc:"The avatar that the object is, if the tenant has it still."`
		Turn     uint64    `json:"turn,omitempty"`
		Notice   uint32    `json:"notice,omitempty"`
		Purposes []string  `json:"purposes,omitempty"`
		Reason   string    `json:"reason,omitempty"`
		Policy   uint64    `json:"policy,omitempty"`
		Before   uint64    `json:"before,omitempty"`
		Count    uint64    `json:"count,omitempty"`
		Use      string    `json:"use,omitempty" enum:"audit,quality,learning,rights,export" doc:"What a transcript was read for."`
		Hash     string    `json:"sha256,omitempty"`
	}
)

func (a *API) facts(c *call) *refusal {
	if bad := a.reading(c); bad != nil {
		return bad
	}
	most := pageOf(c.query)
	all, err := a.options.Store.LoggedFacts(c.r.Context(), c.tenant(), c.query.number("before"), most+1)
	if err != nil {
		return refusalOf(err)
	}
	out := factsAnswer{Facts: []factRow{}}
	if len(all) > most {
		all = all[:most]
		out.Next = all[most-1].Number
	}
	avatars := map[session.ID]string{}
	if t := a.options.Directory.Tenant(c.tenant()); t != nil {
		for i := range t.Avatars {
			avatars[session.NameID(t.ID, t.Avatars[i].ID)] = t.Avatars[i].ID
		}
	}
	for _, l := range all {
		f := l.Fact
		row := factRow{
			Number: l.Number, At: l.At.UTC(), Kind: f.Kind.String(), Session: idOf(f.Session), Actor: idOf(f.Actor), Object: idOf(f.Object), Avatar: avatars[f.Object],
			Turn: uint64(f.Turn), Notice: f.Notice, Purposes: purposeNames(f.Purposes), Reason: f.Reason.String(),
			Policy: f.Policy, Before: f.Before, Count: f.Count,
		}
		if f.Kind == session.TranscriptRead {
			row.Use, row.Count = useOf(f.Count), 0
		}
		if f.Hash != [32]byte{} {
			row.Hash = hexOf(f.Hash)
		}
		out.Facts = append(out.Facts, row)
	}
	return c.send(out)
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

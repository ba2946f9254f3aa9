package processing

import (
	"slices"

	"mayfly/gateway/tenant"
)

// Legal bases beside those that a policy names.
const organisation = "organisation"

// inMemory is the retention of what lives as long as the session does.
const inMemory = "session"

// ofAvatar are the activities of one avatar, those that its policy in force
// has switched on.
func ofAvatar(t *tenant.Tenant, a *tenant.Avatar) []Activity {
	p := t.Effective(a)
	consent := tenant.Consent.String()
	all := []Activity{{
		Key: "conversation", Purposes: []string{"answer"}, Basis: organisation, Categories: []string{"words", "answers"},
		Recipients: recipients(t, a, tenant.Answering, tenant.Speaking), Retention: inMemory, Decisions: p.Decisions.Used,
	}}
	add := func(on bool, x Activity) {
		if on {
			all = append(all, x)
		}
	}
	add(p.Microphone, Activity{Key: "voice_input", Purposes: []string{"answer"}, Basis: consent, Categories: []string{"voice"},
		Recipients: recipients(t, a, tenant.Transcribing), Retention: inMemory})
	add(p.Attachments, Activity{Key: "attachments", Purposes: []string{"answer"}, Basis: consent, Categories: []string{"pictures", "documents"},
		Recipients: recipients(t, a, tenant.Answering), Retention: inMemory})
	add(len(a.Tools) > 0, Activity{Key: "tool_calls", Purposes: []string{"answer"}, Basis: organisation, Categories: []string{"arguments"},
		Recipients: recipients(t, a, tenant.ToolServer), Retention: inMemory, Decisions: significant(a)})
	add(t.Handoff != nil, Activity{Key: "human", Purposes: []string{"answer"}, Basis: consent, Categories: []string{"words", "voice"},
		Recipients: []Recipient{}, Retention: inMemory})
	var purposes []string
	for _, purpose := range p.Purposes {
		purposes = append(purposes, purpose.String())
	}
	add(p.Transcript, Activity{Key: "transcript", Purposes: purposes, Basis: p.LegalBasis.String(), Categories: []string{"words", "answers", "pseudonym"},
		Recipients: []Recipient{}, Retention: tenant.FormatDays(p.Retention)})
	add(p.Audio, Activity{Key: "audio_recording", Purposes: purposes, Basis: consent, Categories: []string{"voice", "answers"},
		Recipients: []Recipient{}, Retention: tenant.FormatDays(p.AudioRetention)})
	add(!p.NoReports, Activity{Key: "reports", Purposes: []string{tenant.Quality.String()}, Basis: consent, Categories: []string{"words", "answers"},
		Recipients: []Recipient{}, Retention: tenant.FormatDays(p.Reports)})
	for i := range all {
		all[i].Avatars = []string{a.ID}
	}
	return all
}

// significant says whether a tool of the avatar's has an effect that matters to
// the person.
func significant(a *tenant.Avatar) bool {
	return slices.ContainsFunc(a.Tools, func(t tenant.Tool) bool { return t.Significant })
}

// recipients are those in some roles who may be sent something. A document with
// one that its policy refuses is never in force.
func recipients(t *tenant.Tenant, a *tenant.Avatar, roles ...tenant.RecipientRole) []Recipient {
	all := []Recipient{}
	for _, r := range t.Recipients(a) {
		if !slices.Contains(roles, r.Role) {
			continue
		}
		all = append(all, Recipient{r.Name, r.Role.String(), r.Gets.Names(), r.Region, r.Terms.Transfer.String(), states(r.Terms.KeepsText()), trains(r.Terms.Training)})
	}
	return all
}

func states(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func trains(b *bool) string {
	switch {
	case b == nil:
		return "unknown"
	case *b:
		return "yes"
	}
	return "no"
}

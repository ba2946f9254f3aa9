package processing

import (
	"slices"

	"mayfly/gateway/tenant"
)

// subjects are whose data it is.
func subjects(t *tenant.Tenant) []string {
	out := []string{"visitors"}
	if t.Audience == tenant.Minors {
		out = []string{"minors"}
	}
	if t.Handoff != nil {
		out = append(out, "agents")
	}
	if likeness(t) != nil {
		out = append(out, "portrayed")
	}
	return append(out, "admins")
}

// ofTenant are the activities that no avatar decides.
func ofTenant(t *tenant.Tenant, by Operator) []Activity {
	told := []Recipient{}
	if t.Webhook != nil {
		told = append(told, Recipient{Name: t.Webhook.URL.Hostname(), Role: "webhook", Gets: []string{"facts"}, Transfer: "not_declared", Retention: "unknown", Training: "unknown"})
	}
	for _, name := range by.Collectors {
		told = append(told, Recipient{Name: name, Role: "collector", Gets: []string{"facts"}, Transfer: "not_declared", Retention: "unknown", Training: "unknown"})
	}
	for _, name := range by.Witnesses {
		told = append(told, Recipient{Name: name, Role: "witness", Gets: []string{"checkpoints"}, Transfer: "not_declared", Retention: "unknown", Training: "unknown"})
	}
	var all []Activity
	if of := likeness(t); of != nil {
		all = append(all, Activity{Key: "likeness", Avatars: of, Purposes: []string{"likeness"}, Basis: tenant.Consent.String(), Categories: []string{"voice", "pictures", "permission"},
			Recipients: []Recipient{}, Retention: "until_permission_ends"})
	}
	return append(all, []Activity{
		{Key: "requests", Purposes: []string{"rights"}, Basis: "legal_obligation", Categories: []string{"requests", "pseudonym"},
			Recipients: []Recipient{}, Retention: tenant.FormatDays(by.Requests)},
		{Key: "audit_log", Purposes: []string{"accountability", "security"}, Basis: organisation, Categories: []string{"facts", "pseudonym"},
			Recipients: told, Retention: tenant.FormatDays(by.Audit)},
		{Key: "access", Purposes: []string{"administration"}, Basis: organisation, Categories: []string{"names", "keys"},
			Recipients: []Recipient{}, Retention: "until_revoked"},
	}...)
}

// likeness are the avatars that have the likeness of a real person.
func likeness(t *tenant.Tenant) []string {
	return avatars(t, func(a *tenant.Avatar, _ *tenant.Policy) bool { return a.RealLikeness })
}

// merge puts an activity to those before it: avatars that do the same are one.
func merge(all []Activity, a Activity) []Activity {
	at := len(all)
	for i := range all {
		if all[i].Key != a.Key {
			continue
		}
		if alike(all[i], a) {
			all[i].Avatars = append(all[i].Avatars, a.Avatars...)
			return all
		}
		at = i + 1 // beside its like
	}
	return slices.Insert(all, at, a)
}

// alike says whether two activities are one but for the avatars.
func alike(a, b Activity) bool {
	a.Avatars, b.Avatars = nil, nil
	return same(a, b)
}

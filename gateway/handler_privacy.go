package gateway

import (
	"net/http"
	"slices"
	"time"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
)

// privacyAnswer is what /.well-known/mayfly-privacy.json answers.
type privacyAnswer struct {
	Organisation receipt.Organisation `json:"organisation"`
	// Stored says what is kept, if the person agrees: of the avatar that keeps
	// most and longest.
	Stored privacyStored `json:"stored"`
	// Elsewhere is the worst of what those state who are sent something:
	// "nobody" is, they keep "nothing", "some", or it is "unknown".
	Elsewhere string `json:"elsewhere"`
	// Recipients names them all, with what they state.
	Recipients string `json:"recipients"` // address of the register
	Rights     string `json:"rights"`
	// Hidden are the avatars whose visible notice the organisation has
	// switched off.
	Hidden    []privacyHidden  `json:"disclosure_hidden"`
	Decisions privacyDecisions `json:"automated_decisions"`
	// Disclosures are how often authorities were given something, of all
	// organisations here, in each year in which they were.
	Disclosures []DisclosureYear `json:"authority_disclosures"`
	Page        string           `json:"page"` // where a receipt key is taken
}

// DisclosureYear is how often authorities were given something in a year.
type DisclosureYear struct {
	Year  int `json:"year"`
	Count int `json:"count"`
}

type privacyHidden struct {
	Avatar     string    `json:"avatar"`
	Reason     string    `json:"reason"`
	LegalBasis string    `json:"legal_basis"`
	Until      time.Time `json:"until"`
}

type privacyDecisions struct {
	Used        bool   `json:"used"`
	LogicNotice string `json:"logic_notice,omitzero"`
	HumanRoute  string `json:"human_route,omitzero"`
}

type privacyStored struct {
	Transcript bool     `json:"transcript"`
	Days       int      `json:"days"`
	Sound      bool     `json:"sound"`
	SoundDays  int      `json:"sound_days"`
	Purposes   []string `json:"purposes"`
}

// answering is the tenant that a request asks about: the one that is named,
// else the one with the page, else the only one there is.
func (s *Server) answering(r *http.Request) *tenant.Tenant {
	id := r.URL.Query().Get("tenant")
	if id != "" {
		return s.options.Directory.Tenant(id)
	}
	if t := s.publicTenant(""); t != nil {
		return t
	}
	if all := s.options.Directory.Tenants(); len(all) == 1 {
		return all[0]
	}
	return nil
}

// privacy says who answers for the data of a tenant and where to turn.
func (s *Server) privacy(w http.ResponseWriter, r *http.Request) *refusal {
	t := s.answering(r)
	if t == nil {
		return refuse("not_found")
	}
	a := privacyAnswer{Organisation: organisationOf(t.ID, t), Rights: tenant.SelfService.String(), Page: s.options.PublicURL + "/me", Stored: privacyStored{Purposes: []string{}}, Hidden: []privacyHidden{}}
	a.Disclosures = []DisclosureYear{}
	if of := s.options.Disclosures; of != nil {
		years, err := of(r.Context())
		if err != nil {
			return refuse("storage_unavailable")
		}
		a.Disclosures = append(a.Disclosures, years...)
	}
	if d := t.Policy.Decisions; d.Used {
		a.Decisions = privacyDecisions(d)
	}
	a.Elsewhere, a.Recipients = elsewhereOf(t.Register()), s.options.PublicURL+"/subprocessors?tenant="+t.ID
	now := time.Now()
	for i := range t.Avatars {
		terms := s.terms(now, t, &t.Avatars[i])
		if terms.policy.Rights == tenant.OnInstruction {
			a.Rights = tenant.OnInstruction.String() // of some avatar, so it is not said that nobody is asked
		}
		if h := terms.policy.Hiding; terms.session.NoticeHidden {
			a.Hidden = append(a.Hidden, privacyHidden{t.Avatars[i].ID, h.Reason, h.LegalBasis, at(h.Expires)})
		}
		if !terms.records() {
			continue
		}
		a.Stored.Transcript = true
		a.Stored.Days = max(a.Stored.Days, days(terms.policy.Retention))
		if terms.session.Audio {
			a.Stored.Sound = true
			a.Stored.SoundDays = max(a.Stored.SoundDays, days(terms.policy.AudioRetention))
		}
		for _, p := range terms.policy.Purposes {
			if !slices.Contains(a.Stored.Purposes, p.String()) {
				a.Stored.Purposes = append(a.Stored.Purposes, p.String())
			}
		}
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return sendAny(w, http.StatusOK, a)
}

// organisationOf is who answers for what a tenant stores.
func organisationOf(id string, t *tenant.Tenant) receipt.Organisation {
	if t == nil {
		return receipt.Organisation{ID: id, Name: id, Role: roleName(false)}
	}
	return receipt.Organisation{
		ID: t.ID, Name: t.Name, Role: roleName(t.Controller),
		Contact: t.Contact.Email, DPO: t.Contact.DPO, Privacy: t.Contact.Privacy, Complaint: t.Contact.Complaint,
	}
}

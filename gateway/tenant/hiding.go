package tenant

import (
	"fmt"
	"slices"
	"time"

	"mayfly/session"
)

// Hiding is an organisation's word that it takes over the duty to tell people
// that an AI answers: the visible notice is not shown until it expires. The
// zero Hiding hides nothing. Labels for machines, the question for consent and
// the answer to who asks whether a human is there are never part of it.
type Hiding struct {
	By         string    // the name of who answers for it
	Reason     string    // why
	LegalBasis string    // what permits it, in the organisation's words
	Expires    time.Time // from then on the notice is shown again
	Avatars    []string  // ids, in order; empty: of all avatars
}

// mostHiding is how far ahead a hiding may end.
const mostHiding = 366 * day

// whole says whether everything is said that a hiding takes.
func (h *Hiding) whole() bool {
	return h.By != "" && h.Reason != "" && h.LegalBasis != "" && !h.Expires.IsZero()
}

// covers says whether a hiding is of an avatar.
func (h *Hiding) covers(avatar string) bool {
	return h.whole() && (len(h.Avatars) == 0 || slices.Contains(h.Avatars, avatar))
}

// DisclosureHidden says whether the visible notice is not shown now. p is an
// effective policy. A clock that is far off shows it.
func (p *Policy) DisclosureHidden(now time.Time) bool {
	left := p.Hiding.Expires.Sub(now)
	return p.Hiding.whole() && left > 0 && left <= mostHiding
}

// DisclosureFacts say for which avatars a change of the document hides the
// notice, or hides it on other terms, and for which it is shown again. by made
// the change, which is version number. A nil before had no avatars.
func DisclosureFacts(before, after *Tenant, now time.Time, by session.ID, number uint64) []session.Fact {
	hidden := func(t *Tenant, avatar string) (Hiding, bool) {
		if t == nil {
			return Hiding{}, false
		}
		for i := range t.Avatars {
			if a := &t.Avatars[i]; a.ID == avatar {
				p := t.Effective(a)
				return p.Hiding, p.DisclosureHidden(now)
			}
		}
		return Hiding{}, false
	}
	var facts []session.Fact
	for i := range after.Avatars {
		id := after.Avatars[i].ID
		was, wasHidden := hidden(before, id)
		is, isHidden := hidden(after, id)
		fact := session.Fact{Actor: by, Object: session.NameID(after.ID, id), Policy: number}
		switch {
		case isHidden && (!wasHidden || !was.same(&is)):
			fact.Kind = session.DisclosureHidden
		case wasHidden && !isHidden:
			fact.Kind = session.DisclosureShown
		default:
			continue
		}
		facts = append(facts, fact)
	}
	return facts
}

// same says whether two hidings of an avatar stand on the same terms.
func (h *Hiding) same(as *Hiding) bool {
	return h.By == as.By && h.Reason == as.Reason && h.LegalBasis == as.LegalBasis && h.Expires.Equal(as.Expires)
}

func hidingTable() table[Hiding] {
	return table[Hiding]{
		one("by", line(100), required, "The name of who answers for it in the organisation.", func(h *Hiding) *string { return &h.By }),
		one("reason", line(500), required, "Why. People read it in their receipt.", func(h *Hiding) *string { return &h.Reason }),
		one("legal_basis", line(500), required, "What permits it, in the organisation's words.", func(h *Hiding) *string { return &h.LegalBasis }),
		one("expires", moment(), required, "From then on the notice is shown again. At most 366 days ahead.", func(h *Hiding) *time.Time { return &h.Expires }),
		many("avatars", identifier(), 100, "all", "The avatars that it is for, by their ids.", func(h *Hiding) *[]string { return &h.Avatars }),
	}
}

// checkHiding looks at the switch beside everything that it depends on.
func checkHiding(r *reader, path string, t *Tenant) {
	at := under(path, "policy.disclosure_hidden")
	if _, tried := r.at[at]; !tried {
		return
	}
	h := &t.Policy.Hiding
	if t.Audience == Minors {
		r.mistake(at, fault("minors are always told that an AI answers", "leave it out"))
	}
	for i := range t.Avatars {
		n := t.Avatars[i].Policy
		asks := t.Policy.LegalBasis == Consent || n != nil && n.LegalBasis != nil && *n.LegalBasis == Consent
		if t.Policy.Transcript && !asks && h.covers(t.Avatars[i].ID) {
			r.mistake(at, fault("who is not shown the notice would not be told of the transcript", `leave it out, or have people asked: legal_basis: {transcript: consent}`))
			break
		}
	}
	if !r.now.IsZero() && h.Expires.Sub(r.now) > mostHiding {
		r.mistake(at+".expires", fault("this is more than 366 days ahead", "name a day within a year, and decide anew before it"))
	}
	if _, tried := r.at[at+".avatars"]; tried && len(h.Avatars) == 0 {
		r.mistakeOnce(at+".avatars", fault("there is no avatar", "name at least one, or leave the key out for all"))
	}
	for i, id := range h.Avatars {
		if !slices.ContainsFunc(t.Avatars, func(a Avatar) bool { return a.ID == id }) {
			r.mistake(fmt.Sprintf("%s.avatars[%d]", at, i), fault("there is no such avatar", "write the id of one of this tenant"))
		}
	}
	slices.Sort(h.Avatars)
}

// document is the switch as a tenant's document holds it.
func (h *Hiding) document() object {
	if h.Expires.IsZero() {
		return nil
	}
	o := object{"by": h.By, "reason": h.Reason, "legal_basis": h.LegalBasis, "expires": h.Expires.UTC().Format(time.RFC3339Nano)}
	putList(o, "avatars", h.Avatars)
	return o
}

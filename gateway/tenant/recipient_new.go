package tenant

import (
	"net/url"
)

// NewRecipient is a recipient of an avatar that was sent nothing of its
// sessions before, or less.
type NewRecipient struct {
	Avatar *Avatar
	Recipient
}

// NewRecipients are those whom a change adds, avatar by avatar: another server,
// one that steps in for another, or one that is sent more than it was. before
// may be nil.
func NewRecipients(before, after *Tenant) []NewRecipient {
	var all []NewRecipient
	for i := range after.Avatars {
		a := &after.Avatars[i]
		got := map[string]Contents{}
		if was := before.avatar(a.ID); was != nil {
			for _, r := range before.Recipients(was) {
				got[r.place()] |= r.Gets
			}
		}
		for _, r := range after.Recipients(a) {
			if !got[r.place()].Has(r.Gets) {
				all = append(all, NewRecipient{a, r})
			}
			got[r.place()] |= r.Gets
		}
	}
	return all
}

// place is where what a recipient is sent goes.
func (r *Recipient) place() string {
	if r.URL == nil {
		return "name " + r.Name
	}
	return (&url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}).String()
}

// avatar is that of an id; nil: there is none.
func (t *Tenant) avatar(id string) *Avatar {
	if t == nil {
		return nil
	}
	for i := range t.Avatars {
		if t.Avatars[i].ID == id {
			return &t.Avatars[i]
		}
	}
	return nil
}

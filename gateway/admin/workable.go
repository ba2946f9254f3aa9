package admin

import (
	"fmt"
	"strings"

	"mayfly/gateway/tenant"
)

// workable says what of a document that is right cannot work here, and where
// that stands in it, as far as it can be found out.
func (a *API) workable(t *tenant.Tenant) *refusal {
	if a.options.Check == nil {
		return nil
	}
	whole := a.options.Check(t)
	if whole == nil {
		return nil
	}
	var found []Problem
	for i := range t.Avatars {
		of := &t.Avatars[i]
		for _, part := range partsOf(of) {
			own := *t
			own.Avatars = []tenant.Avatar{part.alone}
			if err := a.options.Check(&own); err != nil {
				text := strings.TrimPrefix(err.Error(), "avatar "+of.ID+" of tenant "+t.ID+": ")
				if _, about, ok := strings.Cut(text, `": `); ok {
					text = about // which server it is, the key says
				}
				found = append(found, Problem{Key: fmt.Sprintf("avatars[%d].%s", i, part.key), Text: text})
			}
		}
	}
	if len(found) == 0 {
		found = []Problem{{Key: "avatars", Text: whole.Error()}}
	}
	return wrongFields(found...)
}

// avatarPart is an avatar with one thing of it that may not work.
type avatarPart struct {
	key   string
	alone tenant.Avatar
}

// partsOf are the things of an avatar that may not work on a machine although
// they are right.
func partsOf(of *tenant.Avatar) (all []avatarPart) {
	bare := tenant.Avatar{ID: of.ID, Name: of.Name, Voice: of.Voice, Languages: of.Languages}
	each := func(b *tenant.BackEnd, key string, with func(*tenant.Avatar, *tenant.BackEnd)) {
		for i, one := range b.Servers() {
			alone, server := bare, *one
			server.Fallback = nil
			with(&alone, &server)
			all = append(all, avatarPart{tenant.ServerKey(key, i) + ".url", alone})
		}
	}
	each(of.BackEnd, "backend", func(a *tenant.Avatar, b *tenant.BackEnd) { a.BackEnd = b })
	each(of.Speech, "speech", func(a *tenant.Avatar, b *tenant.BackEnd) { a.Speech = b })
	if !of.Microphone {
		return all
	}
	each(of.Transcriber, "transcriber", func(a *tenant.Avatar, b *tenant.BackEnd) { a.Microphone, a.Transcriber = true, b })
	if of.Transcriber == nil {
		alone := bare
		alone.Microphone = true
		all = append(all, avatarPart{"microphone", alone})
	}
	return all
}

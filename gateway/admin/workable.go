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
	if of.BackEnd != nil {
		alone := bare
		alone.BackEnd = of.BackEnd
		all = append(all, avatarPart{"backend.url", alone})
	}
	if of.Speech != nil {
		alone := bare
		alone.Speech = of.Speech
		all = append(all, avatarPart{"speech.url", alone})
	}
	if of.Microphone {
		alone := bare
		alone.Microphone, alone.Transcriber = true, of.Transcriber
		key := "microphone"
		if of.Transcriber != nil {
			key = "transcriber.url"
		}
		all = append(all, avatarPart{key, alone})
	}
	return all
}

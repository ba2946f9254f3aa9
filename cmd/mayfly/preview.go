package main

import (
	"context"

	"mayfly/gateway/admin"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/tenant"
)

// answers are what avatars would say, as the admin API has it.
type answers struct{ company *company }

// Try implements admin.Answers. It never dials: of an avatar that a model
// answers for, it gives what the model would be given, and pages that were
// never fetched are not.
func (a answers) Try(ctx context.Context, t *tenant.Tenant, of *tenant.Avatar, locale, question string) (tried admin.Tried, err error) {
	s, err := a.company.shelf(t, of)
	if err != nil {
		return tried, err
	}
	var said []resident.Said
	if tried.Passages = of.BackEnd != nil; tried.Passages {
		said = s.base.Knowledge().PreviewPassages(locale, question)
	} else {
		persona := avatar.Persona{Name: of.Name, Organisation: t.Name, Text: of.Persona}
		said, err = resident.New(s.base).Preview(ctx, persona, locale, question)
	}
	for _, s := range said {
		tried.Said = append(tried.Said, admin.TriedPiece{Text: s.Text, Source: s.From.Title, URL: s.From.URL, Heading: s.From.Heading, Page: s.From.Page})
	}
	return tried, err
}

package main

import (
	"context"

	"mayfly/gateway/admin"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/resident"
	"mayfly/gateway/tenant"
)

// answers are what avatars would say, as the admin API has it.
type answers struct{}

// Try implements admin.Answers. It never dials: of an avatar that a model
// answers for, it gives what the model would be given.
func (answers) Try(ctx context.Context, t *tenant.Tenant, a *tenant.Avatar, locale, question string) (tried admin.Tried, err error) {
	knowledge, err := knowledgeOf(a)
	if err != nil {
		return tried, err
	}
	var said []resident.Said
	if tried.Passages = a.BackEnd != nil; tried.Passages {
		said = knowledge.PreviewPassages(locale, question)
	} else {
		of := avatar.Persona{Name: a.Name, Organisation: t.Name, Text: a.Persona}
		said, err = resident.New(knowledge).Preview(ctx, of, locale, question)
	}
	for _, s := range said {
		tried.Said = append(tried.Said, admin.TriedPiece(s))
	}
	return tried, err
}

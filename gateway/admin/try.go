package admin

import (
	"context"
	"slices"

	"mayfly/gateway/tenant"
)

// Answers say what avatars would answer. Nothing is dialled and nothing kept.
type Answers interface {
	Try(ctx context.Context, t *tenant.Tenant, a *tenant.Avatar, locale, question string) (Tried, error)
}

// Tried is what an avatar would say to a question, or what a model would be
// given to answer from.
type Tried struct {
	Passages bool // a model writes the answers, and was not asked
	Said     []TriedPiece
}

// TriedPiece is a sentence, or a passage of a document.
type TriedPiece struct {
	Text    string `json:"text"`
	Source  string `json:"source,omitempty" doc:"The document that it comes from, by its title; none: the avatar's own words."`
	URL     string `json:"url,omitempty" doc:"Where that is found, if it is a page of the web."`
	Heading string `json:"heading,omitempty" doc:"What it stands under there."`
	Page    int    `json:"page,omitempty" doc:"On which page it is."`
}

// triedAnswer is the answer to a question that was tried out.
type triedAnswer struct {
	Problems  []Problem    `json:"problems" doc:"What is wrong with the document. With any, the rest is empty."`
	Avatar    string       `json:"avatar,omitempty"`
	Locale    string       `json:"locale,omitempty"`
	Kind      string       `json:"kind,omitempty" enum:"answer,passages" doc:"passages: a model writes the answers. It was not asked; these are the passages found that it would be given."`
	Said      []TriedPiece `json:"said" doc:"Sentences of the answer, or passages."`
	Documents []string     `json:"documents" doc:"The documents that it comes from."`
}

// tryAnswer says what an avatar would answer, under the document in force or
// another. No session begins, nothing is dialled, nothing is stored.
func (a *API) tryAnswer(c *call) *refusal {
	out := triedAnswer{Problems: []Problem{}, Said: []TriedPiece{}, Documents: []string{}}
	t, of, problems, bad := a.meant(c)
	if len(problems) > 0 {
		out.Problems = problems
		return c.send(out)
	}
	if bad != nil {
		return bad
	}
	out.Avatar, out.Locale, out.Kind = of.ID, c.body.text("locale"), "answer"
	if out.Locale == "" && len(of.Languages) > 0 {
		out.Locale = of.Languages[0]
	}
	tried, err := a.options.Answers.Try(c.r.Context(), t, of, out.Locale, c.body.text("question"))
	if err != nil {
		return refuse("internal_error")
	}
	if tried.Passages {
		out.Kind = "passages"
	}
	for _, s := range tried.Said {
		out.Said = append(out.Said, s)
		if s.Source != "" && !slices.Contains(out.Documents, s.Source) {
			out.Documents = append(out.Documents, s.Source)
		}
	}
	return c.send(out)
}

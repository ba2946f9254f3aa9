package resident

import (
	"context"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// Said is a piece of what would be said, and where it comes from; the zero
// Reference: it is the engine's own words.
type Said struct {
	Text string
	From avatar.Reference
}

// previewPassages is how many passages a preview shows: as many as a model
// gets.
const previewPassages = 4

// Preview is what the engine would answer to a question that somebody who
// looks after an avatar tries out. It is no turn of anybody, and nothing of it
// is kept.
func (e *Engine) Preview(ctx context.Context, of avatar.Persona, locale, question string) (all []Said, err error) {
	var from avatar.Reference
	q := avatar.Question{Persona: of, Locale: locale, Items: []session.Item{{Role: session.User, Words: session.NewSpeech([]byte(question))}}}
	q.Rests = func(r avatar.Reference) { from = r }
	err = e.Answer(ctx, q, func(s avatar.Sentence) error {
		said := Said{Text: string(s.Words.AppendTo(nil))}
		if s.Source != "" {
			said.From = from
		}
		all = append(all, said)
		return nil
	})
	return all, err
}

// PreviewPassages are the passages that a model would be given to answer from.
func (k *Knowledge) PreviewPassages(locale, question string) (all []Said) {
	if k == nil {
		return nil
	}
	for from, text := range k.Passages(locale, session.NewSpeech([]byte(question)), previewPassages) {
		all = append(all, Said{text, from})
	}
	return all
}

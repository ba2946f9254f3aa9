package tenant

import (
	"slices"

	"mayfly/redact"
)

var redactKinds = redact.Kinds()

// kindNames are kinds of personal data as documents name them.
func kindNames(all []redact.Kind) []string {
	var out []string
	for _, k := range all {
		out = append(out, k.Key())
	}
	return out
}

func redactKind() kind[redact.Kind] {
	words := kindNames(redactKinds)
	return text(oneOf(words...).name, func(_ *reader, s string) (redact.Kind, error) {
		i := slices.Index(words, s)
		if i < 0 {
			return 0, oneOfFault(s, words)
		}
		return redactKinds[i], nil
	})
}

func promptsEntry() entry[BackEnd] {
	return many("redact", redactKind(), len(redactKinds), "nothing", "What it is not told of what people say, as far as it is recognised. It reads `[email-B]` instead, and what it answers with that is given to the person with their own words put back. Pictures are not looked at.", func(b *BackEnd) *[]redact.Kind { return &b.Redact })
}

func aloudEntry() entry[BackEnd] {
	return many("redact", redactKind(), len(redactKinds), "nothing", "What it is not told of the answers, as far as it is recognised. It says that it is written there instead.", func(b *BackEnd) *[]redact.Kind { return &b.Redact })
}

// Hides are the redactor's options for what a server is not told; nil: it is
// told everything.
func (p *Policy) Hides(b *BackEnd) *redact.Options {
	if b == nil || len(b.Redact) == 0 {
		return nil
	}
	r := &p.Redaction
	o := &redact.Options{Regions: r.Regions, Patterns: r.Patterns, Words: r.Words}
	for _, k := range redactKinds {
		if !slices.Contains(b.Redact, k) {
			*o.Of(k) = redact.Off
		}
	}
	return o
}

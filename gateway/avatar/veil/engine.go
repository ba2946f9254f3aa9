package veil

import (
	"context"
	"strings"

	"mayfly/gateway/avatar"
	"mayfly/redact"
	"mayfly/session"
)

// Options say what is hidden from whom.
type Options struct {
	// Prompts is what the engine is not told; nil: nothing is hidden from it.
	// An operator other than Off hides the kind.
	Prompts *redact.Options
	// Aloud is what the voice is not told. It says in its place that it stands
	// there in writing. Nil: nothing is hidden from it.
	Aloud *redact.Options
}

// Engine is an avatar.Engine that hides personal data from the engine that it
// wraps, and from the voice. It may be used by many sessions at once.
type Engine struct {
	inner   avatar.Engine
	prompts *redact.Options
	aloud   *quiet
}

// quiet is what a voice is not told.
type quiet struct {
	redactor *redact.Redactor
	hidden   []bool
}

// Wrap puts a veil before an engine. The error is redact's.
func Wrap(inner avatar.Engine, o Options) (*Engine, error) {
	e := &Engine{inner: inner}
	if o.Prompts != nil {
		if _, err := newNames(*o.Prompts); err != nil {
			return nil, err
		}
		e.prompts = o.Prompts
	}
	if o.Aloud != nil {
		r, err := redact.New(*o.Aloud)
		if err != nil {
			return nil, err
		}
		e.aloud = &quiet{redactor: r, hidden: hidden(o.Aloud)}
	}
	return e, nil
}

// Label is that of the wrapped engine.
func (e *Engine) Label() avatar.Label { return e.inner.Label() }

// explained is what an engine is told of placeholders, below the persona.
const explained = "Some details of the person are not told to you: where you read [email-B], [phone-C] or the like, one was left out. " +
	"Write such a mark as it stands where you mean that detail. Do not guess what it stands for, and do not ask for it again."

// Answer is as avatar.Engine says. R28, R79.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	v := veiled{aloud: e.aloud, locale: q.Locale, say: say}
	if e.prompts == nil {
		return v.end(e.inner.Answer(ctx, q, v.sentence))
	}
	slot, _ := q.Slot.Take(e).(*names)
	if slot == nil {
		var err error
		if slot, err = newNames(*e.prompts); err != nil {
			return err
		}
	}
	defer q.Slot.Put(e, slot)
	v.words, v.said = &back{names: slot}, &back{names: slot}
	defer v.words.hold(nil)
	defer v.said.hold(nil)
	forget := hide(slot, &q)
	defer forget()
	if call := q.Call; call != nil {
		q.Call = func(c avatar.Call) error {
			if err := v.rest(); err != nil { // what was said before it
				return err
			}
			arguments := back{names: slot, json: true}
			plain := c.Arguments.AppendTo(nil)
			defer clear(plain)
			c.Arguments.Forget()
			c.Arguments = session.NewSpeech(arguments.append(nil, plain, true))
			return call(c)
		}
	}
	return v.end(e.inner.Answer(ctx, q, v.sentence))
}

// hide replaces in a question what the engine is not told. The session keeps
// its own words; what is made here is forgotten with the function that comes
// back.
func hide(n *names, q *avatar.Question) (forget func()) {
	var made []session.Speech
	var shown []session.Content
	hidden := func(s session.Speech) session.Speech {
		if s.Len() == 0 {
			return s
		}
		plain := s.AppendTo(nil)
		defer clear(plain)
		s = session.NewSpeech(n.append(make([]byte, 0, len(plain)), plain))
		made = append(made, s)
		return s
	}
	items := make([]session.Item, len(q.Items))
	copy(items, q.Items)
	for i := range items {
		it := &items[i]
		it.Words = hidden(it.Words)
		if len(it.Attachments) == 0 {
			continue
		}
		attachments := make([]session.Attachment, len(it.Attachments))
		copy(attachments, it.Attachments)
		for j := range attachments {
			if a := &attachments[j]; a.Kind == session.Document {
				plain := a.Content.AppendContent(nil)
				a.Content = session.NewContent(n.append(make([]byte, 0, len(plain)), plain))
				clear(plain)
				shown = append(shown, a.Content)
			}
		}
		it.Attachments = attachments
	}
	q.Items = items
	q.Instructions = hidden(q.Instructions)
	if len(n.values) > 0 {
		q.Persona.Text = strings.TrimSpace(q.Persona.Text + "\n\n" + explained)
	}
	return func() {
		for _, s := range made {
			s.Forget()
		}
		for _, c := range shown {
			c.Forget()
		}
	}
}

// veiled is one answer on its way to the person.
type veiled struct {
	words, said *back // of what is written, and of what is said in its place; nil: nothing was hidden
	aloud       *quiet
	locale      string
	say         func(avatar.Sentence) error
}

// sentence puts back what the engine was not told, and takes out what the voice
// is not told.
func (v *veiled) sentence(s avatar.Sentence) error {
	if s.Sound != nil {
		return v.say(s)
	}
	if v.words != nil {
		held, put := len(v.words.held), v.words.put
		words := restored(v.words, s.Words, false)
		if s.Aloud.Len() > 0 || len(v.said.held) > 0 {
			from := s.Aloud
			if from.Len() == 0 {
				from = session.NewSpeech(s.Words.AppendTo(nil))
			}
			s.Aloud.Forget()
			s.Aloud = restored(v.said, from, false)
		}
		s.Words.Forget()
		s.Words = words
		if held > 0 || len(v.words.held) > 0 || v.words.put > put {
			s.Sounded = false // its own voice would say the mark
		}
		if words.Len() == 0 {
			s.Aloud.Forget()
			return nil // all of it is held
		}
	}
	return v.out(s)
}

// restored puts back what is hidden in some words, and forgets them.
func restored(b *back, s session.Speech, last bool) session.Speech {
	plain := s.AppendTo(nil)
	defer clear(plain)
	return session.NewSpeech(b.append(make([]byte, 0, len(plain)+32), plain, last))
}

// out says a sentence, without what the voice is not told.
func (v *veiled) out(s avatar.Sentence) error {
	if v.aloud == nil {
		return v.say(s)
	}
	from := s.Aloud
	if from.Len() == 0 {
		from = s.Words
	}
	plain := from.AppendTo(nil)
	defer clear(plain)
	said := make([]byte, 0, len(plain))
	at := 0
	for _, span := range v.aloud.redactor.AppendSpans(nil, plain) {
		if v.aloud.hidden[span.Kind] {
			said = append(append(said, plain[at:span.Start]...), written(v.locale)...)
			at = span.End
		}
	}
	if at > 0 {
		s.Aloud.Forget()
		s.Aloud, s.Sounded = session.NewSpeech(append(said, plain[at:]...)), false
	}
	return v.say(s)
}

// rest says what is held: no more comes that would make it a placeholder.
func (v *veiled) rest() error {
	if v.words == nil || len(v.words.held) == 0 {
		return nil
	}
	s := avatar.Sentence{Words: restored(v.words, session.Speech{}, true)}
	if len(v.said.held) > 0 {
		s.Aloud = restored(v.said, session.Speech{}, true)
	}
	return v.out(s)
}

// end says what is left, if the engine came to its end.
func (v *veiled) end(err error) error {
	if err != nil {
		return err
	}
	return v.rest()
}

// written is what a voice says in place of what it is not told.
func written(locale string) string {
	primary, _, _ := strings.Cut(strings.ToLower(locale), "-")
	switch primary {
	case "de":
		return "was hier geschrieben steht"
	case "fr":
		return "ce qui est écrit ici"
	case "es":
		return "lo que aparece escrito aquí"
	case "he", "iw":
		return "מה שכתוב כאן"
	}
	return "what is written here"
}

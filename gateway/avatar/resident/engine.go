package resident

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/sentence"
	"mayfly/session"
)

// version is that of the way in which answers are found and said.
const version = "1"

// longestQuestion is how much of a turn is searched for, in bytes.
const longestQuestion = 4 << 10

// Shelf holds what is known, which may be exchanged at any time.
type Shelf interface {
	// Knowledge is what is known now; nil: nothing.
	Knowledge() *Knowledge
}

// Knowledge implements Shelf: it is always the same.
func (k *Knowledge) Knowledge() *Knowledge { return k }

// Engine answers from a Knowledge. It may be used by any number of sessions
// at once and holds nothing of any.
type Engine struct{ shelf Shelf }

// New makes an engine. What is on the shelf when a turn begins counts for all
// of it.
func New(shelf Shelf) *Engine { return &Engine{shelf} }

// Label says that no trained model made the words.
func (e *Engine) Label() avatar.Label {
	return avatar.Label{Source: avatar.Algorithmic, Provider: "mayfly", System: "resident", Version: version}
}

// Answer implements avatar.Engine. It never fails by itself.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	k := e.shelf.Knowledge()
	if k == nil {
		k = &Knowledge{}
	}
	r := reply{ctx: ctx, say: say, rests: q.Rests, persona: q.Persona, language: primary(q.Locale)}
	r.phrases = spoken[r.language]
	if r.phrases == nil {
		r.phrases = spoken["en"]
	}
	asked := open(q.Items)
	defer asked.clear()
	if len(bytes.TrimSpace(asked.now)) == 0 {
		return r.own(r.phrases.greet)
	}
	understood := r.language
	if sayings[understood] == nil {
		understood = "en"
	}
	what := understand(understood, asked.now, q.Persona.Name)
	if what == ask {
		asked.now = afterGreeting(understood, asked.now, q.Persona.Name)
		what = understand(understood, asked.now, q.Persona.Name)
	}
	switch what {
	case greet:
		return r.own(r.phrases.greet)
	case thanks:
		return r.own(r.phrases.thanks)
	case bye:
		return r.own(r.phrases.bye)
	case stop:
		return r.own(r.phrases.stop)
	case who:
		return r.own(r.phrases.who)
	case model:
		return r.own(r.phrases.model)
	case human:
		return r.own(r.phrases.human)
	case can:
		return r.can(k)
	case again:
		return r.again(q.Items)
	case more:
		if p, rest := k.rest(r.language, asked, q.Items); p != nil {
			return r.passage(p, rest)
		}
		return r.own(r.phrases.unknown + " " + r.phrases.offer)
	}
	if x := k.indexes[r.language]; x != nil {
		if p, wanted := x.find(asked); p != nil {
			return r.passage(p, x.choose(p, wanted))
		}
	}
	return r.unknown(k, asked)
}

// open copies out the turn to answer and the user's turn before it.
func open(items []session.Item) *question {
	q := &question{}
	for i := len(items) - 1; i >= 0; i-- {
		it := &items[i]
		if it.Role != session.User || it.Kind != session.Message || it.Words.Len() == 0 {
			continue
		}
		if q.now != nil {
			q.before = it.Words.AppendTo(nil)
			break
		}
		q.now = it.Words.AppendTo(nil)
	}
	for _, b := range []*[]byte{&q.now, &q.before} {
		if len(*b) > longestQuestion {
			clear((*b)[longestQuestion:])
			*b = (*b)[:longestQuestion]
		}
	}
	return q
}

// rest finds what "tell me more" asks for: the passage of the user's turn
// before, and of it and the one after it what the avatar has not said yet.
func (k *Knowledge) rest(language string, asked *question, items []session.Item) (*passage, []string) {
	x := k.indexes[language]
	if x == nil || len(asked.before) == 0 {
		return nil, nil
	}
	p, _ := x.find(&question{now: asked.before})
	var said [][]byte
	for i := range items {
		if items[i].Role == session.Avatar && !items[i].Human {
			said = append(said, items[i].Words.AppendTo(nil))
		}
	}
	defer func() {
		for _, words := range said {
			clear(words)
		}
	}()
	for ; p != nil; p = p.next {
		var left []string
		for _, s := range p.sentences {
			if !slices.ContainsFunc(said, func(words []byte) bool { return bytes.Contains(words, []byte(s)) }) {
				left = append(left, s)
			}
		}
		if len(left) > 0 {
			return p, fitting(left)
		}
	}
	return nil, nil
}

// reply says one answer.
type reply struct {
	ctx      context.Context
	say      func(avatar.Sentence) error
	rests    func(avatar.Reference) // may be nil
	persona  avatar.Persona
	language string
	phrases  *phrases
}

// own says what resident says of its own accord.
func (r *reply) own(text string) error {
	of := ""
	if r.persona.Organisation != "" {
		of = strings.ReplaceAll(r.phrases.of, "{org}", r.persona.Organisation)
	}
	name := r.persona.Name
	if name == "" {
		name = "Mayfly"
	}
	text = strings.NewReplacer("{name}", name, "{of}", of).Replace(text)
	for _, s := range sentence.Split(r.language, []byte(text)) {
		if err := r.sentence(s, ""); err != nil {
			return err
		}
	}
	return nil
}

// passage says sentences of a passage and where they come from.
func (r *reply) passage(p *passage, all []string) error {
	title := p.document.title
	if r.rests != nil {
		r.rests(p.reference())
	}
	for _, s := range all {
		if err := r.sentence([]byte(s), title); err != nil {
			return err
		}
	}
	return r.sentence([]byte(strings.ReplaceAll(r.phrases.source, "{title}", r.quoted(title))), title)
}

// can says what there is to ask about.
func (r *reply) can(k *Knowledge) error {
	const named = 3
	titles := k.Titles(r.language)
	if err := r.own(r.phrases.can); err != nil || len(titles) == 0 {
		return err
	}
	titles = titles[:min(named, len(titles))]
	list := ""
	for i, title := range titles {
		switch {
		case i == 0:
		case i == len(titles)-1:
			list += r.phrases.and
		default:
			list += ", "
		}
		list += r.quoted(title)
	}
	return r.sentence([]byte(strings.ReplaceAll(r.phrases.canTitles, "{titles}", list)), "")
}

// again says the avatar's last reply once more.
func (r *reply) again(items []session.Item) error {
	for i := len(items) - 1; i >= 0; i-- {
		it := &items[i]
		if it.Role != session.Avatar || it.Kind != session.Message || it.Human || it.Words.Len() == 0 {
			continue
		}
		words := it.Words.AppendTo(nil)
		all := sentence.Split(r.language, words)
		clear(words)
		for j, s := range all {
			if err := r.sentence(s, ""); err != nil {
				for _, left := range all[j+1:] {
					clear(left)
				}
				return err
			}
		}
		return nil
	}
	return r.own(r.phrases.nothing)
}

// unknown says that there is no answer, and where there might be one.
func (r *reply) unknown(k *Knowledge, asked *question) error {
	if err := r.own(r.phrases.unknown); err != nil {
		return err
	}
	for _, other := range k.Languages() {
		name := r.phrases.languages[other]
		if other == r.language || name == "" {
			continue
		}
		if p, _ := k.indexes[other].find(&question{now: asked.now}); p != nil {
			text := strings.NewReplacer("{language}", name, "{title}", r.quoted(p.document.title)).Replace(r.phrases.elsewhere)
			return r.sentence([]byte(text), "")
		}
	}
	if asked.near != "" {
		return r.sentence([]byte(strings.ReplaceAll(r.phrases.nearest, "{title}", r.quoted(asked.near))), "")
	}
	return r.own(r.phrases.offer)
}

func (r *reply) quoted(title string) string {
	return r.phrases.quote[0] + title + r.phrases.quote[1]
}

// sentence says one sentence; it takes ownership of words.
func (r *reply) sentence(words []byte, source string) error {
	if err := r.ctx.Err(); err != nil {
		clear(words)
		return err
	}
	return r.say(avatar.Sentence{Words: session.NewSpeech(words), Source: source})
}

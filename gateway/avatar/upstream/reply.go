package upstream

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/biometric"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/sentence"
	"mayfly/session"
)

// How a reply that comes slowly begins: when its first sentence is not whole
// after earlyAfter, a first clause of at least earlyChars is said at once.
const (
	earlyAfter = 400 * time.Millisecond
	earlyChars = 40
)

// reply is one answer of the server on its way to becoming sentences and
// sound.
type reply struct {
	engine   *Engine
	link     *link
	clock    *deadline.Clock
	question avatar.Question
	tell     func(avatar.Sentence) error

	first int            // number of the first id of this turn
	token string         // by which the response is known
	id    jsontext.Value // of the response; nil: it has not begun
	item  string         // that is being said
	begun bool           // something of the reply has come

	left      int // bytes of events that may still come
	sentences sentence.Stream
	write     func([]byte)
	began     time.Time // when the first words came
	last      time.Time // when the last did
	stopped   bool      // they end as a sentence ends
	digit     bool      // before that stop stands a digit
	spoken    bool      // the words are those of the sound
	said      int       // sentences
	words     []byte    // of them, as the session has them
	text      []byte    // of a piece
	heard     int       // bytes of words that came
	sound     sound
	calls     []avatar.Call
	called    []string // items of calls
	filtered  bool
	tokens    int
	odd       avatar.OddCount
	over      bool
}

func newReply(e *Engine, l *link, w *deadline.Clock, q avatar.Question, say func(avatar.Sentence) error) *reply {
	r := &reply{engine: e, link: l, clock: w, question: q, tell: say, left: e.limits.Bytes}
	r.sentences = sentence.Stream{Language: q.Locale, Markdown: true}
	r.write = r.sentences.Write
	return r
}

// run asks, and reads until the reply is over.
func (r *reply) run() error {
	messages, leave := r.link.attend()
	defer leave()
	defer r.odd.Tell(r.question.Odd)
	r.first = r.link.number + 1
	r.clock.Arm(r.engine.limits.First)
	outgoing := r.engine.brings(r.link, r.question)
	r.token = "mayfly_r" + strconv.Itoa(r.link.number)
	size := 0
	for _, m := range outgoing {
		size += len(m)
	}
	if r.question.Spent != nil {
		defer func() { r.spend(size) }()
	}
	if err := r.link.write(r.clock.Context(), r.engine.limits.First, outgoing...); err != nil {
		return lost(r.link, err)
	}
	r.clock.Arm(r.engine.limits.First)
	for !r.over {
		select {
		case <-r.clock.Context().Done():
			return r.clock.Context().Err()
		case <-r.link.done:
			return lost(r.link, nil)
		case m := <-messages:
			err := r.take(m)
			clear(m)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// take takes one event in.
func (r *reply) take(message []byte) error {
	if r.left -= len(message) + 1; r.left < 0 {
		return errTooMuch
	}
	e, err := read(message, kinds)
	if err != nil {
		return err
	}
	if e.kind == unknown {
		r.odd[avatar.Control]++
		r.engine.counts.ignored.Add(1)
		return nil
	}
	if biometric.Carried(message) {
		r.odd[avatar.Measured]++
		r.engine.counts.dropped.Add(1)
		return errBiometric
	}
	if e.kind == failed {
		return r.failure(e)
	}
	r.clock.Arm(r.engine.limits.Idle)
	switch e.kind {
	case updated:
		r.link.agreed++
		return nil
	case created, expected:
		return nil
	case began:
		return r.begin(e)
	case ended:
		return r.end(e)
	}
	if r.id == nil || !bytes.Equal(e.response, r.id) {
		// The upstream's own notice, what was called off, or somebody else's.
		r.engine.counts.ignored.Add(1)
		return nil
	}
	if r.link.agreed < r.link.asked {
		return errEvent // it answers without what it was told
	}
	switch e.kind {
	case item, called:
		return r.output(e)
	case written, transcribed:
		return r.piece(e)
	case sounded:
		return r.hear(e.delta)
	case allWritten:
		return r.line()
	}
	return nil
}

// failure is an error event.
func (r *reply) failure(e event) error {
	p, err := parse[problem](e.body)
	if err != nil {
		return err
	}
	if string(p.Code) == `"session_expired"` {
		return errLost
	}
	if no := number(p.Event); no > 0 && no < r.first {
		return nil // of what was called off: it crossed with its end
	}
	return told{busy: p.busy()}
}

// number is that of an id of our own, zero of others.
func number(id jsontext.Value) int {
	n, err := strconv.Atoi(string(bytes.TrimSuffix(bytes.TrimPrefix(id, []byte(`"mayfly_e`)), []byte(`"`))))
	if err != nil {
		return 0
	}
	return n
}

// begin is a response that begins: the one that was asked for, or another.
func (r *reply) begin(e event) error {
	p, err := parse[response](e.body)
	if err != nil || p.ID.Kind() != '"' {
		return errEvent
	}
	if r.id != nil || !r.mine(p.Metadata) {
		r.engine.counts.ignored.Add(1)
		return nil
	}
	r.id = bytes.Clone(p.ID)
	return nil
}

// mine says whether metadata is that of the response that was asked for. Some
// servers give none back.
func (r *reply) mine(metadata jsontext.Value) bool {
	m, err := parse[struct {
		Mayfly jsontext.Value `json:"mayfly"`
	}](metadata)
	if err != nil {
		return false
	}
	if len(m.Mayfly) == 0 { // it was asked right after it was told how to answer
		return r.link.agreed == r.link.asked
	}
	return string(m.Mayfly) == `"`+r.token+`"`
}

// output is an item of the response: what is said, or a call.
func (r *reply) output(e event) error {
	o, err := parse[output](e.body)
	if err != nil {
		return err
	}
	id, kind := unquoted(o.ID), string(o.Type)
	switch {
	case kind == `"message"` && e.kind == item && fit(id):
		r.item = string(id)
	case kind == `"function_call"` && e.kind == called:
		if fit(id) {
			r.called = append(r.called, string(id))
		}
		if r.question.Call == nil || len(r.calls) == avatar.MostCalls {
			r.engine.counts.ignored.Add(1)
			return nil
		}
		r.begun = true
		r.calls = append(r.calls, avatar.Call{Name: session.NewSpeech(unquoted(o.Name)), Arguments: session.NewSpeech(unquoted(o.Arguments))})
	}
	return nil
}

// fit says whether an id can be sent back.
func fit(id []byte) bool {
	if len(id) == 0 || len(id) > 128 {
		return false
	}
	for _, c := range id {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func unquoted(v jsontext.Value) []byte {
	if v.Kind() != '"' {
		return nil
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return nil
	}
	return b
}

// piece is some of the words.
func (r *reply) piece(e event) error {
	if jsontext.Value(e.delta).Kind() != '"' {
		return errEvent
	}
	r.come()
	r.spoken = e.kind == transcribed
	if cap(r.text) < len(e.delta) {
		clear(r.text[:cap(r.text)])
		r.text = make([]byte, 0, 2*len(e.delta)+64)
	}
	var err error
	r.text, err = jsontext.AppendUnquote(r.text[:0], e.delta)
	if err != nil {
		return errEvent
	}
	defer func() { clear(r.text[:cap(r.text)]) }()
	now := time.Now()
	if r.began.IsZero() {
		r.began = now
	}
	r.last = now
	r.heard += len(r.text)
	r.stopped, r.digit = stop(r.text, r.stopped, r.digit)
	r.write(r.text)
	if err := r.sayAll(); err != nil {
		return err
	}
	if r.said == 0 && now.Sub(r.began) > earlyAfter {
		if err := r.sayOne(r.sentences.Early(earlyChars)); err != nil {
			return err
		}
	}
	return r.release(false)
}

// stop says whether words end as a sentence does, and whether a digit stands
// before that: more of a number may follow.
func stop(text []byte, was, digit bool) (stopped, number bool) {
	text = bytes.TrimRight(text, " \t\"')]}")
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("”")), []byte("»"))
	if len(text) == 0 {
		return was, digit
	}
	for _, mark := range []string{".", "!", "?", "…", "。", "！", "？"} {
		if before, ok := bytes.CutSuffix(text, []byte(mark)); ok {
			n := len(before)
			return true, n == 0 || before[n-1] >= '0' && before[n-1] <= '9'
		}
	}
	return false, false
}

// line ends what is written so far: nothing of it follows.
func (r *reply) line() error {
	r.write([]byte{'\n'})
	if err := r.sayAll(); err != nil {
		return err
	}
	return r.release(false)
}

// come is the first of the reply having come.
func (r *reply) come() {
	if r.begun {
		return
	}
	r.begun = true
	if r.question.Began != nil {
		r.question.Began()
	}
}

func (r *reply) sayAll() error {
	for s := r.sentences.Next(); s != nil; s = r.sentences.Next() {
		if err := r.sayOne(s); err != nil {
			return err
		}
	}
	return nil
}

// sayOne says a sentence, if there is one.
func (r *reply) sayOne(s []byte) error {
	if s == nil {
		return nil
	}
	r.said++
	if len(r.words) > 0 {
		r.words = append(r.words, ' ')
	}
	r.words = append(r.words, s...)
	return r.say(avatar.Sentence{Words: session.NewSpeech(bytes.Clone(s)), Sounded: r.spoken && r.question.Spoken})
}

// say says something. The server is not waited for meanwhile.
func (r *reply) say(s avatar.Sentence) error {
	if err := r.clock.Context().Err(); err != nil {
		return err
	}
	r.clock.Rest()
	err := r.tell(s)
	r.clock.Arm(r.engine.limits.Idle)
	if err != nil {
		return sayError{err}
	}
	return nil
}

// end is a response that is over.
func (r *reply) end(e event) error {
	p, err := parse[response](e.body)
	if err != nil {
		return err
	}
	if r.id == nil || !bytes.Equal(p.ID, r.id) {
		r.engine.counts.ignored.Add(1)
		return nil
	}
	if r.link.agreed < r.link.asked {
		return errEvent
	}
	if p.Usage != nil {
		r.tokens, _ = strconv.Atoi(string(p.Usage.Total))
	}
	switch string(p.Status) {
	case `"completed"`:
	case `"incomplete"`:
		r.filtered = p.Details != nil && string(p.Details.Reason) == `"content_filter"`
	case `"failed"`:
		return told{busy: p.Details != nil && p.Details.Error.busy()}
	default:
		return errLost // nobody here called it off
	}
	r.sentences.End()
	if err := r.sayAll(); err != nil {
		return err
	}
	if err := r.release(true); err != nil {
		return err
	}
	r.over = true
	for i, c := range r.calls {
		r.calls[i] = avatar.Call{}
		if err := r.question.Call(c); err != nil {
			return sayError{err}
		}
	}
	switch {
	case r.said > 0 || len(r.calls) > 0:
		return nil
	case r.filtered:
		return told{}
	}
	return errNoWords
}

// remember notes what the conversation at the server's end has now.
func (r *reply) remember() {
	if r.item != "" {
		s := said{role: "assistant", words: r.words}
		r.link.have = append(r.link.have, entry{id: r.item, sum: r.engine.sum(&s), said: r.words, ms: r.sound.ms()})
		r.words = nil
	}
	for _, id := range r.called { // what is called is told to it anew, with what came of it
		r.link.have = append(r.link.have, entry{id: id})
	}
}

// tokenBytes is how many bytes of words a token is taken to be.
const tokenBytes = 4

// spend says how many tokens the reply took and gave: as the server says, or
// estimated.
func (r *reply) spend(asked int) {
	if r.tokens <= 0 {
		r.tokens = (asked + r.heard + tokenBytes - 1) / tokenBytes
	}
	r.question.Spent(r.tokens)
}

func (r *reply) forget() {
	r.sentences.Forget()
	r.sound.forget()
	clear(r.words)
	clear(r.text[:cap(r.text)])
	for i := range r.calls {
		r.calls[i].Forget()
	}
}

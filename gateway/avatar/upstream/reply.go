package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
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
		return r.lost(err)
	}
	r.clock.Arm(r.engine.limits.First)
	for !r.over {
		select {
		case <-r.clock.Context().Done():
			return r.clock.Context().Err()
		case <-r.link.done:
			return r.lost(nil)
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

// lost is the connection having ended: what was read last says why.
func (r *reply) lost(err error) error {
	select {
	case <-r.link.done:
		if r.link.err != nil {
			return r.link.err
		}
	default:
	}
	if err == nil {
		err = errLost
	}
	return err
}

// take takes one event in.
func (r *reply) take(message []byte) error {
	if r.left -= len(message) + 1; r.left < 0 {
		return errTooMuch
	}
	e, err := read(message)
	if err != nil {
		return err
	}
	if e.kind == unknown {
		r.engine.counts.ignored.Add(1)
		return nil
	}
	if biometric.Carried(message) {
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

// sound is that of a reply: what was let out, and what waits for its words.
type sound struct {
	raw     []byte // decoded, less than a sample
	held    []held
	pcm     []int16 // a piece
	begun   bool
	samples int // that came
	out     int // of them, let out
}

// held is a piece that waits until so many sentences were said.
type held struct {
	pcm  []int16
	said int
}

// rate is samples per second, pieceSamples how many are let out at a time.
const (
	rate         = 24000
	pieceSamples = rate / 25
)

func (s *sound) ms() int { return s.samples * 1000 / rate }

func (s *sound) forget() {
	clear(s.raw[:cap(s.raw)])
	clear(s.pcm[:cap(s.pcm)])
	for _, h := range s.held {
		clear(h.pcm)
	}
}

// hear is a piece of sound. It is let out when the words that came before it
// were said: what was not checked is not heard.
func (r *reply) hear(delta jsontext.Value) error {
	if !r.question.Spoken {
		r.engine.counts.ignored.Add(1)
		return nil
	}
	r.come()
	s := &r.sound
	if err := s.decode(delta); err != nil {
		return err
	}
	if most := soundAhead + time.Duration(r.heard)*soundPerByte; time.Duration(s.samples+len(s.raw)/2)*time.Second/rate > most {
		return errTooMuch
	}
	if r.stopped && r.sentences.Waiting() > 0 && (!r.digit || time.Since(r.last) > 150*time.Millisecond) {
		if err := r.line(); err != nil {
			return err
		}
	}
	need := max(r.said, 1)
	if r.sentences.Waiting() > 0 {
		need = r.said + 1
	}
	for i := 0; i+1 < len(s.raw); {
		n := min(pieceSamples, (len(s.raw)-i)/2)
		piece := make([]int16, n)
		for k := range piece {
			piece[k] = int16(binary.LittleEndian.Uint16(s.raw[i+2*k:]))
		}
		i += 2 * n
		s.samples += n
		s.held = append(s.held, held{piece, need})
	}
	odd := len(s.raw) % 2
	if odd == 1 {
		s.raw[0] = s.raw[len(s.raw)-1]
	}
	clear(s.raw[odd:])
	s.raw = s.raw[:odd] // half a sample waits for its other half
	return r.release(false)
}

// decode appends what is decoded to raw. Sound with a header is not what was
// asked for.
func (s *sound) decode(delta jsontext.Value) error {
	if delta.Kind() != '"' || bytes.IndexByte(delta, '\\') >= 0 {
		return errEvent
	}
	coded := delta[1 : len(delta)-1]
	n := len(s.raw)
	size := n + base64.StdEncoding.DecodedLen(len(coded))
	if size > cap(s.raw) {
		grown := append(make([]byte, 0, 2*size), s.raw...)
		clear(s.raw)
		s.raw = grown
	}
	k, err := base64.StdEncoding.Decode(s.raw[n:size], coded)
	if err != nil {
		return errSound
	}
	s.raw = s.raw[:n+k]
	if !s.begun && len(s.raw) >= 4 {
		s.begun = true
		if string(s.raw[:4]) == "RIFF" {
			return errSound
		}
	}
	return nil
}

// How far the sound may be beyond what its words that were said are expected
// to take: for servers whose sound comes before its words.
const (
	soundBefore = rate
	soundOfByte = rate * 120 / 1000
)

// release lets out what waits no longer; all of it at the end, when all words
// were said.
func (r *reply) release(all bool) error {
	s := &r.sound
	speed := max(min(r.question.Speed, 1), 0.5)
	if r.question.Speed == 0 {
		speed = 1
	}
	most := soundBefore + int(float64(len(r.words)*soundOfByte)/speed)
	n := 0
	for ; n < len(s.held); n++ {
		h := &s.held[n]
		if r.said == 0 || !all && (h.said > r.said || s.out+len(h.pcm) > most) {
			break
		}
		s.out += len(h.pcm)
		err := r.say(avatar.Sentence{Sound: h.pcm})
		clear(h.pcm)
		h.pcm = nil
		if err != nil {
			return err
		}
	}
	s.held = s.held[:copy(s.held, s.held[n:])]
	return nil
}

package upstream

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/biometric"
	"mayfly/gateway/avatar/deadline"
	"mayfly/session"
)

// maxWords is how many bytes a minute of speech has at most. A server that
// writes more of one utterance has gone wrong.
const maxWords = 16 << 10

// listening is one utterance as the connection has it. It believes words and
// their end, of the item that the gateway made and of no other.
type listening struct {
	*utterance
	clock *deadline.Clock
	link  *link
	up    *audio.Resampler // to the server's rate
	pcm   []int16
	raw   []byte

	agreed  bool   // the settings are confirmed
	notices bool   // the server is another Mayfly, which gives a notice first
	notice  []byte // the id of that
	noticed bool   // it was given
	sent    bool   // all sound, and it was committed
	item    []byte // what it became; nil: not known yet
	left    int    // bytes of events that may still come
	said    []byte // words
	over    bool
	odd     avatar.OddCount
}

// ready says whether the server takes sound: it was told how, and has said
// what it says before it listens.
func (h *listening) ready() bool { return h.agreed && (h.noticed || !h.notices) }

// event takes one event in.
func (h *listening) event(message []byte) error {
	if h.left -= len(message) + 1; h.left < 0 {
		return errTooMuch
	}
	e, err := read(message, hearingKinds)
	if err != nil {
		return err
	}
	if e.kind == unknown {
		h.odd[avatar.Control]++
		h.transcriber.ignored.Add(1)
		return nil
	}
	if biometric.Carried(message) {
		h.odd[avatar.Measured]++
		h.transcriber.dropped.Add(1)
		return errBiometric
	}
	switch e.kind {
	case failed:
		p, err := parse[problem](e.body)
		if err != nil {
			return err
		}
		return told{busy: p.busy()}
	case updated:
		err = h.settled(e)
	case began, ended:
		err = h.noticing(e)
	case committed:
		if h.sent && h.item == nil && jsontext.Value(e.item).Kind() == '"' {
			h.item = bytes.Clone(e.item)
			h.clock.Arm(h.transcriber.limits.First)
		}
	case guessed, heard, unheard:
		if h.item == nil || !bytes.Equal(e.item, h.item) {
			h.transcriber.ignored.Add(1) // of something that nobody here said
			return nil
		}
		h.clock.Arm(h.transcriber.limits.Idle)
		err = h.understand(e)
	}
	return err
}

// settled is the server having confirmed how it is to listen.
func (h *listening) settled(e event) error {
	p, err := parse[struct {
		Avatar jsontext.Value `json:"avatar"`
	}](e.body)
	if err != nil {
		return err
	}
	own, err := parse[struct {
		Version jsontext.Value `json:"version"`
	}](p.Avatar)
	if err != nil {
		return err
	}
	h.agreed, h.notices = true, len(own.Version) > 0
	h.wait()
	return nil
}

// noticing is the notice of another Mayfly: its beginning and its end. Another
// response was asked for by nobody.
func (h *listening) noticing(e event) error {
	p, err := parse[response](e.body)
	if err != nil {
		return err
	}
	m, err := parse[struct {
		Mayfly jsontext.Value `json:"mayfly"`
	}](p.Metadata)
	if err != nil {
		return err
	}
	switch {
	case e.kind == began && string(m.Mayfly) == `"disclosure"`:
		h.notice = bytes.Clone(p.ID)
	case e.kind == ended && h.notice != nil && bytes.Equal(p.ID, h.notice):
		h.noticed = true
		h.wait()
	default:
		h.transcriber.ignored.Add(1)
	}
	return nil
}

// understand is some of the words, all of them, or none.
func (h *listening) understand(e event) error {
	piece := e.delta
	switch e.kind {
	case unheard:
		if p, err := parse[problem](e.body); err == nil && p.busy() {
			return told{busy: true}
		}
		return errUnheard
	case heard:
		piece, h.over = e.whole, true
		h.drop()
	}
	if jsontext.Value(piece).Kind() != '"' {
		return errEvent
	}
	if need := len(h.said) + len(piece); need > cap(h.said) {
		grown := make([]byte, len(h.said), 2*need+64)
		copy(grown, h.said)
		h.drop()
		h.said = grown
	}
	var err error
	if h.said, err = jsontext.AppendUnquote(h.said, piece); err != nil {
		return errEvent
	}
	if len(h.said) > maxWords {
		return errTooMuch
	}
	if tell := h.hearing.Partial; tell != nil && !h.over && len(h.said) > 0 && h.ctx.Err() == nil {
		tell(session.NewSpeech(avatar.HeardSoFar(bytes.Clone(h.said))))
	}
	return nil
}

// drop clears the words.
func (h *listening) drop() {
	clear(h.said[:cap(h.said)])
	h.said = h.said[:0]
}

func (h *listening) forget() {
	h.drop()
	clear(h.pcm[:cap(h.pcm)])
	clear(h.raw[:cap(h.raw)])
	h.up.Reset()
}

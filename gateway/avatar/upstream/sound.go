package upstream

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
)

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

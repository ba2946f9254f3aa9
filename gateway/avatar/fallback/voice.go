package fallback

import (
	"context"
	"errors"

	"mayfly/gateway/avatar/voice"
)

// Speaker is one of the voices that may speak.
type Speaker struct {
	Voice  voice.Voice
	Server *Server // that it asks; nil: it is on this machine
}

// Voice speaks one turn, with the first of its speakers that does. Once one
// has failed it is not asked again in that turn: a voice does not change to
// and fro. It is used by one turn alone.
type Voice struct {
	speakers []Speaker
	at       int  // who speaks
	told     bool // that it does
}

// NewVoice makes the voice of a turn. There is at least one speaker, and all
// speak its language.
func NewVoice(speakers ...Speaker) *Voice { return &Voice{speakers: speakers} }

// Name is that of whoever speaks.
func (v *Voice) Name() string { return v.now().Name() }

// Speaks says whether they speak a language.
func (v *Voice) Speaks(language string) bool { return v.now().Speaks(language) }

// Neural says whether they are a trained model.
func (v *Voice) Neural() bool { return v.now().Neural() }

func (v *Voice) now() voice.Voice { return v.speakers[min(v.at, len(v.speakers)-1)].Voice }

// errNobody is the error of a voice whose speakers have all failed.
var errNobody = errors.New("fallback: no voice speaks")

// Speak implements voice.Voice. What one voice has begun no other says again.
func (v *Voice) Speak(ctx context.Context, text []byte, o voice.Options, emit func(voice.Chunk) error) error {
	var last error = errNobody
	for ; v.at < len(v.speakers); v.at, v.told = v.at+1, false {
		s := v.speakers[v.at]
		r, code := s.Server.ask()
		if code != "" {
			continue
		}
		if s.Server != nil && o.Dial != nil && !o.Dial(v.at) {
			r.abandoned()
			continue
		}
		begun, err := v.speak(ctx, s, r, text, o, emit)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if last = err; begun {
			v.at, v.told = len(v.speakers), false // the rest is written
			return err
		}
	}
	return last
}

// speak has one speaker say a text, and says whether any of it was heard.
func (v *Voice) speak(ctx context.Context, s Speaker, r *request, text []byte, o voice.Options, emit func(voice.Chunk) error) (begun bool, err error) {
	defer r.abandoned() // unless something better is known
	var refused error   // by emit
	err = s.Voice.Speak(ctx, text, o, func(c voice.Chunk) error {
		if !begun {
			begun = true
			r.began()
		}
		if !v.told && o.By != nil {
			v.told = true
			o.By(s.Voice)
		}
		refused = emit(c)
		return refused
	})
	switch {
	case err == nil || refused != nil:
		r.answered()
	case ctx.Err() == nil:
		r.failed("speech_failed", 0)
	}
	return begun, err
}

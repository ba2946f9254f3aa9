package command

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// Hear implements avatar.Transcriber.
func (t *Transcriber) Hear(ctx context.Context, h avatar.Hearing) avatar.Utterance {
	u := &utterance{transcriber: t, language: letters(h.Locale), partial: h.Partial, more: make(chan struct{}, 1), done: make(chan struct{})}
	u.ctx, u.cancel = context.WithCancelCause(ctx)
	u.unhook = context.AfterFunc(ctx, u.forget)
	return u
}

// utterance is one run of the program.
type utterance struct {
	transcriber *Transcriber
	language    string
	partial     func(session.Speech)
	ctx         context.Context
	cancel      context.CancelCauseFunc
	unhook      func() bool
	more        chan struct{} // there is sound, or its end
	done        chan struct{} // closed when nothing of the run is left

	mu      sync.Mutex
	sound   []byte // not yet passed on; 16 bits, little endian. Guarded by mu.
	samples int    // written in all. Guarded by mu.
	started bool   // Guarded by mu.
	ended   bool   // there is no more sound. Guarded by mu.

	words []byte // Owned by the run until done.
	err   error  // Owned by the run until done.
}

var (
	errSlow    = errors.New("command: the program is too slow")
	errBusy    = errors.New("command: too many programs run")
	errTooMuch = errors.New("command: more than permitted")
	errOver    = errors.New("command: the utterance is over")
)

// Write implements avatar.Utterance.
func (u *utterance) Write(pcm []int16) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended || u.ctx.Err() != nil {
		return errOver
	}
	if u.samples+len(pcm) > avatar.MaxUtterance {
		return failure(errTooMuch)
	}
	u.samples += len(pcm)
	if need := len(u.sound) + 2*len(pcm); need > cap(u.sound) {
		grown := make([]byte, len(u.sound), max(need, 2*cap(u.sound), avatar.HearingRate))
		copy(grown, u.sound)
		clear(u.sound)
		u.sound = grown
	}
	for _, s := range pcm {
		u.sound = append(u.sound, byte(s), byte(uint16(s)>>8))
	}
	if !u.transcriber.options.WAV {
		u.start()
	}
	u.wake()
	return nil
}

// start runs the program, once. The caller holds mu.
func (u *utterance) start() {
	if !u.started {
		u.started = true
		go u.run()
	}
}

func (u *utterance) wake() {
	select {
	case u.more <- struct{}{}:
	default:
	}
}

// End implements avatar.Utterance.
func (u *utterance) End(ctx context.Context) (session.Speech, error) {
	u.mu.Lock()
	if u.samples == 0 && u.ctx.Err() == nil {
		u.mu.Unlock()
		u.Drop()
		return session.Speech{}, nil
	}
	if u.ended || !u.started && u.ctx.Err() != nil {
		u.mu.Unlock()
		return session.Speech{}, context.Canceled
	}
	u.ended = true
	u.start()
	u.mu.Unlock()
	u.wake()
	slow := time.AfterFunc(u.transcriber.limits.Patience, func() { u.cancel(errSlow) })
	defer slow.Stop()
	defer context.AfterFunc(ctx, func() { u.cancel(context.Cause(ctx)) })()
	<-u.done
	defer u.Drop()
	defer func() { clear(u.words[:cap(u.words)]) }()
	if u.err != nil {
		if ctx.Err() != nil {
			return session.Speech{}, ctx.Err()
		}
		return session.Speech{}, u.err
	}
	return session.NewSpeech(bytes.Clone(u.words)), nil
}

// Drop implements avatar.Utterance.
func (u *utterance) Drop() {
	u.unhook()
	u.forget()
}

// forget ends the program and clears the sound.
func (u *utterance) forget() {
	u.cancel(context.Canceled)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	clear(u.sound[:cap(u.sound)])
	u.sound = nil
}

// take gives the sound that has come since, in a slice that the caller clears,
// and whether there will be no more.
func (u *utterance) take() (sound []byte, last bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	sound, u.sound = u.sound, nil
	return sound, u.ended
}

// tell passes the words so far on, unless it is over.
func (u *utterance) tell() {
	if u.partial != nil && len(u.words) > 0 && u.ctx.Err() == nil {
		u.partial(session.NewSpeech(bytes.Clone(u.words)))
	}
}

// hear takes in one line of the program's output.
func (u *utterance) hear(line []byte) {
	before := len(u.words)
	if before > 0 {
		u.words = append(u.words, ' ')
	}
	for len(line) > 0 {
		c, n := utf8.DecodeRune(line)
		switch {
		case unicode.IsSpace(c) || unicode.IsControl(c) || c == utf8.RuneError:
			if k := len(u.words); k > 0 && u.words[k-1] != ' ' {
				u.words = append(u.words, ' ')
			}
		default:
			u.words = append(u.words, line[:n]...)
		}
		line = line[n:]
	}
	u.words = bytes.TrimSuffix(u.words, []byte{' '})
	if len(u.words) > before {
		u.tell()
	}
}

// failure is an error in the form that may be shown.
func failure(err error) error {
	code := avatar.Unreachable
	switch {
	case errors.Is(err, errSlow), errors.Is(err, context.DeadlineExceeded):
		code = avatar.TimedOut
	case errors.Is(err, errTooMuch):
		code = "backend_invalid"
	case errors.Is(err, errBusy):
		code = "backend_overloaded"
	}
	return &avatar.Failure{Code: code, Cause: err}
}

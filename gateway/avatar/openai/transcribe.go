package openai

import (
	"context"
	"errors"
	"sync"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/session"
)

// Hear implements avatar.Transcriber.
func (t *Transcriber) Hear(ctx context.Context, h avatar.Hearing) avatar.Utterance {
	u := &utterance{transcriber: t, language: primary(h.Locale), hearing: h}
	u.ctx, u.cancel = context.WithCancel(ctx)
	u.asker, u.enough = context.WithCancel(u.ctx)
	u.unhook = context.AfterFunc(ctx, u.forget)
	return u
}

// utterance is what one person says between two silences. While it is spoken
// it is in memory only, unless the words so far are asked for.
type utterance struct {
	transcriber *Transcriber
	language    string
	hearing     avatar.Hearing
	ctx         context.Context
	cancel      context.CancelFunc
	unhook      func() bool
	asking      sync.WaitGroup
	asker       context.Context
	enough      context.CancelFunc // of asker

	mu     sync.Mutex
	sound  []byte // 16 bits, little endian. Guarded by mu.
	closed bool   // Guarded by mu.
	asked  bool   // Guarded by mu. The goroutine that asks for partials runs.
}

// errClosed is what a Write gets that comes too late.
var errClosed = errors.New("openai: the utterance is over")

// Write implements avatar.Utterance.
func (u *utterance) Write(pcm []int16) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed || u.ctx.Err() != nil {
		return errClosed
	}
	if len(u.sound)/2+len(pcm) > avatar.MaxUtterance {
		return &avatar.Failure{Code: avatar.Invalid, Cause: errTooMuch}
	}
	if need := len(u.sound) + 2*len(pcm); need > cap(u.sound) {
		grown := make([]byte, len(u.sound), max(need, 2*cap(u.sound), 4*2*avatar.HearingRate))
		copy(grown, u.sound)
		clear(u.sound)
		u.sound = grown
	}
	for _, s := range pcm {
		u.sound = append(u.sound, byte(s), byte(uint16(s)>>8))
	}
	if !u.asked && u.hearing.Partial != nil && u.transcriber.options.Partials > 0 {
		u.asked = true
		u.asking.Go(u.askAgain)
	}
	return nil
}

// askAgain asks for the words so far until the utterance is over. A server
// that fails at it is left alone.
func (u *utterance) askAgain() {
	tick := time.NewTicker(u.transcriber.options.Partials)
	defer tick.Stop()
	for had := 0; ; {
		select {
		case <-u.asker.Done():
			return
		case <-tick.C:
		}
		u.mu.Lock()
		n, closed := len(u.sound), u.closed
		var body *prompt
		if !closed && n > had {
			body = u.transcriber.body(u.sound, u.language, false)
		}
		u.mu.Unlock()
		switch {
		case closed:
			return
		case body == nil:
			continue
		}
		had = n
		words, err := u.words(u.asker, body, nil)
		body.forget()
		if err != nil || u.asker.Err() != nil {
			words.Forget()
			return
		}
		u.tell(words)
	}
}

// tell passes the words so far on, unless it is over.
func (u *utterance) tell(words session.Speech) {
	if u.hearing.Partial == nil || u.ctx.Err() != nil {
		words.Forget()
		return
	}
	u.hearing.Partial(words)
}

// End implements avatar.Utterance.
func (u *utterance) End(ctx context.Context) (session.Speech, error) {
	u.mu.Lock()
	if u.closed {
		u.mu.Unlock()
		return session.Speech{}, context.Canceled // it was dropped
	}
	u.closed = true
	var body *prompt
	if len(u.sound) > 0 {
		body = u.transcriber.body(u.sound, u.language, true)
	}
	u.wipe()
	u.mu.Unlock()
	defer u.Drop()
	if body == nil {
		return session.Speech{}, u.ctx.Err()
	}
	defer body.forget()
	defer context.AfterFunc(ctx, u.cancel)()
	u.enough()
	u.asking.Wait() // one tells at a time
	words, err := u.words(u.ctx, body, u.tell)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return words, err
}

// Drop implements avatar.Utterance.
func (u *utterance) Drop() {
	u.unhook()
	u.forget()
}

// forget stops what is under way and clears the sound.
func (u *utterance) forget() {
	u.cancel()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	u.wipe()
}

// wipe clears the sound. The caller holds mu.
func (u *utterance) wipe() {
	clear(u.sound[:cap(u.sound)])
	u.sound = nil
}

// words asks the server for the words of a body, if it may be sent it. told,
// unless nil, gets the words so far.
func (u *utterance) words(ctx context.Context, body *prompt, told func(session.Speech)) (session.Speech, error) {
	if !u.hearing.May() {
		return session.Speech{}, &avatar.Failure{Code: avatar.NotAllowed}
	}
	t := u.transcriber
	w := deadline.Watch(ctx, t.limits.Total)
	defer w.Stop()
	resp, err := t.way(body).post(w, body, false)
	if err != nil {
		return session.Speech{}, fail(ctx, w, err)
	}
	defer resp.Body.Close()
	r := hearing{limits: t.limits, clock: w, told: told}
	defer r.forget()
	whole, err := accept(resp)
	if err == nil {
		err = r.read(resp.Body, whole)
	}
	if err != nil {
		if odd := u.hearing.Odd; odd != nil && errors.Is(err, errMeasured) {
			odd(avatar.Measured, 1)
		}
		return session.Speech{}, fail(ctx, w, err)
	}
	return r.said(), nil
}

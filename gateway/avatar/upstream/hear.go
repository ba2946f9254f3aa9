package upstream

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/session"
)

// hearPiece is how much sound is sent at a time while somebody speaks, in
// samples of avatar.HearingRate: 100 ms. It is also the least that a server
// takes for something said.
const hearPiece = avatar.HearingRate / 10

// appendBytes is how much decoded sound one message has at most.
const appendBytes = rate // half a second

// Hear implements avatar.Transcriber.
func (t *Transcriber) Hear(ctx context.Context, h avatar.Hearing) avatar.Utterance {
	u := &utterance{transcriber: t, hearing: h, more: make(chan struct{}, 1), done: make(chan struct{})}
	u.ctx, u.cancel = context.WithCancel(ctx)
	u.unhook = context.AfterFunc(ctx, u.forget)
	return u
}

// utterance is what one person says between two silences, on its way to the
// server.
type utterance struct {
	transcriber *Transcriber
	hearing     avatar.Hearing
	ctx         context.Context
	cancel      context.CancelFunc
	unhook      func() bool
	more        chan struct{} // there is sound, or its end
	done        chan struct{} // closed when nothing of the connection is left

	mu      sync.Mutex
	sound   []int16 // that was not sent yet. Guarded by mu.
	samples int     // in all. Guarded by mu.
	begun   bool    // the connection is being opened. Guarded by mu.
	ended   bool    // there is no more sound. Guarded by mu.

	words session.Speech // Owned by the connection until done.
	err   error          // Owned by the connection until done.
}

var errClosed = errors.New("upstream: the utterance is over")

// Write implements avatar.Utterance.
func (u *utterance) Write(pcm []int16) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended || u.ctx.Err() != nil {
		return errClosed
	}
	if u.samples+len(pcm) > avatar.MaxUtterance {
		return &avatar.Failure{Code: avatar.Invalid, Cause: errTooMuch}
	}
	u.samples += len(pcm)
	if need := len(u.sound) + len(pcm); need > cap(u.sound) {
		grown := make([]int16, len(u.sound), max(need, 2*cap(u.sound), 4*hearPiece))
		copy(grown, u.sound)
		clear(u.sound)
		u.sound = grown
	}
	u.sound = append(u.sound, pcm...)
	if !u.begun {
		u.begun = true
		go u.run()
	}
	if len(u.sound) >= hearPiece {
		u.wake()
	}
	return nil
}

func (u *utterance) wake() {
	select {
	case u.more <- struct{}{}:
	default:
	}
}

// take gives the sound that has come since, in a slice that the caller clears,
// and whether there will be no more. Of who was given up there is nothing, also
// not that it was the last: a server would write down what it has so far.
func (u *utterance) take() (sound []int16, samples int, last bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err := u.ctx.Err(); err != nil {
		return nil, 0, false, err
	}
	sound, u.sound = u.sound, nil
	return sound, u.samples, u.ended, nil
}

// End implements avatar.Utterance.
func (u *utterance) End(ctx context.Context) (session.Speech, error) {
	u.mu.Lock()
	if u.ended {
		u.mu.Unlock()
		return session.Speech{}, context.Canceled // it was dropped
	}
	u.ended = true
	begun := u.begun
	u.wake()
	u.mu.Unlock()
	defer u.Drop()
	if !begun {
		return session.Speech{}, u.ctx.Err()
	}
	defer context.AfterFunc(ctx, u.cancel)()
	<-u.done
	if u.err != nil && ctx.Err() != nil {
		return session.Speech{}, ctx.Err()
	}
	return u.words, u.err
}

// Drop implements avatar.Utterance.
func (u *utterance) Drop() {
	u.unhook()
	u.forget()
}

// forget ends the connection and clears the sound.
func (u *utterance) forget() {
	u.cancel()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	clear(u.sound[:cap(u.sound)])
	u.sound = nil
}

// run is the whole life of the connection.
func (u *utterance) run() {
	defer close(u.done)
	w := deadline.Watch(u.ctx, u.transcriber.limits.Total)
	defer w.Stop()
	h := &listening{utterance: u, clock: w, left: u.transcriber.limits.Bytes, up: audio.NewResampler(avatar.HearingRate, rate)}
	defer h.forget()
	if err := fail(u.ctx, w, h.run()); err != nil {
		u.err = err
		return
	}
	u.words = session.NewSpeech(avatar.Heard(h.said))
	h.said = nil
}

// run opens the connection, sends the sound, and reads until the words are
// there.
func (h *listening) run() error {
	t := h.transcriber
	if !h.hearing.May() {
		return sayError{&avatar.Failure{Code: avatar.NotAllowed}}
	}
	h.clock.Arm(t.limits.Connect)
	ws, err := t.options.Socket.Dial(h.clock.Context(), t.endpoint)
	if err != nil {
		return err
	}
	h.link = newLink(ws, t.limits)
	defer h.link.Close()
	messages, leave := h.link.attend()
	defer leave()
	defer h.odd.Tell(h.hearing.Odd)
	h.clock.Arm(t.limits.First)
	if err := h.write(t.settings(h.link, h.hearing.Locale)); err != nil {
		return err
	}
	for !h.over {
		var more chan struct{}
		if h.ready() && !h.sent {
			more = h.more
		}
		select {
		case <-h.clock.Context().Done():
			return h.clock.Context().Err()
		case <-h.link.done:
			return lost(h.link, nil)
		case m := <-messages:
			err = h.event(m)
			clear(m)
		case <-more:
			err = h.send()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settings is a session.update: the server is to write down what it is sent,
// and nothing else.
func (t *Transcriber) settings(l *link, locale string) []byte {
	b := append([]byte(nil), `{"type":"session.update","event_id":"`+l.id('e')+`","session":{"type":"realtime","output_modalities":["text"],"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"turn_detection":null,"transcription":{"model":`...)
	b = quote(b, []byte(t.options.Writer))
	if l := language(locale); l != "" {
		b = append(b, `,"language":"`+l+`"`...)
	}
	return append(b, `}}},"tracing":null}}`...)
}

// language is that of a BCP 47 tag in two or three letters, as the protocol
// wants it; empty if there is none.
func language(locale string) string {
	l, _, _ := strings.Cut(strings.ToLower(locale), "-")
	if len(l) < 2 || len(l) > 3 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz") != "" || l == "und" {
		return ""
	}
	return l
}

// send sends the sound that has come, and says so when it was the last.
func (h *listening) send() error {
	sound, samples, last, err := h.take()
	if err != nil {
		return err
	}
	defer clear(sound)
	defer func() { clear(h.pcm) }()
	// With what is left in the filter at the end, so that nothing is left behind
	// where it grew.
	h.pcm = h.up.Append(slices.Grow(h.pcm[:0], 2*len(sound)+hearPiece), sound)
	if last {
		h.pcm = h.up.AppendRest(h.pcm)
	}
	var messages [][]byte
	if h.raw == nil {
		h.raw = make([]byte, 0, appendBytes)
	}
	for i := 0; i < len(h.pcm); {
		n := min(appendBytes/2, len(h.pcm)-i)
		h.raw = h.raw[:0]
		for _, s := range h.pcm[i : i+n] {
			h.raw = append(h.raw, byte(s), byte(uint16(s)>>8))
		}
		i += n
		b := make([]byte, 0, 100+base64.StdEncoding.EncodedLen(len(h.raw)))
		b = append(b, `{"type":"input_audio_buffer.append","event_id":"`+h.link.id('e')+`","audio":"`...)
		messages = append(messages, append(base64.StdEncoding.AppendEncode(b, h.raw), `"}`...))
	}
	if last {
		h.sent = true
		if samples < hearPiece { // nothing that a server would take
			h.over = true
			return nil
		}
		messages = append(messages, []byte(`{"type":"input_audio_buffer.commit","event_id":"`+h.link.id('e')+`"}`))
	}
	h.clock.Arm(h.transcriber.limits.First)
	if err := h.write(messages...); err != nil {
		return err
	}
	h.wait()
	return nil
}

// wait waits for the server, or for the person.
func (h *listening) wait() {
	switch {
	case h.sent:
		h.clock.Arm(h.transcriber.limits.First)
	case h.ready():
		h.clock.Rest()
	}
}

func (h *listening) write(messages ...[]byte) error {
	if err := h.link.write(h.clock.Context(), h.transcriber.limits.First, messages...); err != nil {
		return lost(h.link, err)
	}
	return nil
}

package gateway

import (
	"slices"
	"strings"
	"time"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/session"
)

// written is the voice of a human who answers as it is written down: captions
// for the person, and what is kept where what the human writes is. One turn
// lasts until the human has paused and its words are known. Guarded by conn.mu.
type written struct {
	down   *audio.Resampler
	work   []int16
	now    *utterance   // being spoken; nil: nothing is
	whole  []*utterance // whose words are not let out yet; oldest first
	paused bool
}

// wholeMost is how many utterances of a human may wait for their words. While
// as many do a pause ends none.
const wholeMost = 4

// writesHuman says whether the voice of a human who answers is written down,
// and what does it, as its terms name it; empty: something on this host. It is
// what would write down the person's.
func (c *conn) writesHuman() (by string, ok bool) {
	if !c.takesVoice() || c.cast.Transcriber(c.locale()) == nil {
		return "", false
	}
	servers := c.avatar.Transcriber.Servers()
	if len(servers) == 0 {
		return "", true
	}
	var names []string
	for _, b := range servers {
		if c.mayDial(b) {
			names = append(names, b.Name)
		}
	}
	return strings.Join(names, ", "), len(names) > 0
}

// humanVoice takes the next of a human's voice. Called with mu held.
func (c *conn) humanVoice(pcm []int16) {
	w := &c.human.written
	if len(pcm) == 0 {
		return
	}
	w.paused = false
	if w.now == nil {
		if _, ok := c.writesHuman(); !ok {
			return
		}
		if w.down == nil {
			w.down = audio.NewResampler(audio.Rate, avatar.HearingRate)
		}
		u := &utterance{}
		u.hearing = c.cast.Transcriber(c.locale()).Hear(c.ctx, avatar.Hearing{Locale: c.locale(), Dial: c.hearingBy(u, c.avatar.Transcriber.Servers()), Odd: c.odd})
		w.now = u
	}
	w.now.unkept = w.now.unkept || !c.recording.stands.On
	w.work = w.down.Append(w.work[:0], pcm)
	w.now.samples += len(w.work)
	if w.now.hearing.Write(w.work) != nil {
		w.now.hearing.Drop() // its End says why
	}
	clear(w.work)
	if w.now.samples >= longestUtterance && len(w.whole) < wholeMost {
		c.endWritten()
	}
}

// humanPaused says whether words of a human who paused are still to come: then
// their turn waits for them. Called with mu held.
func (c *conn) humanPaused() bool {
	w := &c.human.written
	w.paused = true
	if w.now != nil && len(w.whole) < wholeMost {
		c.endWritten()
	}
	return w.now != nil || len(w.whole) > 0
}

// endWritten has what a human said so far written down.
func (c *conn) endWritten() {
	w := &c.human.written
	u := w.now
	w.now = nil
	w.down.Reset()
	if u.samples < shortestCommit {
		c.drop(u)
		return
	}
	w.whole = append(w.whole, u)
	c.server.work.Add(1)
	go func() {
		defer c.server.work.Done()
		words, _ := c.understand(u) // what is not understood has no caption
		c.mu.Lock()
		if c.released || c.session == nil || !slices.Contains(w.whole, u) {
			c.mu.Unlock()
			words.Forget()
			return
		}
		u.words, u.known = words, true
		c.letWritten(time.Now())
		c.flush(mine)
	}()
}

// letWritten lets out the words that are known, in the order in which they were
// said, and ends the turn if that is all.
func (c *conn) letWritten(now time.Time) {
	w := &c.human.written
	for len(w.whole) > 0 && w.whole[0].known {
		u := w.whole[0]
		w.whole = w.whole[1:]
		if u.words.Len() > 0 {
			_ = c.apply(now, session.HumanSpoke{Words: u.words, Unkept: u.unkept})
		}
	}
	if w.paused && !c.humanPaused() {
		_ = c.apply(now, session.HumanSpoke{Paused: true})
	}
}

// forgetWritten lets go of what a human says who is gone.
func (c *conn) forgetWritten() {
	w := &c.human.written
	if w.now != nil {
		c.drop(w.now)
	}
	for _, u := range w.whole {
		c.drop(u)
		u.words.Forget()
	}
	if w.down != nil {
		w.down.Reset()
	}
	clear(w.work[:cap(w.work)])
	*w = written{}
}

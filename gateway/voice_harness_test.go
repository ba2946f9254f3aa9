package gateway

import (
	"context"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/avatar/voice/builtin"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// scribe is a transcriber that says what it was told to, and remembers how
// much it heard and when.
type scribe struct {
	mu       sync.Mutex
	words    []string // of the utterances, in order; none left: "words"
	partial  string   // guessed with the first sound
	fail     string   // a code to fail with
	hang     bool     // until it is dropped or its time is over
	pause    time.Duration
	all      []*scribed
	lastAt   time.Time // when sound came last
	locale   string
	crash    bool
	remote   bool // it is a server, which may be forbidden
	finished int
}

// scribed is one utterance.
type scribed struct {
	of      *scribe
	partial func(session.Speech)
	dial    func(int) bool
	ctx     context.Context
	gone    chan struct{}
	once    sync.Once
	guess   sync.WaitGroup // the partial on its way
	samples int
	sound   int // of these, those that are not silence to the bit
	quiet   int // and those after the last of them
	peak    int16
	sum     float64 // of squares
	late    int     // writes after Drop
	dropped bool
}

func (s *scribe) Hear(ctx context.Context, h avatar.Hearing) avatar.Utterance {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &scribed{of: s, partial: h.Partial, dial: h.Dial, ctx: ctx, gone: make(chan struct{})}
	s.all, s.locale = append(s.all, u), h.Locale
	return u
}

func (s *scribe) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: "test", System: "scribe", Version: "1"}
}

func (u *scribed) Write(pcm []int16) error {
	s := u.of
	s.mu.Lock()
	first := u.samples == 0
	u.samples += len(pcm)
	for _, v := range pcm {
		if u.quiet++; v != 0 {
			u.sound, u.quiet = u.sound+1, 0
		}
		u.peak = max(u.peak, v)
		u.sum += float64(v) * float64(v)
	}
	if u.dropped {
		u.late++
	}
	s.lastAt = time.Now()
	partial := s.partial
	s.mu.Unlock()
	if first && partial != "" {
		u.guess.Go(func() { u.partial(words(partial)) })
	}
	return nil
}

func (u *scribed) End(ctx context.Context) (session.Speech, error) {
	s := u.of
	u.guess.Wait() // a guess that comes after the words is dropped
	if u.of.remote && !u.dial(0) {
		return session.Speech{}, &avatar.Failure{Code: avatar.NotAllowed}
	}
	s.mu.Lock()
	said, pause, fail, hang, crash := "words", s.pause, s.fail, s.hang, s.crash
	if len(s.words) > 0 {
		said, s.words = s.words[0], s.words[1:]
	}
	s.mu.Unlock()
	if crash {
		panic("the transcriber is broken")
	}
	if hang {
		pause = time.Hour
	}
	select {
	case <-ctx.Done():
		return session.Speech{}, ctx.Err()
	case <-u.gone:
		return session.Speech{}, context.Canceled
	case <-time.After(pause):
	}
	s.mu.Lock()
	s.finished++
	s.mu.Unlock()
	if fail != "" {
		return session.Speech{}, &avatar.Failure{Code: fail}
	}
	return words(said), nil
}

func (u *scribed) Drop() {
	u.once.Do(func() { close(u.gone) })
	u.of.mu.Lock()
	u.dropped = true
	u.of.mu.Unlock()
}

// heard is how much every utterance got, in milliseconds.
func (s *scribe) heard() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []int
	for _, u := range s.all {
		all = append(all, u.samples/16)
	}
	return all
}

func (s *scribe) last() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastAt
}

// earHand casts everybody with one engine, one voice and one transcriber.
type earHand struct {
	stageHand
	scribe avatar.Transcriber
}

func (h earHand) Cast(t *tenant.Tenant, a *tenant.Avatar) *Cast {
	c := h.stageHand.Cast(t, a)
	c.Transcriber = func(string) avatar.Transcriber { return h.scribe }
	return c
}

// hearing gives the avatar a microphone and a transcriber.
func hearing(s avatar.Transcriber) rigOption {
	return func(o *Options, tn *tenant.Tenant) {
		o.Casting = earHand{o.Casting.(stageHand), s}
		tn.Avatars[0].Microphone = true
	}
}

// said is a sentence as a person says it: 24 kHz, with a pause before it and
// none after it.
func said(t testing.TB) []int16 {
	saidOnce.Do(func() {
		v, err := builtin.New()
		require.NoError(t, err)
		saidPCM = make([]int16, voice.Rate*3/10)
		err = v.Speak(context.Background(), []byte("What do you keep of what I say?"), voice.Options{Language: "en", Speed: 1}, func(c voice.Chunk) error {
			saidPCM = append(saidPCM, c.PCM...)
			return nil
		})
		require.NoError(t, err)
		for len(saidPCM) > 0 && saidPCM[len(saidPCM)-1] < 300 && saidPCM[len(saidPCM)-1] > -300 {
			saidPCM = saidPCM[:len(saidPCM)-1]
		}
	})
	return saidPCM
}

var (
	saidOnce sync.Once
	saidPCM  []int16
)

// silence is so much of it, not quite digital.
func silence(d time.Duration) []int16 {
	pcm := make([]int16, int(d*voice.Rate/time.Second))
	for i := range pcm {
		pcm[i] = int16(i * 7919 % 7)
	}
	return pcm
}

// append sends sound in pieces of 100 ms, as fast as it goes.
func (c *client) append(pcm []int16) {
	c.t.Helper()
	for len(pcm) > 0 {
		n := min(len(pcm), voice.Rate/10)
		c.send(event{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, pcm[:n]))})
		pcm = pcm[n:]
	}
}

// speak says the sentence and falls silent.
func (c *client) speak() {
	c.t.Helper()
	c.append(said(c.t))
	c.append(silence(800 * time.Millisecond))
}

// allow answers the nth question with a yes to being heard.
func (c *client) allow(nth int) {
	c.t.Helper()
	asked := c.await("avatar.consent.requested", nth)
	grants := event{}
	for _, p := range strs(asked["purposes"]) {
		grants[p] = p == "voice_input"
	}
	c.send(event{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": grants, "method": "click"})
	for nth := 1; ; nth++ {
		if e := c.await("avatar.consent.state", nth); e.at("grants", "voice_input") == true {
			return
		}
	}
}

// listened connects a client whose person agreed to be heard.
func (r *rig) listened(form string) *client {
	r.t.Helper()
	c := r.connect()
	c.acknowledge(c.aware(form))
	c.allow(1)
	return c
}

package upstream

import (
	"context"
	"flag"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/egress"
	"mayfly/session"
)

// net/http's servers print what goes wrong to the standard log.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// scale multiplies the counts of loops.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

var _ avatar.Engine = (*Engine)(nil)

// brisk are limits under which what never ends ends soon.
var brisk = Limits{
	Limits: deadline.Limits{Connect: time.Second, First: 400 * time.Millisecond, Idle: 400 * time.Millisecond, Total: 2 * time.Second},
	Bytes:  4 << 20,
}

// patient are limits that no machine is too busy for.
var patient = Limits{
	Limits: deadline.Limits{Connect: 20 * time.Second, First: 20 * time.Second, Idle: 20 * time.Second, Total: 60 * time.Second},
	Bytes:  4 << 20,
}

// untilFailure are limits under which a mode soon ends with a code: those that
// end by a deadline have a short one.
func untilFailure(code string) Limits {
	if code == "backend_timeout" {
		return brisk
	}
	return patient
}

// dial starts a server and returns an engine that reaches it the way the
// gateway does, with the slot of one session. Everything is closed, and looked
// for, in the end.
func dial(t testing.TB, script upstreamtest.Script, limits Limits) (*Engine, *upstreamtest.Server, *avatar.Slot) {
	before := goleak.IgnoreCurrent()
	server, err := upstreamtest.Start(script)
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: server.URL(), Local: true}}})
	require.NoError(t, err)
	socket, err := out.Socket("b")
	require.NoError(t, err)
	slot := new(avatar.Slot)
	t.Cleanup(func() {
		slot.Close()
		server.Close()
		goleak.VerifyNone(t, before)
	})
	return New(Options{Socket: socket, URL: server.URL(), Model: "scripted", Voice: "amber", Provider: "Example", Limits: limits}), server, slot
}

// talk is a session as an engine sees it.
type talk struct {
	items []session.Item
	slot  *avatar.Slot
	heard bool // the replies are spoken
}

func (k *talk) user(words string) {
	k.items = append(k.items, session.Item{No: session.ItemNo(len(k.items) + 1), Role: session.User, Words: session.NewSpeech([]byte(words))})
}

// replied adds what the session keeps of a reply.
func (k *talk) replied(words string) {
	it := session.Item{No: session.ItemNo(len(k.items) + 1), Role: session.Avatar, Words: session.NewSpeech([]byte(words))}
	if k.heard {
		it.Form = session.Spoken
	}
	k.items = append(k.items, it)
}

func (k *talk) question() avatar.Question {
	return avatar.Question{
		Persona: avatar.Persona{Name: "Lumen", Text: "Be brief."}, Locale: "en", Items: k.items, Slot: k.slot, Spoken: k.heard,
		Instructions: session.NewSpeech([]byte("Speak of boats.")),
	}
}

// performed is what an engine said, in order.
type performed struct {
	mu        sync.Mutex
	sentences []string
	sounded   []bool
	samples   int
	before    []int // samples before each sentence
}

func (p *performed) say(s avatar.Sentence) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.samples += len(s.Sound)
	if s.Words.Len() > 0 {
		p.sentences = append(p.sentences, string(s.Words.AppendTo(nil)))
		p.sounded = append(p.sounded, s.Sounded)
		p.before = append(p.before, p.samples)
	}
	return nil
}

func (p *performed) words() string { return strings.Join(p.sentences, " ") }

func answer(ctx context.Context, e *Engine, q avatar.Question) (*performed, error) {
	p := new(performed)
	err := e.Answer(ctx, q, p.say)
	return p, err
}

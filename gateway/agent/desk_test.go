package agent

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// scale multiplies the counts of loops.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// seat is an agent's connection in memory.
type seat struct {
	t      *testing.T
	in     chan []byte
	gone   chan struct{}
	once   sync.Once
	mu     sync.Mutex
	got    []map[string]any
	reason string
	stuck  bool // it takes nothing
	err    error
}

func (s *seat) Read() ([]byte, error) {
	select {
	case b := <-s.in:
		return b, nil
	case <-s.gone:
		s.mu.Lock()
		defer s.mu.Unlock()
		return nil, cmp.Or(s.err, ErrLeft)
	}
}

// fail ends the connection with an error.
func (s *seat) fail(err error) {
	s.mu.Lock()
	s.err = err
	s.mu.Unlock()
	s.once.Do(func() { close(s.gone) })
}

func (s *seat) Write(b []byte) error {
	if s.stuck {
		<-s.gone
		return errors.New("gone")
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		s.t.Errorf("not JSON: %s", b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, m)
	return nil
}

func (s *seat) Ping() error { return nil }

func (s *seat) Close(reason string) {
	s.mu.Lock()
	if s.reason == "" {
		s.reason = reason
	}
	s.mu.Unlock()
	s.once.Do(func() { close(s.gone) })
}

// all are the messages of a type.
func (s *seat) all(typ string) (of []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.got {
		if m["type"] == typ {
			of = append(of, m)
		}
	}
	return of
}

func (s *seat) send(format string, args ...any) { s.in <- fmt.Appendf(nil, format, args...) }

// someone is a person's session, which remembers what it was told.
type someone struct {
	mu    sync.Mutex
	told  []string
	said  []string
	offer int
}

func (p *someone) tell(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, fmt.Sprintf(format, args...))
}
func (p *someone) Queued(position int, wait time.Duration) { p.tell("queued %d %v", position, wait) }
func (p *someone) Missed(why session.HandoffWhy)           { p.tell("missed %v", why) }
func (p *someone) Cut()                                    { p.tell("cut") }
func (p *someone) Back()                                   { p.tell("back") }
func (p *someone) Left(why session.HandoffWhy, again bool) { p.tell("left %v again=%v", why, again) }
func (p *someone) Spoke(pcm []int16, paused bool)          { p.tell("spoke %d %v", len(pcm), paused) }
func (p *someone) End()                                    { p.tell("ended") }
func (p *someone) Said(words session.Speech) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, string(words.AppendTo(nil)))
	return true
}
func (p *someone) Offered(name string, offer int) {
	p.tell("offered %s", name)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offer = offer
}
func (p *someone) asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offer
}
func (p *someone) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.told) == 0 {
		return ""
	}
	return p.told[len(p.told)-1]
}

// office is desks of two tenants.
type office struct {
	t        *testing.T
	desks    *Desks
	mu       sync.Mutex
	rules    map[string]*tenant.Handoff
	waits    []time.Duration
	outcomes map[string]int
	good     bool // agents' credentials
	next     byte
}

func newOffice(t *testing.T, rules tenant.Handoff) *office {
	o := &office{t: t, rules: map[string]*tenant.Handoff{"acme": &rules, "beta": {}}, outcomes: map[string]int{}, good: true}
	o.desks = New(Options{
		Tenant: func(id string) *tenant.Tenant {
			o.mu.Lock()
			defer o.mu.Unlock()
			return &tenant.Tenant{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Handoff: o.rules[id]}
		},
		Joined: func(_ string, wait time.Duration) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.waits = append(o.waits, wait)
		},
		Outcome: func(outcome string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.outcomes[outcome]++
		},
	})
	return o
}

func (o *office) seat() *seat {
	return &seat{t: o.t, in: make(chan []byte), gone: make(chan struct{})}
}

func (o *office) agent(tenantID, name string) *seat {
	s := o.seat()
	go func() {
		_ = o.desks.Serve(Who{Tenant: tenantID, ID: session.ID{9}, Name: name}, s, func() bool { return o.good })
	}()
	synctest.Wait()
	return s
}

// available is an agent who takes talks.
func (o *office) available(name string) *seat {
	s := o.agent("acme", name)
	s.send(`{"type":"available"}`)
	synctest.Wait()
	return s
}

func (o *office) ask(tenantID string) (*someone, *Talk) {
	o.next++
	p := &someone{}
	t := o.desks.Ask(tenantID, About{Session: session.ID{o.next}, Avatar: "Ada", Locale: "en"}, p)
	synctest.Wait()
	return p, t
}

// A talk is offered to whoever has least to do, goes back to the queue when
// nobody answers, and no agent has more than two. // R45
func TestDeskOffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{Name: "Student office"})
		defer o.desks.Close()
		first, _ := o.ask("acme")
		require.Equal(t, "queued 1 0s", first.last(), "nobody is there, so nobody can say how long")
		maya := o.available("Maya")
		require.Equal(t, "queued 1 30s", first.last())
		offer := maya.all("offer")
		require.Len(t, offer, 1)

		// Just before the end of the offer it stands, at the end it is over.
		time.Sleep(30*time.Second - time.Millisecond)
		synctest.Wait()
		require.Empty(t, maya.all("offer.over"))
		noah := o.available("Noah")
		require.Empty(t, noah.all("offer"), "it is offered to one at a time")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		require.Equal(t, "timed_out", maya.all("offer.over")[0]["reason"])
		require.Equal(t, false, maya.all("desk")[len(maya.all("desk"))-1]["available"], "who does not answer is away")
		require.Len(t, noah.all("offer"), 1)
		noah.send(`{"type":"take","talk":%q}`, offer[0]["talk"])
		synctest.Wait()
		require.Equal(t, "offered Noah, Student office", first.last())

		// Two talks, and no third.
		maya.send(`{"type":"available"}`)
		for range 3 {
			o.ask("acme")
		}
		for range 4 {
			for _, s := range []*seat{maya, noah} {
				if all := s.all("offer"); len(all) > 0 {
					s.send(`{"type":"take","talk":%q}`, all[len(all)-1]["talk"])
					synctest.Wait()
				}
			}
		}
		require.Equal(t, Figures{Open: true, Agents: 2, Available: 2, Talks: 4}, o.desks.Figures("acme"))
		last, _ := o.ask("acme")
		require.Equal(t, "queued 1 1m0s", last.last())
		fifth := session.ID{o.next}
		maya.send(`{"type":"take","talk":%q}`, fifth.String())
		synctest.Wait()
		require.Equal(t, "too_many_talks", maya.all("error")[len(maya.all("error"))-1]["code"])
	})
}

// Nothing of a talk reaches an agent before the person agreed, and nothing of
// another tenant's ever does. // R45
func TestDeskIsolated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya := o.available("Maya")
		other := o.agent("beta", "Other")
		other.send(`{"type":"available"}`)
		p, talk := o.ask("acme")
		id := session.ID{o.next}
		for _, kind := range []string{"take", "decline", "back", "end"} {
			other.send(`{"type":%q,"talk":%q}`, kind, id.String())
		}
		other.send(`{"type":"say","talk":%q,"text":"hello"}`, id.String())
		synctest.Wait()
		require.Len(t, other.all("error"), 4, "but for decline, which is none of theirs either")
		require.Empty(t, other.all("offer"))
		for _, d := range other.all("desk") {
			require.Empty(t, d["queue"])
			require.EqualValues(t, 0, d["waiting"])
		}
		maya.send(`{"type":"take","talk":%q}`, id.String())
		synctest.Wait()
		item := session.Item{No: 3, Words: session.NewSpeech([]byte("a canary"))}
		talk.Tell([]session.Item{item})
		talk.Hear(make([]int16, 320), 16000)
		maya.send(`{"type":"say","talk":%q,"text":"too early"}`, id.String())
		synctest.Wait()
		require.Empty(t, maya.all("item"), "the person has not agreed")
		require.Empty(t, maya.all("sound"))
		require.Empty(t, p.said)
		talk.Joined(p.asked(), State{Recorded: true})
		talk.Tell([]session.Item{item})
		talk.Hear(make([]int16, 320), 16000)
		maya.send(`{"type":"say","talk":%q,"text":"hello \u2026"}`, id.String())
		synctest.Wait()
		require.Len(t, maya.all("item"), 1)
		require.EqualValues(t, 16000, maya.all("sound")[0]["rate"])
		require.Equal(t, []string{"hello …"}, p.said)
		require.Empty(t, other.all("item"))
		require.Len(t, o.waits, 1)

		// After it is over, nothing more.
		talk.Over("ended_by_person")
		talk.Tell([]session.Item{item})
		maya.send(`{"type":"say","talk":%q,"text":"too late"}`, id.String())
		synctest.Wait()
		require.Len(t, maya.all("item"), 1)
		require.Len(t, p.said, 1)
	})
}

// Whoever loses their human goes to another, first in the queue, or back to
// the avatar. // R45
func TestDeskLost(t *testing.T) {
	for _, others := range []bool{true, false} {
		t.Run(fmt.Sprint("others ", others), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, tenant.Handoff{Talks: 1})
				defer o.desks.Close()
				maya := o.available("Maya")
				p, talk := o.ask("acme")
				maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
				synctest.Wait()
				talk.Joined(p.asked(), State{})
				if others {
					noah := o.available("Noah")
					busy, _ := o.ask("acme")
					noah.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
					synctest.Wait()
					require.Contains(t, busy.last(), "offered")
					waiting, _ := o.ask("acme")
					require.Contains(t, waiting.last(), "queued 1")
					maya.Close("")
					synctest.Wait()
					require.Contains(t, p.told, "left human_lost again=true")
					require.Contains(t, p.last(), "queued 1", "they waited before")
					require.Contains(t, waiting.last(), "queued 2")
					return
				}
				maya.Close("")
				synctest.Wait()
				require.Contains(t, p.told, "left human_lost again=true")
				require.Equal(t, "queued 1 0s", p.last(), "nobody is there, and somebody may come")
			})
		})
	}
}

// The queue is bounded, a wait has an end, a closed desk takes nobody, and one
// that is taken away sends everybody back. // R45
func TestDeskBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{Queue: 3, Wait: time.Minute})
		defer o.desks.Close()
		var all []*someone
		for range 3 {
			p, _ := o.ask("acme")
			all = append(all, p)
		}
		n := int(10_000 * *scale)
		for range n {
			p, _ := o.ask("acme")
			require.Equal(t, "missed queue_full", p.last())
		}
		t.Logf("n = %d people beyond the queue", n)
		time.Sleep(time.Minute - time.Millisecond)
		synctest.Wait()
		require.Contains(t, all[2].last(), "queued 3")
		time.Sleep(time.Millisecond)
		synctest.Wait()
		for _, p := range all {
			require.Equal(t, "missed timed_out", p.last())
		}
		require.Zero(t, o.desks.Figures("acme").Waiting)

		maya := o.available("Maya")
		with, talk := o.ask("acme")
		maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		synctest.Wait()
		talk.Joined(with.asked(), State{})
		waiting, _ := o.ask("acme")
		o.mu.Lock()
		o.rules["acme"] = nil
		o.mu.Unlock()
		o.desks.Narrow("acme")
		synctest.Wait()
		require.Equal(t, "left no_desk again=false", with.last())
		require.Equal(t, "missed no_desk", waiting.last())
		require.Equal(t, "no_desk", maya.reason)

		closed := tenant.Handoff{Hours: []tenant.Hours{{Days: [7]bool{}, From: 0, To: 1}}}
		o.mu.Lock()
		o.rules["acme"] = &closed
		o.mu.Unlock()
		p, _ := o.ask("acme")
		require.Equal(t, "missed closed", p.last())
	})
}

// A person who does not answer is not waited for without end, nor an agent who
// does not read.
func TestDeskSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya := o.available("Maya")
		p, talk := o.ask("acme")
		maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		time.Sleep(answerTime)
		synctest.Wait()
		require.Equal(t, "missed timed_out", p.last())
		require.Equal(t, "no_answer", maya.all("talk.over")[0]["reason"])
		talk.Joined(p.asked(), State{}) // it crossed
		require.Empty(t, maya.all("talk.joined"))

		p, talk = o.ask("acme")
		maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		synctest.Wait()
		talk.Joined(p.asked(), State{})
		synctest.Wait()
		maya.stuck = true
		long := session.Item{No: 1, Words: session.NewSpeech([]byte(strings.Repeat("x", 60<<10)))}
		for range 30 {
			talk.Tell([]session.Item{long})
			talk.Hear(make([]int16, 16000), 16000) // sound alone never closes anything
		}
		synctest.Wait()
		maya.Close("slow")
		synctest.Wait()
		require.Contains(t, p.told, "left human_lost again=true")
	})
}

// What is no message is refused and changes nothing; a flood ends.
func TestDeskMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya := o.available("Maya")
		bad := []string{
			``, `{`, `[]`, `{"type":"available","more":1}`, `{"type":"say","talk":"x","text":"a"}`, `{"type":"say","text":""}`,
			`{"type":"available","name":"a\u202eb"}`, `{"type":"available","name":"` + strings.Repeat("a", 41) + `"}`,
			`{"type":"sound","audio":"AA=="}`, `{"type":"sound","audio":"!"}`, `{"type":"sound"}`, `{"type":"say","text":"` + strings.Repeat("a", textMost+1) + `"}`,
		}
		for _, b := range bad {
			maya.send("%s", b)
		}
		synctest.Wait()
		require.Len(t, maya.all("error"), len(bad))
		require.Empty(t, maya.reason)
		for range messageBurst + 1 {
			select {
			case maya.in <- []byte(`{"type":"away"}`):
			case <-maya.gone:
			}
		}
		synctest.Wait()
		require.Equal(t, "message_rate_exceeded", maya.reason)
	})
}

// A person's yes that crosses with the end of what they were asked about leaves
// them with the avatar, or with the next human after a question about that one. // R21 R45
func TestDeskCrossed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya := o.available("Maya")
		for _, end := range []func(){
			func() { maya.send(`{"type":"back","talk":%q}`, session.ID{o.next}.String()) },
			func() { time.Sleep(answerTime) },
		} {
			p, talk := o.ask("acme")
			maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
			synctest.Wait()
			end()
			synctest.Wait()
			talk.Joined(p.asked(), State{})
			synctest.Wait()
			require.Equal(t, "left human_lost again=false", p.last())
			require.Empty(t, maya.all("talk.joined"))
		}

		p, talk := o.ask("acme")
		maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		synctest.Wait()
		agreed := p.asked()
		noah := o.available("Noah")
		maya.Close("gone")
		synctest.Wait()
		noah.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		synctest.Wait()
		talk.Joined(agreed, State{})
		synctest.Wait()
		require.Empty(t, noah.all("talk.joined"), "the person agreed to Maya")
		require.Equal(t, "offered Noah, Acme", p.last())
		talk.Joined(p.asked(), State{})
		synctest.Wait()
		require.Len(t, noah.all("talk.joined"), 1)
	})
}

// An agent who was sent away and stays says nothing more.
func TestDeskSentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, tenant.Handoff{})
		defer o.desks.Close()
		maya := &deaf{o.seat()}
		gone := make(chan struct{})
		go func() {
			_ = o.desks.Serve(Who{Tenant: "acme", Name: "Maya"}, maya, func() bool { return false })
			close(gone)
		}()
		maya.send(`{"type":"available"}`)
		p, talk := o.ask("acme")
		maya.send(`{"type":"take","talk":%q}`, session.ID{o.next}.String())
		synctest.Wait()
		talk.Joined(p.asked(), State{})
		time.Sleep(pingEvery)
		synctest.Wait()
		maya.send(`{"type":"say","talk":%q,"text":"still here"}`, session.ID{o.next}.String())
		<-gone
		synctest.Wait()
		require.Empty(t, p.said)
		require.Contains(t, p.told, "left human_lost again=true")
	})
}

// deaf is an agent who does not go when they are told to.
type deaf struct{ *seat }

func (d deaf) Close(string) {}

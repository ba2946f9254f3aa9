package fallback

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scale multiplies the counts of loops.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// A step of a script: what happens to a server, and how it is seen after.
type step struct {
	after time.Duration // since the step before
	do    string        // ask, ok, fail, fail 30s, leave, begin: the oldest ticket that is out
	want  State
	no    bool // of ask: it is not let through
}

// What opens a breaker, and what closes it. R57
func TestBreaker(t *testing.T) {
	rules := Rules{Failures: 3, Window: 30 * time.Second, Rest: 10 * time.Second, Longest: time.Minute}
	fail := func(n int, last State) (all []step) {
		for i := range n {
			s := Closed
			if i == n-1 {
				s = last
			}
			all = append(all, step{do: "ask"}, step{after: time.Second, do: "fail", want: s})
		}
		return all
	}
	open := fail(3, Open)
	for name, script := range map[string][]step{
		"two failures":           fail(2, Closed),
		"three failures":         open,
		"an answer between":      append(append(fail(2, Closed), step{do: "ask"}, step{do: "ok"}), fail(2, Closed)...),
		"not within the window":  {{do: "ask"}, {do: "fail"}, {do: "ask", after: 15 * time.Second}, {do: "fail"}, {do: "ask", after: 15 * time.Second}, {do: "fail"}},
		"just within the window": {{do: "ask"}, {do: "fail"}, {do: "ask", after: 15 * time.Second}, {do: "fail"}, {do: "ask", after: 15*time.Second - 1}, {do: "fail", want: Open}},
		"people who leave": {{do: "ask"}, {do: "leave"}, {do: "ask"}, {do: "leave"}, {do: "ask"}, {do: "leave"}, {do: "ask"}, {do: "leave"},
			{do: "ask"}, {do: "fail"}, {do: "ask"}, {do: "leave"}, {do: "ask"}, {do: "fail"}, {do: "ask"}, {do: "leave"}},
		"it rests":        append(open[:6:6], step{do: "ask", no: true, want: Open}, step{after: 10*time.Second - 1, do: "ask", no: true, want: Open}),
		"one trial":       append(open[:6:6], step{after: 10 * time.Second, do: "ask", want: HalfOpen}, step{do: "ask", no: true, want: HalfOpen}, step{after: time.Hour, do: "ask", no: true, want: HalfOpen}),
		"trial answered":  append(open[:6:6], step{after: 10 * time.Second, do: "ask", want: HalfOpen}, step{do: "ok"}, step{do: "ask"}, step{do: "fail"}),
		"trial failed":    append(open[:6:6], step{after: 10 * time.Second, do: "ask", want: HalfOpen}, step{do: "fail", want: Open}, step{after: 10*time.Second - 1, do: "ask", no: true, want: Open}, step{after: 1, do: "ask", want: HalfOpen}),
		"trial abandoned": append(open[:6:6], step{after: 10 * time.Second, do: "ask", want: HalfOpen}, step{do: "leave", want: HalfOpen}, step{do: "ask", want: HalfOpen}, step{do: "ok"}),
		"trial began":     append(open[:6:6], step{after: 10 * time.Second, do: "ask", want: HalfOpen}, step{do: "begin"}, step{do: "ask"}, step{do: "ok"}),
		"trial broke off": append(open[:6:6], step{after: 10 * time.Second, do: "ask", want: HalfOpen}, step{do: "begin"}, step{after: time.Second, do: "fail", want: Open}),
		"late failures": {{do: "ask"}, {do: "ask"}, {do: "ask"}, {do: "ask"}, {do: "fail"}, {do: "fail"}, {do: "fail", want: Open},
			{after: 10 * time.Second, do: "fail", want: Open}, {do: "ask", want: HalfOpen}, {do: "ok"}},
		"late answer":     {{do: "ask"}, {do: "ask"}, {do: "ask"}, {do: "ask"}, {do: "fail"}, {do: "fail"}, {do: "fail", want: Open}, {do: "ok", want: Open}},
		"told to wait":    {{do: "ask"}, {do: "fail 30s", want: Open}, {after: 30*time.Second - 1, do: "ask", no: true, want: Open}, {after: 1, do: "ask", want: HalfOpen}},
		"told a moment":   {{do: "ask"}, {do: "fail 1s", want: Open}, {after: 10*time.Second - 1, do: "ask", no: true, want: Open}, {after: 1, do: "ask", want: HalfOpen}},
		"told for ever":   {{do: "ask"}, {do: "fail 99999h", want: Open}, {after: time.Minute - 1, do: "ask", no: true, want: Open}, {after: 1, do: "ask", want: HalfOpen}},
		"told the absurd": {{do: "ask"}, {do: "fail -5s"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, now := NewBreaker(rules), time.Unix(1e9, 0)
			var out []Ticket
			for i, s := range script {
				now = now.Add(s.after)
				if s.do == "ask" {
					ticket, ok := b.Ask(now)
					require.Equal(t, !s.no, ok, "step %d", i)
					if ok {
						out = append(out, ticket)
					}
				} else if s.do == "begin" {
					out[0] = b.Began(now, out[0])
				} else {
					ticket := out[0]
					out = out[1:]
					switch s.do {
					case "ok":
						b.Answered(ticket)
					case "leave":
						b.Abandoned(ticket)
					case "fail":
						b.Failed(now, ticket, 0)
					default:
						after, err := time.ParseDuration(s.do[len("fail "):])
						require.NoError(t, err)
						b.Failed(now, ticket, after)
					}
				}
				require.Equal(t, s.want, b.State(), "step %d: %s", i, s.do)
			}
		})
	}
}

// Since is when the failures began that nothing has ended.
func TestSince(t *testing.T) {
	b, now := NewBreaker(Rules{}), time.Unix(1e9, 0)
	fail := func() {
		ticket, ok := b.Ask(now)
		require.True(t, ok)
		b.Failed(now, ticket, 0)
		now = now.Add(time.Second)
	}
	require.True(t, b.Since().IsZero())
	first := now
	for range 3 {
		fail()
	}
	now = now.Add(time.Minute)
	fail() // the trial
	require.Equal(t, first, b.Since())
	now = now.Add(time.Minute)
	ticket, _ := b.Ask(now)
	b.Answered(ticket)
	require.True(t, b.Since().IsZero())
}

// Whatever happens in whatever order: at most one trial is out; nobody is let
// through while it rests; people who leave never open it; it is asked again in
// the end; and no answer of before the change of a state counts.
func TestBreakerAtRandom(t *testing.T) {
	n := int(20000 * *scale)
	opened := 0
	for run := range n {
		random := rand.New(rand.NewPCG(1, uint64(run)))
		rules := Rules{Failures: 1 + random.IntN(4), Window: time.Duration(1+random.IntN(20)) * time.Second, Rest: time.Duration(1+random.IntN(20)) * time.Second}
		b, now := NewBreaker(rules), time.Unix(1e9, 0)
		var out []Ticket
		failures, until := 0, time.Time{}
		for range 60 {
			now = now.Add(time.Duration(random.Int64N(int64(4 * time.Second))))
			was := b.State()
			if len(out) == 0 || random.IntN(3) == 0 {
				ticket, ok := b.Ask(now)
				if was == Open && now.Before(until) && ok {
					t.Fatalf("run %d: let through while it rests", run)
				}
				if was == Closed && !ok {
					t.Fatalf("run %d: refused although it is closed", run)
				}
				if ok {
					if ticket.trial {
						for _, o := range out {
							if o.trial && o.opening == ticket.opening {
								t.Fatalf("run %d: two trials at once", run)
							}
						}
					}
					out = append(out, ticket)
				}
				continue
			}
			i := random.IntN(len(out))
			ticket := out[i]
			out = append(out[:i], out[i+1:]...)
			live := ticket.opening == b.opening
			switch random.IntN(4) {
			case 0:
				b.Answered(ticket)
				if live && b.State() != Closed {
					t.Fatalf("run %d: an answer left it %v", run, b.State())
				}
			case 1:
				b.Abandoned(ticket)
				if b.State() != was {
					t.Fatalf("run %d: somebody who left made it %v", run, b.State())
				}
			case 2:
				out = append(out, b.Began(now, ticket))
			case 3:
				failures++
				b.Failed(now, ticket, 0)
				if !live && b.State() != was {
					t.Fatalf("run %d: a failure of before made it %v", run, b.State())
				}
				if b.State() == Open && was != Open {
					opened++
					until = now.Add(rules.Rest)
				}
			}
		}
		// Whoever is out gives up; after its rest one is let through, and an
		// answer closes it.
		for _, o := range out {
			b.Abandoned(o)
		}
		ticket, ok := b.Ask(now.Add(time.Hour))
		if !ok {
			t.Fatalf("run %d: never asked again", run)
		}
		b.Answered(ticket)
		if b.State() != Closed || !b.Since().IsZero() {
			t.Fatalf("run %d: it answered and is %v", run, b.State())
		}
	}
	require.Positive(t, opened)
	t.Logf("n = %d runs of 60 steps, opened %d times", n, opened)
}

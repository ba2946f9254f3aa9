package gateway

import (
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// ledger is Facts that remembers them, or loses those of some kinds.
type ledger struct {
	mu    sync.Mutex
	facts []session.Fact
	lose  []session.FactKind
	late  bool // answers on a goroutine of its own
	stuck bool // answers nothing until unstick
	wait  []func()
}

func (l *ledger) set(f func(*ledger)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

// unstick answers everything that waits.
func (l *ledger) unstick() {
	l.mu.Lock()
	wait := l.wait
	l.wait, l.stuck = nil, false
	l.mu.Unlock()
	for _, answer := range wait {
		answer()
	}
}

func (l *ledger) Use(string, session.Fact) {}

func (l *ledger) Note(_ string, f session.Fact, done func(error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if slices.Contains(l.lose, f.Kind) {
		err = errors.New("disk full")
	} else {
		l.facts = append(l.facts, f)
	}
	switch {
	case done == nil:
	case l.stuck:
		l.wait = append(l.wait, func() { done(err) })
	case l.late:
		go done(err)
	default:
		done(err)
	}
}

func (l *ledger) of(k session.FactKind) []session.Fact {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.facts), func(f session.Fact) bool { return f.Kind != k })
}

// Every fact names its session; those about what the person read have its hash,
// and the last says how long the session was. // R26 R27
func TestFactsOfASession(t *testing.T) {
	for _, late := range []bool{false, true} {
		l := &ledger{late: late}
		tp := &tape{}
		bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
			c := r.agreed()
			c.turn("hello", 1)
			c.await("avatar.transcript.committed", 1)
			pass(90 * time.Second / 2)
			c.send(event{"type": "avatar.optout.submit"})
			c.await("avatar.optout.state", 1)
			c.send(event{"type": "avatar.session.end"})
			c.closed()
			pass(time.Second)
			n, _ := notice.For("en")
			for _, k := range []session.FactKind{session.NoticePresented, session.NoticeAcknowledged, session.ConsentGiven, session.PersonOptedOut} {
				got := l.of(k)
				require.Len(t, got, 1, k)
				require.Equal(t, n.SHA256, hex.EncodeToString(got[0].Hash[:]), k)
			}
			ended := l.of(session.SessionEnded)
			require.Len(t, ended, 1)
			require.EqualValues(t, 45, ended[0].Count)
			for _, f := range l.facts {
				require.Equal(t, ended[0].Session, f.Session)
				require.EqualValues(t, 4, f.Policy)
			}
			require.False(t, ended[0].Session.IsZero())
		}, recorded(tp), func(o *Options, _ *tenant.Tenant) { o.Facts = l })
	}
}

// A yes that cannot be written down is none, and the person is told; a no that
// cannot be is one. // R10 R41 R42
func TestFactsThatAreLost(t *testing.T) {
	l := &ledger{lose: []session.FactKind{session.ConsentGiven}, late: true}
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(o *Options, _ *tenant.Tenant) { o.Facts = l })
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.consent(true)
	require.Equal(t, map[string]any{"transcript": false}, c.await("avatar.consent.state", 1)["grants"])
	require.Equal(t, "not_noted", c.await("avatar.recording.state", 1)["reason"])
	c.turn("not kept", 1)
	require.Empty(t, tp.all())

	l.set(func(l *ledger) { l.lose = []session.FactKind{session.PersonOptedOut} })
	d := r.agreed()
	d.turn("kept", 1)
	d.await("avatar.transcript.committed", 1)
	d.send(event{"type": "avatar.optout.submit"})
	d.await("avatar.optout.state", 1)
	d.turn("not kept", 2)
	require.Len(t, tp.all(), 1)
}

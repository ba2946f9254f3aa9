package gateway

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// base is a database of tenants that can be lost.
type base struct {
	mu   sync.Mutex
	lost bool
	mark uint64
}

func (b *base) Load(context.Context) ([]tenant.Stored, error) { return nil, nil }

func (b *base) Mark(context.Context) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost {
		return 0, errors.New("gone")
	}
	return b.mark, nil
}

func (b *base) lose(lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = lost
}

// A database that cannot be asked any more: three seconds later, and not
// before, nothing is kept in any session, and each is told. When it is back,
// sessions that begin then are recorded again, and those stay as they are. // R10
func TestPolicyThatNobodyConfirms(t *testing.T) {
	tp, db := &tape{}, &base{}
	bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		d := r.server.options.Directory
		require.NoError(t, d.Load(ctx, db, nil))
		go d.Follow(ctx, db, tenant.PollEvery, nil, nil)
		c := r.agreed()
		pass(30 * time.Second)
		c.turn("kept", 1)
		c.await("avatar.transcript.committed", 1)

		db.lose(true)
		pass(tenant.Stale - tenant.PollEvery - time.Millisecond)
		require.Equal(t, 1, c.count("avatar.recording.state"))
		pass(tenant.PollEvery + 10*time.Millisecond)
		state := c.await("avatar.recording.state", 2)
		require.Equal(t, "off", state["state"])
		require.Equal(t, "unavailable", state["reason"])
		c.turn("not kept", 2)
		require.Len(t, tp.all(), 1)

		late := r.connect()
		late.acknowledge(late.aware("text"))
		require.Equal(t, "unavailable", late.await("avatar.recording.state", 1)["reason"])

		db.lose(false)
		pass(time.Second)
		again := r.agreed()
		again.turn("kept", 1)
		again.await("avatar.transcript.committed", 1)
		c.turn("not kept", 3)
		late.turn("not kept", 1)
		require.Len(t, tp.all(), 2)
		require.Equal(t, 2, c.count("avatar.recording.state"), "a live session stays unrecorded")
	}, recorded(tp))
}

// A session that was opened before the switch and begins after it begins
// unrecorded: nobody could tell it. // R10
func TestSwitchedOffBeforeItBegan(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	d := r.server.options.Directory
	who := &caller{tenant: d.Tenant("acme")}
	who.avatar = who.tenant.Find("")
	c, code := r.server.open(who)
	require.Empty(t, code)
	require.True(t, c.rules.Transcript)
	changed := *d.Tenant("acme")
	changed.Policy.Transcript, changed.Number = false, 5
	require.NoError(t, d.Replace([]tenant.Tenant{changed}))
	require.Equal(t, 1, r.server.Narrow("acme", nil))
	c.mu.Lock()
	c.session, _ = session.New(time.Now(), c.rules, session.Written)
	c.catchUp(time.Now())
	rules := c.rules
	c.mu.Unlock() // a test that fails with the lock held never ends
	require.False(t, rules.Transcript)
	require.EqualValues(t, 5, rules.Number)
	require.NoError(t, c.deliver(session.HungUp{Reason: session.Ended}, mine))
}

// Switched off by the tenant, and on again: the first holds for sessions that
// are there, the second for those that begin afterwards. Somebody has to say
// how many stay unrecorded. // R10 R12
func TestSwitchedOffAndOn(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	d := r.server.options.Directory
	c := r.agreed()
	c.turn("kept", 1)
	c.await("avatar.transcript.committed", 1)
	set := func(on bool, number uint64) {
		changed := *d.Tenant("acme")
		changed.Policy.Transcript, changed.Number = on, number
		require.NoError(t, d.Replace([]tenant.Tenant{changed}))
		require.NotZero(t, r.server.Narrow("acme", nil))
	}
	set(false, 5)
	require.Equal(t, "policy", c.await("avatar.recording.state", 2)["reason"])
	c.turn("not kept", 2)
	set(true, 6)
	c.turn("not kept either", 3)
	require.Len(t, tp.all(), 1)
	fresh := r.agreed()
	fresh.turn("kept", 1)
	fresh.await("avatar.transcript.committed", 1)
	got := tp.all()
	require.Len(t, got, 2)
	require.EqualValues(t, 6, got[1].grant.Policy())
	words := map[string]int{}
	for _, l := range r.server.Live("acme") {
		words[l.Recording]++
	}
	require.Equal(t, map[string]int{"on": 1, "off": 1}, words)
}

// What the tenant hides from now on is hidden in live sessions too; what it
// hides no longer stays hidden there, as the person was told. // R10 R78
func TestRedactionNarrowsAtOnce(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(_ *Options, tn *tenant.Tenant) {
		tn.Policy.Redaction = tenant.Redaction{Email: redact.Off, Card: redact.Drop}
	})
	d := r.server.options.Directory
	c := r.agreed()
	say := func(nth int) string {
		c.turn("ada@example.org 4111 1111 1111 1111", nth)
		c.await("avatar.transcript.committed", nth)
		return tp.all()[nth-1].text
	}
	require.Contains(t, say(1), "ada@example.org …")
	changed := *d.Tenant("acme")
	changed.Number, changed.Policy.Redaction = 5, tenant.Redaction{Email: redact.Replace, Card: redact.Off}
	require.NoError(t, d.Replace([]tenant.Tenant{changed}))
	require.Equal(t, 1, r.server.Narrow("acme", nil))
	require.Contains(t, say(2), "[email] …")
	require.Equal(t, "on", c.await("avatar.recording.state", 2)["state"])

	changed.Number, changed.Policy.Purposes = 6, []tenant.Purpose{tenant.Learning}
	require.NoError(t, d.Replace([]tenant.Tenant{changed}))
	r.server.Narrow("acme", nil)
	require.Equal(t, "off", c.await("avatar.recording.state", 3)["state"], "nothing is left that the person agreed to")
}

// What the recorder refuses because it knows of the switch already is not kept
// and not a failure: the person is told that recording is off.
func TestRecorderKnowsFirst(t *testing.T) {
	tp := &tape{fail: ErrDropped}
	c := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp)).agreed()
	c.turn("not kept", 1)
	state := c.await("avatar.recording.state", 2)
	require.Equal(t, "off", state["state"])
	require.Equal(t, "policy", state["reason"])
}

// Sessions can be seen and ended by those who run them, and the person reads
// why.
func TestEndedByTheOrganisation(t *testing.T) {
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil)
	a, b := r.connect(), r.connect()
	for _, c := range []*client{a, b} {
		c.await("session.created", 1)
	}
	live := r.server.Live("acme")
	require.Len(t, live, 2)
	require.Equal(t, "websocket", live[0].Transport)
	require.Equal(t, "lumen", live[0].Avatar)
	require.Empty(t, r.server.Live("other"))
	require.Zero(t, r.server.End("other", live[0].ID, "", ""), "of another tenant")
	require.Zero(t, r.server.End("acme", session.ID{}, "moth", ""), "of another avatar")
	require.Equal(t, 1, r.server.End("acme", live[0].ID, "", "We close\nfor today.\u202e"))
	require.Equal(t, "We close for today.", a.await("error", 1).at("error", "message"))
	_, reason := a.closed()
	require.Equal(t, "ended", reason)
	require.Equal(t, 1, r.server.End("acme", session.ID{}, "lumen", ""))
	b.closed()
	require.Eventually(t, func() bool { return len(r.server.Live("acme")) == 0 }, 30*time.Second, time.Millisecond)
}

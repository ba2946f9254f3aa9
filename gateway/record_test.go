package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/notice"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// tape is a recorder in memory that does as it is told.
type tape struct {
	mu      sync.Mutex
	turns   []taped
	reports []tapedReport
	waiting []func() // what a held tape has not answered
	hold    bool     // answers nothing until release
	fail    error    // of each turn
	ready   error
	held    bool // what is there is on hold
	mute    bool // sound is not allowed, and nobody has said so
}

type taped struct {
	of    Conversation
	grant session.Grant
	text  string
	sound [2][]byte // files, by side
}

func (r *tape) Ready() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready
}

func (r *tape) Keep(ctx context.Context, of Conversation, t redact.Turn, done func(error)) {
	write := func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return ErrDropped
		case r.fail != nil:
			return r.fail
		}
		kept := taped{of: of, grant: t.Grant(), text: string(t.AppendTo(nil))}
		for _, side := range redact.Sides() {
			if !r.mute {
				kept.sound[side] = t.AppendSoundTo(nil, side)
			}
		}
		r.turns = append(r.turns, kept)
		if _, n := t.Sound(redact.Reply); r.mute && n > 0 {
			return ErrSoundDropped
		}
		return nil
	}
	r.do(write, done)
}

// do writes, once that is not held back any more.
func (r *tape) do(write func() error, done func(error)) {
	r.mu.Lock()
	if r.hold {
		r.waiting = append(r.waiting, func() { done(write()) })
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	go func() { done(write()) }()
}

func (r *tape) Erase(_ context.Context, _ string, id session.ID) (Erased, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held {
		return Erased{}, ErrHeld
	}
	turns, reports := len(r.turns), len(r.reports)
	r.turns = slices.DeleteFunc(r.turns, func(t taped) bool { return t.of.Session == id })
	r.reports = slices.DeleteFunc(r.reports, func(t tapedReport) bool { return t.of.Session == id })
	return Erased{turns - len(r.turns), reports - len(r.reports)}, nil
}

func (r *tape) KeepReport(ctx context.Context, of Conversation, t redact.Report, f session.Fact, done func(error)) {
	write := func() error {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case ctx.Err() != nil:
			return ErrDropped
		case r.fail != nil:
			return r.fail
		}
		r.reports = append(r.reports, tapedReport{of, f, string(t.AppendTo(nil))})
		return nil
	}
	r.do(write, done)
}

// tapedReport is a report on the tape.
type tapedReport struct {
	of   Conversation
	fact session.Fact
	text string
}

// release answers everything that waits.
func (r *tape) release() {
	r.mu.Lock()
	waiting := r.waiting
	r.waiting, r.hold = nil, false
	r.mu.Unlock()
	for _, answer := range waiting {
		answer()
	}
}

// waits is how many turns are not answered.
func (r *tape) waits() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting)
}

func (r *tape) set(f func(*tape)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r)
}

func (r *tape) all() []taped {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.turns)
}

// recorded is a tenant that records, onto the tape.
func recorded(r *tape) rigOption {
	return func(o *Options, tn *tenant.Tenant) {
		o.Recorder = r
		tn.Number = 4
		tn.Policy = tenant.Policy{AuditDetail: true, Transcript: true, Retention: 30 * 24 * time.Hour, Purposes: []tenant.Purpose{tenant.Audit, tenant.Quality}}
	}
}

// agreed opens a session whose person agreed to be recorded.
func (r *rig) agreed() *client {
	r.t.Helper()
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.consent(true)
	require.Equal(r.t, "on", c.await("avatar.recording.state", 1)["state"])
	return c
}

// consent answers the question about the transcript.
func (c *client) consent(yes bool) event {
	c.t.Helper()
	asked := c.await("avatar.consent.requested", 1)
	c.send(event{"type": "avatar.consent.submit", "consent_id": asked["consent_id"], "grants": event{"transcript": yes}, "method": "click"})
	return asked
}

// turn asks something and waits for the end of the nth answer.
func (c *client) turn(text string, nth int) {
	c.t.Helper()
	c.text(text)
	c.send(event{"type": "response.create"})
	c.await("response.done", nth)
}

// The main path: asked, agreed, told, kept, committed, and the key to it. // R10 R26 R41
func TestATurnIsKept(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"Noted."}}, nil, recorded(tp))
	c := r.connect()
	c.acknowledge(c.aware("text"))
	asked := c.consent(true)
	require.Equal(t, []any{"transcript"}, asked["purposes"])
	require.NotEmpty(t, asked.at("notice", "sha256"))
	ready := c.await("avatar.session.ready", 1)
	require.Equal(t, "transcript", ready.at("avatar", "storage", "here"))
	require.EqualValues(t, 4, ready.at("avatar", "policy", "number"))
	on := c.await("avatar.recording.state", 1)
	require.Equal(t, "on", on["state"])
	require.Equal(t, []any{"transcript"}, on["kinds"])

	c.turn("My address is ada@example.org", 1)
	done := c.await("avatar.transcript.committed", 1)
	require.Len(t, done["item_ids"], 2)
	key := c.await("avatar.receipt.key", 1)
	require.Regexp(t, `^mrk_[A-Za-z0-9_-]{43}$`, key["key"])
	require.Contains(t, key["url"], "/me#key=mrk_")

	got := tp.all()
	require.Len(t, got, 1)
	require.Contains(t, got[0].text, "My address is [email]")
	require.Contains(t, got[0].text, "Noted.")
	require.Equal(t, 30*24*time.Hour, got[0].grant.Retention())
	require.EqualValues(t, 4, got[0].grant.Policy())
	of := got[0].of
	require.Equal(t, "acme", of.Tenant)
	require.Equal(t, "lumen", of.Avatar)
	require.Equal(t, []string{"audit", "quality"}, of.Purposes)
	require.Equal(t, sha256.Sum256([]byte(key["key"].(string))), of.Receipt)
	require.EqualValues(t, 1, r.facts.Count(session.ConsentGiven))
	require.EqualValues(t, 1, r.facts.Count(session.RecordingStarted))

	c.turn("Again", 2)
	c.await("avatar.transcript.committed", 2)
	require.Equal(t, 1, c.count("avatar.receipt.key"), "the key is given once")
}

// The name by which the tenant knows a person is stored as a pseudonym of that
// tenant, and the name itself nowhere. // R77
func TestSubjectIsAPseudonym(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(o *Options, _ *tenant.Tenant) {
		o.Pseudonym = func(tenantID string, name []byte) string { return tenantID + "-" + strings.Repeat("x", len(name)) }
	})
	secret := r.secret(`{"session":{"type":"realtime","output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true,"subject":"ada-17"}}}`)
	ws, _, err := r.dial(map[string][]string{"Authorization": {"Bearer " + secret}}, "")
	require.NoError(t, err)
	c := watch(t, ws)
	c.acknowledge(c.await("avatar.disclosure.presented", 1))
	c.consent(true)
	c.turn("hello", 1)
	c.await("avatar.transcript.committed", 1)
	require.Equal(t, "acme-xxxxxx", tp.all()[0].of.Subject)
	require.NotContains(t, tp.all()[0].text, "ada-17")
}

// What the integrator's page asked need not be asked again, if it was this
// notice and all of it. // R26 R41
func TestConsentOfTheIntegrator(t *testing.T) {
	n, _ := notice.For("en")
	for name, c := range map[string]struct {
		sha   string
		grant bool
		asked bool
	}{
		"this notice":        {n.SHA256, true, false},
		"another notice":     {strings.Repeat("0", 64), true, true},
		"they refused there": {n.SHA256, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			tp, log := &tape{}, &ledger{}
			r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(o *Options, _ *tenant.Tenant) { o.Facts = log })
			secret := r.secret(fmt.Sprintf(`{"session":{"type":"realtime","output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true,
				"consent":{"grants":{"transcript":%v},"notice":{"version":%q,"sha256":%q}}}}}`, c.grant, n.Version, c.sha))
			ws, _, err := r.dial(map[string][]string{"Authorization": {"Bearer " + secret}}, "")
			require.NoError(t, err)
			cl := watch(t, ws)
			cl.acknowledge(cl.await("avatar.disclosure.presented", 1))
			if c.asked {
				cl.consent(false)
			}
			cl.await("avatar.consent.state", 1)
			require.Equal(t, !c.asked, cl.await("avatar.recording.state", 1)["state"] == "on")
			require.Equal(t, c.asked, cl.count("avatar.consent.requested") > 0)
			key, _ := r.server.options.Directory.Lookup(r.key, time.Now())
			log.set(func(l *ledger) {
				for _, f := range l.facts {
					switch {
					case f.Kind == session.ConsentGiven:
						require.Equal(t, key.ID, f.Actor, "it is the integrator's word")
					case f.Kind == session.ConsentRefused:
						require.Zero(t, f.Actor, "it is the person's own")
					}
				}
			})
		})
	}
}

// A no, no answer, a stock client, a policy without it: nothing reaches the
// recorder. // R10 R12
func TestNothingIsKeptWithoutAYes(t *testing.T) {
	off := func(_ *Options, tn *tenant.Tenant) { tn.Policy.Transcript = false }
	for name, c := range map[string]struct {
		with []rigOption
		run  func(*testing.T, *client)
	}{
		"refused": {nil, func(t *testing.T, c *client) {
			c.acknowledge(c.aware("text"))
			c.consent(false)
			require.Equal(t, "no_consent", c.await("avatar.recording.state", 1)["reason"])
			c.turn("secret", 1)
		}},
		"a client that cannot answer": {nil, func(t *testing.T, c *client) {
			c.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}})
			c.await("response.done", 1)
			require.Equal(t, "no_consent", c.await("avatar.recording.state", 1)["reason"])
			c.turn("secret", 2)
		}},
		"the policy": {[]rigOption{off}, func(t *testing.T, c *client) {
			c.acknowledge(c.aware("text"))
			require.Equal(t, "policy", c.await("avatar.recording.state", 1)["reason"])
			c.turn("secret", 1)
			require.Zero(t, c.count("avatar.consent.requested"))
		}},
		"forced off": {[]rigOption{func(_ *Options, tn *tenant.Tenant) { tn.ForcedOff = true }}, func(t *testing.T, c *client) {
			c.acknowledge(c.aware("text"))
			require.Equal(t, "off", c.await("avatar.recording.state", 1)["state"])
			c.turn("secret", 1)
		}},
		"a recorder that is not ready": {[]rigOption{func(o *Options, _ *tenant.Tenant) { o.Recorder.(*tape).ready = errors.New("the master key is lost") }}, func(t *testing.T, c *client) {
			c.acknowledge(c.aware("text"))
			require.Equal(t, "off", c.await("avatar.recording.state", 1)["state"])
			require.Equal(t, "nothing", c.await("avatar.session.ready", 1).at("avatar", "storage", "here"))
			c.turn("secret", 1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tp := &tape{}
			r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, append([]rigOption{recorded(tp)}, c.with...)...)
			c.run(t, r.connect())
			time.Sleep(20 * time.Millisecond)
			require.Empty(t, tp.all())
		})
	}
}

// Off the record in the middle: what was on its way to the disk is dropped,
// the acknowledgement comes when nothing is on its way, nothing follows, and
// it stays so after a resume. // R12 R42
func TestOffTheRecord(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	c := r.agreed()
	c.turn("kept", 1)
	c.await("avatar.transcript.committed", 1)
	tp.set(func(r *tape) { r.hold = true })
	c.turn("on its way", 2)
	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"transcript"}, "erase_stored": false})
	require.Never(t, func() bool { return c.count("avatar.optout.state") > 0 }, 100*time.Millisecond, 10*time.Millisecond,
		"said while a turn was still on its way")
	tp.release()
	state := c.await("avatar.optout.state", 1)
	require.EqualValues(t, 0, state["erased"])
	require.NotNil(t, state["effective_from_item"])
	require.Equal(t, "opted_out", c.await("avatar.recording.state", 2)["reason"])
	c.turn("say that again", 3)
	require.Len(t, tp.all(), 1)
	require.Equal(t, 1, c.count("avatar.transcript.committed"))

	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	ws, _, err := r.dial(map[string][]string{"Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}, "Origin": {r.origin}}, "")
	require.NoError(t, err)
	again := watch(t, ws)
	require.Equal(t, "opted_out", again.await("avatar.recording.state", 1)["reason"])
	require.Equal(t, []any{"transcript"}, again.await("avatar.optout.state", 1)["purposes"])
	again.await("avatar.receipt.key", 1)
	again.turn("still off", 1)
	require.Len(t, tp.all(), 1)
}

// With the choice to erase: what this session stored is gone when it is
// acknowledged, and the count is said. What is held is said to be held. // R12 R48
func TestOffTheRecordAndErased(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	other := r.agreed()
	other.turn("another's", 1)
	other.await("avatar.transcript.committed", 1)
	c := r.agreed()
	for i := range 3 {
		c.turn("kept", i+1)
		c.await("avatar.transcript.committed", i+1)
	}
	c.send(event{"type": "avatar.optout.submit", "erase_stored": true})
	require.EqualValues(t, 3, c.await("avatar.optout.state", 1)["erased"])
	require.Len(t, tp.all(), 1)

	tp.set(func(r *tape) { r.held = true })
	other.send(event{"type": "avatar.optout.submit", "erase_stored": true})
	require.Equal(t, "held", other.await("error", 1).at("error", "code"))
	require.EqualValues(t, 0, other.await("avatar.optout.state", 1)["erased"])
	require.Len(t, tp.all(), 1)
}

// Who asks for what is stored to go, and is gone before it went, is obeyed all
// the same. // R12 R48
func TestErasedAlthoughGone(t *testing.T) {
	tp := &tape{}
	l := &ledger{stuck: true}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(o *Options, _ *tenant.Tenant) { o.Facts = l })
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.consent(true)
	l.unstick()
	c.turn("kept", 1)
	c.await("avatar.transcript.committed", 1)
	l.set(func(l *ledger) { l.stuck = true }) // the no itself is not durable yet
	c.send(event{"type": "avatar.optout.submit", "erase_stored": true})
	require.Eventually(t, func() bool { return len(tp.all()) == 0 }, 30*time.Second, time.Millisecond)
	require.Zero(t, c.count("avatar.optout.state"))
	require.NoError(t, c.ws.Close())
	l.unstick()
	require.Empty(t, tp.all())
}

// A consent that is taken back drops what was on its way.
func TestWithdrawnDropsWhatIsOnItsWay(t *testing.T) {
	tp := &tape{hold: true}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	c := r.agreed()
	c.turn("on its way", 1)
	c.send(event{"type": "avatar.consent.withdraw", "purposes": []string{"transcript"}})
	time.Sleep(20 * time.Millisecond)
	tp.release()
	require.Equal(t, "consent_withdrawn", c.await("avatar.recording.state", 2)["reason"])
	require.Empty(t, tp.all())
	require.Zero(t, c.count("avatar.transcript.committed"))
}

// A session that is over drops what was on its way.
func TestHangUpDropsWhatIsOnItsWay(t *testing.T) {
	tp := &tape{hold: true}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	c := r.agreed()
	c.turn("on its way", 1)
	c.send(event{"type": "avatar.session.end"})
	c.closed()
	tp.release()
	require.Empty(t, tp.all())
}

// A recorder that fails, and one that never answers: the person sees it within
// two seconds, and the session goes on unrecorded. // R13
func TestRecordingFailed(t *testing.T) {
	t.Run("it says so", func(t *testing.T) {
		tp := &tape{fail: errors.New("disk full")}
		c := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp)).agreed()
		c.turn("lost", 1)
		failed := c.await("avatar.recording.state", 2)
		require.Equal(t, "failed", failed["state"])
		tp.set(func(r *tape) { r.fail = nil })
		c.turn("goes on", 2)
		time.Sleep(20 * time.Millisecond)
		require.Empty(t, tp.all(), "it does not begin again by itself")
		require.Zero(t, c.count("avatar.transcript.committed"))
	})
	t.Run("it never answers", func(t *testing.T) {
		tp := &tape{hold: true}
		bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
			c := r.agreed()
			c.turn("lost", 1)
			pass(time.Second)
			require.Equal(t, 1, c.count("avatar.recording.state"), "a disk may take a moment")
			pass(time.Second)
			require.Equal(t, "failed", c.await("avatar.recording.state", 2)["state"], "within two seconds")
			tp.release() // the disk is back: the turn was called back meanwhile
			synctest.Wait()
			require.Empty(t, tp.all())
			require.Zero(t, c.count("avatar.transcript.committed"))
		}, recorded(tp))
	})
	t.Run("the policy ends it", func(t *testing.T) {
		tp := &tape{fail: errors.New("disk full")}
		c := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(_ *Options, tn *tenant.Tenant) {
			tn.Policy.OnFailure = tenant.End
		}).agreed()
		c.turn("lost", 1)
		require.Equal(t, "failed", c.await("avatar.recording.state", 2)["state"])
		c.closed()
	})
}

// A receipt says what happened and no word of it, and verifies. // R39 R46 R58
func TestReceiptOfASession(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"Answer word."}}, nil, recorded(tp), func(o *Options, _ *tenant.Tenant) { o.Signer = ring })
	c := r.agreed()
	c.turn("Question word", 1)
	c.await("avatar.transcript.committed", 1)
	c.send(event{"type": "avatar.receipt.request"})
	now := c.await("avatar.receipt", 1)
	require.Equal(t, ring.KeyID(), now["key_id"])
	got, err := receipt.Verify(now["jws"].(string), ring.Keys())
	require.NoError(t, err)
	require.True(t, got.Ended.IsZero())
	require.Len(t, got.Stored, 1)
	require.Equal(t, 1, got.Stored[0].Turns)
	require.WithinDuration(t, time.Now().Add(30*24*time.Hour), got.Stored[0].Until, time.Minute)
	require.Len(t, got.Disclosures, 1)
	require.False(t, got.Disclosures[0].Acknowledged.IsZero())
	require.Equal(t, "given", got.Consents[0].Answer)
	require.EqualValues(t, 4, got.Policies[0].Number)
	require.Equal(t, "processor", got.Organisation.Role)
	text, err := json.Marshal(got)
	require.NoError(t, err)
	require.NotContains(t, string(text), "word.")
	require.NotContains(t, string(text), "Question")

	c.send(event{"type": "avatar.optout.submit", "erase_stored": true})
	c.await("avatar.optout.state", 1)
	c.send(event{"type": "avatar.session.end"})
	c.closed()
	last, err := receipt.Verify(c.await("avatar.receipt", 2)["jws"].(string), ring.Keys())
	require.NoError(t, err)
	require.False(t, last.Ended.IsZero())
	require.Equal(t, 0, last.Stored[0].Turns)
	require.Equal(t, 1, last.Stored[0].Erased)
	require.True(t, last.Stored[0].Until.IsZero())
	require.Len(t, last.OptOuts, 1)
	require.Equal(t, []string{"on", "off"}, []string{last.Recording[0].State, last.Recording[1].State})
}

// A receipt names everybody who was sent something: what answers, and what
// speaks where an answer is spoken. // R58
func TestReceiptNamesRecipients(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	at, err := url.Parse("https://model.example/v1")
	require.NoError(t, err)
	for form, want := range map[string][]string{"text": {"Model words 2"}, "audio": {"Model words 2", "Voice answers 2"}} {
		t.Run(form, func(t *testing.T) {
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, tone{}, func(o *Options, tn *tenant.Tenant) {
				o.Signer = ring
				tn.Avatars[0].BackEnd = &tenant.BackEnd{URL: at, Model: "m", Name: "Model"}
				tn.Avatars[0].Speech = &tenant.BackEnd{URL: at, Model: "m", Name: "Voice"}
			})
			c := r.connect()
			c.acknowledge(c.aware(form))
			c.turn("one", 1)
			c.turn("two", 2)
			c.send(event{"type": "avatar.receipt.request"})
			got, err := receipt.Verify(c.await("avatar.receipt", 1)["jws"].(string), ring.Keys())
			require.NoError(t, err)
			var sent []string
			for _, to := range got.Recipients {
				require.Equal(t, receipt.NotDeclared, to.Keeps)
				sent = append(sent, fmt.Sprintf("%s %s %d", to.Name, to.What, to.Times))
			}
			require.Equal(t, want, sent)
		})
	}
}

// Ids of sessions are fresh: nothing in one leads to another. // R33 R77
func TestSessionIDsAreUnlinkable(t *testing.T) {
	n := int(1000 * min(*scale, 1))
	r := newRig(t, &scripted{}, nil, func(_ *Options, tn *tenant.Tenant) { tn.Limits.Sessions = n + 1 }).unlimited()
	seen := map[string]bool{}
	for range n {
		who := &caller{tenant: r.server.options.Directory.Tenant("acme")}
		who.avatar = who.tenant.Find("")
		c, code := r.server.open(who)
		require.Empty(t, code)
		// What is left of the id without the time that it begins with.
		for _, part := range []string{c.id, strings.ReplaceAll(c.id, "-", "")[13:], c.ids.Session()} {
			require.False(t, seen[part], part)
			seen[part] = true
		}
		c.abandon()
	}
	t.Logf("n = %d sessions", n)
}

// What the person would agree to is said by whoever knows: for how long, for
// what, and that it can be taken back. The page says the same. // R26 R40
func TestWhatIsAgreedToIsSaid(t *testing.T) {
	r := newRig(t, &scripted{}, nil, recorded(&tape{}))
	c := r.connect()
	c.acknowledge(c.aware("text"))
	said := c.await("avatar.consent.requested", 1)["sentences"].([]any)
	require.Len(t, said, 1)
	sentence := said[0].(map[string]any)
	require.Equal(t, "transcript", sentence["purpose"])
	require.Contains(t, sentence["text"], "30 days")
	require.Contains(t, sentence["text"], "Acme")

	_, body, _ := r.mine("GET", "/v1/avatar/page", "", "")
	page := parse(t, body)
	require.Equal(t, "transcript", page.at("storage", "here"))
	require.Contains(t, body, "30 days")
	require.Contains(t, body, "Recorded if you agree")
	require.NotContains(t, body, "is gone", "nothing may sound as if it were gone")
}

// A child: nothing is kept from here on, what was stored is gone, and reminders
// begin. It cannot be undone. // R70 R71 R72
func TestAChild(t *testing.T) {
	tp := &tape{}
	bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
		c := r.agreed()
		c.turn("kept", 1)
		c.await("avatar.transcript.committed", 1)
		c.send(event{"type": "avatar.minor.declare"})
		require.EqualValues(t, 1, c.await("avatar.optout.state", 1)["erased"])
		require.Empty(t, tp.all())
		require.Equal(t, "opted_out", c.await("avatar.recording.state", 2)["reason"])
		c.turn("not kept", 2)
		require.Empty(t, tp.all())
		require.EqualValues(t, 1, r.facts.Count(session.MinorDeclared))
	}, recorded(tp))
}

// Minors are reminded every three hours, and never recorded. // R71
func TestMinorsAreReminded(t *testing.T) {
	tp := &tape{}
	bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
		c := r.connect()
		c.acknowledge(c.aware("text"))
		require.Equal(t, "policy", c.await("avatar.recording.state", 1)["reason"])
		turns := 0
		for range 6 * 60 {
			turns++
			c.turn("hello", turns)
			pass(time.Minute)
		}
		require.Equal(t, 2, c.count("avatar.reminder"))
		reminder := c.await("avatar.reminder", 1)
		require.Contains(t, reminder["text"], "AI")
		require.Contains(t, reminder["text"], "break")
		require.Equal(t, "116 111", reminder["help_line"])
		require.Empty(t, tp.all())
	}, recorded(tp), func(_ *Options, tn *tenant.Tenant) {
		tn.Audience, tn.HelpLine = tenant.Minors, "116 111"
		tn.Limits.SessionTime, tn.Limits.IdleTime = 10*time.Hour, time.Hour
	})
}

// Who said no is served as well and as fast. // R53
func TestOptedOutIsServedAlike(t *testing.T) {
	n := int(100 * min(*scale, 10))
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"The library opens at nine.", "It closes at six."}}, nil, recorded(tp)).unlimited()
	yes, no := r.agreed(), r.agreed()
	no.send(event{"type": "avatar.optout.submit"})
	no.await("avatar.optout.state", 1)
	took := map[*client][]time.Duration{}
	replies := map[*client][]string{}
	for i := range n {
		for _, c := range []*client{yes, no} {
			start := time.Now()
			c.turn("When does it open?", i+1)
			took[c] = append(took[c], time.Since(start))
			replies[c] = append(replies[c], c.await("response.output_text.done", i+1)["text"].(string))
		}
	}
	require.Equal(t, replies[yes], replies[no])
	for _, c := range []*client{yes, no} {
		slices.Sort(took[c])
	}
	at := func(c *client, q float64) time.Duration { return took[c][int(q*float64(n-1))].Round(time.Microsecond) }
	for _, q := range []float64{0.1, 0.5, 0.9, 0.99} {
		t.Logf("n = %d turns each, p%.0f: recorded %v, opted out %v", n, 100*q, at(yes, q), at(no, q))
	}
	require.Less(t, at(no, 0.5), 3*at(yes, 0.5)+time.Millisecond)
	require.Less(t, at(yes, 0.5), 3*at(no, 0.5)+time.Millisecond)
	require.Eventually(t, func() bool { return len(tp.all()) == n }, 30*time.Second, time.Millisecond)
}

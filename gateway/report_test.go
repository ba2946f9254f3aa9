package gateway

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// unrecorded is a tenant that records nothing, and takes reports onto the tape.
func unrecorded(tp *tape) rigOption {
	return func(o *Options, tn *tenant.Tenant) {
		o.Recorder, tn.Number = tp, 4
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		if o.Signer, err = receipt.NewKeyring(key); err != nil {
			panic(err)
		}
	}
}

// answered opens a session, asks something, and gives the two items.
func (r *rig) answered() (c *client, question, answer any) {
	r.t.Helper()
	c = r.connect()
	c.acknowledge(c.aware("text"))
	c.turn("Is it safe? Mail ada@example.org", 1)
	for _, e := range c.all() {
		if e["type"] == "conversation.item.done" {
			question, answer = answer, e.at("item", "id")
		}
	}
	require.NotNil(r.t, question)
	return c, question, answer
}

func (c *client) report(lines ...event) {
	c.send(event{"type": "avatar.report.submit", "event_id": "ours", "consent": true, "reason": "harmful", "items": lines, "note": "Look at it."})
}

func reportedLine(item any, text string) event { return event{"item_id": item, "text": text} }

// stored is what the last receipt says is stored.
func (r *rig) stored(c *client, nth int) []receipt.Stored {
	c.t.Helper()
	c.send(event{"type": "avatar.receipt.request"})
	jws := c.await("avatar.receipt", nth)["jws"].(string)
	got, err := receipt.Verify(jws, r.server.options.Signer.Keys())
	require.NoError(c.t, err)
	return got.Stored
}

// With recording off a person reports an answer: what they ticked is all that
// is stored, it is said when it is durable and not before, the receipt says it,
// and they erase it from within. // R12 R18 R41 R48
func TestReportedAnswer(t *testing.T) {
	tp := &tape{hold: true}
	r := newRig(t, &scripted{sentences: []string{"Take all of them at once."}}, nil, unrecorded(tp))
	c, question, answer := r.answered()
	ready := c.await("avatar.session.ready", 1)
	require.EqualValues(t, 90, ready.at("avatar", "report", "days"))
	require.Equal(t, "nothing", ready.at("avatar", "storage", "here"))
	require.Empty(t, r.stored(c, 1))

	c.report(reportedLine(answer, "Take all of them"), reportedLine(question, "Is it safe? Mail ada@example.org"))
	require.Eventually(t, func() bool { return tp.waits() == 1 }, 30*time.Second, time.Millisecond)
	require.Zero(t, c.count("avatar.report.stored"), "it is not durable")
	require.Equal(t, 1, r.stored(c, 2)[0].UnsettledReports)
	tp.release()
	stored := c.await("avatar.report.stored", 1)
	require.Equal(t, []any{answer, question}, stored["item_ids"])
	until, err := time.Parse(time.RFC3339, stored["until"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(90*24*time.Hour), until, time.Hour)
	key := c.await("avatar.receipt.key", 1)
	require.Equal(t, stored["until"], key["stored_until"])
	require.Equal(t, "on_instruction", key["rights"], "of a processor")

	require.Empty(t, tp.all(), "no turn is recorded")
	require.Len(t, tp.reports, 1)
	got := tp.reports[0]
	require.Equal(t, stored["report_id"], got.fact.Object.String())
	require.Equal(t, session.ReportMade, got.fact.Kind)
	require.NotZero(t, got.fact.Hash, "the notice that the person had read")
	require.Equal(t, got.of.Session, got.fact.Session)
	require.Contains(t, got.text, `"role":"avatar","as_said":true,"words":"Take all of them"`)
	require.Contains(t, got.text, `"role":"user","as_said":true,"words":"Is it safe? Mail [email]"`)
	require.Contains(t, got.text, `"note":"Look at it."`)

	is := r.stored(c, 3)
	require.Len(t, is, 1)
	require.Equal(t, "report", is[0].What)
	require.Equal(t, 1, is[0].Reports)
	require.Equal(t, "consent", is[0].LegalBasis)
	require.Equal(t, stored["until"], is[0].Until.Format("2006-01-02T15:04:05.000Z"))

	c.send(event{"type": "avatar.optout.submit", "erase_stored": true})
	c.await("avatar.optout.state", 1)
	require.Empty(t, tp.reports)
	is = r.stored(c, 4)
	require.Zero(t, is[0].Reports)
	require.Equal(t, 1, is[0].ErasedReports)
	require.Zero(t, is[0].Until)
	c.report(reportedLine(answer, "Take all of them"))
	c.await("avatar.report.stored", 2) // the person's yes to this one is another
}

// What the tenant hides from now on is hidden in what is reported in live
// sessions too, whether turns are recorded there or not. // R10 R78
func TestReportRedactedAsOfNow(t *testing.T) {
	for name, option := range map[string]func(*tape) rigOption{"unrecorded": unrecorded, "recorded": recorded} {
		t.Run(name, func(t *testing.T) {
			tp := &tape{}
			r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, option(tp), func(_ *Options, tn *tenant.Tenant) {
				tn.Policy.Redaction.Email = redact.Off
			})
			d := r.server.options.Directory
			var c *client
			if name == "recorded" {
				c = r.agreed()
			} else {
				c = r.connect()
				c.acknowledge(c.aware("text"))
			}
			c.turn("Mail ada@example.org", 1)
			question := c.await("conversation.item.done", 1).at("item", "id")
			c.report(reportedLine(question, "Mail ada@example.org"))
			c.await("avatar.report.stored", 1)
			require.Contains(t, tp.reports[0].text, "ada@example.org")

			changed := *d.Tenant("acme")
			changed.Number, changed.Policy.Purposes, changed.Policy.Redaction.Email = 5, nil, redact.Replace
			require.NoError(t, d.Replace([]tenant.Tenant{changed}))
			r.server.Narrow("acme", nil)
			c.report(reportedLine(question, "Mail ada@example.org"))
			c.await("avatar.report.stored", 2)
			require.Contains(t, tp.reports[1].text, "Mail [email]")
			require.NotContains(t, tp.reports[1].text, "ada@example.org")
		})
	}
}

// What may not be taken is refused, with what the client called it, and
// nothing of it is stored.
func TestReportRefused(t *testing.T) {
	for name, c := range map[string]struct {
		with  rigOption
		send  func(c *client, answer any)
		code  string
		param any
	}{
		"another's item": {nil, func(c *client, _ any) { c.report(reportedLine("item_other9", "x")) }, "item_not_found", "items"},
		"no yes": {nil, func(c *client, answer any) {
			c.send(event{"type": "avatar.report.submit", "event_id": "ours", "consent": false, "reason": "wrong", "items": []event{reportedLine(answer, "x")}})
		}, "invalid_value", "consent"},
		"not taken":           {func(_ *Options, tn *tenant.Tenant) { tn.Policy.NoReports = true }, nil, "report_not_offered", nil},
		"minors":              {func(_ *Options, tn *tenant.Tenant) { tn.Audience = tenant.Minors }, nil, "report_not_offered", nil},
		"forced off":          {func(_ *Options, tn *tenant.Tenant) { tn.ForcedOff = true }, nil, "report_not_offered", nil},
		"not ready":           {func(o *Options, _ *tenant.Tenant) { o.Recorder.(*tape).ready = errors.New("no key") }, nil, "report_not_offered", nil},
		"a broken disk":       {func(o *Options, _ *tenant.Tenant) { o.Recorder.(*tape).fail = errors.New("disk") }, nil, "report_failed", nil},
		"forbidden meanwhile": {func(o *Options, _ *tenant.Tenant) { o.Recorder.(*tape).fail = ErrDropped }, nil, "report_not_offered", nil},
		"a child": {nil, func(c *client, answer any) {
			c.send(event{"type": "avatar.minor.declare"})
			c.await("avatar.optout.state", 1)
			c.report(reportedLine(answer, "x"))
		}, "report_not_offered", nil},
	} {
		t.Run(name, func(t *testing.T) {
			tp := &tape{}
			with := []rigOption{unrecorded(tp)}
			if c.with != nil {
				with = append(with, c.with)
			}
			r := newRig(t, &scripted{sentences: []string{"x"}}, nil, with...)
			cl, _, answer := r.answered()
			if c.send == nil {
				cl.report(reportedLine(answer, "x"))
			} else {
				c.send(cl, answer)
			}
			bad := cl.await("error", 1)
			require.Equal(t, c.code, bad.at("error", "code"))
			require.Equal(t, c.param, bad.at("error", "param"))
			require.Equal(t, "ours", bad.at("error", "event_id"))
			require.Empty(t, tp.reports)
			if c.code == "report_not_offered" && c.send == nil && name != "forbidden meanwhile" {
				require.Nil(t, cl.await("avatar.session.ready", 1).at("avatar", "report"))
			}
			for _, s := range r.stored(cl, 1) {
				require.Zero(t, s.Reports+s.UnsettledReports)
			}
		})
	}
}

// A session takes ten.
func TestReportLimit(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"x"}}, nil, unrecorded(tp))
	c, _, answer := r.answered()
	for n := range 10 {
		c.report(reportedLine(answer, "x"))
		c.await("avatar.report.stored", n+1)
	}
	c.report(reportedLine(answer, "x"))
	require.Equal(t, "report_limit", c.await("error", 1).at("error", "code"))
	require.Len(t, tp.reports, 10)
}

// On a disk that does not answer, the person learns within two seconds that
// nothing is stored, and what still comes of it is called back.
func TestReportOverdue(t *testing.T) {
	alongside(t)
	tp := &tape{hold: true}
	r := newRig(t, &scripted{sentences: []string{"x"}}, nil, unrecorded(tp))
	c, _, answer := r.answered()
	began := time.Now()
	c.report(reportedLine(answer, "x"))
	require.Equal(t, "report_failed", c.await("error", 1).at("error", "code"))
	require.Less(t, time.Since(began), 10*time.Second)
	tp.release()
	c.turn("again", 2)
	require.Empty(t, tp.reports)
	require.Zero(t, c.count("avatar.report.stored"))
	require.Equal(t, 1, c.count("error"), "said once")
}

// A report on its way when the session is said to be a child's, or ends, is
// called back.
func TestReportCalledBack(t *testing.T) {
	for name, end := range map[string]func(c *client){
		"a child": func(c *client) { c.send(event{"type": "avatar.minor.declare"}) },
		"erased":  func(c *client) { c.send(event{"type": "avatar.optout.submit", "erase_stored": true}) },
		"hung up": func(c *client) { c.send(event{"type": "avatar.session.end"}); c.closed() },
	} {
		t.Run(name, func(t *testing.T) {
			tp := &tape{hold: true}
			r := newRig(t, &scripted{sentences: []string{"x"}}, nil, unrecorded(tp))
			c, _, answer := r.answered()
			c.report(reportedLine(answer, "x"))
			require.Eventually(t, func() bool { return tp.waits() == 1 }, 30*time.Second, time.Millisecond)
			end(c)
			if name != "hung up" {
				time.Sleep(20 * time.Millisecond)
				require.Zero(t, c.count("avatar.optout.state"), "something is on its way to the disk")
			}
			tp.release()
			if name != "hung up" {
				c.await("avatar.optout.state", 1)
			}
			time.Sleep(20 * time.Millisecond)
			require.Empty(t, tp.reports)
			require.Zero(t, c.count("avatar.report.stored"))
		})
	}
}

// With the receipt key a person sees, reads and takes back what they reported,
// also where the organisation carries out requests itself, and sees what it
// answered. // R42 R46 R48 R54
func TestMyReports(t *testing.T) {
	a, key := newArchive()
	mine := session.ID{0x0e}
	a.holding.Turns = 0
	a.holding.Reports = []HeldReport{{ID: mine, At: time.Now(), Until: time.Now().Add(time.Hour), Reason: "wrong", Lines: 2, State: "answered", Answer: "We corrected it."}}
	r := newRig(t, &scripted{}, nil, func(o *Options, tn *tenant.Tenant) { o.Rights = a }).generous()
	status, body, _ := r.mine("GET", "/v1/me", key, "")
	require.Equal(t, 200, status, body)
	me := parse(t, body)
	require.Equal(t, "on_instruction", me["rights"])
	require.EqualValues(t, 0, me["turns"])
	one := me["reports"].([]any)[0].(map[string]any)
	require.Equal(t, "We corrected it.", one["answer"])
	require.Equal(t, mine.String(), one["id"])
	status, body, _ = r.mine("GET", "/v1/me/reports/"+mine.String(), key, "")
	require.Equal(t, 200, status, body)
	require.Equal(t, mine.String(), parse(t, body)["report"])
	for _, bad := range []string{session.ID{1}.String(), "x", strings.Repeat("0", 36)} {
		for _, method := range []string{"GET", "DELETE"} {
			status, _, _ = r.mine(method, "/v1/me/reports/"+bad, key, "")
			require.Equal(t, 400, status, bad)
		}
	}
	status, _, _ = r.mine("DELETE", "/v1/me/reports/"+mine.String(), string(newReceiptKey()), "")
	require.Equal(t, 401, status)
	a.held = true
	status, _, _ = r.mine("DELETE", "/v1/me/reports/"+mine.String(), key, "")
	require.Equal(t, 409, status)
	a.held = false
	status, body, _ = r.mine("DELETE", "/v1/me/reports/"+mine.String(), key, "")
	require.Equal(t, 200, status, body)
	status, _, _ = r.mine("GET", "/v1/me", key, "")
	require.Equal(t, 401, status, "nothing is left under the key")
}

// What is erased over /me while the session lives is counted in its receipt,
// and what is stored afterwards too. // R18 R48
func TestErasedWhileItLives(t *testing.T) {
	tp := &tape{}
	a, key := newArchive()
	r := newRig(t, &scripted{sentences: []string{"x"}}, nil, unrecorded(tp), recorded(tp), func(o *Options, tn *tenant.Tenant) {
		o.Rights, tn.Controller = a, true
	}).generous()
	c := r.agreed()
	c.turn("one", 1)
	c.await("avatar.transcript.committed", 1)
	c.turn("two", 2)
	c.await("avatar.transcript.committed", 2)
	require.Equal(t, 2, r.stored(c, 1)[0].Turns)
	a.holding.Session, a.holding.Turns = tp.all()[0].of.Session, 2
	status, body, _ := r.mine("DELETE", "/v1/me/transcript", key, "")
	require.Equal(t, 200, status, body)
	is := r.stored(c, 2)[0]
	require.Zero(t, is.Turns)
	require.Equal(t, 2, is.Erased)
	require.Zero(t, is.Until)
	c.turn("three", 3)
	c.await("avatar.transcript.committed", 3)
	is = r.stored(c, 3)[0]
	require.Equal(t, 1, is.Turns)
	require.Equal(t, 2, is.Erased)
	require.NotZero(t, is.Until)
}

package gateway

import (
	"encoding/hex"
	"math"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// story is what happened in a session as far as its receipt tells it: no
// words. It lives and ends with the session. Guarded by conn.mu.
type story struct {
	policies    []receipt.Policy
	recording   []receipt.Recording
	disclosures []receipt.Disclosure
	consents    []receipt.Consent
	optOuts     []receipt.OptOut
	recipients  []receipt.Recipient
	humans      []receipt.Human
	hidden      *receipt.Hidden   // nil: the visible notice was not withheld
	claimed     bool              // the answer that comes next is the integrator's
	heard       bool              // the person was listened to
	showed      bool              // the person showed something
	declared    map[[32]byte]bool // whose declaration is a fact already, by their entry in the register
	undeclared  uint64            // sendings to those beyond mostDeclared
	odd         avatar.OddCount   // what servers said that nobody asked for, and is in no fact yet
}

// mostChapters bounds each list of a story: what a client repeats for ever
// does not grow it for ever.
const mostChapters = 200

func tell[T any](list *[]T, one T) {
	if len(*list) < mostChapters {
		*list = append(*list, one)
	}
}

// at is a time as a receipt has it.
func at(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// witness completes a fact with what the session does not know. Called with
// mu held.
func (c *conn) witness(now time.Time, f session.Fact) session.Fact {
	f.Session = c.uuid
	switch f.Kind {
	case session.SessionStarted, session.EngineAsked, session.DialRefused, session.TokensUsed, session.UnexpectedControl, session.BackendDeclared:
		f.Object = session.NameID(c.tenant.ID, c.avatar.ID)
	case session.ReportMade, session.NoticePresented, session.NoticeAcknowledged, session.NoticeWithheld, session.ConsentGiven, session.ConsentRefused, session.ConsentWithdrawn, session.PersonOptedOut:
		hash, err := hex.DecodeString(c.notice().SHA256)
		if err == nil {
			copy(f.Hash[:], hash)
		}
		if f.Kind == session.ConsentGiven && c.story.claimed {
			f.Actor = c.integrator()
		}
	case session.SessionEnded:
		f.Object = session.NameID(c.tenant.ID, c.avatar.ID)
		f.Count = uint64(math.Ceil(max(now.Sub(c.began), 0).Seconds()))
	}
	return f
}

// integrator names who says that the person agreed, in facts: the key that the
// client secret was made with. A fact without anybody is the person's own.
func (c *conn) integrator() session.ID {
	if c.opener.IsZero() {
		return session.NameID(c.tenant.ID, "integrator")
	}
	return c.opener
}

// chapter is a fact that has come true, for the receipt. Called with mu held.
func (c *conn) chapter(now time.Time, f session.Fact) {
	s := &c.story
	switch f.Kind {
	case session.NoticePresented:
		n := c.notice()
		tell(&s.disclosures, receipt.Disclosure{At: at(now), Notice: n.Version, Locale: n.Locale, SHA256: n.SHA256})
	case session.NoticeWithheld:
		h := &c.policy.Hiding
		s.hidden = &receipt.Hidden{At: at(now), Reason: h.Reason, LegalBasis: h.LegalBasis, Until: at(h.Expires)}
	case session.NoticeAcknowledged:
		if i := len(s.disclosures) - 1; i >= 0 && s.disclosures[i].Acknowledged.IsZero() {
			s.disclosures[i].Acknowledged = at(now)
		}
	case session.ConsentGiven, session.ConsentRefused, session.ConsentWithdrawn:
		answer := "given"
		switch f.Kind {
		case session.ConsentRefused:
			answer = "refused"
		case session.ConsentWithdrawn:
			answer = "withdrawn"
		}
		by := "person"
		if s.claimed {
			by, s.claimed = "integrator", false
		}
		tell(&s.consents, receipt.Consent{At: at(now), Answer: answer, By: by, Purposes: realtime.PurposeNames(f.Purposes), SHA256: c.notice().SHA256})
	case session.PictureTaken, session.DocumentTaken:
		s.showed = true
	case session.PersonOptedOut, session.MinorDeclared:
		tell(&s.optOuts, receipt.OptOut{At: at(now), Purposes: realtime.PurposeNames(f.Purposes)})
	}
}

// sentTo notes that somebody else is given something, and what they had
// declared then. Called with mu held.
func (c *conn) sentTo(now time.Time, to tenant.Recipient, what string) {
	c.declared(now, &to)
	out := receipt.Recipient{
		Name: to.Name, What: what, Where: to.Region, Keeps: to.Terms.KeepsText(), Trains: receipt.NotDeclared,
		Transfer: to.Terms.Transfer.String(), PassesTo: to.Terms.Recipients, Declared: to.Terms.On,
		First: at(now), Last: at(now), Times: 1,
	}
	// Where nobody has declared something, nobody here says anything else.
	for _, said := range []*string{&out.Where, &out.Keeps} {
		if *said == "" {
			*said = receipt.NotDeclared
		}
	}
	if t := to.Terms.Training; t != nil {
		out.Trains = map[bool]string{true: "yes", false: "no"}[*t]
	}
	if to.Terms.Transfer == tenant.TransferUndeclared {
		out.Transfer = receipt.NotDeclared
	}
	if to.Terms.Evidence != [32]byte{} {
		out.Evidence = hex.EncodeToString(to.Terms.Evidence[:])
	}
	for i := range c.story.recipients {
		r := &c.story.recipients[i]
		if same := r.Name == out.Name && r.What == what && r.Declared == out.Declared && r.Keeps == out.Keeps && r.Trains == out.Trains && r.Where == out.Where; same {
			r.Last = at(now)
			r.Times++
			return
		}
	}
	tell(&c.story.recipients, out)
}

// underPolicy notes which rules are in force from now on. Called with mu held.
func (c *conn) underPolicy(now time.Time) {
	tell(&c.story.policies, receipt.Policy{At: at(now), Number: c.rules.Number, SHA256: hex.EncodeToString(c.rules.Hash[:])})
}

// receiptOf is the session's receipt as things stand. Called with mu held.
func (c *conn) receiptOf(now time.Time, over bool) *receipt.Receipt {
	t, s, r := c.tenant, &c.story, &c.recording
	out := &receipt.Receipt{
		Type: receipt.Kind, Version: receipt.Version,
		Session: c.id, Issued: at(now), Began: at(c.began), Avatar: c.avatar.ID,
		Organisation: organisationOf(t.ID, t),
		Processed:    []receipt.Processed{{What: "words", For: "answer", Where: "memory", Until: "end_of_session"}},
		Policies:     s.policies, Recording: s.recording, Disclosures: s.disclosures,
		Consents: s.consents, OptOuts: s.optOuts, Recipients: s.recipients, Humans: s.humans,
		Hidden: s.hidden, Likeness: likenessOf(c.avatar),
	}
	if s.heard {
		out.Processed = append(out.Processed, receipt.Processed{What: "voice", For: "transcript", Where: "memory", Until: "transcribed"})
	}
	if s.showed {
		out.Processed = append(out.Processed, receipt.Processed{What: "attachments", For: "answer", Where: "memory", Until: "end_of_session"})
	}
	if over {
		out.Ended = at(now)
	}
	if r.turns > 0 || r.erased > 0 || len(r.waiting) > 0 {
		stored := receipt.Stored{
			What: "transcript", Turns: max(r.turns, 0), Erased: r.erased, Unsettled: len(r.waiting),
			Purposes: c.purposes, LegalBasis: c.policy.LegalBasis.String(),
		}
		if r.turns > 0 || len(r.waiting) > 0 {
			stored.Until = at(r.until)
		}
		out.Stored = append(out.Stored, stored)
	}
	if stored, any := c.storedSound(); any {
		out.Stored = append(out.Stored, stored)
	}
	if stored, any := c.storedReports(); any {
		out.Stored = append(out.Stored, stored)
	}
	return out
}

// roleName says what whoever runs the gateway is towards the tenant.
func roleName(controller bool) string {
	if controller {
		return "controller"
	}
	return "processor"
}

// giveReceipt sends the receipt, if this gateway signs any. Called with mu
// held.
func (c *conn) giveReceipt(now time.Time, over bool) bool {
	signer := c.server.options.Signer
	if signer == nil {
		return false
	}
	signer = signer.Now()
	jws, err := receipt.Sign(c.receiptOf(now, over), signer)
	if err != nil {
		return false
	}
	c.pending.Receipt(jws, signer.KeyID())
	return true
}

// tellReceiptKey gives the person their own way to what is stored. Called with
// mu held.
func (c *conn) tellReceiptKey() {
	r := &c.recording
	if c.carrier == nil || r.told || r.key == nil || r.turns <= 0 && len(r.waiting) == 0 && c.reports.kept <= 0 {
		return
	}
	r.told = true
	key := string(r.key)
	c.pending.ReceiptKey(key, c.server.options.PublicURL+"/me#key="+key, later(r.until, c.reports.until), c.policy.Rights.String())
}

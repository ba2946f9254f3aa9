package gateway

import (
	"encoding/hex"
	"slices"
	"time"

	"github.com/google/uuid"

	"mayfly/gateway/avatar"
	"mayfly/gateway/notice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// aware says whether the client understands avatar events. A client that does
// not is sent them all the same where they are a label; it ignores them.
func (c *conn) aware() bool { return c.config.Avatar.Version != "" }

// emitAvatar writes the events that only an avatar has. Called with mu held.
func (c *conn) emitAvatar(now time.Time, e session.Event) {
	f, w := c.pending, &c.wire
	switch e := e.(type) {
	case session.NoticePresent:
		w.begun = true
		c.emitNotice(now, e)
	case session.NoticeAccepted:
		// The client knows; what follows shows it.
	case session.ConsentAsk:
		w.consent++
		n := c.notice()
		if c.claimed(e.Purposes, n) {
			break
		}
		f.ConsentRequested(&realtime.ConsentRequest{
			ID:            c.consentID(),
			Purposes:      e.Purposes,
			NoticeVersion: n.Version,
			NoticeSHA256:  n.SHA256,
			NoticeURL:     c.server.options.PublicURL + "/docs/disclosure",
			Locale:        n.Locale,
			ExpiresAt:     c.config.ExpiresAt,
			Sentences:     c.sentences(e.Purposes),
		})
	case session.ConsentIs:
		stage := realtime.ConsentDenied
		switch {
		case e.Withdrawn != 0:
			stage = realtime.ConsentWithdrawn
		case e.Granted != 0:
			stage = realtime.ConsentGranted
		}
		f.ConsentState(c.consentID(), e.Granted|e.Refused|e.Withdrawn|e.Lost, e.Granted, stage, now)
	case session.OptOutIs:
		f.OptOutState(e.Purposes, e.From, c.recording.erased, now)
	case session.RecordingIs:
		c.emitRecording(e)
	case session.Reminder:
		f.Reminder(notice.Say(notice.Reminder, c.locale())+" "+notice.Say(notice.Break, c.locale()), c.tenant.HelpLine, now)
	case session.StateIs:
		f.State(activity(e.State), e.Turn)
	case session.HandoffIs:
		c.emitHandoff(now, e)
	case session.Expiring:
		f.Expiring(int(e.Left/time.Second), e.Reason.String(), c.renewResume(now))
	case session.Replay:
		c.replay(e)
		c.recording.told = false // it may have been lost with the connection
		c.tellReceiptKey()
	case session.EndedIs:
		c.tellReceiptKey()
		c.giveReceipt(now, true)
		if e.Reason == session.Expired {
			c.fault(c.problemOf("session_expired", nil))
		}
	}
}

// claimed answers with what the person agreed to on the integrator's page, if
// they read this notice there and were asked for all of it. It is believed
// once: whoever is asked again answers themselves.
func (c *conn) claimed(asked session.Purposes, n notice.Notice) bool {
	if asked&(session.Handoff|session.HandoffContext) != 0 {
		return false // of a human who came since nobody could be asked elsewhere
	}
	claim := c.claim
	c.claim = realtime.ConsentClaim{}
	if !claim.Granted.Has(asked) || claim.NoticeSHA256 != n.SHA256 || claim.NoticeVersion != n.Version {
		return false
	}
	c.story.claimed = true
	c.next = append(c.next, session.Consented{Granted: asked})
	return true
}

// sentences say what the person would agree to: who gets it, until when and
// what for.
func (c *conn) sentences(asked session.Purposes) []realtime.Sentence {
	var all []realtime.Sentence
	if asked&(session.Handoff|session.HandoffContext) != 0 {
		all = c.askHandoff(asked)
	}
	for _, s := range notice.Consent(c.told(), asked, c.locale()) {
		all = append(all, realtime.Sentence(s))
	}
	return all
}

// told is what decides what the person is told.
func (c *conn) told() notice.Facts {
	p := c.policy
	p.Transcript = c.rules.Transcript && !c.rules.Unavailable
	p.Audio = c.rules.Audio
	return notice.Of(c.tenant, c.avatar, p)
}

func activity(s session.State) realtime.Activity {
	switch s {
	case session.Listening:
		return realtime.Listening
	case session.Thinking:
		return realtime.Thinking
	case session.Speaking:
		return realtime.Speaking
	case session.HandedOff:
		return realtime.HandingOff
	}
	return realtime.Idle
}

// emitNotice writes the disclosure itself.
func (c *conn) emitNotice(now time.Time, e session.NoticePresent) {
	n := c.notice()
	method := "text"
	if e.Form == session.Spoken && !e.Ack {
		method = "audio"
	}
	contact, facts := c.tenant.Contact, c.told()
	c.pending.DisclosurePresented(&realtime.Disclosure{
		ID:          c.noticeID(e.Notice),
		Locale:      n.Locale,
		RightToLeft: n.Direction == "rtl",
		Text:        n.Text,
		SHA256:      n.SHA256,
		Method:      method,
		RequiresAck: e.Ack,
		Contact:     realtime.Contact{Organisation: c.tenant.Name, Email: contact.Email, Privacy: contact.Privacy, Complaint: contact.Complaint, DPO: contact.DPO},
		Word:        notice.Off(facts, c.locale()),
		Elsewhere:   notice.Elsewhere(facts, c.locale()),
		At:          now,
	})
}

// emitRecording says whether anything is kept. It is off unless the rule of
// the session says otherwise, and it is said even then.
func (c *conn) emitRecording(e session.RecordingIs) {
	c.pending.RecordingState(realtime.Recording{
		State: recordingWord(e), Transcript: e.On, Audio: e.Sound, Reason: recordingReason(e.Why), Since: c.recording.since,
	})
}

// recordingReason is the reason for a state of recording, on the wire and in
// receipts.
func recordingReason(w session.RecordingWhy) string {
	switch w {
	case session.WhyPolicy:
		return "policy"
	case session.WhyWithdrawn:
		return "consent_withdrawn"
	case session.WhyOptOut:
		return "opted_out"
	case session.WhyFailed:
		return "failed"
	case session.WhyConsent:
		return "consent"
	case session.WhyTold:
		return "told"
	case session.WhyUnavailable:
		return "unavailable"
	case session.WhyNotNoted:
		return "not_noted"
	case session.WhySensitive:
		return "sensitive"
	}
	return "no_consent"
}

// labelFirst writes the label of a reply before anything else of it: by then
// it is known who answers.
func (c *conn) labelFirst(now time.Time, t session.TurnNo) {
	if !c.wire.labelled {
		c.emitLabel(now, t)
	}
}

// emitLabel writes the label of a reply. What the engine, or the client, says
// about labels is not asked.
func (c *conn) emitLabel(now time.Time, t session.TurnNo) {
	if c.wire.purpose == session.Person {
		c.wire.labelled = true
		c.emitHuman(now, t)
		return
	}
	label := c.label()
	c.wire.labelled, c.wire.source = true, label.Source
	p := &realtime.Provenance{
		Turn:     t,
		ID:       uuid.Must(uuid.NewV7()).String(),
		Source:   sourceType(label.Source),
		Provider: label.Provider,
		System:   label.System,
		Version:  label.Version,
		At:       now,
	}
	c.pending.ProvenanceOf(p)
}

// label is that of the reply under way.
func (c *conn) label() avatar.Label {
	label := ownLabel
	if c.wire.purpose == session.Answer {
		label = c.engineLabel()
	}
	if c.wire.form == session.Spoken {
		if neural, speaks := c.neural(); speaks && neural != (label.Source == avatar.Trained) {
			label.Source = avatar.Composite
		}
	}
	return label
}

// engineLabel is that of the engine that answers, or answered last.
func (c *conn) engineLabel() avatar.Label {
	if l := c.turn.standin.label; l != nil {
		return *l
	}
	return c.cast.Engine.Label()
}

// neural says whether what speaks is a trained model, and whether anything
// does.
func (c *conn) neural() (neural, speaks bool) {
	if n := c.turn.standin.neural; n != nil {
		return *n, true
	}
	if c.wire.purpose == session.Answer && c.cast.Own != nil {
		return true, true // the engine speaks, until a voice does instead
	}
	v := c.voice(c.wire.purpose)
	return v != nil && v.Neural(), v != nil
}

// sourceType is a kind of maker as labels name it.
func sourceType(s avatar.Source) string {
	switch s {
	case avatar.Trained:
		return realtime.SourceTrained
	case avatar.Composite:
		return realtime.SourceComposite
	}
	return realtime.SourceAlgorithmic
}

// ownLabel is the label of the gateway's own words.
var ownLabel = avatar.Label{Source: avatar.Algorithmic, Provider: "mayfly", System: "notice", Version: "1"}

// replay says the conversation anew after the connection came back.
func (c *conn) replay(e session.Replay) {
	previous := session.ItemNo(0)
	for i := range e.Items {
		c.pending.ItemAdded(&e.Items[i], previous)
		c.pending.ItemDone(&e.Items[i], previous)
		previous = e.Items[i].No
	}
}

// ready writes avatar.session.ready. Called with mu held.
func (c *conn) ready(now time.Time, resumed bool) {
	r := &realtime.Ready{
		Capabilities: []string{"visemes", "words"},
		ResumeToken:  c.renewResume(now),
		ExpiresAt:    c.config.ExpiresAt,
		Resumed:      resumed,
		Storage:      realtime.Storage{Here: "nothing"},
		ReportDays:   c.reportsFor(),
	}
	if c.takesVoice() {
		r.Capabilities = append(r.Capabilities, "voice_input")
	}
	if c.rules.Desk {
		r.Capabilities = append(r.Capabilities, "handoff")
	}
	if c.takesAttachments() {
		r.Capabilities = append(r.Capabilities, "attachments")
		if c.sees() {
			r.Capabilities = append(r.Capabilities, "pictures")
		}
	}
	if c.rules.Transcript && !c.rules.Unavailable { // if the person agrees
		r.Storage.Here = "transcript"
		if c.rules.Audio {
			r.Storage.Here = "audio" // beside it
		}
	}
	facts := c.told()
	r.Storage.Word = notice.Off(facts, c.locale())
	r.Storage.Elsewhere = notice.Elsewhere(facts, c.locale())
	r.Storage.BackEnds = storesOf(facts.Recipients)
	p := c.rules
	r.Policy = realtime.Policy{Number: int(p.Number), SHA256: hex.EncodeToString(p.Hash[:])}
	c.pending.SessionReady(r)
}

// storesOf is what others state of what they keep, once for each name: the
// worst of what is stated under it.
func storesOf(all []tenant.Recipient) []realtime.BackEnd {
	var out []realtime.BackEnd
	for _, r := range all {
		stores := "some"
		switch keeps := r.Terms.Retention; {
		case r.Terms.KeepsNothing():
			stores = "nothing"
		case keeps == nil:
			stores = "unknown"
		}
		i := slices.IndexFunc(out, func(b realtime.BackEnd) bool { return b.Name == r.Name })
		switch {
		case i < 0:
			out = append(out, realtime.BackEnd{Name: r.Name, Stores: stores})
		case out[i].Stores == "nothing" || stores == "unknown":
			out[i].Stores = stores
		}
	}
	return out
}

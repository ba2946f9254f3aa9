package gateway

import (
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
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
		f.ConsentRequested(&realtime.ConsentRequest{
			ID:            c.consentID(),
			Purposes:      e.Purposes,
			NoticeVersion: n.Version,
			NoticeSHA256:  n.SHA256,
			NoticeURL:     c.server.options.PublicURL + "/docs/disclosure",
			Locale:        n.Locale,
			ExpiresAt:     c.config.ExpiresAt,
		})
	case session.ConsentIs:
		stage := realtime.ConsentDenied
		switch {
		case e.Withdrawn != 0:
			stage = realtime.ConsentWithdrawn
		case e.Granted != 0:
			stage = realtime.ConsentGranted
		}
		f.ConsentState(c.consentID(), e.Granted|e.Refused|e.Withdrawn, e.Granted, stage, now)
	case session.OptOutIs:
		f.OptOutState(e.Purposes, 0, 0, now)
	case session.RecordingIs:
		c.emitRecording(now, e)
	case session.Committed:
		f.TranscriptCommitted(e.Items, uint64(e.Turn), now)
	case session.StateIs:
		f.State(activity(e.State), e.Turn)
	case session.HandoffIs:
		f.HandoffState(c.handoff(e))
	case session.Expiring:
		f.Expiring(int(e.Left/time.Second), e.Reason.String(), c.renewResume(now))
	case session.Replay:
		c.replay(e)
	case session.EndedIs:
		if e.Reason == session.Expired {
			f.Error(c.problemOf("session_expired", nil))
		}
	}
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
	contact := c.tenant.Contact
	c.pending.DisclosurePresented(&realtime.Disclosure{
		ID:          c.noticeID(e.Notice),
		Locale:      n.Locale,
		RightToLeft: n.Direction == "rtl",
		Text:        n.Text,
		SHA256:      n.SHA256,
		Method:      method,
		RequiresAck: e.Ack,
		Contact:     realtime.Contact{Organisation: c.tenant.Name, Email: contact.Email, Privacy: contact.Privacy, Complaint: contact.Complaint},
		At:          now,
	})
}

// emitRecording says whether anything is kept. It is off unless the rule of
// the session says otherwise, and it is said even then.
func (c *conn) emitRecording(now time.Time, e session.RecordingIs) {
	r := realtime.Recording{State: "off", Since: now}
	switch {
	case e.Failed:
		r.State = "failed"
	case e.On:
		r.State, r.Transcript = "on", true
	}
	switch e.Why {
	case session.WhyPolicy:
		r.Reason = "policy"
	case session.WhyNoConsent:
		r.Reason = "no_consent"
	case session.WhyWithdrawn:
		r.Reason = "consent_withdrawn"
	case session.WhyOptOut:
		r.Reason = "opted_out"
	case session.WhyFailed:
		r.Reason = "failed"
	case session.WhyConsent:
		r.Reason = "consent"
	}
	c.pending.RecordingState(r)
}

// emitLabel writes the label of a reply, before anything else of it. What the
// engine, or the client, says about labels is not asked.
func (c *conn) emitLabel(now time.Time, t session.TurnNo) {
	label := ownLabel
	if c.wire.purpose == session.Answer {
		label = c.cast.Engine.Label()
	}
	if c.wire.form == session.Spoken {
		if v := c.voice(c.wire.purpose); v != nil && v.Neural() != (label.Source == avatar.Trained) {
			label.Source = avatar.Composite
		}
	}
	p := &realtime.Provenance{
		Turn:     t,
		ID:       uuid.Must(uuid.NewV7()).String(),
		Source:   realtime.SourceAlgorithmic,
		Provider: label.Provider,
		System:   label.System,
		Version:  label.Version,
		At:       now,
	}
	switch label.Source {
	case avatar.Trained:
		p.Source = realtime.SourceTrained
	case avatar.Composite:
		p.Source = realtime.SourceComposite
	}
	c.pending.ProvenanceOf(p)
}

// ownLabel is the label of the gateway's own words.
var ownLabel = avatar.Label{Source: avatar.Algorithmic, Provider: "mayfly", System: "notice", Version: "1"}

func (c *conn) handoff(e session.HandoffIs) *realtime.Handoff {
	h := &realtime.Handoff{ID: "hand_" + c.ids.Session()}
	switch e.State {
	case session.HandoffRequested:
		h.Stage = realtime.HandoffRequested
	case session.HandoffActive:
		h.Stage = realtime.HandoffActive
	case session.HandoffEnded:
		h.Stage = realtime.HandoffEnded
	case session.HandoffUnavailable:
		h.Stage, h.Reason = realtime.HandoffFailed, "no_desk"
	}
	return h
}

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
	}
	if c.avatar.BackEnd != nil {
		// Nobody has declared what it keeps, so nobody here says anything else.
		r.Storage.BackEnds = append(r.Storage.BackEnds, realtime.BackEnd{Name: c.avatar.BackEnd.Name, Stores: "unknown"})
	}
	if c.avatar.Speech != nil {
		r.Storage.BackEnds = append(r.Storage.BackEnds, realtime.BackEnd{Name: c.avatar.Speech.Name, Stores: "unknown"})
	}
	p := c.policy()
	r.Policy = realtime.Policy{Number: int(p.Number), SHA256: hex.EncodeToString(p.Hash[:])}
	c.pending.SessionReady(r)
}

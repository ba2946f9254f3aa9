package admin

import (
	"time"

	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Answers of a preview.
type (
	previewAnswer struct {
		Problems   []Problem       `json:"problems" doc:"What is wrong with the document. With any, the rest is empty."`
		Number     uint64          `json:"number,omitempty" doc:"Of the version in force, which it is compared with."`
		Changed    []changedAnswer `json:"changed" doc:"What saving it would change."`
		Needs      []string        `json:"needs" doc:"Why saving it would wait for a second admin; none: it would count at once."`
		Recipients []newRecipient  `json:"recipients" doc:"Who would be sent something of people's sessions that was not before, or more than before."`
		Avatar     string          `json:"avatar,omitempty" doc:"Whose session is shown."`
		Locale     string          `json:"locale,omitempty"`
		Notice     previewNotice   `json:"notice"`
		Lines      []previewLine   `json:"lines" doc:"What the page says about the person's words."`
		Consent    previewConsent  `json:"consent"`
		Word       string          `json:"word" doc:"What the person reads first about recording."`
		Hidden     *previewHidden  `json:"disclosure_hidden,omitempty" doc:"The person is not shown the notice: it is switched off for now."`
	}
	previewNotice struct {
		Text      string `json:"text"`
		Spoken    string `json:"spoken"`
		SHA256    string `json:"sha256"`
		Version   string `json:"version"`
		Direction string `json:"direction,omitempty" enum:"ltr,rtl"`
	}
	previewHidden struct {
		By         string    `json:"by"`
		Reason     string    `json:"reason"`
		LegalBasis string    `json:"legal_basis"`
		Until      time.Time `json:"until" doc:"From then on the notice is shown again."`
	}
	previewLine struct {
		Icon string `json:"icon"`
		Text string `json:"text"`
	}
	previewConsent struct {
		Purposes  []string `json:"purposes" doc:"What the person is asked for."`
		Sentences []string `json:"sentences" doc:"As the person reads them."`
	}
)

// preview says what a person would see under a document, saved or not. It
// reads nothing but the document and stores nothing.
func (a *API) preview(c *call) *refusal {
	out := previewAnswer{Problems: []Problem{}, Changed: []changedAnswer{}, Needs: []string{}, Recipients: []newRecipient{}, Lines: []previewLine{}, Consent: previewConsent{Purposes: []string{}, Sentences: []string{}}}
	t, bad := a.parse(c, c.body.object("document"))
	if bad != nil {
		if bad.code != "invalid_fields" {
			return bad
		}
		out.Problems = bad.problems
		return c.send(out)
	}
	of := t.Find(c.body.text("avatar"))
	if of == nil {
		return wrongFields(Problem{Key: "avatar", Text: "the document has no such avatar; write the id of one, or leave it out"})
	}
	locale := c.body.text("locale")
	if locale == "" && len(of.Languages) > 0 {
		locale = of.Languages[0]
	}
	now, err := a.options.Store.Tenant(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	if bad := out.compare(c, now, t); bad != nil {
		return bad
	}
	out.show(t, of, locale, c.now)
	return c.send(out)
}

// show fills in what somebody sees who opens a session with the avatar.
func (p *previewAnswer) show(t *tenant.Tenant, of *tenant.Avatar, locale string, now time.Time) {
	n := notice.ForAvatar(t, of, locale)
	p.Avatar, p.Locale = of.ID, n.Locale
	p.Notice = previewNotice{n.Text, n.Spoken, n.SHA256, n.Version, n.Direction}
	policy := t.Effective(of)
	if h := policy.Hiding; policy.DisclosureHidden(now) {
		p.Hidden = &previewHidden{h.By, h.Reason, h.LegalBasis, h.Expires.UTC()}
	}
	facts := notice.Of(t, of, policy)
	for _, l := range notice.Compute(facts, locale) {
		p.Lines = append(p.Lines, previewLine{string(l.Icon), l.Text})
	}
	var asked session.Purposes
	if policy.Transcript && policy.LegalBasis == tenant.Consent {
		asked |= session.Transcript
	}
	if policy.Microphone {
		asked |= session.VoiceInput
	}
	if policy.Attachments {
		asked |= session.Attachments
	}
	p.Consent.Purposes = append(p.Consent.Purposes, purposeNames(asked)...)
	for _, s := range notice.Consent(facts, asked, locale) {
		p.Consent.Sentences = append(p.Consent.Sentences, s.Text)
	}
	p.Word = notice.Before(facts, locale)
}

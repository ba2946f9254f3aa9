package notice

import (
	"strconv"
	"strings"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Of gives what a person is told who talks with an avatar under a policy: the
// effective one, and with Transcript off where nothing can be kept.
func Of(t *tenant.Tenant, a *tenant.Avatar, p tenant.Policy) Facts {
	f := Facts{
		Recorded:     p.Transcript,
		Told:         p.LegalBasis != tenant.Consent,
		Days:         days(p.Retention),
		Sound:        p.Transcript && p.Audio && p.AudioRetention > 0,
		SoundDays:    days(p.AudioRetention),
		Purposes:     p.Purposes,
		Organisation: t.Name,
		Microphone:   p.Microphone,
		Minors:       p.Audience == tenant.Minors,
		HelpLine:     t.HelpLine,
		Contact:      t.Contact.Email,
		DPO:          t.Contact.DPO,
		Privacy:      t.Contact.Privacy,
		Complaint:    t.Contact.Complaint,
	}
	if d := p.Decisions; d.Used {
		f.Logic, f.Human = d.LogicNotice, d.HumanRoute
	}
	if a.BackEnd != nil {
		f.Answers.Name = a.BackEnd.Name
	}
	if a.Speech != nil {
		f.Speech.Name = a.Speech.Name
	}
	if a.Transcriber != nil {
		f.Transcription.Name = a.Transcriber.Name
	}
	return f
}

// days is a time as it is told: in whole days, and never less than it is.
func days(v time.Duration) int {
	const day = 24 * time.Hour
	return int((v + day - 1) / day)
}

// until is the sentence that says for how many days.
func until(days int, open, one, many string) string {
	switch {
	case days == 1:
		return one
	case days > 1:
		return strings.ReplaceAll(many, "{days}", strconv.Itoa(days))
	}
	return open
}

// readBy says who can read what is recorded, and what for. It is nothing where
// it is read for nothing.
func (t *facts) readBy(f Facts) []string { return t.usedBy(f, t.readers, t.readersUnnamed) }

// usedBy is readBy, in other words.
func (t *facts) usedBy(f Facts, named, unnamed string) []string {
	var uses []string
	for _, p := range f.Purposes {
		if int(p) < len(t.uses) {
			uses = append(uses, t.uses[p])
		}
	}
	if len(uses) == 0 {
		return nil
	}
	last := len(uses) - 1
	all := strings.Join(uses[:last], ", ")
	if last > 0 {
		all += t.and
	}
	text := unnamed
	organisation := clean(f.Organisation)
	if organisation != "" {
		text = named
	}
	return []string{strings.NewReplacer("{organisation}", organisation, "{uses}", all+uses[last]).Replace(text)}
}

// Sentence says what a person would agree to.
type Sentence struct {
	Purpose session.Purposes // one
	Text    string
}

// Consent asks for each of the purposes: what would happen, who gets it, until
// when and what for, and that a yes can be taken back. Purposes for which
// nothing asks have no sentence.
func Consent(f Facts, asked session.Purposes, locale string) []Sentence {
	l, _ := find(locale)
	t := l.facts
	var all []Sentence
	if asked.Has(session.Transcript) {
		parts := []string{t.askTranscript, until(f.Days, t.kept, t.keptDay, t.keptDays)}
		parts = append(append(parts, t.readBy(f)...), t.back)
		all = append(all, Sentence{session.Transcript, strings.Join(parts, " ")})
	}
	if asked.Has(session.AudioRecording) && f.Sound {
		whose := t.soundReply
		if f.Microphone {
			whose = t.soundBoth
		}
		parts := []string{t.askSound, whose, until(f.SoundDays, "", t.soundDay, t.soundDays)}
		parts = append(append(parts, t.usedBy(f, t.listeners, t.listenersUnnamed)...), t.back)
		all = append(all, Sentence{session.AudioRecording, strings.Join(parts, " ")})
	}
	if asked.Has(session.VoiceInput) {
		parts := []string{t.askVoice}
		if f.Sound {
			parts[0] = t.askVoiceToo
		}
		if name := clean(f.Transcription.Name); name != "" {
			parts = append(parts, strings.ReplaceAll(t.hearsElsewhere, "{name}", name), t.keptBy(f.Transcription))
		}
		all = append(all, Sentence{session.VoiceInput, strings.Join(append(parts, t.back), " ")})
	}
	return all
}

// keptBy says what a recipient says about what it keeps.
func (t *facts) keptBy(r Recipient) string {
	name := clean(r.Name)
	if s := clean(r.Statement); s != "" {
		return strings.NewReplacer("{name}", name, "{statement}", s).Replace(t.declared)
	}
	return strings.ReplaceAll(t.undeclared, "{name}", name)
}

// Word is what a person reads first about recording, before a session.
type Word uint8

// The words.
const (
	NotRecorded Word = iota
	IfYouAgree
	UnlessYouSayNo // on another legal basis than consent
	words
)

// WordOf is the word for a session that has not begun.
func WordOf(f Facts) Word {
	switch {
	case !f.Recorded:
		return NotRecorded
	case f.Told:
		return UnlessYouSayNo
	}
	return IfYouAgree
}

// In is the word in the language of a BCP 47 tag, or in English.
func (w Word) In(locale string) string {
	l, _ := find(locale)
	return l.words[w]
}

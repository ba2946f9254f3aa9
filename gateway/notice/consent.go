package notice

import (
	"strings"

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
		Attachments:  p.Attachments,
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
	f.Recipients = t.Recipients(a)
	if !p.Attachments { // nobody is sent what nobody can show
		for i := range f.Recipients {
			f.Recipients[i].Gets &^= tenant.Pictures
		}
	}
	return f
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
	var others []string // a yes or a no decides what is kept here; not what others keep
	if of := t.elsewhereOf(&f); of != "" {
		others = append(others, of)
	}
	if asked.Has(session.Transcript) {
		parts := []string{t.askTranscript, until(f.Days, t.kept, t.keptDay, t.keptDays)}
		parts = append(append(append(parts, t.readBy(f)...), t.back), others...)
		all = append(all, Sentence{session.Transcript, strings.Join(parts, " ")})
	}
	if asked.Has(session.AudioRecording) && f.Sound {
		whose := t.soundReply
		if f.Microphone {
			whose = t.soundBoth
		}
		parts := []string{t.askSound, whose, until(f.SoundDays, "", t.soundDay, t.soundDays)}
		parts = append(append(append(parts, t.usedBy(f, t.listeners, t.listenersUnnamed)...), t.back), others...)
		all = append(all, Sentence{session.AudioRecording, strings.Join(parts, " ")})
	}
	if asked.Has(session.VoiceInput) {
		parts := []string{t.askVoice}
		if f.Sound {
			parts[0] = t.askVoiceToo
		}
		for _, r := range f.Recipients {
			if r.Role == tenant.Transcribing {
				parts = append(parts, t.sent(r, true))
			}
		}
		all = append(all, Sentence{session.VoiceInput, strings.Join(append(parts, t.back), " ")})
	}
	if asked.Has(session.Attachments) && f.Attachments {
		all = append(all, Sentence{session.Attachments, l.askShown(&f)})
	}
	return all
}

// Word is what a person reads first about recording, before a session.
type Word uint8

// The words.
const (
	NotRecorded     Word = iota
	NotRecordedHere      // and somebody else, who is named, may keep it
	IfYouAgree
	UnlessYouSayNo // on another legal basis than consent
	words
)

// WordOf is the word for a session that has not begun.
func WordOf(f Facts) Word {
	switch {
	case f.Recorded && f.Told:
		return UnlessYouSayNo
	case f.Recorded:
		return IfYouAgree
	}
	return off(f)
}

// off is the word while nothing is recorded.
func off(f Facts) Word {
	if len(f.keepers()) > 0 {
		return NotRecordedHere
	}
	return NotRecorded
}

// Before is what a person reads first about recording, before a session.
func Before(f Facts, locale string) string { return inWords(WordOf(f), f, locale) }

// Off is what a person reads about recording while there is none.
func Off(f Facts, locale string) string { return inWords(off(f), f, locale) }

func inWords(w Word, f Facts, locale string) string {
	l, _ := find(locale)
	text := l.words[w]
	if w == NotRecordedHere {
		text = strings.ReplaceAll(text, "{names}", l.facts.join(f.keepers()))
	}
	return text
}

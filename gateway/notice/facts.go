package notice

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mayfly/gateway/tenant"
)

// Facts are what is configured, as far as it decides what people are told.
// The zero value tells the truth about a gateway that answers by itself,
// keeps nothing and hears nothing.
type Facts struct {
	Recipients   []tenant.Recipient // everybody else who may be sent something; none: nobody is
	Recorded     bool               // the transcript is kept here, if the person agrees
	Told         bool               // Recorded: unless the person says no, on another legal basis than consent
	Days         int                // Recorded: for how many days; zero: until it is deleted
	Sound        bool               // Recorded: the sound is kept too, if the person agrees to that as well
	SoundDays    int                // Sound: for how many days, at least one
	Purposes     []tenant.Purpose   // Recorded: what it is read for
	Organisation string             // who reads it; empty: "the organisation"
	Microphone   bool               // the person may speak
	Attachments  bool               // the person may show documents, and pictures where somebody looks at them
	Camera       bool               // the person may be seen
	Minors       bool               // the person is reminded that an AI talks, and to take a break
	Logic        string             // URL of the page that explains how it is decided about people without a human; empty: it is not
	Human        string             // Logic: how to have a human decide, in the tenant's words
	HelpLine     string             // where somebody in need finds help, in the tenant's words; may be empty
	Contact      string             // e-mail address for questions about data; may be empty
	DPO          string             // e-mail address of the data protection officer; may be empty
	Privacy      string             // URL of the organisation's own notice; may be empty
	Complaint    string             // URL of the authority or complaint route; may be empty
}

// Icon says which picture goes with a line.
type Icon string

// The icons.
const (
	IconAnswers    Icon = "answers"
	IconSpeech     Icon = "speech"
	IconRecorded   Icon = "recorded"
	IconUnrecorded Icon = "unrecorded"
	IconMicrophone Icon = "microphone"
	IconAttachment Icon = "attachment"
	IconKeyboard   Icon = "keyboard"
	IconCamera     Icon = "camera"
	IconForgotten  Icon = "gone"
	IconContact    Icon = "contact"
	IconPrivacy    Icon = "privacy"
	IconComplaint  Icon = "complaint"
	IconHelp       Icon = "help"
	IconReminder   Icon = "reminder"
	IconDecision   Icon = "decision"
)

// Line is one short sentence or two, said to a person.
type Line struct {
	Icon Icon
	Text string
}

// facts are the sentences of one language. {name}, {days}, {uses},
// {organisation} and {at} are replaced.
type facts struct {
	chain                        // about others
	answersHere                  string
	unrecorded, recorded         string
	recordedDay, recordedDays    string
	told, toldDay, toldDays      string    // recorded, on another legal basis than consent
	readers, readersUnnamed      string    // of what is recorded
	uses                         [3]string // by tenant.Purpose
	and                          string    // before the last of several uses
	askTranscript, askVoice      string
	kept, keptDay, keptDays      string // what is said when it is asked for
	back                         string
	askVoiceToo, askSound        string // where sound can be kept
	soundReply, soundBoth        string // whose it is
	soundDay, soundDays          string
	listeners, listenersUnnamed  string
	alsoDay, alsoDays            string // after what is recorded
	microphoneToo                string
	microphone, keyboard, camera string
	gone, goneHere               string
	reminded, help               string
	decided, human               string
	contact, dpo                 string
	privacy, complaint           string
}

// Compute says what happens to what a person says, in the language of a BCP
// 47 tag or in English. It describes the worst case of the chain: of a recipient
// that has not stated what it keeps it is said that it has not.
func Compute(f Facts, locale string) []Line {
	l, _ := find(locale)
	t := l.facts
	var lines []Line
	add := func(i Icon, parts ...string) { lines = append(lines, Line{i, strings.Join(parts, " ")}) }

	here := !slices.ContainsFunc(f.Recipients, func(r tenant.Recipient) bool { return r.Role == tenant.Answering })
	if here {
		add(IconAnswers, t.answersHere)
	}
	icons := map[tenant.RecipientRole]Icon{tenant.Speaking: IconSpeech, tenant.Transcribing: IconMicrophone}
	told := map[tenant.RecipientRole]bool{}
	var heard []tenant.Recipient
	for _, r := range f.Recipients {
		switch {
		case named(r) == "":
		case r.Role == tenant.Transcribing:
			heard = append(heard, r) // beside the microphone
		default:
			add(cmp.Or(icons[r.Role], IconAnswers), t.sent(r, !told[r.Role]))
			told[r.Role] = true
		}
	}

	recorded := until(f.Days, t.recorded, t.recordedDay, t.recordedDays)
	if f.Told {
		recorded = until(f.Days, t.told, t.toldDay, t.toldDays)
	}
	if f.Recorded {
		parts := append([]string{recorded}, t.readBy(f)...)
		if f.Sound {
			parts = append(parts, until(f.SoundDays, "", t.alsoDay, t.alsoDays))
		}
		add(IconRecorded, parts...)
	} else {
		add(IconUnrecorded, strings.TrimSpace(t.unrecorded+" "+t.elsewhereOf(&f)))
	}
	if f.Microphone {
		microphone := t.microphone
		if f.Recorded && f.Sound {
			microphone = t.microphoneToo
		}
		add(IconMicrophone, microphone)
		for _, r := range heard {
			add(IconMicrophone, t.sent(r, true))
		}
	} else {
		add(IconKeyboard, t.keyboard)
	}
	if f.Attachments {
		add(IconAttachment, l.canShow(&f))
	}
	if f.Camera {
		add(IconCamera, t.camera)
	}
	switch {
	case f.Recorded:
		// The line on recording says what is kept; nothing else may follow
		// that sounds as if it were gone.
	case len(f.Recipients) > 0:
		add(IconForgotten, t.goneHere)
	default:
		add(IconForgotten, t.gone)
	}
	if f.Minors {
		add(IconReminder, t.reminded)
	}
	for _, c := range []struct {
		icon     Icon
		text, at string
	}{
		{IconDecision, t.decided, f.Logic},
		{IconDecision, t.human, f.Human},
		{IconHelp, t.help, f.HelpLine},
		{IconContact, t.contact, f.Contact},
		{IconContact, t.dpo, f.DPO},
		{IconPrivacy, t.privacy, f.Privacy},
		{IconComplaint, t.complaint, f.Complaint},
	} {
		if at := clean(c.at); at != "" {
			add(c.icon, strings.ReplaceAll(c.text, "{at}", at))
		}
	}
	return lines
}

// clean makes one line of what a tenant configured: composed characters, no
// control or direction characters, no line breaks, no braces.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '{' || r == '}' || unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

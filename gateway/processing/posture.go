package processing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/redact"
)

// State is how far a control can be relied upon.
type State string

// The states.
const (
	Enforced State = "enforced" // the gateway does it, whatever anybody says
	Declared State = "declared" // somebody states it; the gateway cannot see whether it is so
	Absent   State = "absent"   // it is not there, or is switched off
)

// Control is one thing that protects people, as it is now.
type Control struct {
	Key   string `json:"key"`
	State State  `json:"state" enum:"enforced,declared,absent"`
	Why   string `json:"why" doc:"What is so, and where it is set."`
}

// Posture lists the controls of a tenant as they are now: what the gateway
// always does, what the tenant has set, and what the host has.
func Posture(t *tenant.Tenant, by Operator, now time.Time) []Control {
	var all posture
	all.people(t, now)
	all.storage(t)
	all.servers(t)
	all.organisation(t)
	all.host(t, by)
	return all
}

type posture []Control

func (p *posture) add(key string, s State, why string) { *p = append(*p, Control{key, s, why}) }

// on adds a control that is enforced if it is on.
func (p *posture) on(key string, is bool, on, off string) {
	if is {
		p.add(key, Enforced, on)
		return
	}
	p.add(key, Absent, off)
}

// avatars are the ids of those of which something is so.
func avatars(t *tenant.Tenant, is func(*tenant.Avatar, *tenant.Policy) bool) []string {
	var out []string
	for i := range t.Avatars {
		e := t.Effective(&t.Avatars[i])
		if is(&t.Avatars[i], &e) {
			out = append(out, t.Avatars[i].ID)
		}
	}
	return out
}

// people is what somebody who talks can rely on.
func (p *posture) people(t *tenant.Tenant, now time.Time) {
	p.add("disclosure_label", Enforced, "Every answer and every sound is marked as made by an AI, for machines.")
	hidden := avatars(t, func(_ *tenant.Avatar, e *tenant.Policy) bool { return e.DisclosureHidden(now) })
	h := &t.Policy.Hiding
	p.on("disclosure_notice", len(hidden) == 0, "The notice is shown before an avatar is heard or seen.",
		fmt.Sprintf("The visible notice of %s is hidden until %s, by decision of the organisation: policy.disclosure_hidden.", list(hidden), h.Expires.UTC().Format(time.DateOnly)))
	unasked := avatars(t, func(_ *tenant.Avatar, e *tenant.Policy) bool { return e.NoAcknowledgement })
	p.on("disclosure_acknowledgement", len(unasked) == 0, "Nothing of the avatar leaves before the notice was acknowledged.",
		"Clients of "+list(unasked)+" need not acknowledge the notice: policy.acknowledgement.")
	p.add("off_the_record", Enforced, "Whoever talks can stop what is kept of it at any time, and erase it.")
	told := avatars(t, func(_ *tenant.Avatar, e *tenant.Policy) bool {
		return e.Transcript && e.LegalBasis != tenant.Consent
	})
	if len(told) == 0 {
		p.add("consent", Enforced, "Nothing is kept of a person who was not asked, or said no.")
	} else {
		p.add("consent", Declared, "People who talk with "+list(told)+" are told of the recording instead of asked, on a legal basis that the organisation declares: policy.legal_basis.transcript.")
	}
	p.on("human", t.Handoff != nil, "Whoever talks can ask for a human, who is asked for once they agreed.", "There is no desk where a human answers: handoff.")
	p.on("minors", t.Audience == tenant.Minors, "The avatars talk with minors: nothing can be kept, and they are reminded and told to take breaks.",
		"The avatars are not declared to talk with minors: audience.")
	d := &t.Policy.Decisions
	if d.Used {
		p.add("human_decision", Declared, "What people say is used to decide about them; how, and how to reach a human, is told: policy.automated_decisions.")
	} else {
		p.add("human_decision", Declared, "The organisation does not say that anything is decided about people here; a call that decides is refused.")
	}
}

// storage is what becomes of what is said.
func (p *posture) storage(t *tenant.Tenant) {
	kept := avatars(t, func(_ *tenant.Avatar, e *tenant.Policy) bool { return e.Transcript })
	sound := avatars(t, func(_ *tenant.Avatar, e *tenant.Policy) bool { return e.Audio })
	p.on("nothing_kept", len(kept) == 0, "No avatar keeps what is said.", "What is said to "+list(kept)+" may be kept: policy.transcript.")
	p.on("no_sound_kept", len(sound) == 0, "No avatar keeps sound.", "The sound of "+list(sound)+" may be kept too: policy.audio.")
	var reports time.Duration
	for i := range t.Avatars {
		reports = max(reports, t.Effective(&t.Avatars[i]).Reports)
	}
	const unless = " at most, unless somebody placed a hold on it."
	switch {
	case len(kept) > 0 && reports > 0:
		p.add("retention", Enforced, "What is kept is destroyed with its key after "+tenant.FormatDays(t.Policy.Retention)+", and reports after "+tenant.FormatDays(reports)+unless)
	case len(kept) > 0:
		p.add("retention", Enforced, "What is kept is destroyed with its key after "+tenant.FormatDays(t.Policy.Retention)+unless)
	case reports > 0:
		p.add("retention", Enforced, "Only reports are kept. They are destroyed with their keys after "+tenant.FormatDays(reports)+unless)
	default:
		p.add("retention", Enforced, "Nothing is kept that could expire.")
	}
	p.add("encryption", Enforced, "What is kept is sealed with a key of its session.")
	r := &t.Policy.Redaction
	var open []string
	for _, k := range redact.Kinds() {
		if *r.Of(k) == redact.Off {
			open = append(open, k.Key())
		}
	}
	if len(open) == 0 && len(sound) > 0 {
		p.add("redaction", Absent, "Nothing is taken out of the sound of "+list(sound)+", only out of the words: policy.audio.")
	} else {
		p.on("redaction", len(open) == 0, "Addresses, numbers and secrets that are recognised are taken out before anything is kept. Names are not.",
			"Kept as they are said: "+strings.Join(open, ", ")+": policy.redaction.")
	}
	p.on("sensitive_limit", t.Policy.Sensitive != tenant.Sensitive{}, "A turn or a session with too many personal data is not kept.", "There is no bound on personal data of what is kept: policy.sensitive_limit.")
	p.on("second_admin", t.Policy.SecondAdmin, "Switching a transcript on, or the notice off, takes a second admin.", "One admin can switch a transcript on: policy.second_admin.")
	p.on("second_admin_recipients", t.Policy.SecondRecipients, "Sending people's words to somebody new takes a second admin.", "One admin can have people's words sent to somebody new: policy.second_admin_recipients.")
	p.on("audit_detail", t.Policy.AuditDetail, "The log holds the course of sessions too, without a word.", "The log holds only what it must: policy.audit_detail.")
	p.on("no_reports", reports == 0, "What people report of answers is not taken.", "People may send an answer that they report, after they saw what is sent: policy.reports.")
}

// servers is what leaves the gateway.
func (p *posture) servers(t *tenant.Tenant) {
	p.add("egress", Enforced, "Nothing is sent to anybody who is not in the list of recipients.")
	all := t.Register()
	var silent []string
	for i := range all {
		if !all[i].Terms.Declared() {
			silent = append(silent, all[i].Name)
		}
	}
	switch {
	case len(all) == 0:
		p.add("recipients", Enforced, "Nobody else is sent anything.")
	case len(silent) == 0:
		p.add("recipients", Declared, fmt.Sprintf("All %d recipients state what they keep and whether they train with it.", len(all)))
	default:
		p.add("recipients", Absent, "Nothing is declared of "+strings.Join(silent, ", ")+", which counts as the worst: terms.")
	}
	pol := &t.Policy
	p.on("allowed_backends", len(pol.BackEnds) > 0, "Only to "+strings.Join(pol.BackEnds, ", ")+" may anything be sent.", "Any server may be set: policy.allowed_backends.")
	if len(pol.Regions) > 0 {
		p.add("regions", Declared, "Servers must be declared to be in "+strings.Join(pol.Regions, ", ")+".")
	} else {
		p.add("regions", Absent, "Servers may be anywhere: policy.regions.")
	}
	switch pol.Training {
	case tenant.TrainingForbidden:
		p.add("no_training", Declared, "A server that is not declared to train nothing is sent nothing.")
	case tenant.TrainingUnsaid:
		p.add("no_training", Declared, "A server that is declared to train with what it is sent is sent nothing; one of which nothing is declared is: policy.training.")
	default:
		p.add("no_training", Absent, "A server may train with what it is sent: policy.training.")
	}
	if pol.KeepsMost != nil {
		p.add("backend_retention", Declared, "A server that is declared to keep more than "+tenant.FormatDays(*pol.KeepsMost)+", or that declares nothing, is sent nothing.")
	} else {
		p.add("backend_retention", Absent, "A server may keep what it is sent: policy.backend_retention_max.")
	}
	p.on("objections", len(pol.Objections) > 0, "Nothing is sent to "+strings.Join(pol.Objections, ", ")+".", "Nobody is objected to: policy.objections.")
	bare := avatars(t, func(a *tenant.Avatar, _ *tenant.Policy) bool { return a.BackEnd != nil && len(a.BackEnd.Redact) == 0 })
	p.on("prompt_redaction", len(bare) == 0, "No model server is told what its avatar takes out of prompts.", "Model servers of "+list(bare)+" are told all that is said: backend.redact.")
	pictures := avatars(t, func(_ *tenant.Avatar, e *tenant.Policy) bool { return e.Attachments })
	p.on("no_attachments", len(pictures) == 0, "Nobody can show pictures or documents.", "People may show "+list(pictures)+" pictures and documents, if they agree: policy.attachments.")
	voices := avatars(t, func(a *tenant.Avatar, _ *tenant.Policy) bool { return a.Microphone })
	p.on("no_voice", len(voices) == 0, "Nobody can speak to an avatar.", "People may speak to "+list(voices)+", if they agree: microphone.")
}

// organisation is what the tenant says of itself.
func (p *posture) organisation(t *tenant.Tenant) {
	declared := func(key, value, on, off string) {
		if value != "" {
			p.add(key, Declared, on)
			return
		}
		p.add(key, Absent, off)
	}
	declared("contact", t.Contact.Email, "People are told whom to ask about their data.", "Nobody is named whom people can ask: contact.email.")
	declared("data_protection_officer", t.Contact.DPO, "A data protection officer is named.", "No data protection officer is named: contact.dpo.")
	declared("complaint", t.Contact.Complaint, "People are told where to complain.", "It is not said where to complain: contact.complaint.")
	if t.Effective(t.Find("")).Rights == tenant.SelfService {
		p.add("rights", Enforced, "Whoever has the key of a receipt sees, takes and erases what is kept, at once.")
	} else {
		p.add("rights", Enforced, "Whoever has the key of a receipt asks, and the organisation says when: policy.rights.")
	}
	endless := slices.ContainsFunc(t.Keys, func(k tenant.Key) bool { return k.Expires.IsZero() })
	p.on("keys_expire", !endless, "Every key of the configuration ends on a day.", "A key of the configuration never ends: keys.expires.")
}

// host is what the process has.
func (p *posture) host(t *tenant.Tenant, by Operator) {
	switch {
	case by.TLS:
		p.add("tls", Enforced, "The gateway speaks TLS with whoever is not on its own machine.")
	case by.Proxied:
		p.add("tls", Declared, "A proxy before the gateway is declared, which is to speak TLS: --behind-tls-proxy, --trusted-proxy.")
	default:
		p.add("tls", Absent, "The gateway itself speaks plain HTTP: whatever stands before it must speak TLS.")
	}
	p.log(t, by)
	p.on("master_key_apart", by.KeyApart, "The key to what is stored is named apart from the data folder: --master-key-file.",
		"The key to what is stored lies in the data folder: a copy of all of it can be read. --master-key-file names another place.")
	p.on("memory", by.Hardened, "No core file is written of the process, and no other process of its user reads its memory.", "The system does not keep other processes from reading this one's memory.")
	p.add("log_lines", Enforced, "Lines that the process writes hold numbers, codes and ids alone.")
	p.on("crash_text", by.CrashApart, "Of a fault that nobody catches the log tells the place; the text of it, which could hold words, is thrown away.", "The text of a fault that nobody catches, which could hold words, is written to standard error.")
	p.add("limits", Enforced, fmt.Sprintf("At most %d sessions at a time.", t.Limits.SessionsMost()))
}

// log is how far the log of facts can be relied upon.
func (p *posture) log(t *tenant.Tenant, by Operator) {
	switch {
	case by.Differs != nil && by.Differs(t.ID):
		p.add("audit_log", Absent, "A log of this organisation is not what was published of it: it was changed or cut. See the incidents.")
	case len(by.Witnesses) == 0:
		p.add("audit_log", Enforced, "Every change, consent and reading is in a log. Whoever has the database and not the log's key cannot alter it unseen.")
	default:
		p.add("audit_log", Enforced, "Every change, consent and reading is in a log. What was given to a witness nobody alters unseen, the operator neither, as long as the witness is somebody else.")
	}
	if len(by.Witnesses) > 0 {
		p.add("witness", Declared, "Checkpoints of the log are given to "+list(by.Witnesses)+", who is to be somebody else.")
	} else {
		p.add("witness", Absent, "Nobody else is given the log's checkpoints: whoever has the log's key could write it anew unless somebody kept earlier ones: witnesses.")
	}
	p.on("collectors", len(by.Collectors) > 0, "The log is sent to "+list(by.Collectors)+".", "The log is sent to nobody who watches it: siem.")
}

// list names avatars, or others, in a sentence.
func list(ids []string) string {
	if len(ids) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:4], ", "), len(ids)-4)
	}
	return strings.Join(ids, ", ")
}

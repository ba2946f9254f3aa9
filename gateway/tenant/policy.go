package tenant

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"time"

	"mayfly/redact"
	"mayfly/session"
)

// Policy is what a tenant allows and demands. The zero Policy is the safe one:
// nothing is kept, what would be kept is redacted, the person is asked.
//
// Effective gives the policy of an avatar; only that may be acted upon.
type Policy struct {
	Transcript     bool          // turns may be kept, as LegalBasis says
	Retention      time.Duration // how long a kept turn lives; 1h to 3650d; zero: none is kept
	Audio          bool          // the sound of kept turns may be kept too; always by consent
	AudioRetention time.Duration // how long that lives, at most as long as the turn; zero: none is kept
	NoReports      bool          // what people report of answers is not taken
	// Reports is how long a report lives, 1h to 3650d; zero means 90d. Effective
	// leaves zero only where none is taken.
	Reports   time.Duration
	Redaction Redaction
	Sensitive Sensitive // how much personal data a kept turn may hold
	Purposes  []Purpose // what kept turns are read for, in the order of the list of all

	LegalBasis LegalBasis // of the transcript
	OnFailure  OnFailure
	Rights     Rights // Effective never leaves it to the role

	Attachments       bool // people may show pictures and documents, if they agree
	NoAcknowledgement bool // a client that could acknowledge the notice need not
	SecondAdmin       bool // switching a transcript on, or the notice off, needs a second admin
	SecondRecipients  bool // and so does sending people's words to somebody new

	AuditDetail bool // the log holds the course of sessions too, not only what it must

	Hiding   Hiding   // of the visible notice; DisclosureHidden says whether it is hidden now
	BackEnds []string // hosts that may be sent something, in order; empty: any
	Regions  []string // in which those must be declared to be, in order; empty: any
	Training Training // whether servers may train models with what they are sent
	// KeepsMost is the longest that a server may be declared to keep what it is
	// sent; zero: nothing; nil: any time, declared or not.
	KeepsMost  *time.Duration
	Objections []string  // names and hosts that are sent nothing, nor whoever passes things on to them, in order
	Decisions  Decisions // about people, without a human

	// The rest is not under the key policy. Effective sets it.

	Controller bool     // who runs the gateway answers for the data, not the tenant
	Audience   Audience // whom the avatars talk with
	Microphone bool     // the person may speak
	Video      bool     // the avatar has a rendered picture
}

// Redaction says what becomes of personal data in a turn before it is kept.
type Redaction struct {
	Email, Card, IBAN, Phone, IP, MAC, Secret, SSN, NationalID, Passport, BirthDate, Custom redact.Operator

	Regions         []string // ISO 3166 codes, in order: whose national phone numbers are known
	Patterns, Words []string // in order: what else is hidden, as Custom says
}

// Of is the operator of a kind.
func (r *Redaction) Of(k redact.Kind) *redact.Operator {
	return [...]*redact.Operator{
		redact.Email: &r.Email, redact.Card: &r.Card, redact.IBAN: &r.IBAN, redact.Phone: &r.Phone, redact.IP: &r.IP, redact.MAC: &r.MAC, redact.Secret: &r.Secret,
		redact.SSN: &r.SSN, redact.NationalID: &r.NationalID, redact.Passport: &r.Passport, redact.BirthDate: &r.BirthDate, redact.Custom: &r.Custom,
	}[k]
}

// Narrowed hides what either of both hides, as the stricter of them says.
func (r Redaction) Narrowed(by Redaction) Redaction {
	for _, k := range redact.Kinds() {
		if have, say := r.Of(k), *by.Of(k); say.Hides() > have.Hides() {
			*have = say
		}
	}
	r.Regions, r.Patterns, r.Words = union(r.Regions, by.Regions), union(r.Patterns, by.Patterns), union(r.Words, by.Words)
	return r
}

// Sensitive bounds the values of personal data that are recognised, whatever
// becomes of them. Zero: no bound.
type Sensitive struct {
	Turn    int // a turn with as many is not kept
	Session int // with the turn that makes it as many, and after it, nothing of the session is
}

// Narrowed is the smaller bound of each.
func (s Sensitive) Narrowed(by Sensitive) Sensitive {
	least := func(a, b int) int {
		if a == 0 || b > 0 && b < a {
			return b
		}
		return a
	}
	return Sensitive{least(s.Turn, by.Turn), least(s.Session, by.Session)}
}

// Purpose is what a kept turn may be read for.
type Purpose uint8

// The purposes of a recording.
const (
	Audit    Purpose = iota // to show later what was said
	Quality                 // to check the answers, and make them better
	Learning                // as a record of somebody's learning
	purposes
)

// Purposes lists all of them.
func Purposes() []Purpose { return []Purpose{Audit, Quality, Learning} }

var purposeNames = [purposes]string{"audit", "quality", "learning"}

// String is the purpose in files, facts and on the wire.
func (p Purpose) String() string { return nameOf(purposeNames[:], p) }

// LegalBasis is why personal data may be processed (GDPR, article 6).
type LegalBasis uint8

// The legal bases. With any other than Consent the person is told instead of
// asked, and can still say no.
const (
	Consent LegalBasis = iota
	Contract
	LegalObligation
	PublicTask
	LegitimateInterests
	legalBases
)

// LegalBases lists all of them.
func LegalBases() []LegalBasis {
	return []LegalBasis{Consent, Contract, LegalObligation, PublicTask, LegitimateInterests}
}

var basisNames = [legalBases]string{"consent", "contract", "legal_obligation", "public_task", "legitimate_interests"}

// String is the basis in files and receipts.
func (b LegalBasis) String() string { return nameOf(basisNames[:], b) }

// OnFailure is what happens to a session that is recorded when a turn of it
// cannot be kept.
type OnFailure uint8

// The ways to go on.
const (
	GoOn OnFailure = iota // unrecorded, and the person is told
	End                   // the session ends
)

var failureNames = []string{"go_on", "end"}

// String is the way in files.
func (o OnFailure) String() string { return nameOf(failureNames, o) }

// Rights is who carries out what a person asks for with their receipt.
type Rights uint8

// The ways to carry out a request.
const (
	ByRole        Rights = iota // self_service for a controller, else on_instruction
	SelfService                 // the gateway, at once
	OnInstruction               // the gateway, when the tenant says so
)

var rightsNames = []string{"by_role", "self_service", "on_instruction"}

// String is the way in files.
func (r Rights) String() string { return nameOf(rightsNames, r) }

// Audience is whom a tenant's avatars talk with. Nothing guesses an age.
type Audience uint8

// The audiences.
const (
	General Audience = iota
	Minors           // nothing is kept, and the person is reminded what they talk with
)

var audienceNames = []string{"general", "minors"}

// String is the audience in files.
func (a Audience) String() string { return nameOf(audienceNames, a) }

// nameOf is the name of a value, or "unknown": a value that has none is
// nobody's permission.
func nameOf[E ~uint8](names []string, v E) string {
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown"
}

// RemindEvery is how often somebody who may be a minor is reminded that an AI
// talks with them, and to take a break.
const RemindEvery = 3 * time.Hour

// Narrowing is what an avatar says of its own policy. What it does not say, a
// nil, is the tenant's. Nothing in it can widen that.
type Narrowing struct {
	Transcript      *bool
	Retention       *time.Duration
	Audio           *bool
	AudioRetention  *time.Duration
	Reports         *bool
	Operators       [redact.Custom + 1]*redact.Operator // by kind
	Regions         []string                            // beside the tenant's, as Patterns and Words are
	Patterns, Words []string
	Sensitive       Sensitive // zero: the tenant's
	Purposes        []Purpose // nil: the tenant's
	LegalBasis      *LegalBasis
	Attachments     *bool
	Acknowledgement *bool
}

// Effective is what counts for an avatar: the tenant's policy, narrowed by the
// avatar's, and by everything that forbids a recording. A nil avatar allows
// nothing.
func (t *Tenant) Effective(a *Avatar) Policy {
	if a == nil {
		return Policy{}
	}
	p := t.Policy
	p.Redaction.Regions, p.Redaction.Patterns, p.Redaction.Words = slices.Clone(p.Redaction.Regions), slices.Clone(p.Redaction.Patterns), slices.Clone(p.Redaction.Words)
	p.Purposes = slices.Clone(p.Purposes)
	p.BackEnds, p.Regions, p.Objections = slices.Clone(p.BackEnds), slices.Clone(p.Regions), slices.Clone(p.Objections)
	p.Controller, p.Audience = t.Controller, t.Audience
	p.Microphone, p.Video = a.Microphone, a.Video
	if p.Rights == ByRole {
		p.Rights = OnInstruction
		if t.Controller {
			p.Rights = SelfService
		}
	}
	if n := a.Policy; n != nil {
		p.narrow(n)
	}
	if p.Audience != General || !p.Hiding.covers(a.ID) {
		p.Hiding = Hiding{}
	}
	p.Hiding.Avatars = nil
	if p.Hiding.whole() {
		p.LegalBasis = Consent // who is not told has to be asked
	}
	if p.Audience != General || t.ForcedOff || p.Retention <= 0 || len(p.Purposes) == 0 ||
		p.LegalBasis >= legalBases || slices.ContainsFunc(p.Purposes, func(q Purpose) bool { return q >= purposes }) {
		p.Transcript = false
	}
	p.Reports = cmp.Or(p.Reports, reportsKept)
	if p.NoReports || p.Audience != General || t.ForcedOff {
		p.NoReports, p.Reports = true, 0
	}
	p.Attachments = p.Attachments && a.BackEnd != nil // the built-in engine answers from its documents alone
	p.AudioRetention = min(p.AudioRetention, p.Retention)
	p.Audio = p.Audio && p.Transcript && p.AudioRetention > 0
	return p
}

// reportsKept is how long a report lives if the tenant does not say.
const reportsKept = 90 * day

// narrow applies what an avatar says, as far as it narrows.
func (p *Policy) narrow(n *Narrowing) {
	if n.Transcript != nil {
		p.Transcript = p.Transcript && *n.Transcript
	}
	if n.Retention != nil {
		p.Retention = min(p.Retention, *n.Retention)
	}
	if n.Audio != nil {
		p.Audio = p.Audio && *n.Audio
	}
	if n.Reports != nil {
		p.NoReports = p.NoReports || !*n.Reports
	}
	if n.AudioRetention != nil {
		p.AudioRetention = min(p.AudioRetention, *n.AudioRetention)
	}
	for k, say := range n.Operators {
		if have := p.Redaction.Of(redact.Kind(k)); say != nil && say.Hides() > have.Hides() {
			*have = *say
		}
	}
	r := &p.Redaction
	r.Regions, r.Patterns, r.Words = union(r.Regions, n.Regions), union(r.Patterns, n.Patterns), union(r.Words, n.Words)
	p.Sensitive = p.Sensitive.Narrowed(n.Sensitive)
	if n.Purposes != nil {
		p.Purposes = slices.DeleteFunc(p.Purposes, func(q Purpose) bool { return !slices.Contains(n.Purposes, q) })
	}
	if n.LegalBasis != nil && *n.LegalBasis == Consent {
		p.LegalBasis = Consent
	}
	if n.Attachments != nil {
		p.Attachments = p.Attachments && *n.Attachments
	}
	if n.Acknowledgement != nil && *n.Acknowledgement {
		p.NoAcknowledgement = false
	}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == 0 {
		return nil
	}
	return all
}

// Session is the policy in the session's terms. number is the version of the
// tenant that it comes from.
func (p Policy) Session(limits Limits, number uint64) session.Policy {
	s := session.Policy{
		Number:            number,
		Hash:              p.Hash(),
		Transcript:        p.Transcript,
		Retention:         p.Retention,
		Audio:             p.Audio,
		AudioRetention:    p.AudioRetention,
		Reports:           p.Reports,
		Told:              p.LegalBasis != Consent,
		EndOnFailure:      p.OnFailure == End,
		Microphone:        p.Microphone,
		Attachments:       p.Attachments,
		NoAcknowledgement: p.NoAcknowledgement,
		SessionTime:       limits.SessionTime,
		IdleTime:          limits.IdleTime,
	}
	if p.Audience == Minors {
		s.Remind = RemindEvery
	}
	return s
}

// Redactor makes the redactor of what is kept. keyer is the tenant's, nil if
// there is none. It fails for a region that there is not, and where something
// is to be hashed and there is no key; nothing may be kept then.
func (p Policy) Redactor(keyer redact.Keyer) (*redact.Redactor, error) {
	r := &p.Redaction
	o := redact.Options{Regions: r.Regions, Patterns: r.Patterns, Words: r.Words, Keyer: keyer}
	for _, k := range redact.Kinds() {
		*o.Of(k) = *r.Of(k)
	}
	return redact.New(o)
}

// Hash is the SHA-256 of the policy's canonical form: what a session, a grant
// and a receipt say they were made under.
func (p Policy) Hash() [sha256.Size]byte { return sha256.Sum256(p.Canonical()) }

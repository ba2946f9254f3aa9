package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"mayfly/redact"
)

const (
	leastRetention = time.Hour
	mostRetention  = 3650 * day
)

// policyTable is what a tenant may say under the key policy.
func policyTable() table[Policy] {
	return table[Policy]{
		one("transcript", truth(), "false", "Whether what was said may be kept, if the person agrees. Needs `retention` and `purposes`.", func(p *Policy) *bool { return &p.Transcript }),
		one("audio", truth(), "false", "Whether the sound of what is kept may be kept too, if the person agrees to that as well: always asked, whatever `legal_basis` says. Nothing in sound is redacted. Needs `transcript` and `retention.audio`.", func(p *Policy) *bool { return &p.Audio }),
		one("reports", opposite(truth()), "true", "Whether people may report an answer: what they tick themselves is kept for you to look at, whether anything is recorded or not, each time with their yes. Never where minors talk.", func(p *Policy) *bool { return &p.NoReports }),
		group("retention", table[Policy]{
			one("transcript", retention(), "nothing is kept", "How long it is kept. Then its key is destroyed.", func(p *Policy) *time.Duration { return &p.Retention }),
			one("audio", retention(), "no sound is kept", "How long its sound is kept, at most as long as the words. Then that one's key is destroyed.", func(p *Policy) *time.Duration { return &p.AudioRetention }),
			one("reports", retention(), "90d", "How long a report of an answer is kept. Then its key is destroyed.", func(p *Policy) *time.Duration { return &p.Reports }),
		}, "nothing is kept", "How long what is kept lives.", func(p *Policy) *Policy { return p }, nil),
		group("redaction", append(redactionOperators(),
			many("regions", region(), maxRegions, "none", "Countries whose telephone numbers people write without a calling code.", func(r *Redaction) *[]string { return &r.Regions }),
			many("patterns", ownPattern(), redact.MostPatterns, "none", "Regular expressions (RE2) of what else is hidden, as `custom` says. Each matches 2 to 128 bytes, and what it matches stands alone.", func(r *Redaction) *[]string { return &r.Patterns }),
			many("words", ownWord(), redact.MostWords, "none", "Words and names that are hidden, as `custom` says, in letters of any case.", func(r *Redaction) *[]string { return &r.Words }),
		), "all replaced", "What becomes of personal data before anything is kept: `replace` leaves its kind, `mask` that something is hidden, `drop` an ellipsis, `hash` its kind and a token that is the same for equal values of this tenant, `off` all of it.", func(p *Policy) *Redaction { return &p.Redaction }, ordered),
		group("sensitive_limit", sensitiveTable("no bound"), "no bound", "How many values of personal data what is kept may hold, as far as they are recognised, whatever becomes of them.", func(p *Policy) *Sensitive { return &p.Sensitive }, nil),
		one("audit_detail", truth(), "false", "Whether the log of facts holds the course of sessions too, as each question that was asked. What it must hold it holds anyway.", func(p *Policy) *bool { return &p.AuditDetail }),
		many("purposes", purpose(), int(purposes), "none", "What kept conversations are read for; the person is told. `learning` is a record of somebody's learning. Nothing is ever used to train a model.", func(p *Policy) *[]Purpose { return &p.Purposes }),
		group("legal_basis", table[Policy]{
			one("transcript", basis(), "consent", "With another than `consent` the person is told instead of asked, and can still say no.", func(p *Policy) *LegalBasis { return &p.LegalBasis }),
		}, "consent", "Why data may be processed.", func(p *Policy) *Policy { return p }, nil),
		one("on_failure", named(GoOn, End), "go_on", "What becomes of a recorded session when a turn cannot be kept: it goes on unrecorded, or ends. The person is told.", func(p *Policy) *OnFailure { return &p.OnFailure }),
		one("rights", named(SelfService, OnInstruction), "self_service for a controller, else on_instruction", "Whether what a person asks for with their receipt is done at once, or when an admin says so.", func(p *Policy) *Rights { return &p.Rights }),
		one("attachments", truth(), "false", "Whether people may show pictures and documents, if they agree to it. They are held in memory, given to what answers, and never kept. Pictures take a `backend` with `vision: true`.", func(p *Policy) *bool { return &p.Attachments }),
		one("acknowledgement", opposite(truth()), "true", "Whether a client has to say that the notice is on screen before anything of the avatar is sent.", func(p *Policy) *bool { return &p.NoAcknowledgement }),
		one("second_admin", truth(), "false", "Whether switching the transcript on, or the visible notice off, takes a second admin.", func(p *Policy) *bool { return &p.SecondAdmin }),
		one("second_admin_recipients", truth(), "false", "Whether it takes a second admin to have somebody sent something of people's sessions who was not: another server, one that steps in, or more to the same.", func(p *Policy) *bool { return &p.SecondRecipients }),
		group("disclosure_hidden", hidingTable(), "the notice is shown", "Switches the visible notice off, until it expires. The organisation then tells people itself that an AI answers. Labels for machines stay, people are asked for consent as ever, and whoever asks is told.", func(p *Policy) *Hiding { return &p.Hiding }, nil),
		many("allowed_backends", host(), 100, "any", "Hosts that an avatar's `backend`, `speech` and `transcriber` may be on. No other is sent anything.", func(p *Policy) *[]string { return &p.BackEnds }),
		many("regions", regionName(), 32, "any", "Regions that those servers may be declared to be in. One whose `region` is not declared is sent nothing.", func(p *Policy) *[]string { return &p.Regions }),
		one("training", ofTraining(), "a server that is declared to is refused", "Whether models may be trained with what servers are sent. `forbidden` refuses each whose `terms` do not say that it does not; `allowed` takes any. What the gateway itself holds is never used to train.", func(p *Policy) *Training { return &p.Training }),
		one("backend_retention_max", keptMost(), "any time", "The longest that a server may keep what it is sent, by its `terms`. One that has declared nothing is then refused.", func(p *Policy) **time.Duration { return &p.KeepsMost }),
		many("objections", line(100), 100, "none", "Names or hosts that are sent nothing, nor any server whose `terms` name them as a recipient.", func(p *Policy) *[]string { return &p.Objections }),
		group("automated_decisions", decisionsTable(), "none are made", "Decisions about people without a human. People are told of them.", func(p *Policy) *Decisions { return &p.Decisions }, checkDecisions),
	}
}

// narrowingTable is what an avatar may say under the key policy. Its keys are
// a part of the tenant's.
func narrowingTable() table[Narrowing] {
	return table[Narrowing]{
		one("transcript", maybe(truth()), "the tenant's", "`false` keeps nothing of this avatar.", func(n *Narrowing) **bool { return &n.Transcript }),
		one("reports", maybe(truth()), "the tenant's", "`false` takes no reports of this avatar's answers.", func(n *Narrowing) **bool { return &n.Reports }),
		one("audio", maybe(truth()), "the tenant's", "`false` keeps no sound of this avatar.", func(n *Narrowing) **bool { return &n.Audio }),
		group("retention", table[Narrowing]{
			one("transcript", maybe(retention()), "the tenant's", "A shorter time than the tenant's.", func(n *Narrowing) **time.Duration { return &n.Retention }),
			one("audio", maybe(retention()), "the tenant's", "A shorter time than the tenant's.", func(n *Narrowing) **time.Duration { return &n.AudioRetention }),
		}, "the tenant's", "How long what is kept lives.", func(n *Narrowing) *Narrowing { return n }, nil),
		group("redaction", append(narrowedOperators(),
			many("regions", region(), maxRegions, "none more", "Countries beside the tenant's.", func(n *Narrowing) *[]string { return &n.Regions }),
			many("patterns", ownPattern(), redact.MostPatterns, "none more", "Regular expressions beside the tenant's.", func(n *Narrowing) *[]string { return &n.Patterns }),
			many("words", ownWord(), redact.MostWords, "none more", "Words and names beside the tenant's.", func(n *Narrowing) *[]string { return &n.Words }),
		), "the tenant's", "What hides more than the tenant's.", func(n *Narrowing) *Narrowing { return n }, func(_ *reader, _ string, n *Narrowing) {
			slices.Sort(n.Regions)
			slices.Sort(n.Patterns)
			slices.Sort(n.Words)
		}),
		group("sensitive_limit", sensitiveTable("the tenant's"), "the tenant's", "Smaller bounds than the tenant's.", func(n *Narrowing) *Sensitive { return &n.Sensitive }, nil),
		many("purposes", purpose(), int(purposes), "the tenant's", "Some of the tenant's.", func(n *Narrowing) *[]Purpose { return &n.Purposes }),
		group("legal_basis", table[Narrowing]{
			one("transcript", maybe(basis()), "the tenant's", "`consent`, where the tenant's is another.", func(n *Narrowing) **LegalBasis { return &n.LegalBasis }),
		}, "the tenant's", "Why data may be processed.", func(n *Narrowing) *Narrowing { return n }, nil),
		one("attachments", maybe(truth()), "the tenant's", "`false`, where the tenant's is true.", func(n *Narrowing) **bool { return &n.Attachments }),
		one("acknowledgement", maybe(truth()), "the tenant's", "`true`, where the tenant's is false.", func(n *Narrowing) **bool { return &n.Acknowledgement }),
	}
}

// mostSensitive is more values than people say in a session.
const mostSensitive = 10_000

func sensitiveTable(absent string) table[Sensitive] {
	return table[Sensitive]{
		one("turn", whole("values", 1, mostSensitive), absent, "A turn in which as many are recognised is not kept. The person is told.", func(s *Sensitive) *int { return &s.Turn }),
		one("session", whole("values", 1, mostSensitive), absent, "The turn with which as many are recognised in a session is not kept, nor anything after it. The person is told.", func(s *Sensitive) *int { return &s.Session }),
	}
}

// ordered puts lists whose order means nothing into one.
func ordered(in *reader, path string, r *Redaction) {
	slices.Sort(r.Regions)
	slices.Sort(r.Patterns)
	slices.Sort(r.Words)
	in.checkOwn(path, r.Patterns, r.Words)
}

// checkPolicy looks at what no single key of a tenant's policy shows.
func checkPolicy(r *reader, path string, p *Policy) {
	slices.Sort(p.Purposes)
	checkAudio(r, path, p)
	if !p.Transcript {
		return
	}
	if _, tried := r.at[path+".retention.transcript"]; !tried {
		r.mistake(path+".transcript", fault("what is kept would have no end", `say how long: retention: {transcript: 30d}`))
	}
	if _, tried := r.at[path+".purposes"]; !tried || len(p.Purposes) == 0 {
		r.mistakeOnceIn(path+".purposes", path+".transcript", fault("it is not said what the transcript is for", "add purposes, of "+quoted(Purposes())))
	}
}

// checkAudio lets sound be kept beside words only, and never longer.
func checkAudio(r *reader, path string, p *Policy) {
	if p.Audio && !p.Transcript {
		r.mistake(path+".audio", fault("sound is kept with the words or not at all", "add transcript: true, or leave audio out"))
	}
	_, tried := r.at[path+".retention.audio"]
	if p.Audio && !tried {
		r.mistake(path+".audio", fault("what is kept would have no end", `say how long: retention: {audio: 7d}`))
	}
	if tried && p.Retention > 0 && p.AudioRetention > p.Retention {
		r.mistake(path+".retention.audio", fault("the sound would be kept longer than the words that it belongs to", "give the time of retention.transcript, or less"))
	}
}

// checkMinors locks recording off where minors may talk.
func checkMinors(r *reader, path string, t *Tenant) {
	if t.Audience != Minors {
		return
	}
	if t.Policy.Transcript {
		r.mistake(under(path, "policy.transcript"), fault("nothing is kept of what minors say", "write false, or leave the key out"))
	}
	if _, tried := r.at[under(path, "help_line")]; !tried {
		r.mistake(under(path, "audience"), fault("it is not said where a minor finds help", "add help_line, with the words and the number that they are shown"))
	}
}

// checkNarrowing refuses what would widen the tenant's policy, key by key.
func checkNarrowing(r *reader, path string, t Policy, n *Narrowing) {
	wider := func(key string, wide bool, remedy string) {
		if wide {
			r.mistake(path+"."+key, fault("this would allow more than the tenant's policy does", remedy))
		}
	}
	if n.Transcript != nil {
		wider("transcript", *n.Transcript && !t.Transcript, "switch it on for the tenant, and off for its other avatars")
	}
	if n.Retention != nil {
		wider("retention.transcript", *n.Retention > t.Retention, "give a shorter time, or make the tenant's longer")
	}
	if n.Reports != nil {
		wider("reports", *n.Reports && t.NoReports, "let the tenant take them, and switch it off for its other avatars")
	}
	if n.Audio != nil {
		wider("audio", *n.Audio && !t.Audio, "switch it on for the tenant, and off for its other avatars")
	}
	if n.AudioRetention != nil {
		wider("retention.audio", *n.AudioRetention > t.AudioRetention, "give a shorter time, or make the tenant's longer")
	}
	for k, say := range n.Operators {
		if k := redact.Kind(k); say != nil {
			wider("redaction."+k.Key(), say.Hides() < t.Redaction.Of(k).Hides(), "hide as much as the tenant does, or more: from little to much it is off, hash, replace, mask, drop")
		}
	}
	r.checkOwn(path+".redaction", union(t.Redaction.Patterns, n.Patterns), union(t.Redaction.Words, n.Words))
	for _, of := range []struct {
		key       string
		have, say int
	}{{"turn", t.Sensitive.Turn, n.Sensitive.Turn}, {"session", t.Sensitive.Session, n.Sensitive.Session}} {
		wider("sensitive_limit."+of.key, of.have > 0 && of.say > of.have, "give a smaller number, or make the tenant's larger")
	}
	for i, p := range n.Purposes {
		wider(fmt.Sprintf("purposes[%d]", i), !slices.Contains(t.Purposes, p), "name purposes of the tenant only")
	}
	if n.LegalBasis != nil {
		wider("legal_basis.transcript", *n.LegalBasis != Consent && *n.LegalBasis != t.LegalBasis, `write "consent", or leave the key out`)
	}
	if n.Attachments != nil {
		wider("attachments", *n.Attachments && !t.Attachments, "switch it on for the tenant, and off for its other avatars")
	}
	if n.Acknowledgement != nil {
		wider("acknowledgement", !*n.Acknowledgement && !t.NoAcknowledgement, "write true, or leave the key out")
	}
	if _, tried := r.at[path+".purposes"]; tried && len(n.Purposes) == 0 {
		r.mistakeOnce(path+".purposes", fault("there is no purpose", "name at least one, or leave the key out"))
	}
}

// maybe is a kind whose absence is not a value.
func maybe[V any](k kind[V]) kind[*V] {
	return kind[*V]{k.name, func(r *reader, n ast.Node) (*V, error) {
		v, err := k.read(r, n)
		return &v, err
	}}
}

// opposite is a kind of which the opposite is kept, so that false is safe.
func opposite(k kind[bool]) kind[bool] {
	return kind[bool]{k.name, func(r *reader, n ast.Node) (bool, error) {
		v, err := k.read(r, n)
		return !v, err
	}}
}

// named is a kind whose values have names.
func named[E interface {
	~uint8
	String() string
}](all ...E) kind[E] {
	var words []string
	for _, v := range all {
		words = append(words, v.String())
	}
	k := oneOf(words...)
	return text(k.name, func(r *reader, s string) (E, error) {
		i := slices.Index(words, s)
		if i < 0 {
			return 0, oneOfFault(s, words)
		}
		return all[i], nil
	})
}

func quoted[E fmt.Stringer](all []E) string {
	var words []string
	for _, v := range all {
		words = append(words, v.String())
	}
	return `"` + strings.Join(words, `", "`) + `"`
}

func purpose() kind[Purpose]  { return named(Purposes()...) }
func basis() kind[LegalBasis] { return named(LegalBases()...) }

var operatorNames = [...]string{redact.Replace: "replace", redact.Mask: "mask", redact.Drop: "drop", redact.Hash: "hash", redact.Off: "off"}

func operator() kind[redact.Operator] {
	return text(oneOf(operatorNames[:]...).name, func(_ *reader, s string) (redact.Operator, error) {
		i := slices.Index(operatorNames[:], s)
		if i < 0 {
			return 0, oneOfFault(s, operatorNames[:])
		}
		return redact.Operator(i), nil
	})
}

// maxRegions is more than people of one tenant write numbers of.
const maxRegions = 32

// region is a country whose telephone numbers are known.
func region() kind[string] {
	return text("ISO 3166 code", func(_ *reader, s string) (string, error) {
		if _, err := redact.New(redact.Options{Regions: []string{s}}); err != nil || s != strings.ToUpper(s) {
			return "", fault("this is not a country whose telephone numbers are known", `write its ISO 3166 code in capital letters, as "DE"`)
		}
		return s, nil
	})
}

// retention is how long something is kept: a duration that may count days. It
// always ends.
func retention() kind[time.Duration] {
	const how = `use a time with its unit, as "12h" or "30d"; the longest is "3650d"`
	bad := fault("this is not a length of time", how)
	k := text("duration, 1h to 3650d", func(_ *reader, s string) (time.Duration, error) {
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "forever", "unlimited", "infinite", "infinity", "never", "always", "inf":
			return 0, fault("nothing is kept without an end", how)
		}
		v, ok := parseDays(s)
		if !ok {
			return 0, bad
		}
		if v < leastRetention || v > mostRetention {
			return 0, fault("this time is out of range", "it may be 1h to 3650d")
		}
		return v, nil
	})
	return united(k, how)
}

// controllerRole is true for a controller.
func controllerRole() kind[bool] {
	k := oneOf("processor", "controller")
	return text(k.name, func(r *reader, s string) (bool, error) {
		if s != "processor" && s != "controller" {
			return false, oneOfFault(s, []string{"processor", "controller"})
		}
		return s == "controller", nil
	})
}

package tenant

import (
	"crypto/sha256"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"mayfly/redact"
	"mayfly/session"
)

// recorded is a tenant that may keep transcripts, with one avatar.
func recorded() *Tenant {
	return &Tenant{
		ID: "acme", Name: "Acme", Source: SourceFile,
		Policy:  Policy{Transcript: true, Retention: 30 * day, Purposes: []Purpose{Audit, Quality}},
		Avatars: []Avatar{{ID: "ada", Name: "Ada", Look: "lantern", Voice: "auto", Languages: []string{"en"}}},
	}
}

// Everything that is not plainly allowed is off. R10 R11
func TestEffectiveFailsClosed(t *testing.T) {
	on := recorded()
	require.True(t, on.Effective(&on.Avatars[0]).Transcript)
	require.Equal(t, Policy{}, on.Effective(nil))
	for name, change := range map[string]func(*Tenant){
		"off":                 func(t *Tenant) { t.Policy.Transcript = false },
		"no retention":        func(t *Tenant) { t.Policy.Retention = 0 },
		"negative retention":  func(t *Tenant) { t.Policy.Retention = -1 },
		"no purpose":          func(t *Tenant) { t.Policy.Purposes = nil },
		"unknown purpose":     func(t *Tenant) { t.Policy.Purposes = []Purpose{purposes} },
		"unknown legal basis": func(t *Tenant) { t.Policy.LegalBasis = legalBases },
		"minors":              func(t *Tenant) { t.Audience = Minors },
		"unknown audience":    func(t *Tenant) { t.Audience = Minors + 1 },
		"forced off":          func(t *Tenant) { t.ForcedOff = true },
		"avatar off":          func(t *Tenant) { t.Avatars[0].Policy = &Narrowing{Transcript: new(false)} },
		"avatar no purpose":   func(t *Tenant) { t.Avatars[0].Policy = &Narrowing{Purposes: []Purpose{Learning}} },
		"avatar no retention": func(t *Tenant) { t.Avatars[0].Policy = &Narrowing{Retention: new(time.Duration(0))} },
	} {
		off := recorded()
		change(off)
		p := off.Effective(&off.Avatars[0])
		require.False(t, p.Transcript, name)
		require.False(t, p.Session(off.Limits, 1).Transcript, name)
	}
}

// Whatever an avatar says, nothing is wider for it, and what a session gets is
// what was computed. R11 R12
func TestAvatarOnlyNarrows(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		owner := &Tenant{Policy: drawPolicy(rt), Controller: rapid.Bool().Draw(rt, "controller")}
		plain := owner.Effective(&Avatar{BackEnd: &BackEnd{}})
		a := &Avatar{Policy: drawNarrowing(rt), BackEnd: &BackEnd{}}
		p := owner.Effective(a)
		check := func(ok bool, what string) {
			if !ok {
				rt.Fatalf("%s: tenant %+v, avatar %+v, effective %+v", what, owner.Policy, a.Policy, p)
			}
		}
		check(!p.Transcript || plain.Transcript, "transcript")
		check(p.Retention <= plain.Retention, "retention")
		hashes := false
		for _, k := range redact.Kinds() {
			check(p.Redaction.Of(k).Hides() >= plain.Redaction.Of(k).Hides(), "redaction")
			hashes = hashes || *p.Redaction.Of(k) == redact.Hash
		}
		for _, own := range [][2][]string{{p.Redaction.Patterns, plain.Redaction.Patterns}, {p.Redaction.Words, plain.Redaction.Words}} {
			for _, one := range own[1] {
				check(slices.Contains(own[0], one), "own patterns and words")
			}
		}
		for _, r := range plain.Redaction.Regions {
			check(slices.Contains(p.Redaction.Regions, r), "region")
		}
		for _, q := range p.Purposes {
			check(slices.Contains(plain.Purposes, q), "purpose")
		}
		check(p.LegalBasis == Consent || p.LegalBasis == plain.LegalBasis, "legal basis")
		check(!p.NoAcknowledgement || plain.NoAcknowledgement, "acknowledgement")
		check(!p.Attachments || plain.Attachments, "attachments")
		check(p.Rights != ByRole, "rights")
		s := p.Session(owner.Limits, 7)
		check(s.Transcript == p.Transcript && s.Retention == p.Retention && s.Number == 7 && s.Hash == sha256.Sum256(p.Canonical()) &&
			s.Told == (p.LegalBasis != Consent) && s.EndOnFailure == (p.OnFailure == End) && s.NoAcknowledgement == p.NoAcknowledgement, "session")
		if p.Transcript {
			n++
		}
		for _, limit := range [][2]int{{p.Sensitive.Turn, plain.Sensitive.Turn}, {p.Sensitive.Session, plain.Sensitive.Session}} {
			check(limit[1] == 0 || limit[0] > 0 && limit[0] <= limit[1], "sensitive limit")
		}
		_, err := p.Redactor(noKey{})
		check(err == nil, "redactor")
		_, err = p.Redactor(nil)
		check((err != nil) == hashes, "redactor without a key")
	})
	require.NotZero(t, n)
}

// noKey is a key for hashing.
type noKey struct{}

func (noKey) Token(redact.Kind, []byte) uint64 { return 0 }

// The canonical form of a policy is fixed: receipts and grants hold its hash.
// Whoever adds a field changes it on purpose, here.
func TestPolicyCanonical(t *testing.T) {
	require.Equal(t, `{"acknowledgement":true,"allowed_backends":[],"attachments":false,"audience":"general","audio":false,"audit_detail":false,"automated_decisions":{"human_route":"","logic_notice":"","used":false},"backend_retention_max":"any","controller":"processor","disclosure_hidden":{"avatars":[],"by":"","expires":"0001-01-01T00:00:00Z","legal_basis":"","reason":""},"legal_basis":{"transcript":"consent"},"microphone":false,"objections":[],"on_failure":"go_on","purposes":[],"redaction":{"birth_date":"replace","card":"replace","custom":"replace","email":"replace","iban":"replace","ip":"replace","mac":"replace","national_id":"replace","passport":"replace","patterns":[],"phone":"replace","regions":[],"secret":"replace","ssn":"replace","words":[]},"regions":[],"reports":true,"retention":{"audio":"0s","reports":"0s","transcript":"0s"},"rights":"by_role","second_admin":false,"second_admin_recipients":false,"sensitive_limit":{"session":0,"turn":0},"training":"refused_if_declared","transcript":false,"video":false}`, string(Policy{}.Canonical()))
	o := recorded()
	require.Equal(t, `{"acknowledgement":true,"allowed_backends":[],"attachments":false,"audience":"general","audio":false,"audit_detail":false,"automated_decisions":{"human_route":"","logic_notice":"","used":false},"backend_retention_max":"any","controller":"processor","disclosure_hidden":{"avatars":[],"by":"","expires":"0001-01-01T00:00:00Z","legal_basis":"","reason":""},"legal_basis":{"transcript":"consent"},"microphone":false,"objections":[],"on_failure":"go_on","purposes":["audit","quality"],"redaction":{"birth_date":"replace","card":"replace","custom":"replace","email":"replace","iban":"replace","ip":"replace","mac":"replace","national_id":"replace","passport":"replace","patterns":[],"phone":"replace","regions":[],"secret":"replace","ssn":"replace","words":[]},"regions":[],"reports":true,"retention":{"audio":"0s","reports":"90d","transcript":"30d"},"rights":"on_instruction","second_admin":false,"second_admin_recipients":false,"sensitive_limit":{"session":0,"turn":0},"training":"refused_if_declared","transcript":true,"video":false}`, string(o.Effective(&o.Avatars[0]).Canonical()))
}

// No field is left out of the hash: two policies that differ have different
// hashes.
func TestPolicyHashCoversEveryField(t *testing.T) {
	base := recorded().Policy
	seen := map[[32]byte]string{base.Hash(): "base"}
	var walk func(path string, v reflect.Value, whole func() Policy)
	n := 0
	check := func(name string, p Policy) {
		hash := p.Hash()
		if other, twice := seen[hash]; twice {
			t.Errorf("%s is not in the hash: it is the same as %s", name, other)
		}
		seen[hash] = name
		n++
	}
	walk = func(path string, v reflect.Value, whole func() Policy) {
		for i := range v.NumField() {
			f, name := v.Field(i), path+v.Type().Field(i).Name
			if at, ok := f.Interface().(time.Time); ok {
				f.Set(reflect.ValueOf(at.Add(time.Hour)))
				check(name, whole())
				f.Set(reflect.ValueOf(at))
				continue
			}
			if f.Kind() == reflect.Struct {
				walk(name+".", f, whole)
				continue
			}
			old := reflect.ValueOf(f.Interface())
			switch f.Kind() {
			case reflect.Bool:
				f.SetBool(!f.Bool())
			case reflect.String:
				f.SetString(f.String() + "x")
			case reflect.Int:
				f.SetInt(f.Int() + 1)
			case reflect.Int64:
				f.SetInt(f.Int() + int64(day))
			case reflect.Uint8:
				f.SetUint(f.Uint() + 1)
			case reflect.Pointer:
				f.Set(reflect.New(f.Type().Elem()))
			case reflect.Slice:
				f.Set(reflect.Append(reflect.MakeSlice(f.Type(), 0, 1), reflect.New(f.Type().Elem()).Elem()))
			default:
				t.Fatalf("%s has a kind that this test does not know", name)
			}
			check(name, whole())
			f.Set(old)
		}
	}
	p := base
	walk("", reflect.ValueOf(&p).Elem(), func() Policy { return p })
	t.Logf("n = %d fields", n)
}

func drawOperator(t *rapid.T) redact.Operator {
	return rapid.SampledFrom([]redact.Operator{redact.Replace, redact.Mask, redact.Drop, redact.Hash, redact.Off}).Draw(t, "operator")
}

func drawPurposes(t *rapid.T) []Purpose {
	var out []Purpose
	for _, p := range Purposes() {
		if rapid.Bool().Draw(t, p.String()) {
			out = append(out, p)
		}
	}
	return out
}

func drawRegions(t *rapid.T) []string {
	var out []string
	for _, r := range []string{"DE", "FR", "GB", "US"} {
		if rapid.IntRange(0, 3).Draw(t, r) == 0 {
			out = append(out, r)
		}
	}
	return out
}

func drawPolicy(t *rapid.T) Policy {
	p := Policy{
		Retention: time.Duration(rapid.IntRange(1, 200_000).Draw(t, "minutes"))*time.Minute + time.Hour,
		Redaction: drawRedaction(t),
		Purposes:  drawPurposes(t),

		LegalBasis:        rapid.SampledFrom(LegalBases()).Draw(t, "basis"),
		OnFailure:         rapid.SampledFrom([]OnFailure{GoOn, End}).Draw(t, "failure"),
		Rights:            rapid.SampledFrom([]Rights{ByRole, SelfService, OnInstruction}).Draw(t, "rights"),
		Decisions:         rapid.SampledFrom([]Decisions{{}, {Used: true, LogicNotice: "https://a.example/", HumanRoute: "Call."}}).Draw(t, "decisions"),
		NoAcknowledgement: rapid.Bool().Draw(t, "acknowledgement"),
		Attachments:       rapid.Bool().Draw(t, "attachments"),
		SecondAdmin:       rapid.Bool().Draw(t, "second"),
		SecondRecipients:  rapid.Bool().Draw(t, "second for recipients"),
		AuditDetail:       rapid.Bool().Draw(t, "detail"),
		Sensitive:         drawSensitive(t),
		Training:          rapid.SampledFrom([]Training{TrainingUnsaid, TrainingForbidden, TrainingAllowed}).Draw(t, "training"),
		KeepsMost:         rapid.SampledFrom([]*time.Duration{nil, new(time.Duration(0)), new(30 * day)}).Draw(t, "what back ends keep"),
		Objections:        rapid.SampledFrom([][]string{nil, {"Example Advertising", "b.example"}}).Draw(t, "objections"),
	}
	p.Transcript = len(p.Purposes) > 0 && rapid.Bool().Draw(t, "transcript")
	return p
}

func drawSensitive(t *rapid.T) Sensitive {
	return Sensitive{Turn: rapid.IntRange(0, 9).Draw(t, "a turn"), Session: rapid.IntRange(0, 99).Draw(t, "a session")}
}

func drawRedaction(t *rapid.T) (r Redaction) {
	for _, k := range redact.Kinds() {
		*r.Of(k) = drawOperator(t)
	}
	r.Regions = drawRegions(t)
	r.Patterns, r.Words = drawOwn(t)
	return r
}

// drawOwn are patterns and words in order, none of them twice.
func drawOwn(t *rapid.T) (patterns, words []string) {
	if rapid.Bool().Draw(t, "own patterns") {
		patterns = rapid.SampledFrom([][]string{{"EMP-[0-9]{4}"}, {"EMP-[0-9]{4}", "K[a-z]{3,9}"}}).Draw(t, "patterns")
	}
	if rapid.Bool().Draw(t, "own words") {
		words = rapid.SampledFrom([][]string{{"Project Zeus"}, {"Project Zeus", "acme"}}).Draw(t, "words")
	}
	return slices.Clone(patterns), slices.Clone(words)
}

func drawNarrowing(t *rapid.T) *Narrowing {
	n := &Narrowing{Regions: drawRegions(t), Sensitive: drawSensitive(t)}
	say := func(name string) bool { return rapid.Bool().Draw(t, "says "+name) }
	if say("transcript") {
		n.Transcript = new(rapid.Bool().Draw(t, "transcript"))
	}
	if say("retention") {
		n.Retention = new(time.Duration(rapid.IntRange(1, 5000).Draw(t, "hours")) * time.Hour)
	}
	for _, k := range redact.Kinds() {
		if say(k.Key()) {
			n.Operators[k] = new(drawOperator(t))
		}
	}
	n.Patterns, n.Words = drawOwn(t)
	if say("purposes") {
		n.Purposes = drawPurposes(t)
	}
	if say("basis") {
		n.LegalBasis = new(rapid.SampledFrom(LegalBases()).Draw(t, "basis"))
	}
	if say("attachments") {
		n.Attachments = new(rapid.Bool().Draw(t, "attachments"))
	}
	if say("acknowledgement") {
		n.Acknowledgement = new(rapid.Bool().Draw(t, "acknowledgement"))
	}
	return n
}

// switches is one combination of everything that decides whether a turn of a
// session is kept.
type switches struct {
	transcript, retention, purposes, avatarOff, minors, forcedOff bool // of the tenant
	contract, noAck, microphone                                   bool
	unavailable, aware, lost                                      bool // of the gateway and the client
	answer                                                        int  // of the person: yes, no, none
	no                                                            int  // when: never, before the turn, in it, after it
	how                                                           int  // by opting out, by taking back, as a child
	failed                                                        bool // the first turn could not be kept
	hidden                                                        bool // the visible notice is switched off
	attachments                                                   bool // people may show something
}

// expect is the rule, written by hand from the promises: whether the first and
// the second turn are kept, and whether the person may speak and show something.
func (s switches) expect() (o outcome) {
	allowed := s.transcript && s.retention && s.purposes && !s.avatarOff && !s.minors && !s.forcedOff && !s.unavailable
	agreed := s.answer == 0 && !s.lost
	if s.contract && !s.hidden { // who is not told has to be asked
		agreed = s.answer != 1 // told, and silent
	}
	kept := allowed && s.aware && agreed
	o.first = kept && (s.no == 0 || s.no == 3)
	o.second = kept && s.no == 0 && !(s.failed && o.first)
	// Who cannot be asked is told instead; minors are, whatever is hidden.
	told := !s.hidden || s.minors || s.no > 0 && s.how == 2
	heeded := !s.aware && told || s.aware && s.answer == 0 && !s.lost
	o.voice, o.shows = s.microphone && heeded, s.attachments && heeded
	return o
}

// All combinations of the switches of a tenant, and of what a person can say,
// each run as a session, agree with the rule. R10 R11 R12 R41 R42 R53
func TestEveryCombination(t *testing.T) {
	n, keeps := 0, 0
	for bits := range 1 << 15 {
		if testing.Short() && bits%13 != 0 {
			continue // all of them under the race detector take a minute
		}
		on := func(i int) bool { return bits&(1<<i) != 0 }
		s := switches{on(0), on(1), on(2), on(3), on(4), on(5), on(6), on(7), on(8), on(9), on(10), on(11), 0, 0, 0, on(12), on(13), on(14)}
		if s.hidden && (s.noAck || s.forcedOff || s.avatarOff) {
			continue // there is nothing to acknowledge, or nothing that could be kept
		}
		policy := s.policy()
		for answer := range 3 {
			for no := range 4 {
				for how := range 3 {
					if no == 0 && how > 0 {
						continue
					}
					s.answer, s.no, s.how = answer, no, how
					want := s.expect()
					if got := s.run(t, policy); got != want {
						t.Fatalf("%+v: %+v; the rule says %+v", s, got, want)
					}
					n++
					if want.first {
						keeps++
					}
				}
			}
		}
	}
	require.NotZero(t, keeps)
	t.Logf("n = %d combinations, %d keep something", n, keeps)
}

type outcome struct{ first, second, voice, shows bool }

// policy is what a session gets from a tenant and an avatar with the switches.
func (s switches) policy() session.Policy {
	o := recorded()
	o.Policy.Transcript, o.ForcedOff, o.Policy.NoAcknowledgement = s.transcript, s.forcedOff, s.noAck
	if !s.retention {
		o.Policy.Retention = 0
	}
	if !s.purposes {
		o.Policy.Purposes = nil
	}
	if s.contract {
		o.Policy.LegalBasis = Contract
	}
	if s.minors {
		o.Audience = Minors
	}
	a := &o.Avatars[0]
	a.Microphone, a.BackEnd = s.microphone, &BackEnd{}
	o.Policy.Attachments = s.attachments
	if s.avatarOff {
		a.Policy = &Narrowing{Transcript: new(false)}
	}
	if s.hidden {
		o.Policy.Hiding = hidden
	}
	effective := o.Effective(a)
	p := effective.Session(o.Limits, 3)
	p.Unavailable = s.unavailable
	p.NoticeHidden = effective.DisclosureHidden(hidden.Expires.Add(-day))
	return p
}

// run is a session with two turns under the switches.
func (s switches) run(t *testing.T, p session.Policy) (got outcome) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	var kept map[session.TurnNo]bool
	asked, form := session.Purposes(0), session.Written
	var seq uint32
	live, effects := session.New(now, p, form)
	see := func(effects []session.Effect) {
		for _, e := range effects {
			switch e := e.(type) {
			case session.ConsentAsk:
				asked = e.Purposes
			case session.Keep:
				if kept == nil {
					kept = map[session.TurnNo]bool{}
				}
				kept[e.Grant.Turn()] = true
			case session.Note:
				seq = e.Seq
			case session.Recite:
				defer func() {
					if _, err := live.Apply(now, session.Shown{Turn: e.Turn}); err != nil {
						t.Fatal(err)
					}
				}()
			}
		}
	}
	do := func(in session.Input) error {
		effects, err := live.Apply(now, in)
		see(effects)
		return err
	}
	note := func(lost bool) {
		if live.Waiting() {
			_ = do(session.Noted{Seq: seq, Lost: lost})
		}
	}
	see(effects)
	if s.aware {
		_ = do(session.Declared{Aware: true})
		if live.State() == session.Disclosing {
			_ = do(session.Acknowledged{Notice: 1})
		}
	} else {
		_ = do(session.Configured{})
	}
	switch s.answer {
	case 0:
		_ = do(session.Consented{Granted: asked})
	case 1:
		_ = do(session.Consented{Refused: asked | session.Transcript})
	case 2:
		if live.State() == session.Consenting {
			_ = do(session.Consented{})
		}
	}
	note(s.lost)
	refuse := func(at int) {
		if s.no != at {
			return
		}
		switch s.how {
		case 0:
			_ = do(session.OptedOut{Purposes: session.Transcript})
		case 1:
			_ = do(session.Withdrawn{Purposes: session.Transcript})
		case 2:
			_ = do(session.MinorFound{})
		}
		note(s.lost) // a no holds even if its fact is lost
	}
	turn := func(middle func()) session.TurnNo {
		_ = do(session.Said{Item: session.Item{Words: session.NewSpeech([]byte("a question"))}})
		_ = do(session.Requested{})
		if s.hidden && live.State() == session.Disclosing { // a child is told before the next reply
			_ = do(session.Acknowledged{Notice: 1})
			_ = do(session.Consented{})
			note(s.lost)
		}
		no := live.Turn()
		_ = do(&session.ReplyPart{Turn: no, Words: session.NewSpeech([]byte("an answer"))})
		middle()
		_ = do(session.ReplyEnd{Turn: no})
		return no
	}
	refuse(1)
	one := turn(func() { refuse(2) })
	if kept[one] {
		got.first = true
		if s.failed {
			_ = do(session.RecordFailed{Turn: one})
		} else {
			_ = do(session.Kept{Turn: one})
		}
	}
	refuse(3)
	two := turn(func() {})
	got.second = kept[two]
	if one == 0 || two == 0 || one == two {
		t.Fatalf("%+v: the turns did not take place", s)
	}
	got.voice = do(session.VoiceStarted{}) == nil
	got.shows = do(session.Said{Item: session.Item{Attachments: []session.Attachment{{Content: session.NewContent([]byte{1})}}}}) == nil
	return got
}

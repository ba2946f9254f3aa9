package tenant

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Recipient is somebody else who may be sent something of a session with an
// avatar.
type Recipient struct {
	Role   RecipientRole
	Key    string // where it stands in the avatar's document: "backend", "tools[1]"
	Name   string // what people are told
	URL    *url.URL
	Region string // where it is declared to be; empty: nobody declared it
	Terms  Terms
	Gets   Contents
}

// RecipientRole is what somebody else does for an avatar.
type RecipientRole uint8

// The roles of recipients.
const (
	Answering    RecipientRole = iota // writes the answers
	Speaking                          // makes sound of them
	Transcribing                      // writes down what people say
	ToolServer                        // carries out a tool call
	roles
)

var roleNames = [roles]string{"backend", "speech", "transcriber", "tool"}

// String is the role in facts, receipts and the register of recipients.
func (r RecipientRole) String() string { return nameOf(roleNames[:], r) }

// Contents are kinds of what is said in a session.
type Contents uint8

// The kinds.
const (
	Words     Contents = 1 << iota // what the person writes, or is understood to say, and what was answered
	Answers                        // what is to be said aloud
	Voice                          // the sound of the person, and of a human who answers
	Pictures                       // what the person shows
	Arguments                      // of tool calls, made from the words
)

var contentNames = []string{"words", "answers", "voice", "pictures", "arguments"}

// Has says whether all of some kinds are among them.
func (c Contents) Has(some Contents) bool { return c&some == some }

// Names lists the kinds as receipts and the register of recipients name them.
func (c Contents) Names() []string {
	out := []string{}
	for i, name := range contentNames {
		if c.Has(1 << i) {
			out = append(out, name)
		}
	}
	return out
}

// Recipients lists everybody else who may be sent something of a session with
// the avatar, in the order of its document. Whoever is not listed is sent
// nothing: what people are told, what the policy refuses, and what a receipt
// can name are made from this list.
func (a *Avatar) Recipients() []Recipient {
	var all []Recipient
	server := func(role RecipientRole, key string, b *BackEnd, gets Contents) {
		for i, b := range b.Servers() {
			r := b.Registered(role, gets)
			r.Key = ServerKey(key, i)
			all = append(all, r)
		}
	}
	server(Answering, "backend", a.BackEnd, Words)
	server(Speaking, "speech", a.Speech, Answers)
	if a.Microphone {
		server(Transcribing, "transcriber", a.Transcriber, Voice)
	}
	for i := range a.Tools {
		all = append(all, a.Tools[i].recipient(i))
	}
	return all
}

// Recipients are everybody else who may be sent something of a session with
// one of the tenant's avatars: the avatar's own, then those of the tenant.
func (t *Tenant) Recipients(a *Avatar) []Recipient {
	return a.Recipients()
}

// Recipient is the server in a role.
func (b *BackEnd) Recipient(role RecipientRole, gets Contents) Recipient {
	return Recipient{Role: role, Name: b.Name, URL: b.URL, Region: b.Region, Terms: b.Terms, Gets: gets}
}

// Registered is the server in a role as the register of recipients has it:
// with what it is sent of what people show, too.
func (b *BackEnd) Registered(role RecipientRole, gets Contents) Recipient {
	return b.Recipient(role, gets|b.looksAt(role))
}

// Clause is the clause of a policy that forbids sending a server anything, by
// its key; empty: nothing does.
type Clause string

// The clauses.
const (
	Hosts      Clause = "allowed_backends"
	InRegions  Clause = "regions"
	NoTraining Clause = "training"
	KeepsMost  Clause = "backend_retention_max"
	Objected   Clause = "objections"
)

// Permits says whether a server may be sent what people say, or what is
// answered.
func (p *Policy) Permits(b *BackEnd) bool {
	if b == nil {
		return true
	}
	r := b.Recipient(Answering, Words)
	return p.Refuses(&r) == ""
}

// Refuses is the first clause that forbids sending a recipient anything, or
// empty. One that has not declared something is taken for the worst.
func (p *Policy) Refuses(r *Recipient) Clause {
	host := ""
	if r.URL != nil {
		host = r.URL.Hostname()
	}
	switch {
	case len(p.BackEnds) > 0 && !slices.Contains(p.BackEnds, host):
		return Hosts
	case len(p.Regions) > 0 && (r.Region == "" || !slices.Contains(p.Regions, r.Region)):
		return InRegions
	case p.Training.refuses(r.Terms.Training):
		return NoTraining
	case p.KeepsMost != nil && (r.Terms.Retention == nil || *r.Terms.Retention > *p.KeepsMost):
		return KeepsMost
	case p.objects(append([]string{host, r.Name}, r.Terms.Recipients...)):
		return Objected
	}
	return ""
}

func (p *Policy) objects(to []string) bool {
	return slices.ContainsFunc(p.Objections, func(o string) bool {
		return slices.ContainsFunc(to, func(name string) bool { return strings.EqualFold(o, name) })
	})
}

// Training is whether servers may train models with what they are sent. The
// zero value refuses one that is declared to; one that has declared nothing is
// sent something, and people are told that it has not stated it.
type Training uint8

// The ways.
const (
	TrainingUnsaid    Training = iota // refuses those that say they do
	TrainingForbidden                 // refuses all that do not say they do not
	TrainingAllowed
	trainings
)

var trainingNames = [trainings]string{"refused_if_declared", "forbidden", "allowed"}

// String is the way in files.
func (t Training) String() string { return nameOf(trainingNames[:], t) }

func (t Training) refuses(declared *bool) bool {
	switch t {
	case TrainingAllowed:
		return false
	case TrainingUnsaid:
		return declared != nil && *declared
	}
	return declared == nil || *declared
}

// host is the name or address of a server, as it stands in a URL.
func host() kind[string] {
	return text("host", func(_ *reader, s string) (string, error) {
		bad := fault("this is not a host", `write the name alone, as "models.example.org", without https:// and port`)
		if strings.ContainsAny(s, "/:@?#[] ") && !strings.Contains(s, "::") {
			return "", bad
		}
		h, err := normalHost(s)
		if err != nil {
			return "", bad
		}
		return h, nil
	})
}

// tenantHost is a host, or all below one.
func tenantHost() kind[string] {
	return text(`host, or "*.example.org"`, func(r *reader, s string) (string, error) {
		under, all := strings.CutPrefix(s, "*.")
		h, err := normalHost(under)
		if err != nil || strings.ContainsAny(under, "/:@?#[]* ") && !(strings.Contains(under, "::") && !all) {
			return "", fault("this is not a host", `write the name alone, as "models.example.org", or "*.example.org" for all below it`)
		}
		if all {
			h = "*." + h
		}
		return h, nil
	})
}

// regionName is where a server is declared to be: a name of the organisation's own
// choice.
func regionName() kind[string] {
	return text(`name of 1 to 32 of a-z 0-9 -, as "eu"`, func(_ *reader, s string) (string, error) {
		if s == "" || len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", fault("this is not the name of a region", `use 1 to 32 of the characters a-z 0-9 and -, as "eu" or "us-east"`)
		}
		return s, nil
	})
}

// checkRecipients refuses avatars whose servers the policy does not allow.
func checkRecipients(r *reader, path string, t *Tenant) {
	p := &t.Policy
	for _, list := range []struct {
		key  string
		none bool
	}{{"allowed_backends", len(p.BackEnds) == 0}, {"regions", len(p.Regions) == 0}, {"objections", len(p.Objections) == 0}} {
		at := under(path, "policy."+list.key)
		if _, tried := r.at[at]; tried && list.none {
			r.mistakeOnce(at, fault("the list is empty", "name at least one, or leave the key out"))
		}
	}
	slices.Sort(p.BackEnds)
	slices.Sort(p.Regions)
	slices.Sort(p.Objections)
	for i := range t.Avatars {
		for _, of := range t.Avatars[i].Recipients() {
			if of.URL != nil {
				checkRecipient(r, p, under(path, fmt.Sprintf("avatars[%d].%s", i, of.Key)), &of)
			}
		}
	}
}

// checkRecipient names each clause that refuses a server, at the line that it
// is about.
func checkRecipient(r *reader, p *Policy, at string, of *Recipient) {
	alone := func(narrow func(one *Policy)) bool {
		one := Policy{Training: TrainingAllowed}
		narrow(&one)
		return one.Refuses(of) != ""
	}
	// say notes it at the key below the server that is to be changed, or at
	// the server if that key is not there.
	say := func(key, problem, remedy string) {
		place := at + "." + key
		if r.wrong(place) {
			return
		}
		if _, there := r.at[place]; !there {
			place = at
		}
		r.mistake(place, fault(problem, remedy))
	}
	if alone(func(one *Policy) { one.BackEnds = p.BackEnds }) {
		r.mistake(at+".url", fault("this host is not on the tenant's list", "use one of policy.allowed_backends, or add it there"))
	}
	if alone(func(one *Policy) { one.Regions = p.Regions }) {
		if of.Region == "" {
			say("region", "it is not said in which region this server is, and the policy allows some only", "add region, if you know it: "+strings.Join(p.Regions, ", "))
		} else {
			say("region", "this region is not one of those that the policy allows", "use a server in one of policy.regions, or add it there")
		}
	}
	if alone(func(one *Policy) { one.Training = p.Training }) {
		switch {
		case of.Terms.Training == nil:
			say("terms.training", "it is not declared that no model is trained with what this server is sent, and policy.training forbids it", "add terms, with training: false, if its operator says so")
		case p.Training == TrainingForbidden:
			say("terms.training", "models are trained with what this server is sent, and policy.training forbids it", "use another server, or agree with its operator that it does not")
		default:
			say("terms.training", "models are trained with what this server is sent, and the policy does not allow it", "use another server, or write policy: {training: allowed}")
		}
	}
	if alone(func(one *Policy) { one.KeepsMost = p.KeepsMost }) {
		most := (&Terms{Retention: p.KeepsMost}).KeepsText()
		if of.Terms.Retention == nil {
			say("terms.retention", "it is not declared how long this server keeps what it is sent, and policy.backend_retention_max bounds it", "add terms, with retention, if its operator says so: at most "+most)
		} else {
			say("terms.retention", "this server keeps what it is sent longer than policy.backend_retention_max allows", "use one that keeps it at most "+most)
		}
	}
	if alone(func(one *Policy) { one.Objections = p.Objections }) {
		say("terms.recipients", "the policy objects to this server, or to one that it passes things on to", "use another server, or take its name out of policy.objections")
	}
}

// ofTraining is what a policy may say of it.
func ofTraining() kind[Training] { return named(TrainingForbidden, TrainingAllowed) }

// keptMost is a bound on what servers keep; "none" lets them keep nothing.
func keptMost() kind[*time.Duration] { return maybe(kept()) }

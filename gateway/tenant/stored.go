package tenant

import (
	"bytes"
	"crypto/sha256"
	"time"
)

// documentName stands for the file in the mistakes of a stored document.
const documentName = "tenant"

// ParseDocument reads the document of one tenant, in JSON or YAML: the keys of
// one item of tenants in the configuration file. It names no file of this
// machine, and holds no credentials. What is wrong comes back all at once, as
// *Mistakes.
func ParseDocument(data []byte) (*Tenant, error) { return parseDocument(data, time.Now()) }

// parseDocument is ParseDocument at a time. At the zero time no clock is
// asked: what was right when it was saved stays right, whatever the clock
// says since.
func parseDocument(data []byte, now time.Time) (*Tenant, error) {
	r := &reader{stored: true, now: now, at: map[string]place{"": {1, 1}}}
	t := &Tenant{}
	if body := r.document(bytes.TrimPrefix(data, []byte("\ufeff"))); body != nil {
		if tenantTable().read(r, "", body, t) {
			checkTenant(r, "", t)
		}
		if _, there := r.at["keys"]; there {
			r.mistake("keys", fault("keys are not part of a tenant's document", "leave them out; make them on the admin page, or with mayfly key"))
		}
	} else if len(r.found) == 0 {
		r.mistakeAt("", place{}, fault("there is nothing in the document", "give the tenant's id, name and avatars"))
	}
	if err := r.mistakes(documentName); err != nil {
		return nil, err
	}
	t.Line = 0
	return t, nil
}

// Document is a tenant in JSON as RFC 8785 has it, without what is the
// default. It holds no secret, no path and no place inside: keys, the files of
// back ends' keys, folders of documents and receivers on private addresses are
// left out, so that what ParseDocument makes of
// it is the same tenant as far as a database can hold it.
func Document(t *Tenant) ([]byte, error) {
	o := object{"id": t.ID, "name": t.Name}
	contact := object{}
	put(contact, "email", t.Contact.Email, "")
	put(contact, "dpo", t.Contact.DPO, "")
	put(contact, "privacy", t.Contact.Privacy, "")
	put(contact, "complaint", t.Contact.Complaint, "")
	nest(o, "contact", contact)
	if t.Controller {
		o["controller"] = "controller"
	}
	put(o, "audience", t.Audience.String(), General.String())
	put(o, "help_line", t.HelpLine, "")
	nest(o, "disclosure", t.Disclosure.document())
	nest(o, "policy", t.Policy.document())
	putList(o, "origins", t.Origins)
	putList(o, "frames", t.Frames)
	put(o, "public", t.Public, false)
	var avatars []object
	for i := range t.Avatars {
		avatars = append(avatars, t.Avatars[i].document())
	}
	o["avatars"] = avatars
	if t.Webhook != nil && outside(t.Webhook.URL) == nil {
		o["webhook"] = t.Webhook.document()
	}
	if t.Handoff != nil {
		o["handoff"] = t.Handoff.document()
	}
	limits := object{}
	put(limits, "sessions", t.Limits.Sessions, 0)
	put(limits, "start_rate", t.Limits.StartRate, 0)
	duration := func(key string, v time.Duration) {
		if v != 0 {
			limits[key] = short(v)
		}
	}
	put(limits, "sessions_per_day", t.Limits.SessionsPerDay, 0)
	put(limits, "tokens_per_day", t.Limits.TokensPerDay, 0)
	put(limits, "minutes_per_month", t.Limits.MinutesPerMonth, 0)
	duration("session_time", t.Limits.SessionTime)
	duration("idle_time", t.Limits.IdleTime)
	put(limits, "message", t.Limits.Message, 0)
	nest(o, "limits", limits)
	return canonical(o)
}

// DocumentHash is the SHA-256 of a tenant's document.
func DocumentHash(document []byte) [sha256.Size]byte { return sha256.Sum256(document) }

func (a *Avatar) document() object {
	o := object{"id": a.ID, "name": a.Name}
	first := newAvatar()
	put(o, "look", a.Look, first.Look)
	put(o, "colour", a.Colour, "")
	put(o, "voice", a.Voice, first.Voice)
	if len(a.Languages) != 1 || a.Languages[0] != "en" {
		putList(o, "languages", a.Languages)
	}
	put(o, "persona", a.Persona, "")
	if a.Knowledge == Documents {
		o["knowledge"] = Documents
	}
	a.documentKnowledge(o)
	if a.BackEnd != nil {
		o["backend"] = a.BackEnd.document()
	}
	if a.Speech != nil {
		o["speech"] = a.Speech.document()
	}
	if a.Transcriber != nil {
		o["transcriber"] = a.Transcriber.document()
	}
	var tools []object
	for i := range a.Tools {
		tools = append(tools, a.Tools[i].document())
	}
	putList(o, "tools", tools)
	put(o, "microphone", a.Microphone, false)
	put(o, "video", a.Video, false)
	if a.RealLikeness {
		o["likeness"] = "real"
	}
	if a.Permission != nil {
		o["permission"] = a.Permission.document()
	}
	if a.Policy != nil {
		o["policy"] = a.Policy.document()
	}
	if a.Off != nil {
		o["off"] = object{"reason": a.Off.Reason}
	}
	return o
}

func (b *BackEnd) document() object {
	o := object{"url": b.URL.String(), "model": b.Model}
	put(o, "name", b.Name, b.URL.Hostname())
	put(o, "voice", b.Voice, "")
	if b.Realtime {
		o["protocol"] = "realtime"
	}
	if b.Session != 0 {
		o["session"] = short(b.Session)
	}
	put(o, "transcription_model", b.Writer, "")
	put(o, "partials", b.Partials, false)
	put(o, "vision", b.Vision, false)
	put(o, "region", b.Region, "")
	nest(o, "terms", b.Terms.document())
	putList(o, "redact", kindNames(b.Redact))
	nest(o, "deadlines", b.Deadlines.document())
	var others []object
	for i := range b.Fallback {
		others = append(others, b.Fallback[i].document())
	}
	putList(o, "fallback", others)
	put(o, "fallback_resident", b.FallbackResident, false)
	return o
}

package tenant

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Permission is what a real person gave for their likeness to be used. It
// names the person by an id that says nothing.
type Permission struct {
	ID        string   // names it in facts: [a-z0-9_-]{1,64}
	Subject   string   // the person, as an opaque id
	Scope     []Aspect // what may be theirs, in the order of the list of all
	Territory []string // ISO 3166 codes, in order, or "world" alone
	Expires   time.Time
	Evidence  [32]byte // SHA-256 of the signed paper
}

// Aspect is a part of a likeness.
type Aspect uint8

// The aspects.
const (
	VoiceLikeness Aspect = iota
	PictureLikeness
	aspects
)

// Aspects lists all of them.
func Aspects() []Aspect { return []Aspect{VoiceLikeness, PictureLikeness} }

var aspectNames = [aspects]string{"voice", "picture"}

// String is the aspect in files and receipts.
func (a Aspect) String() string { return nameOf(aspectNames[:], a) }

// Permitted says whether sessions with the avatar may begin now, as far as
// its likeness goes: it is nobody's, or there is a permission that covers what
// is used and has not expired.
func (a *Avatar) Permitted(now time.Time) bool {
	if !a.RealLikeness {
		return true
	}
	p := a.Permission
	if p == nil || p.ID == "" || p.Subject == "" || len(p.Scope) == 0 || len(p.Territory) == 0 || p.Evidence == [32]byte{} || !now.Before(p.Expires) {
		return false
	}
	return len(a.unscoped()) == 0
}

// unscoped are the aspects that the avatar uses and the permission does not
// cover. A voice of this machine is nobody's; one of a speech server may be.
func (a *Avatar) unscoped() (all []Aspect) {
	if a.Speech != nil && !slices.Contains(a.Permission.Scope, VoiceLikeness) {
		all = append(all, VoiceLikeness)
	}
	if a.Video && !slices.Contains(a.Permission.Scope, PictureLikeness) {
		all = append(all, PictureLikeness)
	}
	return all
}

func permissionTable() table[Permission] {
	return table[Permission]{
		one("id", identifier(), required, "Names the permission. Each session writes it into the audit log.", func(p *Permission) *string { return &p.ID }),
		one("subject", identifier(), required, "The person, as an id that says nothing about them.", func(p *Permission) *string { return &p.Subject }),
		many("scope", named(Aspects()...), int(aspects), required, "What of the person may be used.", func(p *Permission) *[]Aspect { return &p.Scope }),
		many("territory", country(), 250, required, "Where, as far as the person permitted it. It is not enforced: receipts tell it.", func(p *Permission) *[]string { return &p.Territory }),
		one("expires", moment(), required, "From then on no session begins with the avatar, and none goes on.", func(p *Permission) *time.Time { return &p.Expires }),
		one("evidence_sha256", digest(), required, "SHA-256 of the signed permission, which the organisation keeps.", func(p *Permission) *[32]byte { return &p.Evidence }),
	}
}

// world is the territory of a permission that names no country.
const world = "world"

func country() kind[string] {
	return text(`ISO 3166 code, or "world"`, func(r *reader, s string) (string, error) {
		if s == world || len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			return s, nil
		}
		return "", fault("this is not a country", `write its ISO 3166 code in capital letters, as "DE", or "world"`)
	})
}

// digest is a SHA-256 that says nothing secret.
func digest() kind[[32]byte] {
	return text("64 hexadecimal digits", func(_ *reader, s string) (h [32]byte, err error) {
		raw, err := hex.DecodeString(s)
		if err != nil || len(raw) != len(h) || strings.ToLower(s) != s {
			return h, fault("this is not a SHA-256", "write 64 digits 0-9 a-f: sha256sum FILE")
		}
		copy(h[:], raw)
		return h, nil
	})
}

// checkLikeness looks at an avatar's likeness beside its permission.
func checkLikeness(r *reader, path string, a *Avatar) {
	at := path + ".permission"
	_, tried := r.at[at]
	switch {
	case a.RealLikeness && !tried:
		r.mistake(path+".likeness", fault("the likeness of a real person needs their permission", "add permission, with id, subject, scope, territory, expires and evidence_sha256"))
	case !a.RealLikeness && tried && !r.wrong(path+".likeness"):
		r.mistake(at, fault("there is nobody whose permission this would be", "add likeness: real, or leave it out"))
	}
	if !tried || a.Permission == nil || r.wrong(at) {
		return
	}
	p := a.Permission
	slices.Sort(p.Scope)
	slices.Sort(p.Territory)
	if len(p.Scope) == 0 {
		r.mistake(at+".scope", fault("it permits nothing", "name at least one of "+quoted(Aspects())))
		return
	}
	if len(p.Territory) == 0 || len(p.Territory) > 1 && slices.Contains(p.Territory, world) {
		r.mistake(at+".territory", fault("this does not say where", `name countries, or "world" alone`))
	}
	for _, missing := range a.unscoped() {
		owner, remedy := "video", "leave out video, or have the picture permitted"
		if missing == VoiceLikeness {
			owner, remedy = "speech", "leave out speech, or have the voice permitted"
		}
		r.mistake(at+".scope", fault("it does not cover the "+missing.String()+", which "+owner+" uses", remedy))
	}
}

// likeness is true for that of a real person.
func likeness() kind[bool] {
	k := oneOf("none", "real")
	return text(k.name, func(r *reader, s string) (bool, error) {
		if s != "none" && s != "real" {
			return false, oneOfFault(s, []string{"none", "real"})
		}
		return s == "real", nil
	})
}

// document is the permission as a tenant's document holds it.
func (p *Permission) document() object {
	return object{
		"id": p.ID, "subject": p.Subject, "scope": names(p.Scope), "territory": p.Territory,
		"expires": p.Expires.UTC().Format(time.RFC3339Nano), "evidence_sha256": hex.EncodeToString(p.Evidence[:]),
	}
}

package tenant

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/redact"
)

// object is a JSON object under construction.
type object map[string]any

// put sets a key unless what would stand there is what its absence means.
func put[V comparable](o object, key string, v, absent V) {
	if v != absent {
		o[key] = v
	}
}

// nest sets a key to a group that holds something.
func nest(o object, key string, in object) {
	if len(in) > 0 {
		o[key] = in
	}
}

// list sets a key to a list that holds something.
func putList[V any](o object, key string, v []V) {
	if len(v) > 0 {
		o[key] = v
	}
}

// canonical is the one form of a JSON value, as RFC 8785 has it.
func canonical(o object) ([]byte, error) {
	raw, err := json.Marshal(o, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, err
	}
	return v, nil
}

func names[E interface{ String() string }](all []E) []string {
	var out []string
	for _, v := range all {
		out = append(out, v.String())
	}
	return out
}

// Canonical is the policy in JSON as RFC 8785 has it, with every field: what
// is hashed says all that is decided.
func (p Policy) Canonical() []byte {
	role := "processor"
	if p.Controller {
		role = "controller"
	}
	keeps := func(v time.Duration) string {
		if v > 0 {
			return FormatDays(v)
		}
		return "0s"
	}
	most := "any"
	if p.KeepsMost != nil {
		most = (&Terms{Retention: p.KeepsMost}).KeepsText()
	}
	out, err := canonical(object{
		"transcript":              p.Transcript,
		"audio":                   p.Audio,
		"reports":                 !p.NoReports,
		"retention":               object{"transcript": keeps(p.Retention), "audio": keeps(p.AudioRetention), "reports": keeps(p.Reports)},
		"redaction":               p.Redaction.canonical(),
		"sensitive_limit":         object{"turn": p.Sensitive.Turn, "session": p.Sensitive.Session},
		"audit_detail":            p.AuditDetail,
		"purposes":                filled(names(p.Purposes)),
		"legal_basis":             object{"transcript": p.LegalBasis.String()},
		"on_failure":              p.OnFailure.String(),
		"rights":                  p.Rights.String(),
		"attachments":             p.Attachments,
		"acknowledgement":         !p.NoAcknowledgement,
		"second_admin":            p.SecondAdmin,
		"second_admin_recipients": p.SecondRecipients,

		"disclosure_hidden": object{
			"by": p.Hiding.By, "reason": p.Hiding.Reason, "legal_basis": p.Hiding.LegalBasis,
			"expires": p.Hiding.Expires.UTC().Format(time.RFC3339Nano), "avatars": filled(p.Hiding.Avatars),
		},
		"allowed_backends":      filled(p.BackEnds),
		"regions":               filled(p.Regions),
		"training":              p.Training.String(),
		"backend_retention_max": most,
		"objections":            filled(p.Objections),
		"automated_decisions":   object{"used": p.Decisions.Used, "logic_notice": p.Decisions.LogicNotice, "human_route": p.Decisions.HumanRoute},

		"controller": role,
		"audience":   p.Audience.String(),
		"microphone": p.Microphone,
		"video":      p.Video,
	})
	if err != nil {
		return nil // text that is not UTF-8: Parse lets none in
	}
	return out
}

// filled is a list that is never null.
func filled(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

func operatorName(o redact.Operator) string { return nameOf(operatorNames[:], o) }

// document is the bounds as a document holds them.
func (s Sensitive) document() object {
	o := object{}
	put(o, "turn", s.Turn, 0)
	put(o, "session", s.Session, 0)
	return o
}

// document is the policy as a tenant's document holds it.
func (p *Policy) document() object {
	o := object{}
	put(o, "transcript", p.Transcript, false)
	put(o, "audio", p.Audio, false)
	put(o, "reports", !p.NoReports, true)
	keeps := object{}
	if p.Retention != 0 {
		keeps["transcript"] = FormatDays(p.Retention)
	}
	if p.AudioRetention != 0 {
		keeps["audio"] = FormatDays(p.AudioRetention)
	}
	if p.Reports != 0 {
		keeps["reports"] = FormatDays(p.Reports)
	}
	nest(o, "retention", keeps)
	r := object{}
	for _, k := range redact.Kinds() {
		put(r, k.Key(), operatorName(*p.Redaction.Of(k)), "replace")
	}
	putList(r, "regions", p.Redaction.Regions)
	putList(r, "patterns", p.Redaction.Patterns)
	putList(r, "words", p.Redaction.Words)
	nest(o, "redaction", r)
	nest(o, "sensitive_limit", p.Sensitive.document())
	put(o, "audit_detail", p.AuditDetail, false)
	putList(o, "purposes", names(p.Purposes))
	if p.LegalBasis != Consent {
		o["legal_basis"] = object{"transcript": p.LegalBasis.String()}
	}
	put(o, "on_failure", p.OnFailure.String(), GoOn.String())
	put(o, "rights", p.Rights.String(), ByRole.String())
	put(o, "attachments", p.Attachments, false)
	put(o, "acknowledgement", !p.NoAcknowledgement, true)
	put(o, "second_admin", p.SecondAdmin, false)
	put(o, "second_admin_recipients", p.SecondRecipients, false)
	nest(o, "disclosure_hidden", p.Hiding.document())
	putList(o, "allowed_backends", p.BackEnds)
	putList(o, "regions", p.Regions)
	put(o, "training", p.Training.String(), TrainingUnsaid.String())
	put(o, "backend_retention_max", (&Terms{Retention: p.KeepsMost}).KeepsText(), "")
	putList(o, "objections", p.Objections)
	nest(o, "automated_decisions", p.Decisions.document())
	return o
}

// document is the narrowing as an avatar's document holds it. Every key that
// is said is there, what it says the same as the tenant included.
func (n *Narrowing) document() object {
	o := object{}
	if n.Transcript != nil {
		o["transcript"] = *n.Transcript
	}
	if n.Reports != nil {
		o["reports"] = *n.Reports
	}
	if n.Audio != nil {
		o["audio"] = *n.Audio
	}
	keeps := object{}
	if n.Retention != nil {
		keeps["transcript"] = FormatDays(*n.Retention)
	}
	if n.AudioRetention != nil {
		keeps["audio"] = FormatDays(*n.AudioRetention)
	}
	nest(o, "retention", keeps)
	r := object{}
	for k, say := range n.Operators {
		if say != nil {
			r[redact.Kind(k).Key()] = operatorName(*say)
		}
	}
	putList(r, "regions", n.Regions)
	putList(r, "patterns", n.Patterns)
	putList(r, "words", n.Words)
	nest(o, "redaction", r)
	nest(o, "sensitive_limit", n.Sensitive.document())
	putList(o, "purposes", names(n.Purposes))
	if n.LegalBasis != nil {
		o["legal_basis"] = object{"transcript": n.LegalBasis.String()}
	}
	if n.Attachments != nil {
		o["attachments"] = *n.Attachments
	}
	if n.Acknowledgement != nil {
		o["acknowledgement"] = *n.Acknowledgement
	}
	return o
}

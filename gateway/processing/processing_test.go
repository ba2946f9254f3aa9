package processing

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/redact"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

var host = Operator{Audit: 400 * 24 * time.Hour, Requests: 3 * 365 * 24 * time.Hour, TLS: true, Hardened: true}

const base = `{
	"id": "acme", "name": "Acme", "contact": {"email": "privacy@example.org", "privacy": "https://example.org/privacy"},
	"policy": {"transcript": true, "retention": {"transcript": "30d"}, "purposes": ["audit"]},
	"avatars": [
		{"id": "mia", "name": "Mia", "languages": ["en"], "microphone": true,
			"backend": {"url": "https://models.example.org/v1", "model": "m", "name": "Models", "region": "eu",
				"terms": {"retention": "30d", "declared_by": "Ada", "declared_on": "2026-01-01"}}},
		{"id": "tom", "name": "Tom", "languages": ["en"]}
	]
}`

// tenantOf is the tenant of a document, with a patch merged into it (RFC 7396).
func tenantOf(t *testing.T, patch string) *tenant.Tenant {
	t.Helper()
	var doc, change map[string]any
	require.NoError(t, json.Unmarshal([]byte(base), &doc))
	require.NoError(t, json.Unmarshal([]byte(patch), &change))
	mergePatch(doc, change)
	raw, err := json.Marshal(doc)
	require.NoError(t, err)
	out, err := tenant.ParseDocument(raw)
	require.NoError(t, err, patch)
	return out
}

func mergePatch(into, by map[string]any) {
	for k, v := range by {
		at, inner := into[k].(map[string]any)
		change, also := v.(map[string]any)
		switch {
		case inner && also:
			mergePatch(at, change)
		case v == nil:
			delete(into, k)
		default:
			into[k] = v
		}
	}
}

func written(t *testing.T, r Record) string {
	t.Helper()
	raw, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	return string(raw)
}

// setWhere is the key at the end of a reason.
var setWhere = regexp.MustCompile(`: ([a-z_.]+)\.$`)

// tells are changes of one key each that the record must tell.
var tells = map[string]string{
	"policy.transcript":                `{"policy": {"transcript": false}}`,
	"policy.audio":                     `{"policy": {"audio": true, "retention": {"audio": "7d"}}}`,
	"policy.reports":                   `{"policy": {"reports": false}}`,
	"policy.retention.transcript":      `{"policy": {"retention": {"transcript": "31d"}}}`,
	"policy.retention.audio":           `{"policy": {"audio": true, "retention": {"audio": "8d"}}}`,
	"policy.retention.reports":         `{"policy": {"retention": {"reports": "5d"}}}`,
	"policy.sensitive_limit.turn":      `{"policy": {"sensitive_limit": {"turn": 3}}}`,
	"policy.sensitive_limit.session":   `{"policy": {"sensitive_limit": {"session": 3}}}`,
	"policy.audit_detail":              `{"policy": {"audit_detail": true}}`,
	"policy.purposes":                  `{"policy": {"purposes": ["audit", "learning"]}}`,
	"policy.legal_basis.transcript":    `{"policy": {"legal_basis": {"transcript": "contract"}}}`,
	"policy.rights":                    `{"policy": {"rights": "self_service"}}`,
	"policy.attachments":               `{"policy": {"attachments": true}}`,
	"policy.acknowledgement":           `{"policy": {"acknowledgement": false}}`,
	"policy.second_admin":              `{"policy": {"second_admin": true}}`,
	"policy.second_admin_recipients":   `{"policy": {"second_admin_recipients": true}}`,
	"policy.disclosure_hidden.expires": `{"policy": {"disclosure_hidden": {"by": "Ada", "reason": "r", "legal_basis": "l", "expires": "2027-01-31T00:00:00Z"}}}`,
	"policy.disclosure_hidden.avatars": `{"policy": {"disclosure_hidden": {"by": "Ada", "reason": "r", "legal_basis": "l", "expires": "2027-01-31T00:00:00Z", "avatars": ["tom"]}}}`,
	"policy.allowed_backends":          `{"policy": {"allowed_backends": ["models.example.org"]}}`,
	"policy.regions":                   `{"policy": {"regions": ["eu"]}}`,
	"policy.training":                  `{"policy": {"training": "allowed"}}`,
	"policy.backend_retention_max":     `{"policy": {"backend_retention_max": "60d"}}`,
	"policy.objections":                `{"policy": {"objections": ["Somebody"]}}`,
	"policy.automated_decisions.used":  `{"policy": {"automated_decisions": {"used": true, "logic_notice": "https://example.org/how", "human_route": "Call us."}}}`,
	"contact.dpo":                      `{"contact": {"dpo": "dpo@example.org"}}`,
	"contact.complaint":                `{"contact": {"complaint": "https://example.org/complain"}}`,
	"controller":                       `{"controller": "controller"}`,
	"audience":                         `{"audience": "minors", "help_line": "Call 116 111.", "policy": {"transcript": false}}`,
	"handoff":                          `{"handoff": {}}`,
	"webhook":                          `{"webhook": {"url": "https://example.org/hook", "kinds": ["session_ended"]}}`,
	"limits.sessions":                  `{"limits": {"sessions": 5}}`,
	"avatars[].microphone":             `{"avatars": [{"id": "mia", "name": "Mia", "languages": ["en"]}]}`,
	"avatars[].backend.region":         `{"avatars": [{"id": "mia", "name": "Mia", "languages": ["en"], "backend": {"url": "https://models.example.org/v1", "model": "m", "name": "Models", "region": "us"}}]}`,
	"avatars[].backend.terms.training": `{"avatars": [{"id": "mia", "name": "Mia", "languages": ["en"], "backend": {"url": "https://models.example.org/v1", "model": "m", "name": "Models", "terms": {"training": false, "declared_by": "Ada", "declared_on": "2026-01-01"}}}]}`,
	"avatars[].backend.terms.transfer": `{"avatars": [{"id": "mia", "name": "Mia", "languages": ["en"], "backend": {"url": "https://models.example.org/v1", "model": "m", "name": "Models", "terms": {"transfer": "scc", "declared_by": "Ada", "declared_on": "2026-01-01"}}}]}`,
	"avatars[].backend.redact":         `{"avatars": [{"id": "mia", "name": "Mia", "languages": ["en"], "backend": {"url": "https://models.example.org/v1", "model": "m", "name": "Models", "redact": ["email"]}}]}`,
	"avatars[].tools":                  `{"avatars": [{"id": "mia", "name": "Mia", "languages": ["en"], "backend": {"url": "https://models.example.org/v1", "model": "m", "name": "Models"}, "tools": [{"name": "parcel", "description": "Where is it", "url": "https://tools.example.org/parcel", "provider": "Tools"}]}]}`,
}

func init() {
	for _, k := range redact.Kinds() {
		tells["policy.redaction."+k.Key()] = `{"policy": {"redaction": {"` + k.Key() + `": "off"}}}`
	}
}

// silent are keys of the policy that are told by another, or that protect
// nobody.
var silent = map[string]string{
	"policy.redaction.patterns":               "says what else is recognised, which custom tells of",
	"policy.redaction.words":                  "says what else is recognised, which custom tells of",
	"policy.redaction.regions":                "says how numbers are recognised, not whether",
	"policy.on_failure":                       "what is not kept is not kept either way",
	"policy.disclosure_hidden.by":             "its own page names who decided",
	"policy.disclosure_hidden.reason":         "its own page says why",
	"policy.disclosure_hidden.legal_basis":    "its own page says on what",
	"policy.automated_decisions.logic_notice": "comes with used",
	"policy.automated_decisions.human_route":  "comes with used",
}

// The record is what the configuration says: no key of the policy changes
// without it, and it names the key of what is absent. // R67 R69
func TestRecordTellsEverySetting(t *testing.T) {
	was := written(t, Of(tenantOf(t, `{}`), host, now))
	for key, patch := range tells {
		r := Of(tenantOf(t, patch), host, now)
		r.Number = 0
		require.NotEqual(t, was, written(t, r), "%s changed and the record did not", key)
	}
	n, known := 0, map[string]bool{}
	for _, s := range tenant.Settings() {
		key := strings.TrimPrefix(s.Key, "tenants[].")
		known[key] = true
		if !strings.HasPrefix(key, "policy.") {
			continue
		}
		n++
		group := false
		for other := range tells {
			group = group || strings.HasPrefix(other, key+".")
		}
		_, told := tells[key]
		_, not := silent[key]
		require.True(t, told || not || group, "%s: a new key of the policy; the record tells it, or a reason stands in silent", key)
		require.False(t, told && not, key)
	}
	for key := range tells {
		require.True(t, known[key], "%s is no key", key)
	}
	for _, patch := range tells {
		for _, c := range Of(tenantOf(t, patch), Operator{}, now).Measures {
			if m := setWhere.FindStringSubmatch(c.Why); m != nil {
				require.True(t, known[m[1]] || known["avatars[]."+m[1]] || known["avatars[].backend."+m[1]] || known[strings.Replace(m[1], ".", "[].", 1)], "%s: %q names no key", c.Key, c.Why)
			}
		}
	}
	t.Logf("n = %d keys of the policy", n)
}

// What does not change the configuration does not change the record, and every
// control has one state and a reason that is a sentence. // R67
func TestPosture(t *testing.T) {
	for _, patch := range tells {
		of := tenantOf(t, patch)
		require.Equal(t, Of(of, host, now), Of(of, host, now))
		seen := map[string]bool{}
		for _, c := range Posture(of, host, now) {
			require.False(t, seen[c.Key], "%s is there twice", c.Key)
			seen[c.Key] = true
			require.Contains(t, []State{Enforced, Declared, Absent}, c.State)
			require.Regexp(t, `^[A-Z].*\.$`, c.Why)
		}
	}
	state := func(patch, key string) State {
		for _, c := range Posture(tenantOf(t, patch), host, now) {
			if c.Key == key {
				return c.State
			}
		}
		return ""
	}
	require.Equal(t, Absent, state(`{}`, "nothing_kept"))
	require.Equal(t, Enforced, state(`{"policy": {"transcript": false}}`, "nothing_kept"))
	require.Equal(t, Absent, state(tells["policy.disclosure_hidden.expires"], "disclosure_notice"))
	require.Equal(t, Enforced, state(tells["policy.disclosure_hidden.expires"], "disclosure_label"), "nothing takes the label away")
	require.Equal(t, Declared, state(tells["policy.legal_basis.transcript"], "consent"))
	require.Equal(t, Absent, state(`{"policy": {"redaction": {"iban": "off"}}}`, "redaction"))
	require.Equal(t, Absent, state(tells["avatars[].backend.region"], "recipients"), "nothing is declared of it")
	redacted := `"redaction": {` + strings.Join(everyKind(), ", ") + `}`
	require.Equal(t, Enforced, state(`{"policy": {`+redacted+`}}`, "redaction"))
	require.Equal(t, Absent, state(`{"policy": {"audio": true, "retention": {"audio": "7d"}, `+redacted+`}}`, "redaction"), "a number that is said aloud is in the sound")
	why := func(patch, key string) string {
		for _, c := range Posture(tenantOf(t, patch), host, now) {
			if c.Key == key {
				return c.Why
			}
		}
		return ""
	}
	require.Contains(t, why(`{}`, "retention"), "30d")
	require.Contains(t, why(`{}`, "retention"), "reports after 90d", "a report lives longer than the transcript")
	require.Contains(t, why(`{}`, "retention"), "hold")
	require.Contains(t, why(`{"policy": {"transcript": false}}`, "retention"), "Only reports are kept")
	require.Contains(t, why(`{"policy": {"transcript": false, "reports": false}}`, "retention"), "Nothing is kept")
	require.Equal(t, Enforced, state(tells["audience"], "no_reports"), "none is taken of minors")
}

// What the process has is told as it is: what it does, what somebody says that
// it does, and what is not there. // R67 R69
func TestPostureOfTheHost(t *testing.T) {
	of := func(by Operator, key string) Control {
		for _, c := range Posture(tenantOf(t, `{}`), by, now) {
			if c.Key == key {
				return c
			}
		}
		return Control{}
	}
	witnessed := Operator{Witnesses: []string{"archive"}}
	cut := func(id string) bool { return id == tenantOf(t, `{}`).ID }
	other := func(id string) bool { return !cut(id) }
	for _, c := range []struct {
		by   Operator
		key  string
		want State
	}{
		{Operator{TLS: true}, "tls", Enforced},
		{Operator{TLS: true, Proxied: true}, "tls", Enforced},
		{Operator{Proxied: true}, "tls", Declared},
		{Operator{}, "tls", Absent},
		{Operator{}, "witness", Absent},
		{witnessed, "witness", Declared},
		{Operator{}, "collectors", Absent},
		{Operator{Collectors: []string{"soc"}}, "collectors", Enforced},
		{Operator{}, "master_key_apart", Absent},
		{Operator{KeyApart: true}, "master_key_apart", Enforced},
		{Operator{}, "crash_text", Absent},
		{Operator{CrashApart: true}, "crash_text", Enforced},
		{Operator{}, "audit_log", Enforced},
		{Operator{Differs: other}, "audit_log", Enforced},
		{Operator{Differs: cut}, "audit_log", Absent},
		{Operator{Differs: cut, Witnesses: witnessed.Witnesses}, "audit_log", Absent},
	} {
		require.Equal(t, c.want, of(c.by, c.key).State, "%s of %+v", c.key, c.by.Witnesses)
	}
	require.NotContains(t, of(Operator{}, "audit_log").Why, "operator", "without a witness the operator can")
	require.Contains(t, of(witnessed, "witness").Why, "archive")
	told := Of(tenantOf(t, `{}`), Operator{Witnesses: witnessed.Witnesses, Collectors: []string{"soc"}}, now)
	at := slices.IndexFunc(told.Activities, func(a Activity) bool { return a.Key == "audit_log" })
	require.Equal(t, []Recipient{
		{Name: "soc", Role: "collector", Gets: []string{"facts"}, Transfer: "not_declared", Retention: "unknown", Training: "unknown"},
		{Name: "archive", Role: "witness", Gets: []string{"checkpoints"}, Transfer: "not_declared", Retention: "unknown", Training: "unknown"},
	}, told.Activities[at].Recipients)
}

// What is not done is not in the record, and avatars that do the same are one
// activity. // R67
func TestActivities(t *testing.T) {
	of := func(patch string) map[string][]Activity {
		out := map[string][]Activity{}
		for _, a := range Of(tenantOf(t, patch), host, now).Activities {
			out[a.Key] = append(out[a.Key], a)
		}
		return out
	}
	all := of(`{}`)
	require.Len(t, all["conversation"], 2, "one with a model server, one without")
	require.Equal(t, []string{"mia", "tom"}, all["transcript"][0].Avatars)
	require.Equal(t, "30d", all["transcript"][0].Retention)
	require.Equal(t, []Recipient{{Name: "Models", Role: "backend", Gets: []string{"words"}, Region: "eu", Transfer: "not_declared", Retention: "30d", Training: "unknown"}}, all["conversation"][0].Recipients)
	require.Equal(t, []string{"mia"}, all["voice_input"][0].Avatars)
	require.NotContains(t, all, "audio_recording")
	require.NotContains(t, all, "attachments")
	require.NotContains(t, of(`{"policy": {"transcript": false}}`), "transcript")
	sound := of(tells["policy.audio"])["audio_recording"]
	require.Len(t, sound, 1)
	require.Equal(t, "7d", sound[0].Retention)
	require.Equal(t, "consent", sound[0].Basis)
	minors := of(tells["audience"])
	require.NotContains(t, minors, "transcript")
	require.NotContains(t, minors, "reports")
}

// everyKind takes out each kind of personal data, as keys of policy.redaction.
func everyKind() (all []string) {
	for _, k := range redact.Kinds() {
		all = append(all, `"`+k.Key()+`": "replace"`)
	}
	return all
}

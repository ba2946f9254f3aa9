package tenant

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawTerms is what a server may declare under a policy.
func drawTerms(t *rapid.T, under *Policy) Terms {
	d := Terms{By: "Ada", On: "2026-11-26", Transfer: Transfer(rapid.IntRange(0, int(transfers)-1).Draw(t, "transfer"))}
	switch under.Training {
	case TrainingForbidden:
		d.Training = new(false)
	case TrainingUnsaid:
		d.Training = rapid.SampledFrom([]*bool{nil, new(false)}).Draw(t, "training")
	default:
		d.Training = rapid.SampledFrom([]*bool{nil, new(false), new(true)}).Draw(t, "training")
	}
	if under.KeepsMost != nil {
		d.Retention = new(time.Duration(0))
	} else {
		d.Retention = rapid.SampledFrom([]*time.Duration{nil, new(time.Duration(0)), new(time.Hour), new(30 * day)}).Draw(t, "kept")
	}
	d.Recipients = rapid.SampledFrom([][]string{nil, {"Example Hosting", "Zweite"}}).Draw(t, "passed on")
	d.Evidence = rapid.SampledFrom([][32]byte{{}, {1, 2}}).Draw(t, "evidence")
	if d.Retention == nil && d.Training == nil && d.Transfer == TransferUndeclared && d.Recipients == nil && d.Evidence == [32]byte{} {
		return Terms{}
	}
	return d
}

// every is each way in which a server can declare what a policy may ask of it.
func every(each func(Recipient)) {
	for _, kept := range []*time.Duration{nil, new(time.Duration(0)), new(time.Hour), new(30 * day), new(400 * day)} {
		for _, trains := range []*bool{nil, new(false), new(true)} {
			for _, region := range []string{"", "eu", "us"} {
				for _, on := range [][]string{nil, {"Example Hosting"}, {"Another", "example HOSTING"}} {
					each(Recipient{Name: "Models", Region: region, Terms: Terms{Retention: kept, Training: trains, Recipients: on, By: "Ada", On: "2026-11-26"}})
				}
			}
		}
	}
}

// Whatever is not declared counts as the worst, and no clause is made up for
// by another. R28, R29, R59, R60
func TestUndeclaredIsTheWorst(t *testing.T) {
	n := 0
	every(func(r Recipient) {
		for _, training := range []Training{TrainingUnsaid, TrainingForbidden, TrainingAllowed} {
			for _, most := range []*time.Duration{nil, new(time.Duration(0)), new(30 * day)} {
				for _, regions := range [][]string{nil, {"eu"}} {
					for _, objections := range [][]string{nil, {"Example Hosting"}, {"models"}} {
						n++
						p := Policy{Training: training, KeepsMost: most, Regions: regions, Objections: objections}
						want := Clause("")
						switch {
						case regions != nil && r.Region != "eu":
							want = InRegions
						case training == TrainingForbidden && (r.Terms.Training == nil || *r.Terms.Training),
							training == TrainingUnsaid && r.Terms.Training != nil && *r.Terms.Training:
							want = NoTraining
						case most != nil && (r.Terms.Retention == nil || *r.Terms.Retention > *most):
							want = KeepsMost
						case objections != nil && (objections[0] == "models" || r.Terms.Recipients != nil):
							want = Objected
						}
						require.Equal(t, want, p.Refuses(&r), "%+v of %+v", p, r)
						if want == "" {
							worse := r
							worse.Region, worse.Terms = "", Terms{}
							if regions != nil {
								require.Equal(t, InRegions, p.Refuses(&worse))
							}
							worse.Region = r.Region
							require.Equal(t, training == TrainingForbidden || most != nil, p.Refuses(&worse) != "")
						}
					}
				}
			}
		}
	})
	t.Logf("n = %d", n)
}

// A server that the policy refuses is a mistake when it is saved: with the
// clause, at the line that is to be changed. R29, R60
func TestRefusedWhenSaved(t *testing.T) {
	const file = `tenants:
  - id: a
    name: A
    public: true
    policy: {%s}
    avatars:
      - id: x
        name: X
        %s:
          url: https://m.example/v1
          model: m
          region: us
          terms:
            %s
            declared_by: Ada
            declared_on: 2026-11-26
`
	for _, server := range []string{"backend", "speech", "transcriber"} {
		for _, c := range []struct{ policy, terms, want string }{
			{"", "training: false", ""},
			{"", "retention: none", ""},
			{"", "training: true", ":14:23: tenants[0].avatars[0].%s.terms.training: models are trained with what this server is sent, and the policy does not allow it; use another server, or write policy: {training: allowed}"},
			{"training: allowed", "training: true", ""},
			{"training: forbidden", "training: true", ":14:23: tenants[0].avatars[0].%s.terms.training: models are trained with what this server is sent, and policy.training forbids it; use another server, or agree with its operator that it does not"},
			{"training: forbidden", "retention: none", ":10:11: tenants[0].avatars[0].%s: it is not declared that no model is trained with what this server is sent, and policy.training forbids it; add terms, with training: false, if its operator says so"},
			{"backend_retention_max: none", "retention: 1h", ":14:24: tenants[0].avatars[0].%s.terms.retention: this server keeps what it is sent longer than policy.backend_retention_max allows; use one that keeps it at most none"},
			{"backend_retention_max: 30d", "retention: 30d", ""},
			{"backend_retention_max: 30d", "retention: 31d", ":14:24: tenants[0].avatars[0].%s.terms.retention: this server keeps what it is sent longer than policy.backend_retention_max allows; use one that keeps it at most 30d"},
			{"backend_retention_max: 30d", "training: false", ":10:11: tenants[0].avatars[0].%s: it is not declared how long this server keeps what it is sent, and policy.backend_retention_max bounds it; add terms, with retention, if its operator says so: at most 30d"},
			{"objections: [Example Advertising]", "recipients: [example advertising]", ":14:25: tenants[0].avatars[0].%s.terms.recipients: the policy objects to this server, or to one that it passes things on to; use another server, or take its name out of policy.objections"},
			{"objections: [m.example]", "training: false", ":10:11: tenants[0].avatars[0].%s: the policy objects to this server, or to one that it passes things on to; use another server, or take its name out of policy.objections"},
		} {
			text := fmt.Sprintf(file, c.policy, server, c.terms)
			switch server {
			case "speech":
				text += "          voice: v\n"
			case "transcriber":
				text += "        microphone: true\n"
			}
			_, err := Parse("f.yaml", []byte(text))
			if c.want == "" {
				require.NoError(t, err, text)
				continue
			}
			require.EqualError(t, err, "f.yaml"+fmt.Sprintf(c.want, server), text)
		}
	}
}

// What is declared is read strictly, and says who declared it and when.
func TestTermsMistakes(t *testing.T) {
	for terms, want := range map[string]string{
		"retention: forever":                 "retention: this is not a length of time; leave the key out: what is not declared counts as kept without an end",
		"retention: 30":                      `retention: this time has no unit; use "none", or a time with its unit, as "12h" or "30d"`,
		"retention: 59m":                     "retention: this time is out of range",
		"retention: 0d":                      "retention: this time is out of range",
		"retention: -1h":                     "retention: this time is out of range",
		"training: no":                       "training: this is not true or false",
		"training: \"false\"":                "training: this is text, not true or false",
		"transfer: shield":                   "transfer: this is not one of the words that may stand here",
		"transfer: not_declared":             "transfer: this is not one of the words that may stand here",
		"recipients: [A, A]":                 "recipients[1]",
		"recipients: [\"a\u202eb\"]":         "recipients[0]: this holds a control character",
		"evidence_sha256: abc":               "evidence_sha256: this is not a SHA-256",
		"retentions: 3d":                     `retentions: there is no such key; did you mean "retention"?`,
		"declared_by: Eve":                   "terms: this declares nothing; say at least retention or training, or leave terms out",
		"declared_on: tomorrow":              "declared_on: this is not a day",
		"training: false, declared_by: ~":    "declared_by: there is no value",
		"training: false, declared_on: ~":    "declared_on: there is no value",
		"training: false, declared_by: \"\"": "declared_by: this is empty",
	} {
		keys := []string{terms}
		for _, k := range []string{"declared_by: Ada", "declared_on: 2026-11-26"} {
			if !strings.Contains(terms, k[:11]) {
				keys = append(keys, k)
			}
		}
		_, err := ParseDocument([]byte("id: a\nname: A\navatars:\n  - id: x\n    name: X\n    backend: {url: \"https://m.example/v1\", model: m, terms: {" + strings.Join(keys, ", ") + "}}\n"))
		require.ErrorContains(t, err, want, terms)
	}
	for _, missing := range []string{"declared_by", "declared_on"} {
		text := "id: a\nname: A\navatars:\n  - id: x\n    name: X\n    backend: {url: \"https://m.example/v1\", model: m, terms: {training: false, declared_by: Ada, declared_on: 2026-11-26}}\n"
		text = strings.NewReplacer(", declared_by: Ada", "", ", declared_on: 2026-11-26", map[string]string{"declared_by": ", declared_on: 2026-11-26"}[missing]).Replace(text)
		if missing == "declared_on" {
			text = strings.Replace(text, "training: false", "training: false, declared_by: Ada", 1)
		}
		_, err := ParseDocument([]byte(text))
		require.ErrorContains(t, err, missing+": this key is missing")
	}
}

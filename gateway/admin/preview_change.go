package admin

import (
	"bytes"

	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
)

// compare says what saving a document would change, and whether it would wait
// for a second admin.
func (p *previewAnswer) compare(c *call, now Version, after *tenant.Tenant) *refusal {
	canonical, err := tenant.Document(after)
	if err != nil {
		return refuse("internal_error")
	}
	p.Number = now.Number
	p.Changed = changedFrom(now.Document, canonical)
	before := inForce(now)
	p.Needs = list(needsSecond(before, after, c.now))
	p.Recipients = newRecipients(before, after)
	return nil
}

// newRecipient is somebody whom a change adds to those who are sent something
// of people's sessions.
type newRecipient struct {
	Avatar   string   `json:"avatar" doc:"The id of the avatar whose people it is about."`
	Role     string   `json:"role" enum:"backend,speech,transcriber,tool"`
	Name     string   `json:"name" doc:"As people are told."`
	Host     string   `json:"host"`
	Gets     []string `json:"gets" doc:"What it would be sent."`
	Region   string   `json:"region,omitempty" doc:"None: nobody declared it."`
	Sentence string   `json:"sentence" doc:"What it would be sent and what it states of that, as people read it in English."`
}

func newRecipients(before, after *tenant.Tenant) []newRecipient {
	out := []newRecipient{}
	for _, n := range tenant.NewRecipients(before, after) {
		host := ""
		if n.URL != nil {
			host = n.URL.Host
		}
		out = append(out, newRecipient{n.Avatar.ID, n.Role.String(), n.Name, host, n.Gets.Names(), n.Region, notice.Statement(n.Recipient, "en")})
	}
	return out
}

// inForce is the tenant of a version. A rule of today that an old document
// breaks leaves one that allowed nothing; that two are needed is no less true.
func inForce(now Version) *tenant.Tenant {
	before, err := tenant.ParseDocument(now.Document)
	if err != nil {
		before = &tenant.Tenant{}
		before.Policy.SecondAdmin = bytes.Contains(now.Document, []byte(`"second_admin":true`))
		before.Policy.SecondRecipients = bytes.Contains(now.Document, []byte(`"second_admin_recipients":true`))
	}
	return before
}

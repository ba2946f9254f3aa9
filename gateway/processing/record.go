package processing

import (
	"time"

	"mayfly/gateway/tenant"
)

// Record is what an organisation has done with personal data here.
type Record struct {
	Tenant     string     `json:"tenant"`
	Number     uint64     `json:"number" doc:"Version of the tenant's document that it is made from."`
	Controller Party      `json:"controller" doc:"Who answers for the data."`
	Role       string     `json:"role" enum:"controller,processor" doc:"What whoever runs this gateway is: the controller, or a processor for the organisation."`
	Subjects   []string   `json:"subjects" doc:"Whose data it is." enum:"visitors,minors,agents,admins,portrayed"`
	Activities []Activity `json:"activities"`
	Measures   []Control  `json:"measures" doc:"What protects it."`
}

// Party is who answers for data.
type Party struct {
	Name      string `json:"name"`
	Email     string `json:"email,omitempty"`
	DPO       string `json:"dpo,omitempty"`
	Privacy   string `json:"privacy,omitempty" doc:"URL of the notice."`
	Complaint string `json:"complaint,omitempty" doc:"URL where to complain."`
}

// Activity is one thing that is done with personal data, for the avatars that
// do it in the same way.
type Activity struct {
	Key        string      `json:"key" enum:"conversation,voice_input,attachments,tool_calls,human,transcript,audio_recording,reports,likeness,requests,audit_log,access"`
	Avatars    []string    `json:"avatars,omitempty" doc:"Which do it; none: it is of the tenant."`
	Purposes   []string    `json:"purposes"`
	Basis      string      `json:"basis" enum:"consent,contract,legal_obligation,public_task,legitimate_interests,organisation" doc:"Legal basis; organisation: the organisation's notice says which, it is not set here."`
	Categories []string    `json:"categories" doc:"Of personal data."`
	Recipients []Recipient `json:"recipients"`
	Retention  string      `json:"retention" doc:"How long it is kept here: session, in memory until it ends; 30d; until_revoked; until_permission_ends."`
	Decisions  bool        `json:"decisions,omitempty" doc:"It is used to decide about people without a human."`
}

// Recipient is somebody else who gets some of it.
type Recipient struct {
	Name      string   `json:"name"`
	Role      string   `json:"role"`
	Gets      []string `json:"gets"`
	Region    string   `json:"region,omitempty" doc:"None: nobody declared it."`
	Transfer  string   `json:"transfer"`
	Retention string   `json:"retention" doc:"What it states that it keeps; unknown: nothing is declared."`
	Training  string   `json:"training" enum:"no,yes,unknown"`
}

// Operator is what the host says of itself, which no tenant decides.
type Operator struct {
	Audit    time.Duration // how long a fact of the log lives
	Requests time.Duration // how long what somebody asks for about their data does
	// Collectors are who is sent the log of facts, by their names.
	Collectors []string
	// Witnesses are who is given the log's checkpoints, by their names.
	Witnesses []string
	TLS       bool // it speaks TLS itself
	Proxied   bool // a proxy before it is declared, which is to speak TLS
	Hardened  bool // no core file is written of it, and no other process reads its memory
	// CrashApart says whether what Go writes of a fault that nobody caught is
	// kept from its log.
	CrashApart bool
	KeyApart   bool // the master key of what is stored is named apart from the data folder
	// Differs says whether a log of the tenant is not what was published of it,
	// when it was looked last. Nil: nobody looks.
	Differs func(tenantID string) bool
}

// Of makes the record of a tenant.
func Of(t *tenant.Tenant, by Operator, now time.Time) Record {
	r := Record{Tenant: t.ID, Number: t.Number, Subjects: subjects(t)}
	r.Controller = Party{t.Name, t.Contact.Email, t.Contact.DPO, t.Contact.Privacy, t.Contact.Complaint}
	r.Role = "processor"
	if t.Controller {
		r.Role = "controller"
	}
	for i := range t.Avatars {
		for _, a := range ofAvatar(t, &t.Avatars[i]) {
			r.Activities = merge(r.Activities, a)
		}
	}
	r.Activities = append(r.Activities, ofTenant(t, by)...)
	r.Measures = Posture(t, by, now)
	return r
}

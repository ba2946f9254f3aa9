package main

import "mayfly/gateway/admin"

// openings are what the addresses outside the admin API open, and the commands
// of whoever runs the gateway (TestOpenings).
func openings() []admin.Opening {
	var all []admin.Opening
	for _, by := range visitorOpenings {
		all = append(all, by...)
	}
	for _, r := range (&operator{}).table() {
		o := operatorOpenings[r.pattern]
		if o.What == "" {
			continue // its addresses are those of the admin API
		}
		o.Role, o.Under = "operator", r.reach == reachStored
		all = append(all, o)
	}
	return all
}

// visitorOpenings are those of the addresses that take a key, a token of a
// conversation or the key of a receipt. Who has a token of a conversation is
// the person.
var visitorOpenings = map[string][]admin.Opening{
	"POST /v1/realtime/client_secrets":         {{Role: "caller", What: "conversations", How: "hand out"}, {Role: "admin", What: "conversations", How: "hand out"}},
	"GET /v1/realtime":                         takingPart,
	"POST /v1/realtime/calls":                  takingPart,
	"PATCH /v1/realtime/calls/{id}":            takingPart,
	"DELETE /v1/realtime/calls/{id}":           takingPart,
	"POST /v1/realtime/calls/{id}/hangup":      takingPart,
	"POST /v1/realtime/calls/{id}/attachments": takingPart,
	"GET /v1/realtime/ice-servers":             takingPart,
	"GET /v1/agent":                            {{Role: "agent", What: "conversations", How: "take part"}},
	"GET /v1/me":                               {{Role: "person", What: "transcripts", How: "read"}},
	"GET /v1/me/transcript":                    {{Role: "person", What: "transcripts", How: "read"}},
	"DELETE /v1/me/transcript":                 {{Role: "person", What: "transcripts", How: "erase"}},
	"GET /v1/me/sound":                         {{Role: "person", What: "sound", How: "read"}},
	"GET /v1/me/sound/{turn}/{side}":           {{Role: "person", What: "sound", How: "read"}},
	"PATCH /v1/me/transcript/items/{no}":       {{Role: "person", What: "transcripts", How: "change"}},
	"GET /v1/me/reports/{id}":                  {{Role: "person", What: "reports", How: "read"}},
	"DELETE /v1/me/reports/{id}":               {{Role: "person", What: "reports", How: "erase"}},
	"PUT /v1/me/restriction":                   {{Role: "person", What: "transcripts", How: "change"}},
	"GET /v1/me/requests":                      {{Role: "person", What: "requests", How: "read"}},
	"POST /v1/me/requests":                     {{Role: "person", What: "requests", How: "change"}},
}

// takingPart is open to the keys that begin conversations, and to the person by
// the token that such a key was given for them.
var takingPart = []admin.Opening{
	{Role: "caller", What: "conversations", How: "take part"},
	{Role: "admin", What: "conversations", How: "take part"},
	{Role: "person", What: "conversations", How: "take part"},
}

// operatorOpenings are those of the commands.
var operatorOpenings = map[string]admin.Opening{
	"GET /tenants":                                       {What: "other tenants", How: "read"},
	"POST /tenants":                                      {What: "other tenants", How: "change"},
	"POST /tenants/{tenant}/link":                        {What: "keys", How: "hand out"},
	"GET /tenants/{tenant}/termination":                  {What: "settings", How: "read"},
	"DELETE /tenants/{tenant}/termination":               {What: "settings", How: "erase"},
	"/tenants/{tenant}/admin/":                           {},
	"GET /tenants/{tenant}/access":                       {What: "operator access", How: "read"},
	"POST /tenants/{tenant}/access":                      {What: "operator access", How: "change"},
	"DELETE /tenants/{tenant}/access":                    {What: "operator access", How: "change"},
	"POST /backup":                                       {What: "backups", How: "take along", Noted: true},
	"POST /drill":                                        {What: "incidents", How: "try"},
	"GET /incidents/{tenant}":                            {What: "incidents", How: "read"},
	"POST /incidents/{tenant}":                           {What: "incidents", How: "change"},
	"POST /incidents/{tenant}/{id}/{what}":               {What: "incidents", How: "change"},
	"GET /tombstones":                                    {What: "backups", How: "read"},
	"POST /master-key":                                   {What: "backups", How: "change"},
	"PUT /recording/off":                                 {What: "settings", How: "change"},
	"DELETE /recording/off":                              {What: "settings", How: "change"},
	"GET /tenants/{tenant}/statement":                    {What: "settings", How: "read"},
	"POST /tenants/{tenant}/disclosures/{disclosure}":    {What: "transcripts", How: "take along", Noted: true},
	"POST /tenants/{tenant}/export":                      {What: "transcripts", How: "take along", Noted: true},
	"POST /tenants/{tenant}/import":                      {What: "transcripts", How: "change", Noted: true},
	"POST /tenants/{tenant}/audit":                       {What: "audit log", How: "take along", Noted: true},
	"POST /tenants/{tenant}/evidence":                    {What: "processing record", How: "take along", Noted: true},
	"GET /tenants/{tenant}/evidence":                     {What: "processing record", How: "take along", Noted: true},
	"POST /receipt-keys":                                 {What: "backups", How: "change"},
	"GET /siem":                                          {What: "audit log", How: "read"},
	"GET /tenants/{tenant}/likeness":                     {What: "likenesses", How: "list"},
	"PUT /tenants/{tenant}/likeness/{permission}/{kind}": {What: "likenesses", How: "change"},
	"GET /tenants/{tenant}/likeness/{permission}/{kind}": {What: "likenesses", How: "read", Noted: true},
	"DELETE /tenants/{tenant}/likeness/{permission}":     {What: "likenesses", How: "erase"},
}

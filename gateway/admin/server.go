package admin

import "time"

// Server is a server behind a tenant's avatars that has failed since it last
// answered. It holds nothing that anybody said.
type Server struct {
	Kind  string // "model", "speech", "transcriber"
	Name  string // what people are told
	Since time.Time
	Code  string // of the last failure
	Rests bool   // it is not asked for now
}

type serverAnswer struct {
	Kind  string    `json:"kind" doc:"model, speech or transcriber."`
	Name  string    `json:"name"`
	Since time.Time `json:"since" doc:"When the first of the failures was that no answer has ended."`
	Code  string    `json:"code" doc:"Of the last failure."`
	Rests bool      `json:"rests" doc:"It is not asked for now, and tried again soon."`
}

// silent lists the servers that do not answer.
func (a *API) silent(tenantID string) []serverAnswer {
	all := []serverAnswer{}
	if a.options.Servers == nil {
		return all
	}
	for _, s := range a.options.Servers(tenantID) {
		all = append(all, serverAnswer{Kind: s.Kind, Name: s.Name, Since: s.Since.UTC(), Code: s.Code, Rests: s.Rests})
	}
	return all
}

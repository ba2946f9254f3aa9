package admin

import (
	"net/http"
	"slices"
	"strings"
)

// Answers about who may do what. They are made from the tables that requests
// are let in by, so that they say what is so.
type (
	accessAnswer struct {
		Roles []string   `json:"roles" doc:"The columns."`
		Rows  []rightRow `json:"rows"`
	}
	rightRow struct {
		What string            `json:"what" doc:"What it is about."`
		May  map[string]string `json:"may" doc:"By role, what it may do with it. A role that may nothing is not there. Noted: that it was read is in the audit log before anything is shown. What is changed always is."`
	}
)

// Opening is one address, or one command, and what it opens to whom.
type Opening struct {
	Role  string // of accessRoles
	What  string // of accessRows
	How   string // of accessVerbs
	Noted bool   // that it was read is in the log
	// Under says that it takes an access that is opened for a time and a reason.
	Under bool
}

// accessRoles are the columns: four kinds of keys, whoever runs the gateway,
// and the person who talks, by the key of their receipt.
var accessRoles = []string{"admin", "reviewer", "caller", "agent", "operator", "person"}

// accessVerbs are what can be done, in the order in which they are said.
var accessVerbs = []string{"list", "read", "take along", "take part", "try", "verify", "propose", "confirm", "change", "erase", "hand out"}

// accessRows are what there is to open, in the order in which it is said.
var accessRows = []string{
	"conversations", "transcripts", "sound", "documents and tools", "reports", "requests", "holds", "expiries", "likenesses",
	"settings", "keys", "live sessions", "desk", "usage",
	"audit log", "checkpoints", "incidents", "operator access", "disclosures to authorities", "processing record", "recipients", "posture", "access rights",
	"backups", "other tenants", "own sign-in",
}

// openings say of every address of the table what it opens (TestOpenings). How
// is read for GET and change for all else, unless it is said.
var openings = map[string]Opening{
	"POST signin":                                    {What: "own sign-in"},
	"DELETE signin":                                  {What: "own sign-in"},
	"GET whoami":                                     {What: "own sign-in"},
	"GET overview":                                   {What: "live sessions"},
	"DELETE sessions/{id}":                           {What: "live sessions"},
	"POST sessions/end":                              {What: "live sessions"},
	"GET checklist":                                  {What: "settings"},
	"POST checklist":                                 {What: "settings", How: "try"},
	"GET tenant":                                     {What: "settings"},
	"PUT tenant":                                     {What: "settings"},
	"PATCH tenant":                                   {What: "settings"},
	"POST preview":                                   {What: "settings", How: "try"},
	"POST preview/answer":                            {What: "documents and tools", How: "try"},
	"GET versions":                                   {What: "settings"},
	"GET versions/{number}":                          {What: "settings"},
	"POST versions/{number}/restore":                 {What: "settings"},
	"GET proposals":                                  {What: "settings"},
	"POST proposals/{number}/confirm":                {What: "settings"},
	"DELETE proposals/{number}":                      {What: "settings"},
	"PUT recording/off":                              {What: "settings"},
	"DELETE recording/off":                           {What: "settings"},
	"PUT avatars/{id}/off":                           {What: "settings"},
	"DELETE avatars/{id}/off":                        {What: "settings"},
	"GET avatars/{id}/knowledge":                     {What: "documents and tools", How: "list"},
	"POST avatars/{id}/knowledge/reindex":            {What: "documents and tools"},
	"POST avatars/{id}/knowledge/rollback":           {What: "documents and tools"},
	"PUT avatars/{id}/knowledge/documents/{name}":    {What: "documents and tools"},
	"DELETE avatars/{id}/knowledge/documents/{name}": {What: "documents and tools", How: "erase"},
	"POST avatars/test":                              {What: "settings", How: "try"},
	"POST avatars/tool":                              {What: "documents and tools", How: "try"},
	"GET webhook":                                    {What: "settings"},
	"POST webhook/test":                              {What: "settings", How: "try"},
	"GET keys":                                       {What: "keys"},
	"POST keys":                                      {What: "keys"},
	"DELETE keys/{id}":                               {What: "keys"},
	"GET desk":                                       {What: "desk"},
	"POST desk/links":                                {What: "keys"},
	"GET transcripts":                                {What: "transcripts", Noted: true},
	"GET transcripts/{id}":                           {What: "transcripts", Noted: true},
	"GET transcripts/{id}/sound":                     {What: "sound", Noted: true},
	"GET transcripts/{id}/sound/{turn}/{side}":       {What: "sound", Noted: true},
	"DELETE transcripts/{id}":                        {What: "transcripts", How: "erase"},
	"POST transcripts/erase":                         {What: "transcripts", How: "erase"},
	"GET expiries":                                   {What: "expiries", Noted: true},
	"GET holds":                                      {What: "holds"},
	"POST holds":                                     {What: "holds"},
	"POST holds/{id}/confirm":                        {What: "holds"},
	"DELETE holds/{id}":                              {What: "holds"},
	"GET reports":                                    {What: "reports", Noted: true},
	"GET reports/{id}":                               {What: "reports", Noted: true},
	"POST reports/{id}/answer":                       {What: "reports"},
	"DELETE reports/{id}":                            {What: "reports", How: "erase"},
	"GET requests":                                   {What: "requests"},
	"POST requests/{id}":                             {What: "requests"},
	"GET incidents":                                  {What: "incidents"},
	"GET incidents/{id}":                             {What: "incidents"},
	"POST incidents":                                 {What: "incidents"},
	"POST incidents/{id}/note":                       {What: "incidents"},
	"POST incidents/{id}/report":                     {What: "incidents"},
	"POST incidents/{id}/close":                      {What: "incidents"},
	"GET accesses":                                   {What: "operator access"},
	"POST disclosures":                               {What: "operator access"},
	"POST disclosures/{id}/confirm":                  {What: "operator access"},
	"DELETE disclosures/{id}":                        {What: "operator access"},
	"GET /audit/{tenant}/checkpoint":                 {What: "checkpoints"},
	"GET /audit/{tenant}/{month}/checkpoint":         {What: "checkpoints"},
	"GET /audit/{tenant}/{month}/tile/{tile...}":     {What: "audit log", Noted: true},
	"GET /audit/{tenant}/export":                     {What: "audit log", How: "take along", Noted: true},
	"GET usage":                                      {What: "usage"},
	"GET processing":                                 {What: "processing record"},
	"GET posture":                                    {What: "posture"},
	"GET recipients/changes":                         {What: "recipients"},
	"GET facts":                                      {What: "audit log", Noted: true},
	"GET facts/days":                                 {What: "audit log", Noted: true},
	"GET facts/{month}/{index}":                      {What: "audit log", Noted: true},
	"GET checkpoints":                                {What: "checkpoints"},
	"POST audit/verify":                              {What: "audit log", How: "verify", Noted: true},
	"GET access":                                     {What: "access rights"},
	"GET openapi.json":                               {What: "access rights"},
}

// opens is what an address of the table opens, but for whom.
func (r *route) opens() Opening {
	o := openings[r.method+" "+r.path]
	if o.How == "" {
		o.How = "change"
		if r.method == http.MethodGet {
			o.How = "read"
		}
	}
	return o
}

// opened are the addresses of the table by role. The host's own commands reach
// every one that an admin does.
func opened() (all []Opening) {
	for _, r := range routeTable() {
		o := r.opens()
		for of, role := range map[roles]string{admins: "admin", reviewers: "reviewer", agents: "agent"} {
			if o.Role = role; r.roles&(of|anybody) != 0 {
				all = append(all, o)
			}
		}
		if r.roles&admins != 0 && o.What != "own sign-in" {
			o.Role, o.Under = "operator", hostReaches[r.method+" "+r.path] == reachStored
			all = append(all, o)
		}
	}
	return all
}

func (a *API) access(c *call) *refusal {
	return c.send(accessAnswer{Roles: accessRoles, Rows: matrix(append(opened(), a.options.Openings...))})
}

// matrix is what is open to whom, a row for each thing that somebody may open.
func matrix(all []Opening) []rightRow {
	rows := []rightRow{}
	for _, what := range accessRows {
		row := rightRow{What: what, May: map[string]string{}}
		for _, role := range accessRoles {
			if may := mayDo(all, what, role); may != "" {
				row.May[role] = may
			}
		}
		if len(row.May) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// mayDo is what a role may do with something, in words.
func mayDo(all []Opening, what, role string) string {
	var always, opened []string
	noted := false
	for _, verb := range accessVerbs {
		free, under := false, false
		for _, o := range all {
			if o.What == what && o.Role == role && o.How == verb {
				free, under, noted = free || !o.Under, under || o.Under, noted || o.Noted
			}
		}
		switch {
		case free:
			always = append(always, verb)
		case under:
			opened = append(opened, verb)
		}
	}
	var parts []string
	if len(always) > 0 {
		parts = append(parts, strings.Join(always, ", "))
	}
	if len(opened) > 0 {
		parts = append(parts, "while an access is open: "+strings.Join(opened, ", "))
	}
	said := strings.Join(parts, "; ")
	if noted {
		said += ", noted"
	}
	return said
}

// AccessWords are the roles, things and verbs that an Opening may have.
func AccessWords() (roles, things, verbs []string) {
	return slices.Clone(accessRoles), slices.Clone(accessRows), slices.Clone(accessVerbs)
}

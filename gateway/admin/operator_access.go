package admin

import (
	"context"
	"time"

	"mayfly/session"
)

// OperatorAccess is a time in which the operator could reach what is stored
// for a tenant.
type OperatorAccess struct {
	ID                   session.ID // the actor of what was done under it
	Reason, Case         string     // "support", "security", "authority", "rights"; the operator's reference
	Opened, Until, Ended time.Time  // Ended is zero until it is noted
	Used                 int        // readings and changes
}

// open says that it allows something now.
func (o *OperatorAccess) open(now time.Time) bool {
	return o.Ended.IsZero() && now.Before(o.Until)
}

// Accesses are when the operator reaches what is stored for a tenant.
type Accesses interface {
	// UseAccess counts one reading or change before it is done, and is the id
	// of the access that allows it. ErrNoAccess.
	UseAccess(ctx context.Context, tenantID string) (session.ID, error)
	// OperatorAccesses lists them, newest first.
	OperatorAccesses(ctx context.Context, tenantID string) ([]OperatorAccess, error)
}

// Answers about accesses.
type (
	accessesAnswer struct {
		Accesses    []accessRow     `json:"accesses" doc:"When the operator could reach what is stored, newest first."`
		Disclosures []disclosureRow `json:"disclosures" doc:"What authorities are given, or were, newest first."`
	}
	accessRow struct {
		ID     string     `json:"id" doc:"The actor of each fact of what was done under it."`
		Reason string     `json:"reason" enum:"support,security,authority,rights"`
		Case   string     `json:"case" doc:"The operator's reference."`
		Opened time.Time  `json:"opened_at"`
		Until  time.Time  `json:"until" doc:"When it ends by itself."`
		Ended  *time.Time `json:"ended_at,omitempty"`
		Used   int        `json:"used" doc:"How often something was read or changed under it."`
		Open   bool       `json:"open" doc:"It allows something now."`
	}
)

func (a *API) accesses(c *call) *refusal {
	all, err := a.options.Store.OperatorAccesses(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	disclosures, err := a.options.Store.Disclosures(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	out := accessesAnswer{Accesses: []accessRow{}, Disclosures: []disclosureRow{}}
	for i := range disclosures {
		out.Disclosures = append(out.Disclosures, disclosures[i].row(c.who.key))
	}
	for i := range all {
		o := &all[i]
		out.Accesses = append(out.Accesses, accessRow{
			ID: o.ID.String(), Reason: o.Reason, Case: o.Case, Opened: o.Opened.UTC(), Until: o.Until.UTC(),
			Ended: given(o.Ended), Used: o.Used, Open: o.open(c.now),
		})
	}
	return c.send(out)
}

// accessAlerts tell of an access that is open, and of a disclosure that waits
// for a second person.
func (a *API) accessAlerts(c *call) (all []whoAlert, err error) {
	accesses, err := a.options.Store.OperatorAccesses(c.r.Context(), c.tenant())
	for i := range accesses {
		if o := &accesses[i]; o.open(c.now) {
			until := o.Until.UTC()
			all = append(all, whoAlert{Kind: "operator_access_open", At: o.Opened.UTC(), Reason: o.Reason, Case: o.Case, Until: &until, Used: o.Used})
		}
	}
	if err != nil {
		return nil, err
	}
	disclosures, err := a.options.Store.Disclosures(c.r.Context(), c.tenant())
	for i := range disclosures {
		if d := disclosures[i].row(c.who.key); d.State == "proposed" {
			all = append(all, whoAlert{Kind: "disclosure_waits", At: d.Proposed, Reason: d.Basis, Case: d.Case, Disclosure: d.ID})
		}
	}
	return all, err
}

// hostReach says what an address is to the host's own commands.
type hostReach uint8

const (
	// reachStored shows or changes what people said, who they are to the
	// tenant, or what the tenant's documents and tools say: the host needs an
	// access that is open. What is on no list is this.
	reachStored hostReach = iota
	// reachSettings is about the tenant's settings and keys, and what happened
	// in enums and numbers.
	reachSettings
)

// hostReaches has every address of the table (TestHostReaches).
var hostReaches = map[string]hostReach{
	"POST signin":                                    reachSettings,
	"DELETE signin":                                  reachSettings,
	"GET whoami":                                     reachSettings,
	"GET overview":                                   reachSettings,
	"DELETE sessions/{id}":                           reachSettings,
	"POST sessions/end":                              reachSettings,
	"GET checklist":                                  reachSettings,
	"POST checklist":                                 reachSettings,
	"GET tenant":                                     reachSettings,
	"PUT tenant":                                     reachSettings,
	"PATCH tenant":                                   reachSettings,
	"POST preview":                                   reachSettings,
	"POST preview/answer":                            reachStored,
	"GET versions":                                   reachSettings,
	"GET versions/{number}":                          reachSettings,
	"POST versions/{number}/restore":                 reachSettings,
	"GET proposals":                                  reachSettings,
	"POST proposals/{number}/confirm":                reachSettings,
	"DELETE proposals/{number}":                      reachSettings,
	"PUT recording/off":                              reachSettings,
	"DELETE recording/off":                           reachSettings,
	"PUT avatars/{id}/off":                           reachSettings,
	"DELETE avatars/{id}/off":                        reachSettings,
	"GET avatars/{id}/knowledge":                     reachSettings,
	"POST avatars/{id}/knowledge/reindex":            reachSettings,
	"PUT avatars/{id}/knowledge/documents/{name}":    reachSettings,
	"DELETE avatars/{id}/knowledge/documents/{name}": reachSettings,
	"POST avatars/{id}/knowledge/rollback":           reachSettings,
	"POST avatars/test":                              reachSettings,
	"POST avatars/tool":                              reachStored,
	"GET webhook":                                    reachSettings,
	"POST webhook/test":                              reachSettings,
	"GET keys":                                       reachSettings,
	"POST keys":                                      reachSettings,
	"DELETE keys/{id}":                               reachSettings,
	"GET desk":                                       reachSettings,
	"POST desk/links":                                reachSettings,
	"GET transcripts":                                reachStored,
	"GET transcripts/{id}":                           reachStored,
	"GET transcripts/{id}/sound":                     reachStored,
	"GET transcripts/{id}/sound/{turn}/{side}":       reachStored,
	"DELETE transcripts/{id}":                        reachStored,
	"POST transcripts/erase":                         reachStored,
	"GET expiries":                                   reachSettings,
	"GET holds":                                      reachStored,
	"POST holds":                                     reachStored,
	"POST holds/{id}/confirm":                        reachStored,
	"DELETE holds/{id}":                              reachStored,
	"GET reports":                                    reachStored,
	"GET reports/{id}":                               reachStored,
	"POST reports/{id}/answer":                       reachStored,
	"DELETE reports/{id}":                            reachStored,
	"GET requests":                                   reachStored,
	"POST requests/{id}":                             reachStored,
	"GET incidents":                                  reachSettings,
	"GET incidents/{id}":                             reachSettings,
	"POST incidents":                                 reachSettings,
	"POST incidents/{id}/note":                       reachSettings,
	"POST incidents/{id}/report":                     reachSettings,
	"POST incidents/{id}/close":                      reachSettings,
	"GET recipients/changes":                         reachSettings,
	"GET facts/days":                                 reachSettings,
	"GET facts/{month}/{index}":                      reachSettings,
	"GET checkpoints":                                reachSettings,
	"POST audit/verify":                              reachSettings,
	"GET access":                                     reachSettings,
	"POST disclosures":                               reachSettings,
	"POST disclosures/{id}/confirm":                  reachSettings,
	"DELETE disclosures/{id}":                        reachSettings,
	"GET accesses":                                   reachSettings,
	"GET /audit/{tenant}/checkpoint":                 reachSettings,
	"GET /audit/{tenant}/{month}/checkpoint":         reachSettings,
	"GET /audit/{tenant}/{month}/tile/{tile...}":     reachSettings,
	"GET /audit/{tenant}/export":                     reachSettings,
	"GET usage":                                      reachSettings,
	"GET processing":                                 reachSettings,
	"GET posture":                                    reachSettings,
	"GET facts":                                      reachSettings,
	"GET openapi.json":                               reachSettings,
}

// reach lets the host at an address that is about what is stored only while an
// access is open, counts that, and makes the access the actor.
func (a *API) reach(c *call) *refusal {
	if !c.who.host() || hostReaches[c.route.method+" "+c.route.path] == reachSettings {
		return nil
	}
	id, err := a.options.Store.UseAccess(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	under := *c.who
	under.key = id
	c.who = &under
	return nil
}

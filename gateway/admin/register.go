package admin

import (
	"context"
	"time"

	"mayfly/gateway/tenant"
)

// Registers are the versions of a tenant's register of recipients.
type Registers interface {
	// Registers lists from the newest before the number; zero: from the newest.
	Registers(ctx context.Context, tenantID string, before uint64, limit int) ([]tenant.RegisterVersion, error)
}

type (
	registersAnswer struct {
		Changes []registerRow `json:"changes" doc:"Newest first."`
		Next    uint64        `json:"next,omitempty" doc:"Say it as before for the next page."`
	}
	registerRow struct {
		Number     uint64                       `json:"number" doc:"Of the register: 1, 2, ..."`
		Policy     uint64                       `json:"policy" doc:"The version of the tenant that made it."`
		At         time.Time                    `json:"at"`
		SHA256     string                       `json:"sha256" doc:"Of the register, as the fact recipients_changed has it."`
		Recipients int                          `json:"recipients" doc:"How many there are from then on."`
		Added      []tenant.RegisteredRecipient `json:"added"`
		Removed    []tenant.RegisteredRecipient `json:"removed"`
		Changed    []tenant.RecipientChange     `json:"changed"`
		Text       []string                     `json:"text" doc:"The same in words."`
	}
)

// registers are the changes of who may be sent something.
func (a *API) registers(c *call) *refusal {
	most := pageOf(c.query)
	all, err := a.options.Store.Registers(c.r.Context(), c.tenant(), c.query.number("before"), most+1)
	if err != nil {
		return refusalOf(err)
	}
	changes := tenant.RegisterChanges(all)
	out := registersAnswer{Changes: []registerRow{}}
	if len(all) > most {
		all, changes = all[:most], changes[:most]
		out.Next = all[most-1].Number
	}
	for i := range changes {
		v, x := &all[i], &changes[i]
		out.Changes = append(out.Changes, registerRow{v.Number, v.Policy, v.At.UTC(), hexOf(v.Hash), x.Recipients, some(x.Added), some(x.Removed), some(x.Changed), x.Sentences()})
	}
	return c.send(out)
}

// some is a list that is never null.
func some[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

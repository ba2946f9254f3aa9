package admin

import (
	"context"
	"time"

	"mayfly/gateway/tenant"
)

// Hooks tell receivers of tenants what happens.
type Hooks interface {
	// Delivery is how it stands with a tenant's receiver.
	Delivery(ctx context.Context, tenantID string) (Delivery, error)
	// Probe sends a receiver an empty delivery and says in words why it was not
	// taken; empty: it was.
	Probe(ctx context.Context, t *tenant.Tenant) (why string)
}

// Delivery is how far a receiver was told.
type Delivery struct {
	Waiting  uint64    // entries of the log that were not looked at yet, or not taken
	Failing  time.Time // since when nothing was taken; zero: it is
	Attempts int       // in a row that failed, since the gateway started
	Next     time.Time // of the next attempt; zero: none is put off
}

// Answers about the receiver.
type (
	webhookAnswer struct {
		There    bool       `json:"there" doc:"There is a receiver."`
		URL      string     `json:"url,omitempty"`
		Kinds    []string   `json:"kinds"`
		Offered  []string   `json:"offered" doc:"All facts that a receiver can be told."`
		Waiting  uint64     `json:"waiting" doc:"Entries of the log that the receiver may still have to be told."`
		Failing  *time.Time `json:"failing_since,omitempty" doc:"Since then it takes nothing. After a day what waits is given up."`
		Attempts int        `json:"attempts" doc:"In a row that failed, since the gateway started."`
		Next     *time.Time `json:"next_at,omitempty" doc:"Not before then it is tried again."`
	}
	triedHookAnswer struct {
		OK   bool   `json:"ok"`
		Text string `json:"text" doc:"What became of it."`
	}
)

func (a *API) webhook(c *call) *refusal {
	out := webhookAnswer{Kinds: []string{}, Offered: tenant.WebhookKinds()}
	w := c.who.tenant.Webhook
	if w == nil {
		return c.send(out)
	}
	out.There, out.URL, out.Kinds = true, w.URL.String(), list(w.Kinds)
	d, err := a.options.Hooks.Delivery(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	out.Waiting, out.Attempts = d.Waiting, d.Attempts
	out.Failing, out.Next = given(d.Failing), given(d.Next)
	return c.send(out)
}

// tryWebhook sends the receiver of the document in force an empty delivery.
func (a *API) tryWebhook(c *call) *refusal {
	if c.who.tenant.Webhook == nil {
		return c.send(triedHookAnswer{Text: "There is no receiver. Save one first."})
	}
	if wait, ok := a.tests.begin("webhook "+c.tenant(), c.now, testPause); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	if why := a.options.Hooks.Probe(c.r.Context(), c.who.tenant); why != "" {
		return c.send(triedHookAnswer{Text: "It was not taken: " + why + "."})
	}
	return c.send(triedHookAnswer{OK: true, Text: "It was taken: an empty list, signed like every delivery."})
}

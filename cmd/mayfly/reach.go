package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"mayfly/gateway/admin"
	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

const (
	// reachEach bounds the question to one server.
	reachEach = 3 * time.Second
	// reachMost is how many bytes of its answer are read.
	reachMost = 1 << 20
)

// Reach implements admin.Reach: each server behind the avatar is asked for its
// models, over the way that a conversation takes, with nothing in the request.
func (c *company) Reach(ctx context.Context, t *tenant.Tenant, a *tenant.Avatar) (all []admin.Reached) {
	// As a conversation would have it that began now; a document that is only
	// tried out hires nobody.
	own := *t
	own.Avatars = []tenant.Avatar{*a}
	p, err := c.make(&own)
	if err == nil {
		defer p.egress.Close()
	}
	for _, b := range []struct {
		kind string
		at   *tenant.BackEnd
	}{{"backend", a.BackEnd}, {"speech", a.Speech}, {"transcriber", a.Transcriber}} {
		if b.at == nil {
			continue
		}
		one := admin.Reached{Kind: b.kind, Server: b.at.Name}
		if err != nil {
			one.Why = "it cannot be used as it is configured"
		} else if client, err := p.egress.Client(a.ID + "/" + b.kind); err != nil {
			one.Why = "it cannot be used as it is configured"
		} else {
			one.Declares, one.Why = models(ctx, client, b.at)
		}
		all = append(all, one)
	}
	return all
}

// models asks a server for its models. Of its answer nothing is passed on but
// whether the one that is configured is among them.
func models(ctx context.Context, client *http.Client, of *tenant.BackEnd) (declares, why string) {
	ctx, cancel := context.WithTimeout(ctx, reachEach)
	defer cancel()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, of.URL.JoinPath("models").String(), nil)
	if err != nil {
		return "", "its address cannot be asked"
	}
	res, err := client.Do(ask)
	var refused *egress.Refusal
	switch {
	case errors.As(err, &refused) && refused.Reason != egress.Address: // else it would say which names there are inside
		return "", "it " + string(refused.Reason)
	case errors.Is(err, context.DeadlineExceeded):
		return "", "it did not answer in time"
	case err != nil:
		return "", "it cannot be reached"
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return "", "it refuses the key"
	case res.StatusCode >= 500:
		return "", fmt.Sprintf("it answers with status %d", res.StatusCode)
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if res.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(res.Body, reachMost)).Decode(&list) != nil || len(list.Data) == 0 {
		return "does not say which models it has", ""
	}
	if !slices.ContainsFunc(list.Data, func(m struct {
		ID string `json:"id"`
	}) bool {
		return m.ID == of.Model
	}) {
		return "", "it does not have the model " + of.Model
	}
	return "has the model " + of.Model, ""
}

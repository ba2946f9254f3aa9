package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// accessCommands are `mayfly access ...`.
type accessCommands struct {
	Open accessOpen `cmd:"" help:"Open access to what is stored for a tenant, for a reason and a time. The tenant sees it at once, and how often it was used."`
	End  accessEnd  `cmd:"" help:"End the access that is open, before its time is over."`
	List accessList `cmd:"" help:"List the accesses there were, and how often each was used."`
}

type accessOpen struct {
	whereFlags
	ReasonCode string        `name:"reason-code" required:"" enum:"support,security,authority,rights" placeholder:"REASON" shown:"none; needed" help:"What it is for: support, security, authority or rights."`
	Case       string        `required:"" placeholder:"NUMBER" shown:"none; needed" help:"The number under which you keep the matter: not what it is about. The tenant reads it."`
	For        time.Duration `default:"1h" placeholder:"TIME" shown:"1h" help:"How long, eight hours at most."`
}

func (c *accessOpen) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var opened accessOpened
	asked := accessAsked{Reason: c.ReasonCode, Case: c.Case, For: int64(c.For / time.Second)}
	if err := h.request(ctx, http.MethodPost, "/tenants/"+h.tenant+"/access", "", asked, &opened); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Access to what is stored for %s is open until %s. The tenant sees it, and how often it is used.\n", h.tenant, when(opened.Until))
	return err
}

type accessEnd struct{ whereFlags }

func (c *accessEnd) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var ended accessOpened
	if err := h.request(ctx, http.MethodDelete, "/tenants/"+h.tenant+"/access", "", nil, &ended); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Ended. How often it was used: %d.\n", ended.Used)
	return err
}

type accessList struct{ whereFlags }

func (c *accessList) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Accesses []accessOpened `json:"accesses"`
	}
	if err := h.request(ctx, http.MethodGet, "/tenants/"+h.tenant+"/access", "", nil, &answer); err != nil {
		return err
	}
	var rows [][]string
	for _, a := range answer.Accesses {
		ended := a.Until
		if !a.Ended.IsZero() {
			ended = a.Ended
		}
		rows = append(rows, []string{a.ID, a.Reason, a.Case, when(a.Opened), when(ended), fmt.Sprint(a.Used)})
	}
	return table(out, []string{"ACCESS", "REASON", "CASE", "OPENED", "UNTIL", "USED"}, rows)
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// recordingCommands are `mayfly recording ...`.
type recordingCommands struct {
	Off recordingOff `cmd:"" help:"Force recording off, whatever the policy says: durable first, then in every live session."`
	On  recordingOn  `cmd:"" help:"Let the policy count again. Live sessions stay unrecorded."`
}

type recordingOff struct {
	whereFlags
	Everywhere bool   `shown:"off" help:"For every tenant of this gateway."`
	Reason     string `required:"" placeholder:"TEXT" shown:"none; needed" help:"Why. Admins read it."`
}

func (c *recordingOff) run(ctx context.Context, h *host, out io.Writer) error {
	if c.Everywhere {
		if err := h.request(ctx, http.MethodPut, "/recording/off", "", map[string]any{"reason": c.Reason}, nil); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "Recording is off for every tenant.")
		return err
	}
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer changeAnswer
	if err := h.call(ctx, http.MethodPut, "recording/off", map[string]any{"reason": c.Reason}, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Recording is off: applied to %d of %d live sessions in %.0f ms.\n", answer.Applied.Narrowed, answer.Applied.Live, answer.Applied.TookMS)
	return err
}

type recordingOn struct {
	whereFlags
	Everywhere bool `shown:"off" help:"Take back what was said for every tenant, not what was said for one."`
}

func (c *recordingOn) run(ctx context.Context, h *host, out io.Writer) error {
	if c.Everywhere {
		if err := h.request(ctx, http.MethodDelete, "/recording/off", "", nil, nil); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, "Every tenant's policy counts again, for sessions that start from now on.")
		return err
	}
	if err := h.sole(ctx); err != nil {
		return err
	}
	if err := h.call(ctx, http.MethodDelete, "recording/off", nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "The policy counts again, for sessions that start from now on.")
	return err
}

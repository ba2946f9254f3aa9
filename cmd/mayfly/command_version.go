package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

type tenantVersions struct{ whereFlags }

func (c *tenantVersions) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var rows [][]string
	for before := uint64(0); ; {
		var page struct {
			Versions []struct {
				Number uint64    `json:"number"`
				At     time.Time `json:"at"`
				Source string    `json:"source"`
				By     string    `json:"by"`
			} `json:"versions"`
			Next uint64 `json:"next"`
		}
		query := url.Values{}
		if before > 0 {
			query.Set("before", fmt.Sprint(before))
		}
		if err := h.call(ctx, http.MethodGet, "versions?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for _, v := range page.Versions {
			rows = append(rows, []string{fmt.Sprint(v.Number), when(v.At), v.Source, v.By})
		}
		if before = page.Next; before == 0 {
			return table(out, []string{"VERSION", "SINCE", "FROM", "BY KEY"}, rows)
		}
	}
}

type tenantRestore struct {
	whereFlags
	Version uint64 `arg:"" placeholder:"NUMBER" help:"The version, from mayfly tenant versions. It is saved as a new one."`
}

func (c *tenantRestore) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer changeAnswer
	if err := h.change(ctx, http.MethodPost, fmt.Sprintf("versions/%d/restore", c.Version), nil, &answer); err != nil {
		return err
	}
	return answer.print(out)
}

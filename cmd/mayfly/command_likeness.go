package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// likenessCommands are `mayfly likeness ...`.
type likenessCommands struct {
	List    likenessList    `cmd:"" help:"List what is stored of permissions that last."`
	Put     likenessPut     `cmd:"" help:"Store a file of a permission, sealed under a key of its own until the permission ends."`
	Read    likenessRead    `cmd:"" help:"Print a file of a permission that lasts. That it was read is noted first."`
	Destroy likenessDestroy `cmd:"" help:"Destroy all that is stored of a permission, before it ends."`
}

func likenessPath(tenant string, parts ...string) string {
	path := "/tenants/" + tenant + "/likeness"
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

type likenessList struct{ whereFlags }

func (c *likenessList) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Likenesses []likenessRow `json:"likenesses"`
	}
	if err := h.request(ctx, http.MethodGet, likenessPath(h.tenant), "", nil, &answer); err != nil {
		return err
	}
	var rows [][]string
	for _, l := range answer.Likenesses {
		rows = append(rows, []string{l.Permission, l.Kind, l.Name, fmt.Sprint(l.Size), when(l.Until)})
	}
	return table(out, []string{"PERMISSION", "KIND", "FILE", "BYTES", "KEPT UNTIL"}, rows)
}

type likenessPut struct {
	whereFlags
	Permission string `arg:"" placeholder:"ID" help:"The permission's id, as in avatars[].permission."`
	File       string `arg:"" placeholder:"FILE" help:"At most 32 MiB."`
	Kind       string `default:"evidence" enum:"evidence,voice,picture" placeholder:"KIND" shown:"evidence" help:"evidence is the signed permission, whose SHA-256 the tenant names; voice and picture what those are made from."`
}

func (c *likenessPut) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("the file %s cannot be read (%w); correct its name", c.File, reason(err))
	}
	var answer struct {
		Until time.Time `json:"until"`
	}
	to := likenessPath(h.tenant, c.Permission, c.Kind) + "?" + url.Values{"name": {filepath.Base(c.File)}}.Encode()
	if err := h.request(ctx, http.MethodPut, to, "", data, &answer); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Stored until %s. Then its key is destroyed. The file that you named is still where it was.\n", when(answer.Until))
	return err
}

type likenessRead struct {
	whereFlags
	Permission string `arg:"" placeholder:"ID" help:"The permission's id."`
	Kind       string `default:"evidence" enum:"evidence,voice,picture" placeholder:"KIND" shown:"evidence" help:"evidence, voice or picture."`
}

func (c *likenessRead) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	res, err := h.open(ctx, http.MethodGet, likenessPath(h.tenant, c.Permission, c.Kind), "", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(out, res.Body)
	return err
}

type likenessDestroy struct {
	whereFlags
	Permission string `arg:"" placeholder:"ID" help:"The permission's id."`
}

func (c *likenessDestroy) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Files int `json:"files"`
	}
	if err := h.request(ctx, http.MethodDelete, likenessPath(h.tenant, c.Permission), "", nil, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Destroyed: %d files, and their keys.\n", answer.Files)
	return err
}

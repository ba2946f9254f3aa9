package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// keyCommands are `mayfly key ...`.
type keyCommands struct {
	Make   struct{}  `cmd:"" default:"1" help:"Make a key, and print it with the lines for a configuration file. Nothing is stored."`
	Issue  keyIssue  `cmd:"" help:"Issue a key to a tenant that is in the database. It is shown once."`
	List   keyList   `cmd:"" help:"List a tenant's keys, never the secrets."`
	Revoke keyRevoke `cmd:"" help:"End a key at once."`
	Rotate keyRotate `cmd:"" help:"Wrap everything with a new master key. What is stored stays as it is."`
}

type keyIssue struct {
	whereFlags
	Role    string `default:"admin" enum:"admin,reviewer,caller,agent" placeholder:"ROLE" shown:"admin" help:"admin, reviewer, caller or agent."`
	Name    string `default:"issued on the host" placeholder:"NAME" shown:"issued on the host" help:"What the key is for."`
	Expires string `placeholder:"TIME" shown:"90d" default:"90d" help:"After how long it ends: 12h, 90d."`
	Reason  string `required:"" placeholder:"TEXT" shown:"none; needed" help:"Why it is issued here and not by an admin. Admins are shown it when they sign in next."`
}

func (c *keyIssue) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		ID      string    `json:"id"`
		Key     string    `json:"key"`
		Expires time.Time `json:"expires_at"`
	}
	body := map[string]any{"role": c.Role, "name": c.Name, "expires_in": c.Expires, "reason": c.Reason}
	if err := h.call(ctx, http.MethodPost, "keys", body, &answer); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "The key, shown only now (%s, until %s):\n\n  %s\n", c.Role, when(answer.Expires), answer.Key)
	return err
}

type keyList struct{ whereFlags }

func (c *keyList) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	var answer struct {
		Keys []struct {
			ID      string    `json:"id"`
			Role    string    `json:"role"`
			Name    string    `json:"name"`
			Made    time.Time `json:"made_at"`
			Expires time.Time `json:"expires_at"`
			Revoked time.Time `json:"revoked_at"`
		} `json:"keys"`
	}
	if err := h.call(ctx, http.MethodGet, "keys", nil, &answer); err != nil {
		return err
	}
	var rows [][]string
	for _, k := range answer.Keys {
		state := "until " + when(k.Expires)
		if !k.Revoked.IsZero() {
			state = "revoked " + when(k.Revoked)
		}
		rows = append(rows, []string{k.ID, k.Role, printable(k.Name), when(k.Made), state})
	}
	return table(out, []string{"KEY", "ROLE", "FOR", "MADE", "STATE"}, rows)
}

type keyRevoke struct {
	whereFlags
	Key string `arg:"" placeholder:"ID" help:"The key's id, from mayfly key list."`
}

func (c *keyRevoke) run(ctx context.Context, h *host, out io.Writer) error {
	if err := h.sole(ctx); err != nil {
		return err
	}
	if err := h.call(ctx, http.MethodDelete, "keys/"+url.PathEscape(c.Key), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "The key is revoked.")
	return err
}

type keyRotate struct {
	whereFlags
	File string `name:"file" placeholder:"FILE" shown:"the one in use: the new key takes its place" help:"Where the new key is, or is to be made. Name it with --master-key-file from then on. The old one stays where it is."`
}

func (c *keyRotate) run(ctx context.Context, h *host, out io.Writer) error {
	file := c.File
	if file != "" {
		file = absolute(file)
	}
	if err := h.request(ctx, http.MethodPost, "/master-key", "", map[string]any{"file": file}, nil); err != nil {
		return err
	}
	note := "The master key is another one now, and the old one is gone: backups of the keys that were made before do not open any more. Make one now."
	if file != "" {
		note = "The master key is the one in " + file + " now: start the gateway with it from now on. Backups of the keys that were made before need the old one."
	}
	_, err := fmt.Fprintln(out, note)
	return err
}

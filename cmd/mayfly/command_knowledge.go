package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// knowledgeCommands are `mayfly knowledge ...`.
type knowledgeCommands struct {
	List     knowledgeList     `cmd:"" help:"List what an avatar answers from, and what is wrong with it."`
	Add      knowledgeAdd      `cmd:"" help:"Store documents that an avatar answers from, or others in their place."`
	Remove   knowledgeRemove   `cmd:"" help:"Remove a document that is stored, and destroy its key."`
	Reindex  knowledgeReindex  `cmd:"" help:"Read the files and pages again, and wait for it."`
	Rollback knowledgeRollback `cmd:"" help:"Answer from an earlier version, until the sources are read again."`
}

// knowledgeWhere says of which avatar it is.
type knowledgeWhere struct {
	whereFlags
	Avatar string `placeholder:"ID" shown:"the first" help:"Which avatar."`
}

// knowledgeState is what the gateway says of it.
type knowledgeState struct {
	Sources []struct {
		Name    string    `json:"name"`
		Title   string    `json:"title"`
		Words   int       `json:"words"`
		Read    time.Time `json:"read_at"`
		Mistake string    `json:"mistake"`
	} `json:"sources"`
	Versions []struct {
		Number      uint64    `json:"number"`
		At          time.Time `json:"at"`
		Fingerprint string    `json:"fingerprint"`
		Documents   int       `json:"documents"`
		Words       int       `json:"words"`
	} `json:"versions"`
	Serving uint64 `json:"serving"`
	Held    bool   `json:"held"`
	Reading bool   `json:"reading"`
	Mistake string `json:"mistake"`
}

// path is the avatar's, once it is known which.
func (k *knowledgeWhere) path(ctx context.Context, h *host) (string, error) {
	if err := h.sole(ctx); err != nil {
		return "", err
	}
	if k.Avatar == "" {
		var now struct {
			Document struct {
				Avatars []struct {
					ID string `json:"id"`
				} `json:"avatars"`
			} `json:"document"`
		}
		if err := h.call(ctx, http.MethodGet, "tenant", nil, &now); err != nil {
			return "", err
		}
		if len(now.Document.Avatars) == 0 {
			return "", fmt.Errorf("the tenant has no avatar; name one with --avatar")
		}
		k.Avatar = now.Document.Avatars[0].ID
	}
	return "avatars/" + url.PathEscape(k.Avatar) + "/knowledge", nil
}

type knowledgeList struct{ knowledgeWhere }

func (c *knowledgeList) run(ctx context.Context, h *host, out io.Writer) error {
	path, err := c.path(ctx, h)
	if err != nil {
		return err
	}
	var s knowledgeState
	if err := h.call(ctx, http.MethodGet, path, nil, &s); err != nil {
		return err
	}
	return s.print(out)
}

func (s *knowledgeState) print(out io.Writer) error {
	var rows [][]string
	for _, v := range s.Versions {
		serving := ""
		if v.Number == s.Serving {
			serving = "served"
			if s.Held {
				serving = "served, held"
			}
		}
		rows = append(rows, []string{strconv.FormatUint(v.Number, 10), when(v.At), strconv.Itoa(v.Documents), strconv.Itoa(v.Words), v.Fingerprint, serving})
	}
	if err := table(out, []string{"VERSION", "READ", "DOCUMENTS", "WORDS", "FINGERPRINT", ""}, rows); err != nil {
		return err
	}
	rows = nil
	for _, f := range s.Sources {
		mistake := f.Mistake
		if mistake != "" && !f.Read.IsZero() {
			mistake += " (what was read before is served)"
		}
		rows = append(rows, []string{f.Name, f.Title, strconv.Itoa(f.Words), when(f.Read), mistake})
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	if err := table(out, []string{"SOURCE", "TITLE", "WORDS", "READ", "MISTAKE"}, rows); err != nil || s.Mistake == "" {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n", s.Mistake)
	return err
}

type knowledgeAdd struct {
	knowledgeWhere
	Files []string `arg:"" placeholder:"FILE" help:"Markdown, text, HTML or PDF; each is stored under its own name."`
}

func (c *knowledgeAdd) run(ctx context.Context, h *host, out io.Writer) error {
	path, err := c.path(ctx, h)
	if err != nil {
		return err
	}
	for _, file := range c.Files {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("the file %s cannot be read (%w); correct its name", file, reason(err))
		}
		if err := h.call(ctx, http.MethodPut, documentPath(path, filepath.Base(file)), data, nil); err != nil {
			return fmt.Errorf("%s is not stored: %w", file, err)
		}
		if _, err := fmt.Fprintf(out, "Stored: %s\n", filepath.Base(file)); err != nil {
			return err
		}
	}
	return nil
}

type knowledgeRemove struct {
	knowledgeWhere
	Name string `arg:"" placeholder:"NAME" help:"Its name in the list."`
}

func (c *knowledgeRemove) run(ctx context.Context, h *host, out io.Writer) error {
	path, err := c.path(ctx, h)
	if err != nil {
		return err
	}
	if err := h.call(ctx, http.MethodDelete, documentPath(path, c.Name), nil, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Removed: %s. Its key is destroyed.\n", c.Name)
	return err
}

// documentPath is that of a document that is stored for an avatar.
func documentPath(knowledge, name string) string {
	return knowledge + "/documents/" + url.PathEscape(name)
}

// knowledgeEvery is how often it is asked whether the sources were read.
const knowledgeEvery = 200 * time.Millisecond

type knowledgeReindex struct{ knowledgeWhere }

func (c *knowledgeReindex) run(ctx context.Context, h *host, out io.Writer) error {
	path, err := c.path(ctx, h)
	if err != nil {
		return err
	}
	var s knowledgeState
	if err := h.call(ctx, http.MethodPost, path+"/reindex", nil, &s); err != nil {
		return err
	}
	tick := time.NewTicker(knowledgeEvery)
	defer tick.Stop()
	for s.Reading {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		s = knowledgeState{}
		if err := h.call(ctx, http.MethodGet, path, nil, &s); err != nil {
			return err
		}
	}
	return s.print(out)
}

type knowledgeRollback struct {
	knowledgeWhere
	Version uint64 `arg:"" help:"Its number in the list."`
}

func (c *knowledgeRollback) run(ctx context.Context, h *host, out io.Writer) error {
	path, err := c.path(ctx, h)
	if err != nil {
		return err
	}
	var s knowledgeState
	if err := h.call(ctx, http.MethodPost, path+"/rollback", map[string]any{"version": c.Version}, &s); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Answers come from version %d from the next turn on, until mayfly knowledge reindex, or until the gateway starts anew.\n", s.Serving)
	return err
}

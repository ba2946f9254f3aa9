package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
)

type backupFlags struct {
	whereFlags
	Folder string `arg:"" placeholder:"FOLDER" help:"Where to: a folder that is empty or does not exist yet. It gets two folders, data and keys; keep them apart."`
}

func (c *backupFlags) run(ctx context.Context, h *host, out io.Writer) error {
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		return errors.New("the current folder is gone; give an absolute path")
	}
	var report map[string]any
	if err := h.request(ctx, http.MethodPost, "/backup", "", map[string]any{"folder": folder}, &report); err != nil {
		return err
	}
	if err := printJSON(out, report); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The backup in %s was opened and checked. Keep %s apart from it: with both, everything can be read.\n", folder, filepath.Join(folder, "keys"))
	return err
}

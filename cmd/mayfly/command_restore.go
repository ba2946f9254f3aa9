package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"mayfly/recorder"
)

type restoreFlags struct {
	Folder        string `arg:"" placeholder:"FOLDER" help:"The backup."`
	To            string `required:"" placeholder:"FOLDER" shown:"none; needed" help:"The data folder to make. It must be empty, or not be there yet."`
	Keys          string `placeholder:"FOLDER" shown:"keys in the backup" help:"The backup's keys, where they are kept apart."`
	Tombstones    string `placeholder:"PATH" shown:"none" help:"What must not come back: the data folder that was lost, or a file of mayfly tombstones. Without it no transcript and no report is restored, since nobody knows what was erased after the backup."`
	MasterKeyFile string `name:"master-key-file" placeholder:"FILE" shown:"master.key in the new folder, put there later" help:"The master key that the backup's keys are wrapped with."`
}

func (c *restoreFlags) apart(ctx context.Context, out io.Writer) error {
	report, err := recorder.Restore(ctx, recorder.RestoreOptions{From: c.Folder, Keys: c.Keys, To: c.To, Tombstones: c.Tombstones, MasterKey: c.MasterKeyFile, Whole: wholeReceiptKeys})
	if err != nil {
		return err
	}
	if err := printJSON(out, report); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, `The data folder is in %s. Recording is forced off everywhere: policies may have been narrowed in what was lost.
Look at them, start the gateway, and then let them count again: mayfly recording on --everywhere
`, c.To)
	return err
}

type tombstonesFlags struct{ whereFlags }

func (c *tombstonesFlags) run(ctx context.Context, h *host, out io.Writer) error {
	res, err := h.open(ctx, http.MethodGet, "/tombstones", "", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(out, res.Body)
	return err
}

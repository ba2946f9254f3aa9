package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// hostCommand is something that is said to a gateway from the machine it runs
// on.
type hostCommand interface {
	where() *whereFlags
	run(ctx context.Context, h *host, out io.Writer) error
}

// stoppedCommand is one that asks no gateway.
type stoppedCommand interface {
	apart(ctx context.Context, out io.Writer) error
}

// whereFlags say which gateway a command is about.
type whereFlags struct {
	Data   string `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"The gateway's data folder. A gateway that runs is asked over its socket there; else the folder is opened."`
	Tenant string `placeholder:"ID" shown:"the only one" help:"Which tenant."`
}

func (w *whereFlags) where() *whereFlags { return w }

// runCommand carries a command out.
func runCommand(ctx context.Context, c hostCommand, data string, out io.Writer) error {
	if _, begins := c.(*initFlags); begins {
		if err := openData(data); err != nil {
			return err
		}
	}
	h, err := openHost(ctx, data)
	if err != nil {
		return err
	}
	defer h.close()
	h.tenant = c.where().Tenant
	return c.run(ctx, h, out)
}

// table writes rows under a head, in columns.
func table(out io.Writer, head []string, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// when is a moment as people on any machine read it alike.
func when(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04Z")
}

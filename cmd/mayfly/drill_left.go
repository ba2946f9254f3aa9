package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"mayfly/session"
)

// leakOf is the file that a drill leaks into, by the tenant that it made.
func leakOf(data, scratch string) string {
	return filepath.Join(data, leakPrefix+strings.TrimPrefix(scratch, scratchPrefix))
}

// clearDrill takes away what a drill stages: the file, the incidents and the
// tenant. What is gone already is no error.
func (a *app) clearDrill(ctx context.Context, scratch string) error {
	err := os.Remove(leakOf(a.settings.Data, scratch))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, a.recorder.ClearDrill(ctx, scratch))
}

// finishDrill finishes what a drill left that did not come to its end: the
// process was killed, or something could not be cleared away. It says so. That
// there was a drill is in the log as one of which no step is known.
func (a *app) finishDrill(ctx context.Context) error {
	scratch, err := a.recorder.StagedDrill(ctx)
	if err != nil || scratch == "" {
		return err
	}
	if err = a.clearDrill(ctx, scratch); err == nil {
		err = a.recorder.EndDrill(ctx, scratch, true, 0, drillSteps, session.ID{})
	}
	if err != nil {
		a.log.Error("what a drill left could not be cleared away: the next start, or the next drill, tries again", "tenant", scratch)
		return errors.Join(errors.New("what an earlier drill left could not be cleared away"), err)
	}
	a.log.Warn("a drill had not come to its end: what it left is cleared away", "tenant", scratch)
	return nil
}

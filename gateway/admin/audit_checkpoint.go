package admin

import "encoding/base64"

// Answers about what was published of the logs.
type (
	checkpointsAnswer struct {
		Checkpoints []checkpointRow `json:"checkpoints" doc:"Newest first: of each log the last of every day."`
	}
	checkpointRow struct {
		Month string `json:"month" doc:"Of the log: 2026-11."`
		Count int64  `json:"count" doc:"How many entries the log had."`
		Root  string `json:"root" doc:"Of its tree, in base64."`
		At    string `json:"at" doc:"The day: 2026-11-26."`
		Note  string `json:"note" doc:"The checkpoint itself, a signed note."`
	}
)

func (a *API) checkpoints(c *call) *refusal {
	if a.options.Audit == nil {
		return refuse("nothing_here")
	}
	all, err := a.options.Audit.AuditCheckpoints(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	out := checkpointsAnswer{Checkpoints: []checkpointRow{}}
	for i := len(all) - 1; i >= 0; i-- {
		k := all[i]
		out.Checkpoints = append(out.Checkpoints, checkpointRow{k.Month, k.Size, base64.StdEncoding.EncodeToString(k.Root[:]), k.Day, string(k.Note)})
	}
	return c.send(out)
}

package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mayfly/gateway/again"
	"mayfly/recorder"
)

// troubleOf is why nothing can be stored, as the metrics have it.
func troubleOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, recorder.ErrFull):
		return "full"
	case errors.Is(err, recorder.ErrStill):
		return "still"
	}
	return "other"
}

// calmFor is for how many looks there has to be no trouble before it counts as
// over: on a disk that is all but full it comes and goes.
const calmFor = 10

// tellTrouble looks every so often whether what happens can be stored, until
// ctx ends, and tells the log once when it cannot, and once when it can again.
func tellTrouble(ctx context.Context, log *slog.Logger, trouble func() error, every time.Duration) {
	said, calm := "", 0
	again.Every(ctx, every, func(time.Time) {
		now := troubleOf(trouble())
		if now == "" {
			if calm++; said != "" && calm >= calmFor {
				said = ""
				log.Info("what happens is stored again")
			}
			return
		}
		calm = 0
		if said != "" {
			return
		}
		switch said = now; now {
		case "full":
			log.Error("the disk is full: nothing is stored but what protects people, such as opt-outs and erasures. Make room")
		case "still":
			log.Error("the disk does not answer: nothing is stored")
		default:
			log.Error("nothing can be stored: the admin page says why")
		}
	})
}

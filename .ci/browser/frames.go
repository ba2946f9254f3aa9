package browser

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// frame is how long the screen shows one picture, in microseconds.
const frame = 1e6 / 60

// traced is one entry of Chromium's own record of what its threads did.
type traced struct {
	Name  string  `json:"name"`
	Phase string  `json:"ph"`
	PID   int     `json:"pid"`
	TID   int     `json:"tid"`
	TS    float64 `json:"ts"`   // us
	Dur   float64 `json:"dur"`  // us on the clock
	TDur  float64 `json:"tdur"` // us of the thread's own time
}

// mainThread records for a while what the page's main thread does, and gives
// its work in every frame, in milliseconds of its own time: what the thread
// ran for, however busy the machine was with others. It sleeps between tasks.
func (tab *Tab) mainThread(lasts time.Duration) []float64 {
	tab.t.Helper()
	var mu sync.Mutex
	var all []traced
	done := make(chan struct{})
	listening, enough := context.WithCancel(tab.ctx)
	defer enough()
	must(tab.t, chromedp.Listen(listening, func(event any) {
		switch e := event.(type) {
		case *tracing.EventDataCollected:
			mu.Lock()
			defer mu.Unlock()
			for _, raw := range e.Value {
				var one traced
				if json.Unmarshal(raw, &one) == nil {
					all = append(all, one)
				}
			}
		case *tracing.EventTracingComplete:
			close(done)
		}
	}))
	call(tab, tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel", "blink.user_timing"}}})
	eval[any](tab, `performance.mark('rig-begins') && null`)
	time.Sleep(lasts)
	eval[any](tab, `performance.mark('rig-ends') && null`)
	call(tab, tracing.End, cdp.Empty{})
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		tab.t.Fatal("rig: the record of the main thread never came")
	}
	mu.Lock()
	defer mu.Unlock()
	var from, to traced
	for _, e := range all {
		switch e.Name {
		case "rig-begins":
			from = e
		case "rig-ends":
			to = e
		}
	}
	if to.TS <= from.TS || to.TID != from.TID {
		tab.t.Fatal("rig: the record of the main thread has no begin and end")
	}
	work := make([]float64, int((to.TS-from.TS)/frame))
	// Tasks within tasks are counted once: only those that no other encloses.
	tasks := slices.DeleteFunc(all, func(e traced) bool {
		return e.PID != from.PID || e.TID != from.TID || e.Phase != "X" || e.Dur == 0
	})
	slices.SortFunc(tasks, func(a, b traced) int { return int(a.TS - b.TS) })
	end := 0.0
	for _, e := range tasks {
		if e.TS < end {
			continue
		}
		end = e.TS + e.Dur
		if i := int((e.TS - from.TS) / frame); e.TS >= from.TS && i < len(work) {
			work[i] += e.TDur / 1000
		}
	}
	return work
}

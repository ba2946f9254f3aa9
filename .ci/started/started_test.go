package started

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// watched is a test that goes wrong, without this one going wrong.
type watched struct {
	testing.TB
	wrong  strings.Builder
	atLast []func()
}

func (w *watched) Cleanup(f func())          { w.atLast = append(w.atLast, f) }
func (w *watched) Failed() bool              { return w.wrong.Len() > 0 }
func (w *watched) Logf(string, ...any)       {}
func (w *watched) Errorf(f string, a ...any) { fmt.Fprintf(&w.wrong, f+"\n", a...) }
func (w *watched) Fatalf(f string, a ...any) {
	w.Errorf(f, a...)
	runtime.Goexit()
}

// watch runs a test to its end and gives what it says is wrong.
func watch(t *testing.T, test func(*watched)) string {
	w := &watched{TB: t}
	over := make(chan struct{})
	go func() {
		defer close(over)
		test(w)
	}()
	<-over
	for i := len(w.atLast) - 1; i >= 0; i-- {
		w.atLast[i]()
	}
	return w.wrong.String()
}

// A gateway that does not come, that goes by itself, or that ends with an error
// is wrong; one that ends in order, or that the test kills, is not.
func TestEnds(t *testing.T) {
	const ready = `printf '  Open     http://127.0.0.1:1\n  Stop     Ctrl-C\n'; `
	for name, c := range map[string]struct {
		program string
		then    func(*Gateway)
		wrong   string // how what is wrong begins; empty: nothing is
	}{
		"in order, stopped":                {`trap 'exit 0' TERM; ` + ready + `while :; do sleep .01; done`, (*Gateway).Stop, ""},
		"in order, at the end":             {`trap 'exit 0' TERM; ` + ready + `while :; do sleep .01; done`, nil, ""},
		"asked twice":                      {`trap 'trap "exit 0" TERM' TERM; ` + ready + `while :; do sleep .01; done`, nil, ""},
		"asked twice, and past hearing it": {`trap 'echo "{\"msg\":\"stopped\"}"; trap - TERM' TERM; ` + ready + `while :; do sleep .01; done`, nil, ""},
		"killed":                           {ready + `while :; do sleep .01; done`, func(g *Gateway) { g.Kill() }, ""},
		"with an error":                    {`trap 'exit 3' TERM; ` + ready + `while :; do sleep .01; done`, (*Gateway).Stop, "the gateway did not end in order: exit status 3"},
		"without a word":                   {ready + `while :; do sleep .01; done`, nil, "the gateway did not end in order: signal: terminated"},
		"by itself":                        {ready + `exit 0`, func(g *Gateway) { <-g.over }, "the gateway ended by itself: exit status 0"},
		"before it is ready":               {`exit 0`, nil, "sh ended before this: the gateway is ready"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := watch(t, func(w *watched) {
				g := Serve(w, exec.Command("sh", "-c", c.program))
				if open := g.Row("Open"); open != "http://127.0.0.1:1" {
					t.Errorf("it is open at %q", open)
				}
				if c.then != nil {
					c.then(g)
				}
			})
			if !strings.HasPrefix(wrong, c.wrong) || c.wrong == "" && wrong != "" {
				t.Errorf("wrong: %q, want %q", wrong, c.wrong)
			}
		})
	}
}

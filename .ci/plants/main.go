// Command plants applies the planted faults of the program, one at a time and
// in a copy, and demands for each that the test it names fails.
//
// A fault that survives means that a promise is not tested. A plant that does
// not apply, does not compile or names a test that fails without it is
// broken, and counts as an error too. The format of a plant is described in
// web/docs/testing.md. The work tree itself is never changed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// plantsFolder is where the plants are, below the root.
const plantsFolder = "cmd/mayfly/testdata/plants"

func main() {
	changed := flag.String("changed", "", "only plants of what changed since this `commit`; unknown or empty: all")
	name := flag.String("name", "", "only the plant with this `name`")
	jobs := flag.Int("j", 1, "how many `copies` to test in at once")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, os.Stdout, *changed, *name, *jobs)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "plants:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run tries the plants of the repository around the current folder, prints a
// line for each and a sum, and says whether all were killed.
func run(ctx context.Context, out io.Writer, base, name string, jobs int) (bool, error) {
	root, err := git(ctx, ".", "rev-parse", "--show-toplevel")
	if err != nil {
		return false, err
	}
	root = strings.TrimSpace(root)
	all, err := loadPlants(root)
	if err != nil {
		return false, err
	}
	chosen, err := choose(ctx, root, all, base, name)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(out, "%d of %d plants\n", len(chosen), len(all))
	results, err := try(ctx, out, root, chosen, jobs)
	count := map[verdict]int{}
	for _, r := range results {
		count[r.verdict]++
	}
	fmt.Fprintf(out, "%d killed, %d survived", count[killed], count[survived])
	if count[broken] > 0 {
		fmt.Fprintf(out, ", %d broken", count[broken])
	}
	fmt.Fprintln(out)
	return count[killed] == len(chosen), err
}

// choose keeps the plant with the name, or those that changes since base
// concern. A base that is not there, as in a clone without history, keeps all.
func choose(ctx context.Context, root string, all []plant, base, name string) ([]plant, error) {
	if name != "" {
		i := slices.IndexFunc(all, func(p plant) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no plant is named %q", name)
		}
		return all[i : i+1], nil
	}
	if base == "" {
		return all, nil
	}
	tracked, err := git(ctx, root, "diff", "--name-only", "-z", base, "--")
	if err != nil {
		return all, nil
	}
	others, err := git(ctx, root, "ls-files", "-z", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	changed := strings.Split(tracked+others, "\x00")
	return slices.DeleteFunc(slices.Clone(all), func(p plant) bool { return !p.concerns(changed) }), nil
}

// verdict is what became of a plant.
type verdict string

const (
	killed   verdict = "killed"
	survived verdict = "SURVIVED"
	broken   verdict = "BROKEN"
)

type result struct {
	plant
	verdict
	detail string // the test that failed, or what is broken
	took   time.Duration
}

// try runs the plants in as many copies of the tree as there are jobs. Plants
// with the same test stay together, so that it runs once without a fault.
func try(ctx context.Context, out io.Writer, root string, plants []plant, jobs int) ([]result, error) {
	groups := map[string][]plant{}
	var order []string
	for _, p := range plants {
		key := strings.Join(p.test, " ")
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], p)
	}
	queue := make(chan []plant, len(order))
	for _, key := range order {
		queue <- groups[key]
	}
	close(queue)

	var (
		mu      sync.Mutex
		results []result
		failed  []error
		workers sync.WaitGroup
	)
	report := func(r result) {
		mu.Lock()
		defer mu.Unlock()
		results = append(results, r)
		fmt.Fprintf(out, "%-8s  %-40s %6.1f s  %s\n", r.verdict, r.name, r.took.Seconds(), r.detail)
	}
	for range max(1, min(jobs, len(order))) {
		workers.Go(func() {
			t, err := copyTree(ctx, root)
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
				return
			}
			defer func() {
				if err := t.remove(); err != nil {
					fmt.Fprintln(os.Stderr, "plants:", err)
				}
			}()
			for group := range queue {
				if ctx.Err() != nil {
					return
				}
				t.tryGroup(ctx, root, group, report)
			}
		})
	}
	workers.Wait()
	return results, errors.Join(append(failed, ctx.Err())...)
}

// tryGroup tries plants that have the same test.
func (t *tree) tryGroup(ctx context.Context, root string, group []plant, report func(result)) {
	started := time.Now()
	passed, output := t.test(ctx, group[0].test)
	problem := ""
	switch {
	case !passed:
		problem = "its test fails without it: " + firstFailure(output)
	case strings.Contains(output, "[no tests to run]") || strings.Contains(output, "[no test files]"):
		problem = "its test does not exist"
	}
	if problem != "" {
		for _, p := range group {
			report(result{p, broken, problem, time.Since(started)})
		}
		return
	}
	for _, p := range group {
		started := time.Now()
		v, detail := t.tryOne(ctx, root, p)
		report(result{p, v, detail, time.Since(started)})
	}
}

func (t *tree) tryOne(ctx context.Context, root string, p plant) (verdict, string) {
	if err := t.apply(ctx, root, p); err != nil {
		return broken, strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	compiles, problem := t.build(ctx, p)
	var output string
	var passed bool
	if compiles {
		passed, output = t.test(ctx, p.test)
	}
	if err := t.revert(ctx, root, p); err != nil {
		return broken, err.Error()
	}
	switch {
	case !compiles:
		return broken, "it does not compile: " + firstError(problem)
	case passed:
		return survived, p.why
	case strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]"):
		return broken, "it does not compile: " + firstError(output)
	case !strings.Contains(output, "\nFAIL") && !strings.HasPrefix(output, "FAIL"):
		return broken, "the test did not run: " + firstError(output)
	}
	return killed, firstFailure(output)
}

// firstFailure is the name of the innermost test that failed first.
func firstFailure(output string) string {
	name := firstError(output)
	found := false
	for line := range strings.Lines(output) {
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "--- FAIL: ")
		if !ok {
			if found {
				break
			}
			continue
		}
		found = true
		name, _, _ = strings.Cut(rest, " (")
	}
	return name
}

// firstError is the first line of a compiler's output that is not a heading.
func firstError(output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "no output"
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// benchmark runs one benchmark of the tree and gives its metrics by unit.
func benchmark(ctx context.Context, pkg, name string) (map[string]float64, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^Benchmark"+name+"$", "-benchmem", pkg).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	metrics := map[string]float64{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark"+name) {
			continue
		}
		for i := 2; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				metrics[words[i+1]] = v
			}
		}
	}
	if len(metrics) == 0 {
		return nil, fmt.Errorf("no figure in %q", out)
	}
	return metrics, nil
}

// bench takes ours and the floor from one benchmark, by their units there.
func bench(pkg, name, ours, floor, unit string) func(context.Context) (measured, measured, error) {
	return func(ctx context.Context) (measured, measured, error) {
		m, err := benchmark(ctx, pkg, name)
		if err != nil {
			return measured{}, measured{}, err
		}
		for _, want := range []string{ours, floor} {
			if _, ok := m[want]; !ok {
				return measured{}, measured{}, fmt.Errorf("benchmark %s prints no %s", name, want)
			}
		}
		return measured{value: m[ours], unit: unit}, measured{value: m[floor], unit: unit}, nil
	}
}

// idle takes the memory after a collection, which a process at rest makes by
// itself every two minutes; what it is before is in the note.
func idle(ctx context.Context) (ours, floor measured, err error) {
	m, err := benchmark(ctx, "./gateway", "Idle")
	if err != nil {
		return ours, floor, err
	}
	ours = measured{value: m["gateway-B/session-after-gc"], unit: "B", note: fmt.Sprintf("before a collection %.0f B, the floor %.0f B", m["gateway-B/session"], m["gorilla-B/session"])}
	return ours, measured{value: m["gorilla-B/session-after-gc"], unit: "B"}, nil
}

// event counts allocations; the ratio of the times is in the note.
func event(ctx context.Context) (ours, floor measured, err error) {
	m, err := benchmark(ctx, "./gateway", "StreamedEvent")
	if err != nil {
		return ours, floor, err
	}
	ours = measured{value: m["allocs/op"], unit: "allocs", note: fmt.Sprintf("%.2f us per event, the floor %.2f us: x %.2f", m["us/event"], m["limit-us/event"], m["x-limit"])}
	return ours, measured{}, nil
}

// voice compares with flite where that is on PATH: seconds of speech for a
// second of one core.
func voice(ctx context.Context) (ours, floor measured, err error) {
	m, err := benchmark(ctx, "./gateway/avatar/voice/builtin", "Speak")
	if err != nil {
		return ours, floor, err
	}
	ours = measured{value: m["x-real-time"], unit: "x", note: fmt.Sprintf("first piece of sound after %.0f us", m["us-to-first-chunk"])}
	if _, err := exec.LookPath("flite"); err != nil {
		floor.note = "flite is not on PATH"
		return ours, floor, nil
	}
	folder, err := os.MkdirTemp("", "figures-")
	if err != nil {
		return ours, floor, err
	}
	defer os.RemoveAll(folder)
	text := strings.Repeat("Your words stay in memory, and nothing of them is kept when the conversation ends. ", 20)
	file := filepath.Join(folder, "x.wav")
	var cpu time.Duration
	for range 5 {
		c := exec.CommandContext(ctx, "flite", "-voice", "slt", "-t", text, "-o", file)
		if out, err := c.CombinedOutput(); err != nil {
			return ours, floor, fmt.Errorf("flite: %w: %s", err, out)
		}
		cpu += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	info, err := os.Stat(file)
	if err != nil {
		return ours, floor, err
	}
	const bytesPerSecond = 16000 * 2
	floor.value, floor.unit = 5*float64(info.Size())/bytesPerSecond/cpu.Seconds(), "x"
	return ours, floor, nil
}

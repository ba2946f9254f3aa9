// Command figures measures what Mayfly is meant to reach, each figure beside
// a floor measured in the same run: the smallest program that does the same.
// It prints a table and judges nothing: a machine under load makes any figure
// bad, and the ratio to the floor is what can be compared between machines.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// figure is one line of the table.
type figure struct {
	name  string // short, for -only
	what  string
	goal  string
	floor string // what the floor is
	take  func(ctx context.Context) (ours, floor measured, err error)
}

// measured is a value with its unit; note is what else there is to say.
type measured struct {
	value float64
	unit  string
	note  string
}

func (m measured) String() string {
	if m.unit == "" {
		return "-"
	}
	return fmt.Sprintf("%.4g %s", m.value, m.unit)
}

func figures() []figure {
	return []figure{
		{"text", "prompt to first text event at the client, p50", "<= 10 ms", "TCP echo of the same bytes", bench("./gateway", "FirstText", "ms-p50", "limit-ms-p50", "ms")},
		{"audio", "prompt to first audio at the client, p50", "<= 100 ms", "TCP echo of the same bytes", bench("./gateway", "FirstAudio", "ms-p50", "limit-ms-p50", "ms")},
		{"offer", "offer POST to answer, p50", "<= 50 ms", "plain pion with its defaults", bench("./gateway", "Offer", "ms-p50", "limit-ms-p50", "ms")},
		{"barge-in", "barge-in, cancel to the last sound on the wire, p99 (in a browser: its report)", "<= 100 ms", "TCP echo of the same bytes, p50", bench("./gateway", "BargeIn", "ms-p99", "limit-ms-p50", "ms")},
		{"idle", "idle WebSocket session with its state, resident memory after a collection", "<= 12000 B", "gorilla's server without state", idle},
		{"voice", "built-in voice, times real time on one core", ">= 100 x", "flite", voice},
		{"event", "streamed event from the turn to the carrier", "0 allocations", "base64 of its sound alone", event},
		{"clone", "clone with empty caches to first spoken answer", "-", "clone and an empty HTTP server", clone},
	}
}

func main() {
	only := flag.String("only", "", "just the figure with this `name`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, only string) error {
	all := figures()
	if only != "" {
		all = slices.DeleteFunc(all, func(f figure) bool { return f.name != only })
		if len(all) == 0 {
			return fmt.Errorf("there is no figure %q", only)
		}
	}
	fmt.Fprintf(w, "%-9s %-15s %-13s %-13s %7s  %s\n", "figure", "measured", "goal", "floor", "x floor", "what, and what the floor is")
	for _, f := range all {
		ours, floor, err := f.take(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		times := "-"
		if floor.value > 0 {
			times = fmt.Sprintf("%.2f", ours.value/floor.value)
		}
		fmt.Fprintf(w, "%-9s %-15s %-13s %-13s %7s  %s; floor: %s\n", f.name, ours, f.goal, floor, times, f.what, f.floor)
		for _, note := range []string{ours.note, floor.note} {
			if note != "" {
				fmt.Fprintf(w, "%9s %s\n", "", strings.TrimSpace(note))
			}
		}
	}
	return nil
}

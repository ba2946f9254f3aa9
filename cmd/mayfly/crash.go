package main

import (
	"bytes"
	"io"
	"log/slog"
)

// crashCommand is how the program is called that tells of a fault which nobody
// caught. It is no command of a person's.
const crashCommand = "tell-crash"

// crashBytes is how much of what was said is looked at. The function that
// failed comes first, and all stacks of a busy gateway are megabytes.
const crashBytes = 256 << 10

// tellCrash reads what went past the program's own lines until its process has
// ended, and says in one line what ended it and where, and nothing else of it.
// It says nothing after an end in order.
func tellCrash(said io.Reader, log *slog.Logger) {
	text, _ := io.ReadAll(io.LimitReader(said, crashBytes))
	_, _ = io.Copy(io.Discard, said)
	fault, at := faultOf(text), siteOf(failedStack(text))
	switch {
	case fault != "" && at != "":
		log.Error("the process ended by a fault that nobody caught", "fault", fault, "at", at)
	case fault != "":
		log.Error("the process ended by a fault that nobody caught", "fault", fault)
	case len(text) > 0:
		log.Warn("something was written past the log and thrown away", "count", len(text))
	}
}

// faults are what Go writes at the start of a line before it ends a process,
// and our words for them. A line that is part of somebody's text starts with a
// tab there (printindented in runtime/print.go).
var faults = []struct{ start, word string }{
	{"fatal error: runtime: out of memory", "out_of_memory"},
	{"fatal error: stack overflow", "stack_overflow"},
	{"fatal error: concurrent map", "concurrent_map"},
	{"fatal error: all goroutines are asleep", "deadlock"},
	{"fatal error: ", "fatal_error"},
	{"panic: ", "panic"},
	{"SIG", "signal"},
}

// faultOf is the word for what ended a process, or empty.
func faultOf(text []byte) string {
	for line := range bytes.Lines(text) {
		for _, f := range faults {
			if bytes.HasPrefix(line, []byte(f.start)) {
				return f.word
			}
		}
	}
	return ""
}

// failedStack is the first stack of a program that is not the runtime's own.
func failedStack(text []byte) []byte {
	_, stacks, _ := bytes.Cut(text, []byte("\n\ngoroutine "))
	first, _, _ := bytes.Cut(stacks, []byte("\n\n"))
	return first
}

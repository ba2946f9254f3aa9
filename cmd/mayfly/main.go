// Mayfly is an avatar gateway that forgets: people talk with an AI avatar,
// are told that it is one, and nothing of what they say is kept.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == crashCommand {
		signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT) // a terminal sends them to both
		_ = harden()
		tellCrash(os.Stdin, newLogger(os.Stderr, slog.LevelInfo, isTerminal(os.Stderr)))
		return
	}
	os.Exit(start(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// start is the program, but for the process around it. It returns the exit
// status: 2 for settings that are wrong, 1 for what went wrong later.
func start(args, environ []string, out, diagnostics io.Writer) int {
	s, err := parse(args, environ, out)
	switch {
	case errors.Is(err, errHelp):
		return 0
	case err != nil:
		fmt.Fprintln(diagnostics, err)
		return 2
	case s.Command == "key make":
		if err := printKey(out); err != nil {
			fmt.Fprintln(diagnostics, err)
			return 1
		}
		return 0
	case s.Command == "redact":
		if harden() != nil {
			fmt.Fprintln(diagnostics, "the process could not be hardened")
		}
		if err := runRedact(s.Redact, os.Stdin, out); err != nil {
			fmt.Fprintln(diagnostics, err)
			return 1
		}
		return 0
	}
	if s.Do != nil || s.Apart != nil {
		err := error(nil)
		if s.Do != nil {
			err = runCommand(context.Background(), s.Do, s.Data, out)
		} else {
			err = s.Apart.apart(context.Background(), out)
		}
		if err != nil {
			fmt.Fprintln(diagnostics, err)
			return 1
		}
		return 0
	}
	terminal, apart := isTerminal(os.Stderr), error(nil)
	if diagnostics == os.Stderr {
		var own *os.File
		if own, apart = keepCrash(); apart == nil {
			diagnostics, s.CrashApart = own, true
		}
	}
	log := newLogger(diagnostics, s.LogLevel, terminal)
	if apart != nil && !errors.Is(apart, errors.ErrUnsupported) {
		log.Warn("the text of a fault that nobody catches will be written to standard error")
	}
	stdlog.SetOutput(newStandardLog(log))
	if err := harden(); err != nil {
		log.Warn("the process could not be hardened")
	} else {
		s.Hardened = runtime.GOOS == "linux"
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	a, err := newApp(context.Background(), s, log, out)
	if err != nil {
		fmt.Fprintln(diagnostics, err)
		return 1
	}
	if err := a.run(signals); err != nil {
		fmt.Fprintln(diagnostics, err)
		return 1
	}
	return 0
}

// isReload says whether a signal asks for files to be read again.
func isReload(s os.Signal) bool { return s == syscall.SIGHUP }

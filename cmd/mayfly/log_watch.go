package main

import (
	"bytes"
	"io"
	"log/slog"
	"sync/atomic"
)

// logWatch passes on the lines of the log. During a drill it withholds those
// with the drill's text, and counts them: the text gets into no log, wherever
// that is kept, and nothing of the log is kept here.
type logWatch struct {
	to     io.Writer
	sought atomic.Pointer[soughtText] // nil: nothing is looked for
}

// soughtText is what is looked for.
type soughtText struct {
	forms [][]byte
	lines atomic.Int64 // that had it
}

// watchOf is the watch of a logger of newLogger.
func watchOf(l *slog.Logger) *logWatch { return l.Handler().(*closedHandler).watch }

// Write passes on one line, in one call, as the handlers of slog do.
func (w *logWatch) Write(line []byte) (int, error) {
	if s := w.sought.Load(); s != nil {
		for _, form := range s.forms {
			if bytes.Contains(line, form) {
				s.lines.Add(1)
				return len(line), nil
			}
		}
	}
	return w.to.Write(line)
}

// look looks for a text from now on; for none if it is empty. It gives how many
// lines had the one before.
func (w *logWatch) look(text string) int {
	var next *soughtText
	if text != "" {
		next = &soughtText{forms: formsOf(text)}
	}
	return w.sought.Swap(next).count()
}

// withheld is how many lines had the text.
func (w *logWatch) withheld() int { return w.sought.Load().count() }

func (s *soughtText) count() int {
	if s == nil {
		return 0
	}
	return int(s.lines.Load())
}

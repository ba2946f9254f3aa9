package main

import (
	"context"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mayfly/gateway/line"
)

const redacted = "[redacted]"

// newLogger writes lines that a person reads to a terminal, and JSON to
// anything else. Messages are constants (an analyser sees to it); attributes
// are let through by their class in package line.
func newLogger(w io.Writer, level slog.Level, terminal bool) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	watch := &logWatch{to: w}
	var h slog.Handler = slog.NewJSONHandler(watch, o)
	if terminal {
		h = slog.NewTextHandler(watch, o)
	}
	return slog.New(&closedHandler{next: h, watch: watch})
}

// isTerminal says whether a person is likely to read f as it is written.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// closedHandler lets through what package line lists. It filters before the
// handler below sees an attribute, so that none can pass for a built-in one
// such as "msg". Groups are not used here: their attributes are redacted.
type closedHandler struct {
	next   slog.Handler
	groups bool
	watch  *logWatch // sees the lines that next writes
}

func (h *closedHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.next.Enabled(ctx, l)
}

func (h *closedHandler) Handle(ctx context.Context, r slog.Record) error {
	closed := slog.NewRecord(r.Time, r.Level, oneLine(r.Message), 0)
	r.Attrs(func(a slog.Attr) bool {
		closed.AddAttrs(h.admit(a))
		return true
	})
	return h.next.Handle(ctx, closed)
}

func (h *closedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	closed := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		closed[i] = h.admit(a)
	}
	return &closedHandler{h.next.WithAttrs(closed), h.groups, h.watch}
}

func (h *closedHandler) WithGroup(string) slog.Handler {
	return &closedHandler{h.next, true, h.watch}
}

// admit gives an attribute as it may be printed: a number, a time or a short
// word under a key whose class takes it.
func (h *closedHandler) admit(a slog.Attr) slog.Attr {
	key := line.Of(line.Log, a.Key)
	if key.Class == line.Unlisted || h.groups {
		name := a.Key
		if name == "" || len(name) > 24 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" || name == slog.MessageKey || name == slog.TimeKey || name == slog.LevelKey {
			name = "unlisted" // a key in the wrong place may be words
		}
		return slog.String(name, redacted)
	}
	if !fits(key, a.Value) {
		return slog.String(a.Key, redacted)
	}
	return a
}

// fits says whether a value is of its key's class. Errors, structures and
// sentences, which may hold anything, are of none.
func fits(key line.Key, v slog.Value) bool {
	kind := v.Kind()
	switch key.Class {
	case line.Count:
		return kind == slog.KindInt64 || kind == slog.KindUint64
	case line.Duration:
		return kind == slog.KindDuration
	case line.Time:
		return kind == slog.KindTime
	case line.Enum:
		return kind == slog.KindString && slices.Contains(key.Words, v.String())
	case line.ID:
		return kind == slog.KindString && isWord(v.String(), maxID, "._:/+-~")
	case line.Site:
		return kind == slog.KindString && isWord(v.String(), maxSite, "._:/+-~()*[],<")
	}
	return false
}

// The lengths of the longest texts that a line carries, in bytes.
const (
	maxID   = 128
	maxSite = 512
)

// isWord says whether a text is letters and digits of ASCII and the other
// characters named: no spaces, nothing that begins a line.
func isWord(s string, longest int, others string) bool {
	if len(s) > longest {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(others, c) >= 0) {
			return false
		}
	}
	return true
}

// oneLine keeps a message to one line of printable ASCII.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e {
			return '?'
		}
		return c
	}, s[:min(len(s), 200)])
}

// faultPeriod is how often connection faults are told of, however many there are.
const faultPeriod = time.Minute

// faultCounter takes the lines of a library: they quote what strangers and
// servers sent, so they are counted and not printed. It tells of them at the
// first, and then every faultPeriod in which there were some. It is safe for concurrent use.
type faultCounter struct {
	tell func(count int) // static

	mu    sync.Mutex
	count int       // guarded by mu; since the last line
	told  time.Time // guarded by mu
}

// newErrorLog is for http.Server.ErrorLog.
func newErrorLog(l *slog.Logger) *log.Logger {
	return log.New(&faultCounter{tell: func(n int) {
		l.Warn("connections failed before a request was read", "count", n)
	}}, "", 0)
}

// newStandardLog is for the standard logger, which libraries write to: that
// of net/http what servers send, in their words.
func newStandardLog(l *slog.Logger) io.Writer {
	return &faultCounter{tell: func(n int) {
		l.Warn("a library had something to say: it is not repeated", "count", n)
	}}
}

// Write counts one line.
func (f *faultCounter) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	switch since := time.Since(f.told); {
	case since >= faultPeriod:
		f.say()
	case f.count == 1: // how many there were is told even if no other comes
		time.AfterFunc(faultPeriod-since, f.rest)
	}
	return len(p), nil
}

// rest tells of those that came since the last line.
func (f *faultCounter) rest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count > 0 {
		f.say()
	}
}

// say writes the line. mu is held.
func (f *faultCounter) say() {
	f.tell(f.count)
	f.told, f.count = time.Now(), 0
}

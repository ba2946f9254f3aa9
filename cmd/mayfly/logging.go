package main

import (
	"context"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"
)

// logKeys is every attribute that a log line may carry, by what it says about
// the process. None can hold what a person said, who a person is, or where
// they are. A key that is not here is printed without its value, and fails a
// test until it is.
func logKeys() map[string]bool {
	return map[string]bool{
		"address":  true, // one that this process listens on
		"avatar":   true, // identifier from the configuration
		"code":     true, // from the table of errors
		"count":    true,
		"duration": true,
		"engine":   true, // "resident", "openai"
		"kept":     true, // what went on as before after a fault
		"language": true, // one that the avatar offers
		"limit":    true, // name of a limit
		"listener": true, // "plain", "tls", "metrics", "media"
		"sessions": true, // how many
		"signal":   true,
		"stage":    true, // of starting or stopping
		"status":   true, // HTTP status sent
		"tenant":   true, // identifier from the configuration
		"version":  true,
		"voice":    true, // name of a synthesiser
	}
}

const redacted = "[redacted]"

// newLogger writes lines that a person reads to a terminal, and JSON to
// anything else. Messages are constants (a test sees to it); attributes are
// let through by logKeys.
func newLogger(w io.Writer, level slog.Level, terminal bool) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewJSONHandler(w, o)
	if terminal {
		h = slog.NewTextHandler(w, o)
	}
	return slog.New(&closedHandler{h, logKeys()})
}

// isTerminal says whether a person is likely to read f as it is written.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// closedHandler lets through what logKeys names. It filters before the handler
// below sees an attribute, so that none can pass for a built-in one such as
// "msg". Groups are not used here: their attributes are redacted.
type closedHandler struct {
	next slog.Handler
	keys map[string]bool
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
	return &closedHandler{h.next.WithAttrs(closed), h.keys}
}

func (h *closedHandler) WithGroup(string) slog.Handler {
	return &closedHandler{h.next, nil}
}

// admit gives an attribute as it may be printed: numbers, times and short
// words under a known key.
func (h *closedHandler) admit(a slog.Attr) slog.Attr {
	if !h.keys[a.Key] {
		key := a.Key
		if key == "" || len(key) > 24 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "" || key == slog.MessageKey || key == slog.TimeKey || key == slog.LevelKey {
			key = "unlisted" // a key in the wrong place may be words
		}
		return slog.String(key, redacted)
	}
	switch a.Value.Kind() {
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64:
		return a
	case slog.KindString:
		if isWord(a.Value.String()) {
			return a
		}
	}
	// Errors, structures and sentences may hold anything.
	return slog.String(a.Key, redacted)
}

// maxWord is the length of the longest text that a line carries, in bytes.
const maxWord = 128

// isWord says whether a text is a name, a code or an address: no spaces,
// nothing outside ASCII.
func isWord(s string) bool {
	if len(s) > maxWord {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._:/[]+-", c) >= 0) {
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

// faultCounter takes the lines of http.Server.ErrorLog. They quote what
// strangers sent, so they are counted and not printed: a line with the count
// at the first, and then at most every faultPeriod. It is safe for concurrent use.
type faultCounter struct {
	log *slog.Logger // static

	mu    sync.Mutex
	count int       // guarded by mu; since the last line
	told  time.Time // guarded by mu
}

// newErrorLog is for http.Server.ErrorLog.
func newErrorLog(l *slog.Logger) *log.Logger {
	return log.New(&faultCounter{log: l}, "", 0)
}

// Write counts one line.
func (f *faultCounter) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	if now := time.Now(); f.told.IsZero() || now.Sub(f.told) >= faultPeriod {
		f.log.Warn("connections failed before a request was read", "count", f.count)
		f.told, f.count = now, 0
	}
	return len(p), nil
}

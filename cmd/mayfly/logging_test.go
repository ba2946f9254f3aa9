package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// R6 R19 R30: no way of saying something puts it into a line, at any level, for a
// person or a machine.
func TestNothingGetsIntoALine(t *testing.T) {
	const words = "my name is CANARY"
	for _, terminal := range []bool{false, true} {
		var out bytes.Buffer
		l := newLogger(&out, slog.LevelDebug, terminal)
		l.Info("a", "prompt", words)
		l.Info("a", "code", words)
		l.Info("a", "code", errors.New("CANARY"))
		l.Info("a", "code", []byte("CANARY"))
		l.Info("a", "code", map[string]string{"x": "CANARY"})
		l.Info("a", "code", strings.Repeat("CANARY", 30))
		l.Info("a", "CANARY words", 1)
		l.Info("a", "msg", "CANARY", "time", "CANARY", "level", "CANARY")
		l.Info("a", []any{"CANARY"}...)
		l.Debug("a", slog.Group("g", "code", "CANARY"))
		l.With("prompt", "CANARY").Info("a")
		l.WithGroup("CANARY-group").Info("a", "code", "CANARY")
		l.LogAttrs(context.Background(), slog.LevelWarn, "a", slog.Any("code", slog.GroupValue(slog.String("x", "CANARY"))))
		l.Info("a", "code", logValuer{})
		require.NotContains(t, out.String(), "CANARY")
		require.Contains(t, out.String(), "[redacted]")
		require.Equal(t, 14, strings.Count(out.String(), "\n"))
	}
}

type logValuer struct{}

func (logValuer) LogValue() slog.Value { return slog.StringValue("CANARY") }

func TestKnownAttributes(t *testing.T) {
	var out bytes.Buffer
	l := newLogger(&out, slog.LevelInfo, false)
	l.Debug("not shown")
	l.With("tenant", "acme").Info("ready", "address", "127.0.0.1:8080", "count", 3, "duration", time.Second)
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	delete(got, "time")
	require.Equal(t, map[string]any{"level": "INFO", "msg": "ready", "tenant": "acme", "address": "127.0.0.1:8080", "count": 3., "duration": 1e9}, got)
}

// Each record is one line of valid JSON, whatever was tried.
func FuzzLogLine(f *testing.F) {
	for _, s := range []string{"a", "\r\n", "\x1b[31m", "\u2028", "\x00", "\u202e", "%0a", "\xff", `"`, strings.Repeat("x", 1<<16)} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		var out bytes.Buffer
		newLogger(&out, slog.LevelInfo, false).Info(value, key, value, "code", value)
		require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
		require.True(t, json.Valid(out.Bytes()))
		require.Less(t, out.Len(), 4<<10)
		for _, c := range out.Bytes()[:out.Len()-1] {
			require.True(t, c >= 0x20 && c < 0x7f)
		}
	})
}

// A flood of bad connections is a few lines, and none of what was sent.
func TestErrorLogCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := newErrorLog(newLogger(&out, slog.LevelInfo, false))
		for range 1000 {
			l.Printf("http: TLS handshake error from 203.0.113.9:1: CANARY")
		}
		time.Sleep(faultPeriod)
		l.Printf("CANARY")
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], `"count":1}`)
		require.Contains(t, lines[1], `"count":1000}`)
		require.NotContains(t, out.String(), "CANARY")
		require.NotContains(t, out.String(), "203.0.113.9")
	})
}

// Messages are constants and keys are listed: the allow-list does not see what
// is put together into a message.
func TestLogCallsAreConstant(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		calls, faults := logCalls(t, name, string(src))
		n += calls
		require.Empty(t, faults)
	}
	require.NotZero(t, n)
	t.Logf("n = %d calls", n)

	for call, fault := range map[string]string{
		`l.Info("ok", "code", x)`:                            "",
		`l.Info("ok " + x)`:                                  "message",
		`l.Warn(fmt.Sprintf("%s", x))`:                       "message",
		`l.Error("ok", "prompt", x)`:                         "key",
		`l.Error("ok", key, x)`:                              "key",
		`l.InfoContext(ctx, x)`:                              "message",
		`l.InfoContext(ctx, "ok", "code", 1)`:                "",
		`l.LogAttrs(ctx, 0, "ok", slog.String("prompt", x))`: "key",
		`l.LogAttrs(ctx, 0, "ok", slog.Int("count", x))`:     "",
		`l.With("who", x)`:                                   "key",
		`http.Error(w, x, 400)`:                              "",
		`_ = err.Error()`:                                    "",
		`slog.Info("ok")`:                                    "default",
	} {
		_, faults := logCalls(t, "x.go", "package main\nfunc f() { "+call+" }")
		if fault == "" {
			require.Empty(t, faults, call)
		} else {
			require.Len(t, faults, 1, call)
			require.Contains(t, faults[0], fault, call)
		}
	}
}

// logCalls counts a file's calls that write log lines, and says what is wrong
// with them.
func logCalls(t *testing.T, name, src string) (n int, faults []string) {
	t.Helper()
	// Arguments before the message, and before the first attribute.
	methods := map[string][2]int{
		"Debug": {0, 1}, "Info": {0, 1}, "Warn": {0, 1}, "Error": {0, 1},
		"DebugContext": {1, 2}, "InfoContext": {1, 2}, "WarnContext": {1, 2}, "ErrorContext": {1, 2},
		"Log": {2, 3}, "LogAttrs": {2, 3}, "With": {-1, 0},
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, 0)
	require.NoError(t, err)
	keys := logKeys()
	ast.Inspect(f, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		at, ok := methods[sel.Sel.Name]
		pkg, _ := sel.X.(*ast.Ident)
		if !ok || len(call.Args) == 0 || (pkg != nil && slices.Contains([]string{"http", "errors"}, pkg.Name)) {
			return true
		}
		where := fset.Position(call.Pos()).String()
		if pkg != nil && pkg.Name == "slog" {
			faults = append(faults, where+": the default logger has no allow-list")
			return true
		}
		n++
		if at[0] >= 0 && (len(call.Args) <= at[0] || !isLiteral(call.Args[at[0]])) {
			faults = append(faults, where+": the message is not a constant")
			return true
		}
		for i := at[1]; i < len(call.Args); {
			key, step := call.Args[i], 2
			if attr, ok := key.(*ast.CallExpr); ok && len(attr.Args) > 0 {
				key, step = attr.Args[0], 1
			}
			lit, ok := key.(*ast.BasicLit)
			if !ok || !isLiteral(key) {
				faults = append(faults, where+": the key is not a constant")
				return true
			}
			if k, err := strconv.Unquote(lit.Value); err != nil || !keys[k] {
				faults = append(faults, where+": the key "+lit.Value+" is not in logKeys")
				return true
			}
			i += step
		}
		return true
	})
	return n, faults
}

func isLiteral(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	stdlog "log"
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

	"mayfly/gateway/line"
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
	l.With("tenant", "acme").Info("ready", "log", "acme/2026-11", "count", 3, "listener", "tls")
	var got map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	delete(got, "time")
	require.Equal(t, map[string]any{"level": "INFO", "msg": "ready", "tenant": "acme", "log": "acme/2026-11", "count": 3., "listener": "tls"}, got)
}

// A value is printed under a key whose class takes it, and no other way. // R6
func TestValuesFitTheirClass(t *testing.T) {
	var classes = map[line.Class]slog.Value{
		line.Count: slog.IntValue(3), line.Duration: slog.DurationValue(time.Second), line.Time: slog.TimeValue(time.Unix(0, 0)), line.ID: slog.StringValue("acme/2026-11"),
		line.Site: slog.StringValue("session.(*Session).Handle:12<gateway.x:7"), line.Enum: slog.StringValue("tls"),
	}
	fitting := 0
	for class := line.Unlisted; class <= line.Echo; class++ {
		for of, v := range classes {
			fit := fits(line.Key{Class: class, Words: []string{"tls", "plain"}}, v)
			if fit {
				fitting++
			}
			// What is opaque is a name of an id's form, and a site has room for one.
			require.Equal(t, class == of || class == line.ID && of == line.Enum || class == line.Site && (of == line.ID || of == line.Enum), fit, "%v takes %v", class, v)
		}
	}
	require.Equal(t, len(classes)+3, fitting)
	var out bytes.Buffer
	newLogger(&out, slog.LevelInfo, false).Info("a", "listener", "somebody", "count", "12", "tenant", 5, "at", "a b")
	require.Equal(t, 4, strings.Count(out.String(), `"[redacted]"`), "a word of no list, a number as text, a number for a name, a space")
}

// Whatever a library tells the standard logger is counted. // R1
func TestStandardLogCounts(t *testing.T) {
	var out bytes.Buffer
	l := stdlog.New(newStandardLog(newLogger(&out, slog.LevelInfo, false)), "CANARY", stdlog.LstdFlags)
	for range 100 {
		l.Printf("Unsolicited response received on idle HTTP channel starting with %q; err=CANARY", "CANARY")
	}
	require.Equal(t, 1, strings.Count(out.String(), "\n"))
	require.NotContains(t, out.String(), "CANARY")
	require.Contains(t, out.String(), `"count":1}`)
}

// BenchmarkLogLine is a line as the program writes it, beside one of log/slog
// alone, which lets everything through.
func BenchmarkLogLine(b *testing.B) {
	for name, l := range map[string]*slog.Logger{"closed": newLogger(io.Discard, slog.LevelInfo, false), "bare": slog.New(slog.NewJSONHandler(io.Discard, nil))} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Warn("a quota is used up", "tenant", "acme", "limit", "sessions_per_day", "count", 100)
			}
		})
	}
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
		time.Sleep(faultPeriod + time.Second)
		synctest.Wait()
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Len(t, lines, 2, "how many there were is told although no other comes")
		require.Contains(t, lines[0], `"count":1}`)
		require.Contains(t, lines[1], `"count":999}`)
		time.Sleep(faultPeriod)
		l.Printf("CANARY")
		require.Contains(t, out.String()[strings.LastIndex(strings.TrimSpace(out.String()), "\n"):], `"count":1}`)
		require.NotContains(t, out.String(), "CANARY")
		require.NotContains(t, out.String(), "203.0.113.9")
	})
}

// Messages are constants and keys are listed: the allow-list does not see what
// is put together into a message.
func TestLogCallsAreConstant(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	n, used := 0, map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		calls, faults := logCalls(t, name, string(src), used)
		n += calls
		require.Empty(t, faults)
	}
	require.NotZero(t, n)
	for _, k := range line.Keys() {
		if k.Place == line.Log && !used[k.Name] {
			t.Errorf("no log line has the key %q: take it out of the list", k.Name)
		}
	}
	t.Logf("n = %d calls, %d keys", n, len(used))

	for call, fault := range map[string]string{
		`l.Info("ok", "code", x)`:                            "",
		`l.Info("ok " + x)`:                                  "message",
		`l.Warn(fmt.Sprintf("%s", x))`:                       "message",
		`l.Error("ok", "prompt", x)`:                         "key",
		`l.Error("ok", key, x)`:                              "key",
		`l.Error("ok", "listener", "tls")`:                   "",
		`l.Error("ok", "listener", "somebody")`:              "word",
		`l.Error("ok", slog.String("stage", "somewhere"))`:   "word",
		`l.InfoContext(ctx, x)`:                              "message",
		`l.InfoContext(ctx, "ok", "code", 1)`:                "",
		`l.LogAttrs(ctx, 0, "ok", slog.String("prompt", x))`: "key",
		`l.LogAttrs(ctx, 0, "ok", slog.Int("count", x))`:     "",
		`l.With("who", x)`:                                   "key",
		`http.Error(w, x, 400)`:                              "",
		`_ = err.Error()`:                                    "",
		`slog.Info("ok")`:                                    "default",
	} {
		_, faults := logCalls(t, "x.go", "package main\nfunc f() { "+call+" }", map[string]bool{})
		if fault == "" {
			require.Empty(t, faults, call)
		} else {
			require.Len(t, faults, 1, call)
			require.Contains(t, faults[0], fault, call)
		}
	}
}

// logCalls counts a file's calls that write log lines, says what is wrong with
// them, and notes the keys that they use.
func logCalls(t *testing.T, name, src string, used map[string]bool) (n int, faults []string) {
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
			k, err := strconv.Unquote(lit.Value)
			row := line.Of(line.Log, k)
			if err != nil || row.Class == line.Unlisted {
				faults = append(faults, where+": the key "+lit.Value+" is not on the list")
				return true
			}
			used[k] = true
			if word, ok := valueOf(call, i, step); ok && row.Class == line.Enum && !slices.Contains(row.Words, word) {
				faults = append(faults, where+": the word "+word+" is not on the list of "+k)
				return true
			}
			i += step
		}
		return true
	})
	return n, faults
}

// valueOf is the text of an attribute's value, if it stands in the call.
func valueOf(call *ast.CallExpr, i, step int) (string, bool) {
	value := call.Args[i]
	if step == 2 && i+1 < len(call.Args) {
		value = call.Args[i+1]
	} else if attr, ok := value.(*ast.CallExpr); ok && len(attr.Args) > 1 {
		value = attr.Args[1]
	}
	lit, ok := value.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	word, err := strconv.Unquote(lit.Value)
	return word, err == nil
}

func isLiteral(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Kind == token.STRING
}

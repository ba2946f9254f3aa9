// Package a says too much, and enough.
package a

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"expvar"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"runtime/trace"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	otel "go.opentelemetry.io/otel/trace"

	"mayfly/session"
)

type item struct {
	words session.Speech
	note  string
}

type items map[int][]*item

type hidden struct{ inner struct{ all items } }

type turn struct{ raw []byte }

func types(l *slog.Logger, s session.Speech, it item, all items, h hidden, t turn) {
	l.Info("ok", "code", s)                      // want `a log line holds words`
	l.Info("ok", "code", it)                     // want `a log line holds words`
	l.Info("ok", "code", &it)                    // want `a log line holds words`
	l.Info("ok", slog.Any("code", all))          // want `a log line holds words`
	_ = fmt.Sprintf("%d", h)                     // want `what is printed holds words`
	_ = fmt.Errorf("bad: %v", t)                 // want `an error holds bytes`
	fmt.Fprintln(os.Stderr, []session.Speech{s}) // want `what is printed holds words`
	_ = fmt.Append(nil, it)                      // want `what is printed holds words`
	panic(s)                                     // want `the text of a panic holds words`
}

func enough(l *slog.Logger, s session.Speech, id session.ID, it item, r *http.Request) error {
	l.Info("ok", "count", s.Len())
	l.Info("ok", "count", len(s.AppendTo(nil)))
	l.Info("ok", slog.Int("count", s.Len()))
	_ = fmt.Sprintf("%d bytes of %s", s.Len(), id)
	_ = fmt.Sprintf("%x", id[:4])
	_ = fmt.Sprint(r.ContentLength, it.note == "x")
	return fmt.Errorf("%w: %d bytes", errors.New("bad"), s.Len())
}

func strings_(l *slog.Logger, c *prometheus.CounterVec, s session.Speech, words []byte) error {
	text := string(words)
	l.Info("ok", "code", text) // want `a log line holds bytes`
	cut := strings.ToUpper(text[:2]) + "..."
	c.WithLabelValues(cut) // want `a metric holds bytes`
	for _, w := range strings.Fields(cut) {
		log.Print(w) // want `a log line holds bytes`
	}
	var named any = text
	fmt.Println(named) // want `what is printed holds bytes`
	hidden := base64.StdEncoding.EncodeToString(words)
	trace.Log(context.Background(), "x", hidden) // want `a span holds bytes`
	expvar.NewString(hidden)                     // want `a metric holds bytes`
	var b bytes.Buffer
	b.Write(words)
	println(b.String()) // want `what is printed holds text`
	if err := other(s.AppendTo(nil)); err != nil {
		return fmt.Errorf("other: %w", err)
	}
	return errors.New("bad " + string(s.AppendTo(nil))) // want `an error holds bytes`
}

func other([]byte) error { return nil }

func quoting(words []byte) error {
	_, err := strconv.Atoi(string(words))
	return fmt.Errorf("not a number: %w", err) // want `an error holds bytes`
}

func strangers(l *slog.Logger, span otel.Span, w http.ResponseWriter, r *http.Request) {
	l.Info("ok", "code", r.UserAgent())          // want `a log line holds what a stranger sent`
	l.Info("ok", "code", r.RemoteAddr)           // want `a log line holds what a stranger sent`
	l.Info("ok", "code", r.URL.Query().Get("q")) // want `a log line holds what a stranger sent`
	http.Error(w, "no "+r.URL.Path, 404)         // want `the body of an error holds what a stranger sent`
	agent := r.Header.Get("User-Agent")
	span.SetName(agent) // want `a span holds what a stranger sent`
}

func lines(l *slog.Logger, text, key string, all []any) {
	l.Info(text)                                                     // want `the message of a log line is not a constant`
	l.Warn("ok "+text, "code", 1)                                    // want `the message of a log line is not a constant`
	l.Error("ok", key, 1)                                            // want `the key of an attribute is not a constant`
	l.With(key, 1).Info("ok")                                        // want `the key of an attribute is not a constant`
	l.LogAttrs(context.Background(), 0, "ok", slog.String(key, "x")) // want `the key of an attribute is not a constant`
	l.Info("ok", all...)                                             // want `nobody can see what these attributes are`
	slog.InfoContext(context.Background(), text)                     // want `the message of a log line is not a constant`
	l.Info("ok", "code", text)
}

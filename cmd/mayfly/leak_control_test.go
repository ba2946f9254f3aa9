package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// leakPlan names the file with what a second, leaky program is to leak. It is
// this test's own executable.
const leakPlan = "MAYFLY_TEST_LEAK"

// leak is one that was planted.
type leak struct {
	Field string // of the word
	Sink  string
	Form  string // the name of the encoding
	Bytes []byte
}

// leakSinks are where the leaky program leaks to: all places from which the
// evidence about the real one is taken.
var leakSinks = []string{"home file", "tmp file", "data file", "file name", "standard output", "standard error", "metric label", "answer body", "answer header", "another's event"}

// takes says whether a sink can carry the bytes at all.
func takes(sink string, b []byte) bool {
	text := !bytes.ContainsFunc(b, func(c rune) bool { return c < ' ' || c > '~' })
	switch sink {
	case "file name":
		return text && !bytes.Contains(b, []byte("/")) && len(b) < 250
	case "answer header":
		return text
	}
	return true
}

// leakForms are the ways in which each sink leaks.
func leakForms(word string) (all []leak) {
	for _, e := range encodings {
		for _, text := range e.encode(word) {
			all = append(all, leak{Form: e.name, Bytes: []byte(text)})
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, word)
	_ = w.Close()
	return append(all, leak{Form: "gzip", Bytes: packed.Bytes()})
}

// control runs the leaky program in the place of the real one and takes its
// evidence in the same way. Each leak is a word of its own, so that finding
// one in one sink does not excuse another.
func control(t *testing.T, p place, e *evidence) (*canaries, []leak) {
	t.Helper()
	words := newCanaries()
	var plan []leak
	for _, sink := range leakSinks {
		for i := range leakForms(words.text("form")) {
			field := fmt.Sprintf("control/%s/%d", sink, i)
			one := leakForms(words.text(field))[i]
			one.Field, one.Sink = field, sink
			if takes(sink, one.Bytes) {
				plan = append(plan, one)
			}
		}
	}
	file := filepath.Join(p.scratch, "plan")
	b, err := json.Marshal(plan)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, b, 0o600))
	cmd := exec.Command(os.Args[0])
	cmd.Dir, cmd.Env = p.scratch, p.environ(leakPlan+"="+file)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	socket := file + ".sock"
	require.Eventually(t, func() bool { _, err := os.Stat(socket); return err == nil }, 10*time.Second, 5*time.Millisecond)
	client := over(socket)
	for _, path := range []string{"/metrics", "/body", "/header"} {
		res, err := client.Get("http://control" + path)
		require.NoError(t, err)
		e.add("control "+path, "", whole(res))
	}
	d := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return net.Dial("unix", socket) }}
	ws, _, err := d.Dial("ws://control/events", nil)
	require.NoError(t, err)
	var events bytes.Buffer
	for {
		_, message, err := ws.ReadMessage()
		if err != nil {
			break
		}
		events.Write(message)
		events.WriteByte('\n')
	}
	require.NoError(t, ws.Close())
	e.add("control events", "control-other", events.Bytes())
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait(), "%s", diagnostics.String())
	e.add("control standard output", "", out.Bytes())
	e.add("control standard error", "", diagnostics.Bytes())
	return words, plan
}

// leakOnPurpose is the leaky program. It ends when its standard input does.
func leakOnPurpose(plan string) {
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	b, err := os.ReadFile(plan)
	must(err)
	var all []leak
	must(json.Unmarshal(b, &all))
	home, tmp := os.Getenv("HOME"), os.TempDir()
	of := func(sink string) (found []leak) {
		for _, l := range all {
			if l.Sink == sink {
				found = append(found, l)
			}
		}
		return found
	}
	for sink, folder := range map[string]string{"home file": home, "tmp file": tmp, "data file": filepath.Join(filepath.Dir(home), "data")} {
		for i, l := range of(sink) {
			must(os.WriteFile(filepath.Join(folder, fmt.Sprint("control", i)), append([]byte("head "), l.Bytes...), 0o600))
		}
	}
	for _, l := range of("file name") {
		must(os.WriteFile(filepath.Join(tmp, "x"+string(l.Bytes)), nil, 0o600))
	}
	for _, l := range of("standard output") {
		fmt.Printf("said %s\n", l.Bytes)
	}
	for _, l := range of("standard error") {
		fmt.Fprintf(os.Stderr, "level=DEBUG msg=\"bad frame\" excerpt=%s\n", l.Bytes)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		for _, l := range of("metric label") {
			fmt.Fprintf(w, "mayfly_refused_total{code=\"%s\"} 1\n", l.Bytes)
		}
	})
	mux.HandleFunc("/body", func(w http.ResponseWriter, _ *http.Request) {
		for _, l := range of("answer body") {
			fmt.Fprintf(w, "bad request near %s\n", l.Bytes)
		}
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) {
		for i, l := range of("answer header") {
			w.Header().Set(fmt.Sprint("X-Control-", i), string(l.Bytes))
		}
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		for _, l := range of("another's event") {
			_ = ws.WriteMessage(websocket.BinaryMessage, append([]byte("delta "), l.Bytes...))
		}
		_ = ws.Close()
	})
	ln, err := net.Listen("unix", plan+".sock")
	must(err)
	go func() { _ = http.Serve(ln, mux) }()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// requireControls demands that every planted leak was found where it was
// planted and as what it is.
func requireControls(t *testing.T, plan []leak, found []sighting) {
	t.Helper()
	where := map[string]string{
		"home file": "/home/", "tmp file": "/tmp/", "data file": "/data/", "file name": "the name of a file", "standard output": "control standard output",
		"standard error": "control standard error", "metric label": "control /metrics", "answer body": "control /body", "answer header": "control /header", "another's event": "control events",
	}
	hits := map[string][]sighting{}
	for _, s := range found {
		hits[s.field] = append(hits[s.field], s)
	}
	for _, l := range plan {
		seen := false
		for _, s := range hits[l.Field] {
			form := l.Form
			if form == "gzip" {
				form = "plain"
				seen = seen || strings.Contains(s.source, " > gzip") && s.encoding == form
				continue
			}
			seen = seen || strings.Contains(s.source, where[l.Sink]) && saw([]sighting{s}, l.Field, form)
		}
		require.Truef(t, seen, "a leak into %s in %s was not found, so silence proves nothing: %v", l.Sink, l.Form, hits[l.Field])
	}
}

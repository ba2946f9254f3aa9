package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder"
	"mayfly/session"
)

// As people run it: the leak is found in the file and on the network, the
// incidents are opened and told, and nothing of the drill stays. // R68
func TestDrillAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	told := filepath.Join(p.scratch, "events.jsonl")
	config := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	require.NoError(t, os.WriteFile(config, []byte("siem: [{name: soc, to: file, file: "+told+"}]\ntenants:\n  - id: acme\n    name: Acme\n    public: true\n    avatars: [{id: ada, name: Ada, voice: none}]\n"), 0o600))

	out, err := said(t, p, "drill")
	require.Error(t, err)
	require.Contains(t, out, "no gateway runs")

	r := launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--media-listen", "off")
	for _, about := range []string{"", "acme"} {
		args, concerned := []string{"drill"}, "may concern: 1"
		if about != "" {
			args, concerned = append(args, "--tenant", about), "may concern: 0"
		}
		out := r.did(args...)
		require.NotContains(t, out, "FAILED")
		require.Equal(t, drillSteps, strings.Count(out, "  well  "), "%s", out)
		for _, want := range []string{"drill-leak-", "it was withheld", "connection", "undeclared_egress", "canary_leak", concerned, "to the log, the collector soc", "71h", "as a real one would be"} {
			if want == "71h" {
				require.Regexp(t, `7[12]h\d+m0s left`, out)
				continue
			}
			require.Contains(t, out, want)
		}
	}
	require.NotContains(t, r.did("tenant", "list"), "drill-")
	list := r.did("incident", "list", "--tenant", "acme")
	require.Equal(t, 2, strings.Count(list, "closed"), "%s", list)
	require.Equal(t, 2, strings.Count(list, "a drill"), "%s", list)
	require.Equal(t, 1, strings.Count(r.did("incident", "list"), "\n"), "none is the gateway's own: only the head of the table")
	log := r.read(r.err)
	require.Equal(t, 4, strings.Count(log, "an incident was opened, in a drill"), "%s", log)
	require.NotContains(t, log, "has to be reported")
	require.NotContains(t, strings.ToLower(log), "canary-", "what the drill said into the log was withheld")
	events, err := os.ReadFile(told)
	require.NoError(t, err)
	require.Contains(t, string(events), `"event_code":"incident_opened"`)
	left, err := filepath.Glob(filepath.Join(p.data(), leakPrefix+"*"))
	require.NoError(t, err)
	require.Empty(t, left)
	r.stop()
}

// drillApp is a gateway in this process, with a tenant.
func drillApp(t *testing.T) *app {
	t.Helper()
	return appIn(t, t.TempDir(), io.Discard)
}

// appIn is the same in a folder, with a log.
func appIn(t *testing.T, data string, log io.Writer) *app {
	t.Helper()
	s, err := parse([]string{"--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off", "--data", data}, nil, io.Discard)
	require.NoError(t, err)
	a, err := newApp(t.Context(), s, newLogger(log, 0, false), io.Discard)
	require.NoError(t, err)
	t.Cleanup(a.close)
	return a
}

// A drill can fail: where the finder finds nothing, or everything, where nobody
// sees the connection, and where the tenant is not there. What was staged is
// cleared away all the same, and that the drill failed is in the log. // R68
func TestDrillCanFail(t *testing.T) {
	a := drillApp(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	outside := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = outside.Serve(l) }()
	defer outside.Close()
	to := &url.URL{Scheme: "http", Host: l.Addr().String()}
	for name, c := range map[string]struct {
		find   func(context.Context, string, string) ([]string, error)
		tenant string
		to     *url.URL
		blind  bool   // another log is watched
		step   string // that fails
		good   int
	}{
		"nothing is found":        {find: func(context.Context, string, string) ([]string, error) { return nil, nil }, step: "the file is found in the data folder", good: 4},
		"everything is found":     {find: func(context.Context, string, string) ([]string, error) { return []string{"x"}, nil }, step: "the data folder is clean", good: 1},
		"the finder cannot look":  {find: func(context.Context, string, string) ([]string, error) { return nil, errors.New("no") }, step: "the data folder is clean", good: 1},
		"there is no such tenant": {tenant: "nobody", step: "a tenant is made for the drill", good: 2},
		"it is another machine":   {to: &url.URL{Scheme: "http", Host: "192.0.2.1:80"}, step: "a tenant is made for the drill", good: 2},
		// The server that nobody declared is of this process: the watch does
		// not count that, as if it saw nothing.
		"the connection is not seen": {step: "the connection is found that nobody declared", good: 6},
		"the line is not seen":       {blind: true, step: "the line is found in the log", good: 5},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDrill(a)
			d.within = time.Second // what is there by then is found whatever the time
			if c.find != nil {
				d.find = c.find
			}
			if c.blind {
				d.log = &logWatch{to: io.Discard}
			}
			if c.to == nil {
				c.to = to
			}
			var failed []string
			well, err := d.run(t.Context(), c.tenant, c.to, func(s drillStep) {
				if !s.OK {
					failed = append(failed, s.Name)
				}
			})
			require.NoError(t, err)
			require.False(t, well)
			require.Equal(t, []string{c.step}, failed)
			left, err := filepath.Glob(filepath.Join(a.settings.Data, leakPrefix+"*"))
			require.NoError(t, err)
			require.Empty(t, left)
			all, err := a.recorder.Tenants(t.Context())
			require.NoError(t, err)
			require.Len(t, all, 1)
			page, err := a.recorder.Facts(t.Context(), "", 0, 0)
			require.NoError(t, err)
			for _, e := range page {
				if e.Fact.Kind == session.DrillRun {
					require.Equal(t, []uint64{uint64(c.good), drillSteps}, []uint64{e.Fact.Count, e.Fact.Before})
					return
				}
			}
			t.Error("that there was a drill is in no log")
		})
	}
}

// The finder finds a text in any form that a program may store it in, wherever
// it stands in a file, and nothing that is not there. // R68
func TestFindText(t *testing.T) {
	folder := t.TempDir()
	text := "canary-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "a", "b"), 0o700))
	path := filepath.Join(folder, "a", "b", "file")
	var files finder
	find := func() []string {
		t.Helper()
		found, err := files.find(t.Context(), folder, text)
		require.NoError(t, err)
		return found
	}
	n := 0
	for _, form := range formsOf(text) {
		for _, at := range []int{0, 1, 2, 1<<20 - 10, 1<<20 - 1, 1 << 20, 3<<20 + 7} {
			n++
			require.NoError(t, os.WriteFile(path, append(append(make([]byte, at), form...), "and more"...), 0o600))
			require.Equal(t, []string{"a/b/file"}, find(), "%q at %d", form, at)
			require.NoError(t, os.WriteFile(path, append(make([]byte, at), form[:len(form)-2]...), 0o600))
			require.Empty(t, find())
		}
	}
	t.Logf("n = %d", n)
}

// What goes wrong by itself opens an incident: once for a storm of the same,
// with a count, however many come at once. // R68
func TestIncidentsByThemselves(t *testing.T) {
	a := drillApp(t)
	n := 10_000
	refused := watchedFacts{a.recorder, a.incidents}
	for range n {
		refused.Note("demo", session.Fact{Kind: session.DialRefused, Reason: session.NotOnList, Hash: [32]byte{1}}, nil)
	}
	refused.Note("demo", session.Fact{Kind: session.DialRefused, Reason: session.ObjectedTo, Hash: [32]byte{2}}, nil)
	all := func(of string, want int) (found []recorder.Incident) {
		t.Helper()
		require.Eventually(t, func() bool {
			var err error
			found, err = a.recorder.Incidents(t.Context(), of, "open")
			return err == nil && len(found) == want
		}, 60*time.Second, 50*time.Millisecond)
		return found
	}
	one := all("demo", 1)[0]
	require.Eventually(t, func() bool {
		i, err := a.recorder.Incident(t.Context(), "demo", one.ID)
		return err == nil && i.Times == uint64(n)
	}, 60*time.Second, 50*time.Millisecond)
	require.Equal(t, session.UndeclaredEgress, one.Kind)

	// The way out of a tenant's servers is led elsewhere.
	tn := a.directory.Tenant("demo")
	p, err := a.company.make(tn)
	require.NoError(t, err)
	defer p.egress.Close()
	_, err = p.egress.Client("elsewhere")
	require.Error(t, err)
	all("demo", 2)

	// An audit log that is not what was published of it: an entry is gone.
	a.audit.publish(t.Context(), a.log)
	logs, err := a.recorder.AuditLogs(t.Context(), "demo")
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(a.settings.Data, "mayfly.db")+"?_pragma=busy_timeout(20000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec("UPDATE audit_log SET size = size - 1 WHERE tenant = 'demo'")
	require.NoError(t, err)
	a.audit.publish(t.Context(), a.log)
	// Nothing can be added to that log: the gateway's own says so. Other
	// connections of the process that runs the tests are nobody's either.
	var cut recorder.Incident
	require.Eventually(t, func() bool {
		found, err := a.recorder.Incidents(t.Context(), "", "open")
		for _, i := range found {
			if i.Kind == session.AuditDisagrees {
				cut = i
			}
		}
		return err == nil && cut.Kind == session.AuditDisagrees
	}, 60*time.Second, 50*time.Millisecond)
	require.Equal(t, 1, cut.From.Day(), "all of the month is concerned")
	all("demo", 2)
	open, overdue, ok := a.incidents.counts()
	require.True(t, ok)
	require.GreaterOrEqual(t, open, 3)
	require.Zero(t, overdue)
}

// A line of the log with the drill's text, in any form, is withheld and counted;
// all others are passed on as they are, and after the drill all of them. // R68
func TestLogWatch(t *testing.T) {
	var out strings.Builder
	log := newLogger(&out, 0, false)
	watch := watchOf(log.With("listener", "plain").WithGroup("x"))
	say := func(text string) { log.Warn("a line", "tenant", text) }
	say("canary-ABC")
	require.Contains(t, out.String(), "canary-ABC")
	out.Reset()
	require.Zero(t, watch.look("canary-ABC"))
	for _, text := range []string{"canary-ABC", "CANARY-ABC", "x-canary-ABC-x", "63616e6172792d414243"} {
		say(text)
		say("acme")
	}
	require.Equal(t, 4, strings.Count(out.String(), "\n"))
	require.Equal(t, 4, strings.Count(out.String(), "acme"))
	require.Equal(t, 4, watch.withheld())
	require.Equal(t, 4, watch.look(""))
	require.Zero(t, watch.look(""))
	say("canary-ABC")
	require.Contains(t, out.String(), "canary-ABC")
}

// A line that nobody staged makes the drill fail. // R68
func TestDrillSeesAnotherLine(t *testing.T) {
	a := drillApp(t)
	s := &staged{drill: newDrill(a), canary: "canary-XYZ", scratch: scratchPrefix + "x", outside: &url.URL{Host: "127.0.0.1:1"}}
	for lines, wrong := range []bool{false, false, true} {
		s.log.look(s.canary)
		for range lines {
			a.log.Warn("a line", "tenant", s.canary)
		}
		_, err := s.clear(t.Context())
		require.Equal(t, wrong, err != nil, "%v", err)
	}
}

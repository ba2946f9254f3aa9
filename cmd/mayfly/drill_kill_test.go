package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder"
	"mayfly/session"
)

// drillOn begins a drill over the socket of a gateway, with an outside server
// of the test's, and gives each step as it is told. They end with the gateway.
func drillOn(t *testing.T, data, about, outside string) <-chan drillStep {
	t.Helper()
	at, err := url.Parse(outside)
	require.NoError(t, err)
	body, err := json.Marshal(drillAsked{Tenant: about, Outside: at.Host})
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(data, controlFile))
	}}}
	steps := make(chan drillStep, 2*drillSteps)
	go func() {
		defer close(steps)
		res, err := client.Post("http://mayfly"+operatorPath+"/drill", "application/json", bytes.NewReader(body))
		if err != nil {
			return
		}
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			var said drillLine
			if json.Unmarshal(lines.Bytes(), &said) == nil && said.Step != nil {
				steps <- *said.Step
			}
		}
	}()
	return steps
}

// Killed at any moment, a drill leaves nothing past the next start: its tenant,
// its file and its incidents are gone, each drill has one fact, and the log
// says what was done. // R68
func TestDrillKilled(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	deaf := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	defer deaf.Close()
	file := func(name, collectors string) string {
		path := filepath.Join(p.scratch, name)
		require.NoError(t, os.WriteFile(path, []byte(collectors+"tenants:\n  - id: acme\n    name: Acme\n    public: true\n    avatars: [{id: ada, name: Ada, voice: none}]\n"), 0o600))
		return path
	}
	// A collector that takes nothing: the drill waits for it with all that it
	// staged. A server outside that does not answer: it waits in the leak.
	waits, goes := file("waits.yaml", "siem: [{name: soc, to: elastic, index: x, url: "+deaf.URL+"}]\n"), file("goes.yaml", "")
	const leaking = "it leaks"
	began, sure := 0, 0
	for i, stage := range []struct {
		after, config string
		held          bool // by then nothing can be cleared away yet
		incidents     bool
	}{
		{leaking, waits, true, false},
		{"the incidents are open", waits, true, true},
		{"the incidents are open", waits, true, true}, // of the other tenant
		{"the data folder is clean", goes, false, false},
		{"a tenant is made for the drill", goes, false, false},
		{"the file is found in the data folder", goes, false, false},
		{"the connection is found that nobody declared", goes, false, false},
		{"the clock runs", goes, false, false},
		{"everything is cleared away", goes, false, false},
	} {
		about := []string{"", "acme"}[i%2]
		run := func() *running {
			return launch(t, p, nil, "--config", stage.config, "--data", p.data(), "--listen", "127.0.0.1:0", "--media-listen", "off")
		}
		r := run()
		reached, release := make(chan struct{}, 1), make(chan struct{})
		outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if stage.after == leaking {
				reached <- struct{}{}
				<-release
			}
			w.WriteHeader(http.StatusNoContent)
		}))
		steps := drillOn(t, p.data(), about, outside.URL)
		deadline := time.After(2 * time.Minute)
		for there := false; !there; {
			select {
			case <-reached:
				there = true
			case s, ok := <-steps:
				require.True(t, ok, "the drill ended before: %s", stage.after)
				there = s.Name == stage.after
			case <-deadline:
				require.FailNow(t, "in vain: "+stage.after)
			}
		}
		require.NoError(t, syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL))
		<-r.done
		close(release)
		outside.Close()

		list, err := said(t, p, "tenant", "list")
		require.NoError(t, err, list)
		left := strings.Contains(list, scratchPrefix)
		files, err := filepath.Glob(filepath.Join(p.data(), leakPrefix+"*"))
		require.NoError(t, err)
		if stage.held {
			require.True(t, left, "%s: it was killed too late to show anything", stage.after)
			require.Len(t, files, 1)
			sure++
		}
		open := func() (n int) {
			for _, line := range strings.Split(r.did("incident", "list", "--tenant", "acme"), "\n") {
				if strings.Contains(line, "a drill") && !strings.Contains(line, "closed") {
					n++
				}
			}
			return n
		}
		if stage.incidents && about != "" {
			list, err := said(t, p, "incident", "list", "--tenant", about)
			require.NoError(t, err, list)
			require.Contains(t, list, "open")
		}
		began++

		r = run()
		require.NotContains(t, r.did("tenant", "list"), scratchPrefix, stage.after)
		require.Zero(t, open(), stage.after)
		files, err = filepath.Glob(filepath.Join(p.data(), leakPrefix+"*"))
		require.NoError(t, err)
		require.Empty(t, files, stage.after)
		if left {
			require.Contains(t, r.read(r.err), "a drill had not come to its end", stage.after)
		}
		r.stop()
	}
	rec, err := recorder.Open(t.Context(), recorder.Options{Folder: p.data()})
	require.NoError(t, err)
	defer rec.Close()
	facts := 0
	page, err := rec.Facts(t.Context(), "", 0, 0)
	require.NoError(t, err)
	for _, e := range page {
		if e.Fact.Kind == session.DrillRun {
			facts++
		}
	}
	require.GreaterOrEqual(t, facts, sure)
	require.LessOrEqual(t, facts, began, "a drill has one fact, however it ended")
	t.Logf("n = %d drills killed, of which %d with all that they had staged; %d facts", began, sure, facts)
}

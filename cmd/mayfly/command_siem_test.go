package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/siem"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	records "mayfly/recorder/siem"
	"mayfly/session"
)

// refuses is a Sink that takes nothing.
type refuses struct{}

func (refuses) Send(context.Context, []siem.Record) error { return errors.New("CANARY") }

// Of each collector it is said how far it was sent the logs, what waits, and
// why it takes nothing: a word of a list. That one takes nothing is the
// command's status, too. // R65
func TestSIEMStatus(t *testing.T) {
	r, err := recorder.Open(t.Context(), recorder.Options{Folder: t.TempDir()})
	require.NoError(t, err)
	defer r.Close()
	a := &app{recorder: r, settings: &settings{}}
	h := &host{send: func(req *http.Request) (*http.Response, error) {
		return inside((&operator{collectors: a.collectorStatuses}).routes(), req), nil
	}}
	status := func() (string, error) {
		var b bytes.Buffer
		err := (&siemStatus{}).run(t.Context(), h, &b)
		return b.String(), err
	}
	said, err := status()
	require.NoError(t, err)
	require.Contains(t, said, "There are no collectors.")

	noted(t, r, 3, session.KeyIssued)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{}, 2)
	for name, sink := range map[string]siem.Sink{"disk": recordFile{records.File{Path: filepath.Join(t.TempDir(), "audit"), Max: 1 << 20, Keep: 1}}, "soc": refuses{}} {
		a.settings.SIEM = append(a.settings.SIEM, tenant.Collector{Name: name, To: map[string]string{"disk": "file", "soc": "syslog"}[name]})
		c := siem.New(siem.Options{Name: name, Log: collectorLog{recorder: r, name: name, form: records.Form{Chain: name}}, Sink: sink, Turned: func(siem.State) {}, Trouble: func() {}})
		a.siem = append(a.siem, c)
		go func() {
			c.Run(ctx)
			ended <- struct{}{}
		}()
	}
	defer func() {
		stop()
		<-ended
		<-ended
	}()
	require.Eventually(t, func() bool {
		for _, s := range a.collected() {
			if s.Name == "disk" && s.Taken < 9 || s.Name == "soc" && s.Failing.IsZero() {
				return false
			}
		}
		return true
	}, time.Minute, 10*time.Millisecond)
	said, err = status()
	require.EqualError(t, err, "1 of 2 collectors take nothing; web/docs/siem.md says what the faults mean")
	require.Regexp(t, `(?m)^disk +file +takes +9 +0 +0s +none$`, said)
	require.Regexp(t, `(?m)^soc +syslog +nothing since \S.* +0 +9 +\d+s +broken$`, said)
	require.Regexp(t, `(?m)^soc +acme +0 +3$`, said)
	require.Regexp(t, `(?m)^soc +~gateway +0 +3$`, said)
	require.NotRegexp(t, `(?m)^disk +acme`, said)
	require.NotContains(t, said, "CANARY")
}

// Where no gateway runs nothing is sent, and that is said.
func TestSIEMStatusOfNone(t *testing.T) {
	h := &host{send: func(req *http.Request) (*http.Response, error) { return inside((&operator{}).routes(), req), nil }}
	err := (&siemStatus{}).run(t.Context(), h, &bytes.Buffer{})
	require.ErrorContains(t, err, "no gateway runs on this data folder")
}

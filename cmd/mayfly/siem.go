package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"time"

	"mayfly/gateway/egress"
	"mayfly/gateway/siem"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	records "mayfly/recorder/siem"
)

// collectorLog is the recorder as one collector has it.
type collectorLog struct {
	recorder *recorder.Recorder
	name     string
	form     records.Form
	cef      bool
}

// Behind implements siem.Log.
func (l collectorLog) Behind(ctx context.Context) ([]siem.Behind, error) {
	all, err := l.recorder.Behind(ctx, l.name)
	var out []siem.Behind
	for _, b := range all {
		out = append(out, siem.Behind{Tenant: b.Tenant, Last: b.Last, Number: b.Number, Link: siem.Link(b.Link)})
	}
	return out, err
}

// Next implements siem.Log.
func (l collectorLog) Next(ctx context.Context, from siem.Behind, limit int, flood bool) (siem.Batch, error) {
	entries, err := l.recorder.Stretch(ctx, from.Tenant, from.Number, limit)
	if err != nil {
		return siem.Batch{}, err
	}
	b := siem.Batch{To: from}
	// The log may have grown since, and what is not there of it is told of too.
	b.To.Number = from.Last
	if len(entries) == limit {
		b.To.Number = min(from.Last, entries[limit-1].Number)
	}
	for len(entries) > 0 && entries[len(entries)-1].Number > b.To.Number {
		entries = entries[:len(entries)-1]
	}
	stretch := records.Stretch{Tenant: from.Tenant, After: from.Number, Last: b.To.Number, Entries: entries}
	link := records.Link(from.Link)
	for _, e := range stretch.Events(flood, time.Now()) {
		r := siem.Record{ID: e.UID(), Kind: e.Kind, At: e.Start, Severity: e.Severity()}
		if r.Line, link = l.form.OCSF(&e, link); l.cef {
			r.Line = l.form.CEF(&e)
		}
		b.Records = append(b.Records, r)
	}
	b.To.Link = siem.Link(link)
	return b, nil
}

// Taken implements siem.Log.
func (l collectorLog) Taken(ctx context.Context, to siem.Behind) error {
	return l.recorder.Collected(ctx, l.name, to.Tenant, to.Number, records.Link(to.Link))
}

// recordFile is a file as a way to a collector.
type recordFile struct{ records.File }

// Send implements siem.Sink.
func (f recordFile) Send(_ context.Context, all []siem.Record) error {
	lines := make([][]byte, 0, len(all))
	for _, r := range all {
		lines = append(lines, r.Line)
	}
	return f.Append(lines)
}

// openSIEM makes those who are sent the audit logs. None is dialled before
// there is something to send.
func (a *app) openSIEM(ctx context.Context) error {
	var names []string
	for i := range a.settings.SIEM {
		c := &a.settings.SIEM[i]
		sink, err := a.wayTo(c)
		if err != nil {
			return fmt.Errorf("siem[%d]: %w", i, err)
		}
		names = append(names, c.Name)
		a.siem = append(a.siem, siem.New(siem.Options{
			Name: c.Name,
			Log:  collectorLog{a.recorder, c.Name, records.Form{Product: programVersion(), Chain: c.Name}, c.Format == string(siem.CEF)},
			Sink: sink,
			Turned: func(s siem.State) {
				if s.Failing.IsZero() {
					a.log.Info("a collector takes the audit log again", "collector", s.Name)
					return
				}
				a.log.Warn("a collector does not take the audit log", "collector", s.Name, "count", s.Waiting)
			},
			Trouble: func() {
				a.log.Warn("a collector cannot be sent the audit log: the database does not answer", "collector", c.Name)
			},
		}))
	}
	if err := a.recorder.KeepCollectors(ctx, names); err != nil {
		a.log.Warn("the database does not answer", "stage", "siem")
	}
	return nil
}

// collected is how it stands with all of them.
func (a *app) collected() (all []siem.State) {
	for _, c := range a.siem {
		all = append(all, c.State())
	}
	return all
}

// keySchemes are what the credentials of collectors are announced as.
var keySchemes = map[string]string{"splunk": "Splunk", "elastic": "ApiKey"}

// wayTo is the way to a collector.
func (a *app) wayTo(c *tenant.Collector) (siem.Sink, error) {
	if c.To == "file" {
		return recordFile{records.File{Path: c.File, Max: int64(c.FileMiB) << 20, Keep: c.Files}}, nil
	}
	const name = "collector"
	to := egress.Recipient{Name: name, URL: &url.URL{Scheme: c.URL.Scheme, Host: c.URL.Host}, Local: true, KeyScheme: keySchemes[c.To]}
	if to.URL.Scheme == "tls" {
		to.URL.Scheme = "https"
	}
	if c.TokenFile != "" {
		to.Key = func() ([]byte, error) { return readKey(c.TokenFile) }
	}
	if c.CAFile != "" {
		data, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: it cannot be read (%w); let this user read it", reason(err))
		}
		to.Roots = x509.NewCertPool()
		if !to.Roots.AppendCertsFromPEM(data) {
			return nil, errors.New("ca_file: there is no certificate in it; name a file in PEM")
		}
	}
	if c.CertFile != "" {
		to.Certificate = func() (*tls.Certificate, error) { return readPair(c.CertFile, c.KeyFile) }
		if _, err := to.Certificate(); err != nil {
			return nil, err
		}
	}
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{to}, Own: a.company.home.owns, Watch: a.incidents.watcher(), Refused: a.incidents.refused("")})
	if err != nil {
		return nil, err
	}
	if c.To == "syslog" {
		stream, err := out.Stream(name)
		return siem.Syslog{To: stream, Host: tenant.Host(a.settings.PublicURL)}, err
	}
	client, err := out.Client(name)
	return overHTTPS(c, client, tenant.Host(a.settings.PublicURL)), err
}

// readPair reads a certificate and its key.
func readPair(certFile, keyFile string) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, errors.New("cert_file and key_file: " + pairFault(err))
	}
	return &pair, nil
}

func overHTTPS(c *tenant.Collector, through *http.Client, host string) siem.Sink {
	if c.To == "splunk" {
		return siem.Splunk{To: through, URL: c.URL, Form: siem.Form(c.Format), Host: host, Index: c.Index}
	}
	return siem.Elastic{To: through, URL: c.URL, Form: siem.Form(c.Format), Index: c.Index}
}

// programVersion is what the program was built from, as Go wrote it in.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}

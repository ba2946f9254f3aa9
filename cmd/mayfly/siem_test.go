package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/siem"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	records "mayfly/recorder/siem"
	"mayfly/session"
)

// noted writes n facts of each of two tenants and the gateway.
func noted(t *testing.T, r *recorder.Recorder, n int, kinds ...session.FactKind) {
	t.Helper()
	for i := range n {
		for _, of := range []string{"acme", "beta", ""} {
			over := make(chan error, 1)
			r.Note(of, session.Fact{Kind: kinds[i%len(kinds)], Count: 1}, func(err error) { over <- err })
			require.NoError(t, <-over)
		}
	}
}

// siemKeeper is a Sink that takes about half of what it is sent, and sometimes does
// not say so.
type siemKeeper struct {
	rng *rand.Rand
	got []siem.Record
}

func (k *siemKeeper) Send(_ context.Context, all []siem.Record) error {
	switch k.rng.IntN(4) {
	case 0:
		return errors.New("no")
	case 1:
		k.got = append(k.got, all...)
		return errors.New("hung up")
	}
	k.got = append(k.got, all...)
	return nil
}

// Over the real log: each entry is sent, in its tenant's order, with the chain
// unbroken from the first to the last that was acknowledged; and with the log
// growing while it is read. R65
func TestCollectorLog(t *testing.T) {
	ctx := t.Context()
	r, err := recorder.Open(ctx, recorder.Options{Folder: t.TempDir()})
	require.NoError(t, err)
	defer r.Close()
	log := collectorLog{recorder: r, name: "soc", form: records.Form{Product: "1", Chain: "soc"}}
	to := &siemKeeper{rng: rand.New(rand.NewPCG(1, 2))}
	chain, seen := map[string]string{}, map[string]uint64{}
	for range 60 {
		noted(t, r, 1+to.rng.IntN(4), session.KeyIssued, session.KeyRevoked)
		all, err := log.Behind(ctx)
		require.NoError(t, err)
		noted(t, r, 1, session.MasterKeyRotated) // after it was looked at
		for _, b := range all {
			batch, err := log.Next(ctx, b, 1+to.rng.IntN(5), false)
			require.NoError(t, err)
			require.LessOrEqual(t, batch.To.Number, b.Last)
			require.Greater(t, batch.To.Number, b.Number)
			require.Len(t, batch.Records, int(batch.To.Number-b.Number))
			if to.Send(ctx, batch.Records) != nil {
				continue
			}
			for _, one := range batch.Records {
				require.NotEqual(t, records.VerifyFailed, one.Kind)
				var record struct {
					Metadata struct {
						Sequence uint64 `json:"sequence"`
					} `json:"metadata"`
					List []struct {
						Fingerprint struct{ Value string }                       `json:"fingerprint"`
						Prev        struct{ Fingerprint struct{ Value string } } `json:"prev_event"`
					} `json:"attestation_list"`
				}
				require.NoError(t, json.Unmarshal(one.Line, &record))
				require.Equal(t, seen[b.Tenant]+1, record.Metadata.Sequence)
				require.Equal(t, chain[b.Tenant], record.List[0].Prev.Fingerprint.Value)
				seen[b.Tenant], chain[b.Tenant] = record.Metadata.Sequence, record.List[0].Fingerprint.Value
			}
			require.NoError(t, log.Taken(ctx, batch.To))
		}
	}
	require.Greater(t, seen["acme"], uint64(40))

	// CEF, and a flood: what had to be durable comes one by one.
	other := collectorLog{recorder: r, name: "cef", form: records.Form{Product: "1", Chain: "cef"}, cef: true}
	noted(t, r, 40, session.AccessDenied, session.KeyIssued)
	time.Sleep(1200 * time.Millisecond) // counts are written within a second
	all, err := other.Behind(ctx)
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, b := range all {
		batch, err := other.Next(ctx, b, 10_000, true)
		require.NoError(t, err)
		require.Equal(t, b.Last, batch.To.Number)
		denied := 0
		for _, one := range batch.Records {
			require.True(t, strings.HasPrefix(string(one.Line), "CEF:0|Mayfly|Mayfly|1|"+one.Kind+"|"), string(one.Line))
			if one.Kind == "access_denied" {
				denied++
				require.Contains(t, string(one.Line), " cnt=20 ")
			}
		}
		require.Equal(t, 1, denied)
		require.Len(t, batch.Records, int(b.Last)-19)
	}
}

// Each kind of collector has its way, and one that cannot work is said at the
// start.
func TestWayTo(t *testing.T) {
	a := &app{settings: &settings{PublicURL: "https://gw.example.org"}, company: &company{}}
	to := func(scheme string) *url.URL { return &url.URL{Scheme: scheme, Host: "logs.example.org:6514"} }
	for want, c := range map[string]tenant.Collector{
		"main.recordFile": {To: "file", File: "x", FileMiB: 1, Files: 1},
		"siem.Syslog":     {To: "syslog", URL: to("tls")},
		"siem.Splunk":     {To: "splunk", URL: to("https"), TokenFile: "x"},
		"siem.Elastic":    {To: "elastic", URL: to("https"), Index: "x"},
	} {
		sink, err := a.wayTo(&c)
		require.NoError(t, err)
		require.Equal(t, want, fmt.Sprintf("%T", sink))
	}
	bad := filepath.Join(t.TempDir(), "ca.pem")
	_, err := a.wayTo(&tenant.Collector{To: "syslog", URL: to("tls"), CAFile: bad})
	require.ErrorContains(t, err, "ca_file: it cannot be read")
	require.NoError(t, os.WriteFile(bad, []byte("none"), 0o600))
	_, err = a.wayTo(&tenant.Collector{To: "syslog", URL: to("tls"), CAFile: bad})
	require.ErrorContains(t, err, "ca_file: there is no certificate in it")
}

package main

import (
	"context"
	"database/sql"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/processing"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// recordTables say of every table of the database which activity of the record
// of processing tells of what is in it; or, after a dash, why none does.
var recordTables = map[string]string{
	"turn": "transcript", "conversation": "transcript", "correction": "transcript",
	"sound": "audio_recording", "report": "reports", "likeness": "likeness", "request": "requests",
	"credential": "access", "operator_access": "access", "authority_disclosure": "access",
	"audit_log": "audit_log", "audit_entry": "audit_log",

	"setting":          "- how the gateway is set",
	"tenant":           "- who the organisation is",
	"file_key":         "- roles and times, of nobody",
	"tenant_version":   "- the configuration that the record is made from",
	"register_version": "- of servers, not of people",
	"proposal":         "- the configuration that waits",
	"recording":        "- what the configuration allows",
	"knowledge":        "- what the organisation has its avatars answer from",
	"hold":             "- what is kept longer, of what is told of already",
	"tombstone":        "- ids of what is gone",
	"doomed":           "- ids of keys that go",
	"usage":            "- counts of days, of nobody",
	"incident":         "- kinds and counts, of nobody",
	"disclosure_year":  "- counts of years, of nobody",
	"incident_step":    "- what was done about one, as admins noted it",
	"webhook_cursor":   "- how far somebody was told",
	"siem_cursor":      "- how far somebody was told",
	"written_by":       "- the version of the program",
	"goose_db_version": "- the version of the database",
}

// recordFacts say of every fact that somebody read something, or took it along,
// which activity it is about.
var recordFacts = map[string]string{
	"transcript_listed": "transcript", "transcript_read": "transcript", "transcript_exported": "transcript",
	"reports_listed": "reports", "report_read": "reports", "likeness_read": "likeness",
	"audit_read": "audit_log", "audit_exported": "audit_log", "audit_verified": "audit_log", "evidence_written": "audit_log",
	"operator_access_opened": "access", "operator_access_ended": "access", "authority_disclosure": "access",
}

// aboutReading are words in the names of facts of reading.
var aboutReading = []string{"_read", "_listed", "_exported", "_verified", "evidence_", "access_opened", "access_ended", "authority_"}

// fullTenant does everything that can be done.
func fullTenant(t *testing.T) *tenant.Tenant {
	t.Helper()
	of, err := tenant.ParseDocument([]byte(`{"id":"acme","name":"Acme","handoff":{},
		"webhook":{"url":"https://hooks.example.org/hook","kinds":["session_ended"]},
		"policy":{"transcript":true,"audio":true,"attachments":true,"retention":{"transcript":"30d","audio":"7d"},"purposes":["audit"]},
		"avatars":[{"id":"ada","name":"Ada","microphone":true,
			"backend":{"url":"https://models.example.org/v1","model":"m","name":"Models"},
			"speech":{"url":"https://voices.example.org/v1","model":"m","voice":"v","name":"Voices"},
			"transcriber":{"url":"https://ears.example.org/v1","model":"m","name":"Ears"},
			"tools":[{"name":"parcel","description":"Where is it","url":"https://tools.example.org/parcel","provider":"Tools"}]}]}`))
	require.NoError(t, err)
	of.Avatars[0].RealLikeness = true
	return of
}

// The record of processing tells of everything that the database keeps, of
// everybody who is sent something, and of what is read: a new table, a new kind
// of recipient and a new fact of reading fail until they are in it, or it is
// written down why not. R67
func TestRecordTellsEveryTable(t *testing.T) {
	data := t.TempDir()
	r, err := recorder.Open(context.Background(), recorder.Options{Folder: data})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "mayfly.db"))
	require.NoError(t, err)
	defer db.Close()
	of := fullTenant(t)
	record := processing.Of(of, (&settings{SIEM: []tenant.Collector{{Name: "soc", To: "file"}}, Witnesses: []tenant.Witness{{Name: "archive", To: "webhook"}}}).host(), time.Now())
	told := map[string]bool{}
	for _, a := range record.Activities {
		told[a.Key] = true
	}
	rows, err := db.Query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	require.NoError(t, err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		n++
		activity, known := recordTables[name]
		require.True(t, known, "%s: a new table; an activity of the record tells of it, or a reason stands here", name)
		require.True(t, strings.HasPrefix(activity, "- ") || told[activity], "%s: there is no activity %s", name, activity)
	}
	require.NoError(t, rows.Err())

	roles := map[string]bool{}
	for _, a := range record.Activities {
		for _, to := range a.Recipients {
			roles[to.Role] = true
		}
	}
	for role := tenant.RecipientRole(0); role.String() != "unknown"; role++ {
		require.True(t, roles[role.String()], "nobody of the role %s is in the record", role)
	}
	for _, also := range []string{"webhook", "collector", "witness"} {
		require.True(t, roles[also], "%s", also)
	}
	for _, entry := range of.Register() {
		require.True(t, slices.ContainsFunc(record.Activities, func(a processing.Activity) bool {
			return slices.ContainsFunc(a.Recipients, func(to processing.Recipient) bool { return to.Name == entry.Name })
		}), "%s is in the register and not in the record", entry.Name)
	}

	for _, k := range session.FactKinds() {
		reads := slices.ContainsFunc(aboutReading, func(part string) bool { return strings.Contains(k.String(), part) })
		activity, known := recordFacts[k.String()]
		require.Equal(t, reads, known, "%s: a fact of reading; the activity that it is about stands here", k)
		require.True(t, !known || told[activity], "%s: there is no activity %s", k, activity)
	}
	t.Logf("n = %d tables", n)
}

// What the process says that it has follows from its settings. // R69
func TestHostOfSettings(t *testing.T) {
	for _, proxied := range []*settings{{BehindTLSProxy: true}, {TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}} {
		require.False(t, proxied.host().TLS, "a proxy is only declared")
		require.True(t, proxied.host().Proxied)
	}
	require.True(t, (&settings{TLSCert: "cert.pem", Listen: "127.0.0.1:8080"}).host().TLS)
	require.False(t, (&settings{TLSCert: "cert.pem", Listen: "0.0.0.0:8080", BehindTLSProxy: true}).host().TLS, "plain HTTP is reached from elsewhere too")
	require.False(t, (&settings{TLSCert: "cert.pem", TLSListen: tenant.Off, BehindTLSProxy: true}).host().TLS)
	folder := t.TempDir()
	for file, apart := range map[string]bool{
		"":                                     false,
		filepath.Join(folder, "data", "k"):     false,
		filepath.Join(folder, "data", "..k"):   false,
		filepath.Join(folder, "k"):             true,
		filepath.Join(folder, "data-2", "key"): true,
	} {
		require.Equal(t, apart, (&settings{Data: filepath.Join(folder, "data"), MasterKeyFile: file}).host().KeyApart, file)
	}
}

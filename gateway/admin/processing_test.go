package admin

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/processing"
)

// A reviewer reads the record of the tenant's own processing, and what
// protects people, as both are now; an admin's change is in it at once.
// R67 R69
func TestProcessingAndPosture(t *testing.T) {
	w := newWorld(t)
	read := func() (r processing.Record) {
		got := w.ask("acme reviewer", "GET", "processing", "")
		require.Equal(t, 200, got.status, got.body)
		got.into(t, &r)
		return r
	}
	was := read()
	require.Equal(t, "acme", was.Tenant)
	got := w.ask("acme reviewer", "GET", "processing", "", "Accept: text/csv")
	require.Equal(t, 200, got.status, got.body)
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(was.Activities))

	state := func(key string) processing.State {
		got := w.ask("acme reviewer", "GET", "posture", "")
		require.Equal(t, 200, got.status, got.body)
		var p postureAnswer
		got.into(t, &p)
		require.Equal(t, len(p.Controls), p.Enforced+p.Declared+p.Absent)
		for _, c := range p.Controls {
			if c.Key == key {
				return c.State
			}
		}
		return ""
	}
	require.Equal(t, processing.Absent, state("second_admin"))
	changed := w.ask("acme admin", "PATCH", "tenant", `{"policy":{"second_admin":true}}`, `If-Match: "1"`)
	require.Equal(t, 200, changed.status, changed.body)
	require.Equal(t, processing.Enforced, state("second_admin"))
	is := read()
	require.Greater(t, is.Number, was.Number)
	require.NotEqual(t, was.Measures, is.Measures)

	for _, of := range []string{"processing", "posture"} {
		require.Equal(t, 403, w.ask("acme caller", "GET", of, "").status)
		require.Equal(t, 200, w.ask("acme admin", "GET", of, "").status)
	}
}

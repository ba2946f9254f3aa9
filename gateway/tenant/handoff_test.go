package tenant

import (
	"testing"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/stretchr/testify/require"
)

// A desk is open from the first minute to the last, in its own zone, over the
// changes of the clock. // R45
func TestHandoffHours(t *testing.T) {
	parsed, err := ParseDocument([]byte(`{"id":"a","name":"A","avatars":[{"id":"x","name":"X"}],"handoff":{"hours":["mon-fri 09:00-17:00","sat-sun 00:00-24:00"],"time_zone":"Europe/Berlin"}}`))
	require.NoError(t, err)
	h := parsed.Handoff
	at := func(s string) time.Time {
		moment, err := time.Parse(time.RFC3339, s)
		require.NoError(t, err)
		return moment
	}
	for moment, open := range map[string]bool{
		"2026-11-23T07:59:59Z": false, // Monday, 08:59:59 there
		"2026-11-23T08:00:00Z": true,
		"2026-11-23T15:59:59Z": true,
		"2026-11-23T16:00:00Z": false,
		"2026-11-27T22:59:59Z": false, // Friday, a second before midnight
		"2026-11-27T23:00:00Z": true,  // Saturday
		"2026-11-29T22:59:59Z": true,  // Sunday, to the last second
		"2026-11-29T23:00:00Z": false,
		"2026-06-01T06:59:59Z": false, // a Monday in summer: an hour earlier
		"2026-06-01T07:00:00Z": true,
	} {
		require.Equal(t, open, h.Open(at(moment)), moment)
	}
	require.Equal(t, at("2026-11-24T08:00:00Z"), h.Opens(at("2026-11-23T16:00:00Z")).UTC())
	require.Equal(t, at("2026-11-23T08:00:00Z"), h.Opens(at("2026-11-23T00:00:00Z")).UTC())
	require.Zero(t, h.Opens(at("2026-11-23T12:00:00Z")), "it is open")
	require.Equal(t, "mon-fri 09:00-17:00, sat-sun 00:00-24:00 (Europe/Berlin)", h.Spoken())

	// What is written is what was read.
	document, err := Document(parsed)
	require.NoError(t, err)
	again, err := ParseDocument(document)
	require.NoError(t, err)
	require.Equal(t, parsed.Handoff.document(), again.Handoff.document())
	for s := range map[string]bool{"sun 00:00-24:00": true, "fri-mon 10:00-11:00": true, "mon-sun 08:00-20:00": true} {
		hour, err := hours().read(&reader{}, stringNode(s))
		require.NoError(t, err)
		require.Equal(t, s, hour.String())
	}
	// A desk without a word about it is one: open whenever somebody is there.
	parsed, err = ParseDocument([]byte(`{"id":"a","name":"A","avatars":[{"id":"x","name":"X"}],"handoff":{}}`))
	require.NoError(t, err)
	require.True(t, parsed.Handoff.Open(time.Time{}))
	require.Equal(t, 20, parsed.Handoff.QueueMost())
	document, err = Document(parsed)
	require.NoError(t, err)
	again, err = ParseDocument(document)
	require.NoError(t, err)
	require.NotNil(t, again.Handoff)
}

// stringNode is a text as the parser gives it.
func stringNode(s string) ast.Node { return &ast.StringNode{Value: s} }

package siem

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// rule is what is used of a Sigma rule.
type rule struct {
	Title, Name, ID, Level string
	Detection              map[string]any
	Correlation            struct {
		Type    string
		Rules   []string
		GroupBy []string `yaml:"group-by"`
	}
}

// says whether a rule's selection is of a record.
func (r rule) matches(t *testing.T, record map[string]any) bool {
	t.Helper()
	selection := r.Detection["selection"].(map[string]any)
	require.Equal(t, "selection", r.Detection["condition"])
	for field, want := range selection {
		name, how, _ := strings.Cut(field, "|")
		_, known := attributes[name]
		require.True(t, known, "%s: no record has %s", r.Title, name)
		have := record[name]
		switch want := want.(type) {
		case string:
			if have != want {
				return false
			}
		case []any:
			if !slices.Contains(want, have) {
				return false
			}
		case bool:
			require.Equal(t, "exists", how)
			if (have != nil) != want {
				return false
			}
		default:
			t.Fatalf("%s: %T", r.Title, want)
		}
	}
	return true
}

// The detections that are shipped find what they are for, and nothing else, in
// the records as they are. // R22 R65
func TestRules(t *testing.T) {
	data, err := os.ReadFile("../../web/docs/siem.rules.yml")
	require.NoError(t, err)
	var rules []rule
	from := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var r rule
		if err := from.Decode(&r); err != nil {
			break
		}
		rules = append(rules, r)
	}
	require.Len(t, rules, 7)
	samples, err := os.ReadFile("testdata/ocsf.jsonl")
	require.NoError(t, err)
	found := map[string][]string{}
	for line := range bytes.Lines(samples) {
		var record map[string]any
		require.NoError(t, json.Unmarshal(line, &record))
		all := map[string]any{}
		flat(all, "", record)
		for _, r := range rules {
			if r.Detection != nil && r.matches(t, all) {
				found[r.Level+": "+r.Title] = append(found[r.Level+": "+r.Title], all["metadata.event_code"].(string))
			}
		}
	}
	require.Equal(t, map[string][]string{
		"high: The visible notice of an avatar was switched off": {"disclosure_hidden"},
		"medium: Recording was switched on":                      {"recording_allowed", "recording_released"},
		"informational: A transcript was exported":               {"transcript_exported"},
		"medium: A known key was refused":                        {"access_denied"}, // the summary has no actor
		"critical: The audit log does not verify":                {"verify_failed"},
		"high: The audit log has a gap":                          {"facts_lost", "entries_gone"},
	}, found)
	ids := map[string]bool{}
	for _, r := range rules {
		require.False(t, ids[r.ID])
		ids[r.ID] = true
		if r.Detection == nil {
			require.Equal(t, "event_count", r.Correlation.Type)
			require.True(t, slices.ContainsFunc(rules, func(o rule) bool { return slices.Equal(r.Correlation.Rules, []string{o.Name}) }))
			require.Contains(t, attributes, r.Correlation.GroupBy[0])
		}
	}
}

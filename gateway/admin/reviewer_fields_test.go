package admin

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reviewerFields is the list of the fields that a reviewer may see, by address.
func reviewerFields(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/reviewer_fields.txt")
	require.NoError(t, err)
	all, name := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		field, of := strings.CutPrefix(line, "\t")
		switch {
		case strings.HasPrefix(line, "#"):
		case of:
			all[name] = append(all[name], field)
		default:
			name = line
			all[name] = nil
		}
	}
	return all
}

// reviewerForms are what a reviewer is sent that is not JSON.
var reviewerForms = map[string]string{
	"GET /audit/{tenant}/checkpoint":             checkpointType,
	"GET /audit/{tenant}/{month}/checkpoint":     checkpointType,
	"GET /audit/{tenant}/{month}/tile/{tile...}": tileType,
	"GET /audit/{tenant}/export":                 "application/jsonl",
	"GET processing":                             "text/csv",
}

// fieldsOf names the fields of a type as they are sent, with [] for a list and
// {} for names that are values.
func fieldsOf(of reflect.Type, at string, into map[string]bool) {
	switch {
	case of == reflect.TypeFor[time.Time]():
		into[at] = true
	case of.Kind() == reflect.Pointer:
		fieldsOf(of.Elem(), at, into)
	case of.Kind() == reflect.Slice || of.Kind() == reflect.Array:
		fieldsOf(of.Elem(), at+"[]", into)
	case of.Kind() == reflect.Map:
		fieldsOf(of.Elem(), at+"{}", into)
	case of.Kind() == reflect.Struct:
		for i := range of.NumField() {
			f := of.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			if f.Anonymous && name == "" {
				fieldsOf(f.Type, at, into)
				continue
			}
			if name == "" {
				name = f.Name
			}
			fieldsOf(f.Type, strings.TrimPrefix(at+"."+name, "."), into)
		}
	case of.Kind() == reflect.Interface:
		into[at+" anything"] = true
	default:
		into[at] = true
	}
}

// A reviewer sees the fields on the list and no other, in the forms on the list
// and no other, and changes nothing. // R65, threats.md L3
func TestReviewerSeesTheseFields(t *testing.T) {
	allowed, listed := reviewerFields(t), map[string]bool{}
	n := 0
	for _, r := range routeTable() {
		name := r.method + " " + r.path
		if r.roles&reviewers == 0 {
			continue
		}
		listed[name] = true
		if r.answer != nil || r.forms == nil {
			fields := map[string]bool{}
			if r.answer != nil {
				fieldsOf(reflect.TypeOf(r.answer), "", fields)
			}
			have := slices.Sorted(maps.Keys(fields))
			want, ok := allowed[name]
			require.True(t, ok, "%s: a reviewer may use it, and its fields are on no list; decide, then write:\n%s\n\t%s", name, name, strings.Join(have, "\n\t"))
			require.Equal(t, want, have, "%s: the fields that a reviewer sees are others; decide", name)
			for f := range fields {
				require.NotContains(t, f, "anything", "%s: %s may be anything", name, f)
			}
			n += len(fields)
		}
		for _, form := range r.forms {
			require.Equal(t, reviewerForms[name], form, name)
		}
		require.True(t, r.method == "GET" || name == "DELETE signin" || name == "POST audit/verify", "%s: a reviewer changes nothing", name)
		require.Nil(t, r.body, name)
		require.Empty(t, r.raw, name)
	}
	for name := range allowed {
		require.True(t, listed[name], "%s is nothing for reviewers", name)
	}
	for name := range reviewerForms {
		require.True(t, listed[name], "%s is nothing for reviewers", name)
	}
	t.Logf("n=%d fields of %d addresses", n, len(listed))
}

// What an answer has beside the list is found, however deep.
func TestFieldsAreFound(t *testing.T) {
	type inner struct {
		Words string `json:"words"`
		Free  any    `json:"free"`
	}
	type outer struct {
		inner
		At    time.Time         `json:"at"`
		Rows  []*inner          `json:"rows,omitempty"`
		Names map[string]string `json:"names"`
		Own   int
		Not   string `json:"-"`
	}
	got := map[string]bool{}
	fieldsOf(reflect.TypeFor[outer](), "", got)
	require.Equal(t, []string{"Own", "at", "free anything", "names{}", "rows[].free anything", "rows[].words", "words"}, slices.Sorted(maps.Keys(got)))
}

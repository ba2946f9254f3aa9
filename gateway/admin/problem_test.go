package admin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/line"
)

// unlistedIn are the names at any depth of an error's body that are not on the
// list of keys, and how many there were.
func unlistedIn(t *testing.T, body string) (bad []string, n int) {
	t.Helper()
	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &whole), body)
	require.Len(t, whole, 1, body)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				n++
				if line.Of(line.Body, name).Class == line.Unlisted {
					bad = append(bad, name)
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(whole["error"])
	require.NotZero(t, n, body)
	return bad, n
}

// holdBody holds what the API answered to the list, if it is a refusal: every
// request of these tests passes here. // R6
func (a answer) holdBody(t *testing.T) {
	t.Helper()
	if a.status < http.StatusBadRequest {
		return
	}
	bad, _ := unlistedIn(t, a.body)
	require.Empty(t, bad, a.body)
}

// The body of every refusal of the admin API holds fields of the list and no
// others, with all that one can have. // R6
func TestErrorBodiesAreClassified(t *testing.T) {
	w := newWorld(t)
	n := 0
	for _, code := range []string{"invalid_fields", "version_stale", "rate_limited", "internal_error", "store_not_ready", "key_not_valid", "method_not_allowed"} {
		got := httptest.NewRecorder()
		w.fail(got, &refusal{code: code, current: 7, wait: time.Second, allow: "GET", problems: []Problem{{Key: "policy.transcript", Line: 3, Column: 4, Text: "x"}, {Text: "y"}}})
		bad, keys := unlistedIn(t, got.Body.String())
		require.Empty(t, bad)
		n += keys
	}
	require.Greater(t, n, 7*10)
	t.Logf("n = %d keys in bodies", n)

	// What is written has no field that a body here did not show.
	var fields func(of reflect.Type)
	fields = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct {
			return
		}
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			require.NotEqual(t, line.Unlisted, line.Of(line.Body, name).Class, "%s of %s", name, of)
			fields(of.Field(i).Type)
		}
	}
	fields(reflect.TypeFor[errorBody]())

	bad, _ := unlistedIn(t, `{"error":{"code":"x","problems":[{"key":"k","value":"CANARY"}]}}`)
	require.Equal(t, []string{"value"}, bad, "it is seen")
}

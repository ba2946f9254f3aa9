package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const booking = `{
	"type": "object",
	"description": "A table.",
	"properties": {
		"guests": {"type": "integer", "minimum": 1, "maximum": 8},
		"day": {"type": "string", "enum": ["today", "tomorrow"]},
		"name": {"type": "string", "minLength": 1, "maxLength": 5},
		"inside": {"type": "boolean"},
		"price": {"type": "number", "maximum": 9.5},
		"floor": {"type": "integer", "enum": [0, 1]},
		"dishes": {"type": "array", "maxItems": 2, "minItems": 1, "items": {
			"type": "object", "properties": {"dish": {"type": "string"}}, "required": ["dish"], "additionalProperties": false}}
	},
	"required": ["guests", "day"]
}`

// Arguments are what is declared, and nothing else.
func TestCheck(t *testing.T) {
	s, wrong := Parse([]byte(booking))
	require.Empty(t, wrong)
	for arguments, want := range map[string]string{
		`{"guests":2,"day":"today"}`: "",
		`{"day":"tomorrow","guests":8,"name":"Ärger","inside":false,"price":9.5,"floor":1,"dishes":[{"dish":"soup"}]}`: "",
		` {"guests":1e0,"day":"today"} `:       "",
		``:                                     "json",
		`null`:                                 "type",
		`[]`:                                   "type",
		`{}`:                                   "guests required",
		`{"guests":2}`:                         "day required",
		`{"guests":0,"day":"today"}`:           "guests minimum",
		`{"guests":9,"day":"today"}`:           "guests maximum",
		`{"guests":2.5,"day":"today"}`:         "guests type",
		`{"guests":"2","day":"today"}`:         "guests type",
		`{"guests":null,"day":"today"}`:        "guests type",
		`{"guests":1e400,"day":"today"}`:       "guests json",
		`{"guests":2,"day":"someday"}`:         "day enum",
		`{"guests":2,"day":"today","name":""}`: "name min_size",
		`{"guests":2,"day":"today","name":"Sixsix"}`:                                   "name max_size",
		`{"guests":2,"day":"today","inside":"yes"}`:                                    "inside type",
		`{"guests":2,"day":"today","price":10}`:                                        "price maximum",
		`{"guests":2,"day":"today","floor":2}`:                                         "floor enum",
		`{"guests":2,"day":"today","dishes":[]}`:                                       "dishes min_size",
		`{"guests":2,"day":"today","dishes":[{"dish":"a"},{"dish":"b"},{"dish":"c"}]}`: "dishes max_size",
		`{"guests":2,"day":"today","dishes":[{}]}`:                                     "dishes.dish required",
		`{"guests":2,"day":"today","dishes":[{"dish":1}]}`:                             "dishes.dish type",
		`{"guests":2,"day":"today","dishes":[{"dish":"a","x":1}]}`:                     "dishes unknown_member",
		`{"guests":2,"day":"today","canary":1}`:                                        " unknown_member",
		`{"guests":2,"day":"today","guests":3}`:                                        "json",
		`{"guests":2,"day":"today"} {}`:                                                "json",
		`{"guests":2,"day":"today"`:                                                    "json",
		"{\"guests\":2,\"day\":\"\xff\"}":                                              "day json",
		strings.Repeat("[", 100):                                                       "json",
	} {
		err := s.Check([]byte(arguments))
		if want == "" {
			require.NoError(t, err, arguments)
			continue
		}
		v, ok := errors.AsType[*Violation](err)
		require.True(t, ok, arguments)
		got := v.Rule
		if i := strings.IndexByte(want, ' '); i >= 0 {
			got = v.At + " " + v.Rule
		}
		require.Equal(t, want, got, arguments)
		require.NotContains(t, err.Error(), "canary")
	}
}

// What a schema may not be is told where it stands.
func TestParse(t *testing.T) {
	for raw, at := range map[string]string{
		`{`:                   "",
		`7`:                   "",
		`{}`:                  "type",
		`{"type":"text"}`:     "type",
		`{"type":"string"}`:   "",
		`{"type":["object"]}`: "type",
		`{"type":"object","properties":{"a":{"type":"string","pattern":"^a"}}}`:                                  "properties.a.pattern",
		`{"type":"object","properties":{"a":{"$ref":"#"}}}`:                                                      "properties.a.type",
		`{"type":"object","properties":{"a":true}}`:                                                              "properties.a",
		`{"type":"object","properties":{"a b":{"type":"string"}}}`:                                               "properties.a b",
		`{"type":"object","properties":[]}`:                                                                      "properties",
		`{"type":"object","additionalProperties":true}`:                                                          "additionalProperties",
		`{"type":"object","additionalProperties":{"type":"string"}}`:                                             "additionalProperties",
		`{"type":"object","required":["a"]}`:                                                                     "required.0",
		`{"type":"object","required":"a"}`:                                                                       "required",
		`{"type":"object","anyOf":[]}`:                                                                           "anyOf",
		`{"type":"object","properties":{"a":{"type":"array"}}}`:                                                  "properties.a",
		`{"type":"object","properties":{"a":{"type":"array","items":{"type":"string"},"maxItems":101}}}`:         "properties.a.maxItems",
		`{"type":"object","properties":{"a":{"type":"string","maxLength":4001}}}`:                                "properties.a.maxLength",
		`{"type":"object","properties":{"a":{"type":"string","minLength":5,"maxLength":4}}}`:                     "properties.a",
		`{"type":"object","properties":{"a":{"type":"string","enum":[]}}}`:                                       "properties.a.enum",
		`{"type":"object","properties":{"a":{"type":"string","enum":[1]}}}`:                                      "properties.a.enum.0",
		`{"type":"object","properties":{"a":{"type":"integer","minimum":"1"}}}`:                                  "properties.a.minimum",
		`{"type":"object","description":7}`:                                                                      "description",
		strings.Repeat(`{"type":"object","properties":{"a":`, 6) + `{"type":"string"}` + strings.Repeat("}}", 6): "properties.a.properties.a.properties.a.properties.a.properties.a",
		`{"type":"object","description":"` + strings.Repeat("x", MostBytes) + `"}`:                               "",
		`{"type":"object","properties":{` + many(65) + `}}`:                                                      "",
	} {
		s, wrong := Parse([]byte(raw))
		require.Nil(t, s, raw)
		require.NotEmpty(t, wrong, raw)
		require.Equal(t, at, strings.Join(wrong[0].Path, "."), raw)
		require.NotEmpty(t, wrong[0].Problem)
		require.NotEmpty(t, wrong[0].Remedy)
	}
	require.NoError(t, Nothing().Check([]byte(`{}`)))
	require.Error(t, Nothing().Check([]byte(`{"a":1}`)))
}

func many(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = `"m` + strings.Repeat("x", i%60) + string(rune('a'+i%26)) + strings.Repeat("y", i/60) + `":{"type":"string"}`
	}
	return strings.Join(all, ",")
}

// Nothing that is read makes it fail, and what it accepts is an object.
func FuzzCheck(f *testing.F) {
	f.Add(booking, `{"guests":2,"day":"today","dishes":[{"dish":"soup"}]}`)
	f.Add(`{"type":"object","properties":{"a":{"type":"array","items":{"type":"integer"}}}}`, `{"a":[1,2]}`)
	f.Fuzz(func(t *testing.T, raw, arguments string) {
		s, wrong := Parse([]byte(raw))
		if (s == nil) == (len(wrong) == 0) {
			t.Fatal("neither a schema nor a mistake")
		}
		if s != nil && s.Check([]byte(arguments)) == nil && !strings.HasPrefix(strings.TrimLeft(arguments, " \t\r\n"), "{") {
			t.Fatal("it is no object")
		}
	})
}

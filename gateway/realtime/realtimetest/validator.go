// Package realtimetest checks traffic against the published schema of the
// events. It is for tests: what it reports names places in the schema and never
// what stood in a message.
package realtimetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Direction says who sends an event.
type Direction uint8

// The directions.
const (
	FromClient Direction = iota
	ToClient
)

// Validator knows every event of the schema. It may be used by many goroutines
// at once.
type Validator struct {
	events [2]map[string]*jsonschema.Schema // Static.
}

const id = "urn:mayfly:events:1"

// New reads the schema, the contents of web/docs/events.schema.json.
func New(schema []byte) (*Validator, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(id, doc); err != nil {
		return nil, err
	}
	v := &Validator{}
	for direction, list := range []string{"ClientEvent", "ServerEvent"} {
		v.events[direction] = make(map[string]*jsonschema.Schema)
		s, err := compiler.Compile(id + "#/$defs/" + list)
		if err != nil {
			return nil, err
		}
		for _, event := range s.OneOf {
			_, name, _ := strings.Cut(event.Ref.Location, "#/$defs/")
			v.events[direction][name] = event.Ref
		}
	}
	return v, nil
}

// Open reads the schema of the work tree that the test runs in.
func Open(t testing.TB) *Validator {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil || dir == filepath.Dir(dir) {
			break
		}
	}
	schema, err := os.ReadFile(filepath.Join(dir, "web", "docs", "events.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := New(schema)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Events lists the types of the events of a direction.
func (v *Validator) Events(d Direction) []string {
	var names []string
	for name := range v.events[d] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Check says whether text is an event that the schema allows in the direction.
func (v *Validator) Check(d Direction, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return errors.New("realtimetest: not JSON")
	}
	object, _ := value.(map[string]any)
	typ, _ := object["type"].(string)
	schema := v.events[d][typ]
	if schema == nil {
		return errors.New("realtimetest: no event of that type and direction")
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("realtimetest: %s: %s", typ, places(err))
	}
	return nil
}

// places lists the parts of the schema that were not satisfied.
func places(err error) string {
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return "invalid"
	}
	var list []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) == 0 {
			_, at, _ := strings.Cut(e.SchemaURL, "#")
			list = append(list, at+"/"+strings.Join(e.ErrorKind.KeywordPath(), "/"))
		}
	}
	walk(failed)
	return strings.Join(list, ", ")
}

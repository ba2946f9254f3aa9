package main_test

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// talks are the packages whose types may hold what was said.
var talks = []string{"session", "redact", "recorder/...", "gateway/..."}

// plain are exported types that hold bytes and print them, each with why they
// may. Handing any of them to a log line, an error or a figure is refused by
// the analyser all the same.
var plain = map[string]string{
	"recorder.Proposal":              documents,
	"recorder.Tenant":                documents,
	"recorder.Change":                documents,
	"gateway/admin.Change":           documents,
	"gateway/admin.Proposal":         documents,
	"gateway/admin.Version":          documents,
	"gateway/tenant.Stored":          documents,
	"gateway/schema.Schema":          "a part of a document: what a tool takes",
	"gateway/tenant.RegisterVersion": documents,
	"recorder.Register":              documents,
	"recorder.Disclosure":            "ids, a pseudonym and hashes: what was handed over is in none",
	"recorder/siem.Stored":           facts,
	"recorder/audit.Kept":            facts,
	"recorder/audit.Proof":           facts,
	"recorder/audit.Waiting":         facts,
	"gateway/admin.FactProof":        facts,
	"gateway/admin.KeptCheckpoint":   facts,
	"gateway/witness.Checkpoint":     facts,
	"gateway/siem.Record":            facts,
	"redact.Stream":                  "package redact reaches no fmt; it belongs to one goroutine, which hands it to nobody",
}

const facts = "entries of the audit log or what proves them, in which there are no words"

const documents = "a tenant's document, which holds no secret and no conversation"

// TestTypesDoNotPrint holds every exported type that has room for words to
// printing something else, and finds new ones. // R1 R6
func TestTypesDoNotPrint(t *testing.T) {
	s := loadedProgram(t)
	findings, n := printFindings(s)
	for _, finding := range findings {
		t.Error(finding)
	}
	require.Greater(t, n, 25)
	t.Logf("n = %d types with room for words", n)
	for name, why := range plain {
		if !slices.Contains(printing(s), name) {
			t.Errorf("%s is excepted (%s) and does not need it", name, why)
		}
	}
}

// roomy says whether one field of a type, itself, has room for words.
func roomy(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() == nil {
			return false
		}
		name := t.Obj().Pkg().Path() + "." + t.Obj().Name()
		return name == "bytes.Buffer" || name == "strings.Builder" || name == "encoding/json.RawMessage" || name == "github.com/go-json-experiment/json/jsontext.Value"
	case *types.Slice:
		if e, ok := types.Unalias(t.Elem()).(*types.Basic); ok {
			return e.Kind() == types.Byte
		}
		return roomy(t.Elem())
	case *types.Map:
		return roomy(t.Elem())
	case *types.Pointer:
		return roomy(t.Elem())
	}
	return false
}

// silent says whether a type has a say in how fmt prints it.
func silent(t *types.Named) bool {
	methods := types.NewMethodSet(types.NewPointer(t))
	has := func(name string) bool { return methods.Lookup(t.Obj().Pkg(), name) != nil }
	return has("Format") || has("String") && has("GoString")
}

// all walks the exported types with room for words.
func roomyTypes(s *sources, see func(name string, t *types.Named)) {
	for _, path := range slices.Sorted(maps.Keys(s.module)) {
		if !below(path, talks) || isHelper(path) {
			continue
		}
		scope := s.module[path].types.Scope()
		for _, name := range scope.Names() {
			object, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || !object.Exported() || object.IsAlias() {
				continue
			}
			named, ok := object.Type().(*types.Named)
			if !ok {
				continue
			}
			room := roomy(named.Underlying())
			if u, ok := named.Underlying().(*types.Struct); ok {
				for f := range u.Fields() {
					room = room || roomy(f.Type())
				}
			}
			if room {
				see(path+"."+name, named)
			}
		}
	}
}

// printing are the types with room for words that print them.
func printing(s *sources) (names []string) {
	roomyTypes(s, func(name string, t *types.Named) {
		if !silent(t) {
			names = append(names, name)
		}
	})
	return names
}

func printFindings(s *sources) (findings []string, n int) {
	roomyTypes(s, func(string, *types.Named) { n++ })
	for _, name := range printing(s) {
		if plain[name] == "" {
			findings = append(findings, fmt.Sprintf("%s has room for words and prints them: give it a Format method (line.Length)", name))
		}
	}
	return findings, n
}

// TestTypesDoNotPrintSeen plants types that print.
func TestTypesDoNotPrintSeen(t *testing.T) {
	clean := loadedProgram(t)
	before, _ := printFindings(clean)
	for name, fault := range map[string]struct{ path, text, want string }{
		"bytes":     {"gateway/hear", "type Planted struct{ Words []byte }", "gateway/hear.Planted has room"},
		"pieces":    {"gateway/agent", "type Planted struct{ lines map[int][][]byte }", "gateway/agent.Planted has room"},
		"a builder": {"gateway/agent", "import \"strings\"\ntype Planted struct{ b strings.Builder }", "gateway/agent.Planted has room"},
		"itself":    {"gateway/agent", "type Planted []byte", "gateway/agent.Planted has room"},
		"half":      {"gateway/agent", "type Planted []byte\nfunc (Planted) String() string { return \"\" }", "gateway/agent.Planted has room"},
	} {
		t.Run(name, func(t *testing.T) {
			planted, err := clean.with(fault.path, "planted.go", "package "+nameOf("."+fault.path[len("gateway/"):])+"\n"+fault.text+"\n")
			require.NoError(t, err)
			after, _ := printFindings(planted)
			requireNew(t, before, after, fault.want)
		})
	}
}

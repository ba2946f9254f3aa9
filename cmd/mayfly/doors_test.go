package main_test

import (
	"fmt"
	"go/types"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// door is a way to words, and who may use it.
type door struct {
	method  string // as package go/types names it
	in      []string
	because string
}

// doors are all ways from a value that does not print to what was said.
var doors = []door{{
	method:  "(mayfly/session.Speech).AppendTo",
	in:      []string{"session", "redact", "gateway/realtime", "gateway/avatar/...", "gateway/hear", "gateway/agent"},
	because: "words are opened where they are redacted, sent to the person, understood or answered, and nowhere else",
}, {
	method:  "(mayfly/session.Content).AppendContent",
	in:      []string{"gateway/avatar/..."},
	because: "what a person shows is opened where it is given to what answers, and nowhere else",
}, {
	method:  "(mayfly/redact.Turn).AppendTo",
	in:      []string{"redact", "recorder/seal"},
	because: "what may be stored is opened where it is sealed, and nowhere else",
}, {
	method:  "(mayfly/redact.Turn).AppendSoundTo",
	in:      []string{"redact", "recorder/seal"},
	because: "sound that may be stored is opened where it is sealed, and nowhere else",
}, {
	method:  "(mayfly/redact.Report).AppendTo",
	in:      []string{"redact", "recorder/seal"},
	because: "what a person reported is opened where it is sealed, and nowhere else",
}, {
	method:  "(*mayfly/recorder/seal.Key).Unseal",
	in:      []string{"recorder/seal", "recorder/read", "recorder/export"},
	because: "what is stored is opened where it is read on a fact, and nowhere else",
}}

// TestDoors holds the program to the list of doors.
func TestDoors(t *testing.T) {
	s := loadedProgram(t)
	for _, finding := range doorFindings(s, doors) {
		t.Error(finding)
	}
}

// doorFindings are uses of a door outside the packages that may, by what the
// name means and not how it is written: called, taken as a value, promoted by
// embedding or reached through an interface that has the method.
func doorFindings(s *sources, doors []door) (findings []string) {
	for _, d := range doors {
		found := false
		for _, path := range slices.Sorted(maps.Keys(s.module)) {
			p := s.module[path]
			for id, object := range p.info.Defs {
				if f, ok := object.(*types.Func); ok && f.FullName() == d.method {
					found = true
				} else if ok && f.Name() == nameOf(d.method) && isInterfaceMethod(f) && !below(path, d.in) {
					findings = append(findings, fmt.Sprintf("%s declares an interface with %s: %s", s.at(id), f.Name(), d.because))
				}
			}
			for id, object := range p.info.Uses {
				f, ok := object.(*types.Func)
				if ok && f.Origin().FullName() == d.method && !below(path, d.in) {
					findings = append(findings, fmt.Sprintf("%s opens %s: %s", s.at(id), d.method, d.because))
				} else if ok && f.Name() == nameOf(d.method) && isInterfaceMethod(f) && !below(path, d.in) {
					findings = append(findings, fmt.Sprintf("%s calls %s through an interface: %s", s.at(id), f.Name(), d.because))
				}
			}
		}
		if !found {
			findings = append(findings, fmt.Sprintf("the door %s does not exist: the list must name what does", d.method))
		}
	}
	slices.Sort(findings)
	return findings
}

func isInterfaceMethod(f *types.Func) bool {
	receiver := f.Signature().Recv()
	return receiver != nil && types.IsInterface(receiver.Type())
}

// TestDoorsSeen plants openings where they must not be.
func TestDoorsSeen(t *testing.T) {
	clean := loadedProgram(t)
	before := doorFindings(clean, doors)
	const head = "package tenant\nimport \"mayfly/session\"\n"
	for name, fault := range map[string]struct{ text, want string }{
		"call":      {"func x(s session.Speech) []byte { return s.AppendTo(nil) }", "gateway/tenant/x.go:3 opens"},
		"value":     {"func x(s session.Speech) { _ = s.AppendTo }", "gateway/tenant/x.go:3 opens"},
		"method":    {"var f = session.Speech.AppendTo", "gateway/tenant/x.go:3 opens"},
		"embedded":  {"type y struct{ session.Speech }\nfunc x(s y) []byte { return s.AppendTo(nil) }", "gateway/tenant/x.go:4 opens"},
		"interface": {"type i interface{ AppendTo([]byte) []byte }\nfunc x(s session.Speech) i { return s }", "gateway/tenant/x.go:3 declares an interface"},
	} {
		t.Run(name, func(t *testing.T) {
			planted, err := clean.with("gateway/tenant", "x.go", head+fault.text+"\n")
			require.NoError(t, err)
			requireNew(t, before, doorFindings(planted, doors), fault.want)
		})
	}
	t.Run("a door that is gone", func(t *testing.T) {
		requireNew(t, before, doorFindings(clean, []door{{method: "(mayfly/session.Speech).Gone"}}), "does not exist")
	})
}

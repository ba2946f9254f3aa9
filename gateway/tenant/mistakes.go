package tenant

import (
	"fmt"
	"strings"
)

// maxMistakes is how many mistakes one reading keeps; more are counted. A file
// that is wrong throughout is not read further by anybody.
const maxMistakes = 100

// Fault says what is wrong with a value and what to do about it. It never
// holds the value: a key in the wrong place would be printed.
type Fault struct {
	Problem string // "there is no such voice"
	Remedy  string // `use one of "auto", "builtin"`
}

func (f *Fault) Error() string { return f.Problem + "; " + f.Remedy }

// fault is a Fault as an error.
func fault(problem, remedy string) error { return &Fault{Problem: problem, Remedy: remedy} }

// Mistake is a Fault and where it is.
type Mistake struct {
	Key    string // "tenants[0].avatars[1].voice"; empty for the file as a whole
	Line   int    // from 1; 0 for the file as a whole
	Column int    // in characters, from 1
	Fault
}

// Mistakes is everything that is wrong with a file, in the file's order.
type Mistakes struct {
	File string
	List []Mistake
	More int // mistakes beyond those in List
}

// Error prints one mistake per line, as compilers do.
func (m *Mistakes) Error() string {
	var b strings.Builder
	for i, at := range m.List {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.File)
		if at.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", at.Line, at.Column)
		}
		if at.Key != "" {
			b.WriteString(": " + at.Key)
		}
		b.WriteString(": " + at.Problem + "; " + at.Remedy)
	}
	if m.More > 0 {
		fmt.Fprintf(&b, "\n%s: and %d more", m.File, m.More)
	}
	return b.String()
}

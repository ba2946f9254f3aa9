package schema

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/nesting"
)

// Violation is how arguments break a schema. It names what is declared, and
// nothing that was written.
type Violation struct {
	At   string // the member, as "guests" or "rooms.beds"; empty: the whole
	Rule string // "type", "required", "unknown_member", "enum", "minimum", "maximum", "min_size", "max_size", "json"
}

// Error names the rule.
func (v *Violation) Error() string {
	if v.At == "" {
		return "schema: " + v.Rule
	}
	return "schema: " + v.At + ": " + v.Rule
}

// Check says how arguments, as JSON, break the schema: nil, or a *Violation.
func (s *Schema) Check(arguments []byte) error {
	if nesting.Deeper(arguments, MostDepth+1) {
		return &Violation{Rule: "json"}
	}
	d := jsontext.NewDecoder(bytes.NewReader(arguments))
	if v := s.root.check(d, ""); v != nil {
		return v
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return &Violation{Rule: "json"}
	}
	return nil
}

func (n *node) check(d *jsontext.Decoder, at string) *Violation {
	broken := func(rule string) *Violation { return &Violation{at, rule} }
	kind := d.PeekKind()
	switch {
	case kind == 0:
		return broken("json")
	case kind != n.starts():
		if n.kind == "boolean" && kind == 'f' {
			break
		}
		return broken("type")
	}
	switch n.kind {
	case "object":
		return n.object(d, at)
	case "array":
		return n.array(d, at)
	}
	v, err := d.ReadValue()
	if err != nil {
		return broken("json")
	}
	switch n.kind {
	case "string":
		return n.text(v, at)
	case "integer", "number":
		return n.number(v, at)
	}
	return nil
}

// starts is what the JSON of such a value begins with.
func (n *node) starts() jsontext.Kind {
	switch n.kind {
	case "object":
		return '{'
	case "array":
		return '['
	case "string":
		return '"'
	case "boolean":
		return 't'
	}
	return '0'
}

func (n *node) object(d *jsontext.Decoder, at string) *Violation {
	if _, err := d.ReadToken(); err != nil {
		return &Violation{at, "json"}
	}
	seen := make([]string, 0, len(n.required))
	for d.PeekKind() != '}' {
		raw, err := d.ReadValue() // double names are an error
		if err != nil {
			return &Violation{at, "json"}
		}
		name, member := n.member(raw)
		if member == nil {
			return &Violation{at, "unknown_member"}
		}
		below := name
		if at != "" {
			below = at + "." + name
		}
		if v := member.check(d, below); v != nil {
			return v
		}
		seen = append(seen, name)
	}
	if _, err := d.ReadToken(); err != nil {
		return &Violation{at, "json"}
	}
	for _, name := range n.required {
		if !slices.Contains(seen, name) {
			if at != "" {
				name = at + "." + name
			}
			return &Violation{name, "required"}
		}
	}
	return nil
}

// member finds what is declared under a name.
func (n *node) member(quoted jsontext.Value) (string, *node) {
	var room [2 * 64]byte
	b, err := jsontext.AppendUnquote(room[:0], quoted)
	defer clear(b)
	if err != nil {
		return "", nil
	}
	for name, member := range n.members {
		if string(b) == name {
			return name, member
		}
	}
	return "", nil
}

func (n *node) array(d *jsontext.Decoder, at string) *Violation {
	if _, err := d.ReadToken(); err != nil {
		return &Violation{at, "json"}
	}
	count := 0
	for ; d.PeekKind() != ']'; count++ {
		if count == n.maxSize {
			return &Violation{at, "max_size"}
		}
		if v := n.items.check(d, at); v != nil {
			return v
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return &Violation{at, "json"}
	}
	if count < n.minSize {
		return &Violation{at, "min_size"}
	}
	return nil
}

func (n *node) text(v jsontext.Value, at string) *Violation {
	b, err := jsontext.AppendUnquote(make([]byte, 0, len(v)), v)
	defer clear(b)
	if err != nil {
		return &Violation{at, "json"}
	}
	size := utf8.RuneCount(b)
	switch {
	case len(n.enum) > 0 && !slices.ContainsFunc(n.enum, func(w string) bool { return w == string(b) }):
		return &Violation{at, "enum"}
	case size < n.minSize:
		return &Violation{at, "min_size"}
	case size > n.maxSize:
		return &Violation{at, "max_size"}
	}
	return nil
}

func (n *node) number(v jsontext.Value, at string) *Violation {
	f, err := strconv.ParseFloat(string(v), 64)
	switch {
	case err != nil:
		return &Violation{at, "json"}
	case n.kind == "integer" && (f != math.Trunc(f) || math.Abs(f) > 1<<53):
		return &Violation{at, "type"}
	case len(n.enum) > 0 && !slices.Contains(n.enum, strconv.FormatFloat(f, 'f', -1, 64)):
		return &Violation{at, "enum"}
	case f < n.least:
		return &Violation{at, "minimum"}
	case f > n.most:
		return &Violation{at, "maximum"}
	}
	return nil
}

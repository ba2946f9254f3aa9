package gateway

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// schemaNode is a value of JSON with its members in the order in which they
// are written.
type schemaNode struct {
	kind  jsontext.Kind
	text  string // of a string, number or word
	names []string
	items []*schemaNode // of an array; of an object, beside names
}

// readSchema reads a document of ours.
func readSchema(document []byte) *schemaNode {
	return readNode(jsontext.NewDecoder(bytes.NewReader(document)))
}

func readNode(d *jsontext.Decoder) *schemaNode {
	token, err := d.ReadToken()
	if err != nil {
		panic(err) // part of the program: found by the first test
	}
	n := &schemaNode{kind: token.Kind(), text: token.String()}
	switch n.kind {
	case '{':
		for d.PeekKind() != '}' {
			n.names = append(n.names, readNode(d).text)
			n.items = append(n.items, readNode(d))
		}
	case '[':
		for d.PeekKind() != ']' {
			n.items = append(n.items, readNode(d))
		}
	default:
		return n
	}
	_, _ = d.ReadToken()
	return n
}

// get is a member, or nil.
func (n *schemaNode) get(path ...string) *schemaNode {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var found *schemaNode
		for i, at := range n.names {
			if at == name {
				found = n.items[i]
			}
		}
		n = found
	}
	return n
}

// say is the text of a member, or nothing.
func (n *schemaNode) say(path ...string) string {
	if m := n.get(path...); m != nil {
		return m.text
	}
	return ""
}

// all is the elements of a list, or none.
func (n *schemaNode) all() []*schemaNode {
	if n == nil {
		return nil
	}
	return n.items
}

// code is a value as it is written in an event, marked as code.
func (n *schemaNode) code() string {
	if n.kind == '"' {
		return "`\"" + n.text + "\"`"
	}
	return "`" + n.text + "`"
}

// schemaTable is the table of an object's fields, with those of objects inside
// under their path. Types that have a section of their own are linked.
func schemaTable(object *schemaNode) string {
	var rows strings.Builder
	schemaRows(&rows, object, "")
	if rows.Len() == 0 {
		return ""
	}
	return "| field | type | meaning |\n|---|---|---|\n" + rows.String() + "\n"
}

// schemaRows writes the rows of what is at a path, "" for the object itself.
func schemaRows(b *strings.Builder, n *schemaNode, path string) {
	for n.get("items") != nil {
		n, path = n.get("items"), path+"[]"
	}
	required := map[string]bool{}
	for _, name := range n.get("required").all() {
		required[name.text] = true
	}
	if properties := n.get("properties"); properties != nil {
		for i, name := range properties.names {
			field, at := properties.items[i], strings.TrimPrefix(path+"."+name, ".")
			about := cell(field.say("description"))
			if required[name] || name == "type" && field.get("const") != nil {
				about = strings.TrimSpace("**always** " + about)
			}
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", at, typeOf(field), about)
			schemaRows(b, field, at)
		}
	}
	if path == "" {
		return // the forms of a type have tables of their own
	}
	for _, one := range alternatives(n) {
		schemaRows(b, one, path)
	}
}

// formOf names a form of a type by what in it is fixed.
func formOf(n *schemaNode) string {
	var fixed []string
	if properties := n.get("properties"); properties != nil {
		for i, name := range properties.names {
			if value := properties.items[i].get("const"); value != nil && name != "object" {
				fixed = append(fixed, "`"+name+"` "+value.code())
			}
		}
	}
	return strings.Join(fixed, ", ")
}

// alternatives are the schemas of which a value has to fit one.
func alternatives(n *schemaNode) []*schemaNode {
	return append(append([]*schemaNode(nil), n.get("oneOf").all()...), n.get("anyOf").all()...)
}

// typeOf says in words what a value may be, for a cell of a table.
func typeOf(n *schemaNode) string {
	if ref := n.say("$ref"); ref != "" {
		return refLink(ref)
	}
	if c := n.get("const"); c != nil {
		return c.code()
	}
	if words := n.get("enum").all(); words != nil {
		var each []string
		for _, w := range words {
			each = append(each, w.code())
		}
		return strings.Join(each, ", ")
	}
	if list := alternatives(n); list != nil {
		var each []string
		for _, one := range list {
			if words := typeOf(one); !slices.Contains(each, words) {
				each = append(each, words)
			}
		}
		return strings.Join(each, " or ")
	}
	var names []string
	switch t := n.get("type"); {
	case t == nil && n.get("properties") != nil:
		names = []string{"object"}
	case t == nil:
		names = []string{"any"}
	case t.kind == '[':
		for _, one := range t.items {
			names = append(names, one.text)
		}
	default:
		names = []string{t.text}
	}
	for i, name := range names {
		if name == "array" {
			names[i] = "list"
			if of := n.get("items"); of != nil {
				names[i] = "list of " + typeOf(of)
			}
		}
		if name == "null" {
			names[i] = "`null`"
		}
	}
	words := strings.Join(names, " or ")
	if of := n.get("additionalProperties"); of != nil && of.kind == '{' && n.get("properties") == nil {
		words += " of " + typeOf(of)
	}
	for _, limit := range []string{bounds(n, "minLength", "maxLength", " bytes"), bounds(n, "minItems", "maxItems", " items"), bounds(n, "minimum", "maximum", ""), bounds(n, "minProperties", "maxProperties", " members")} {
		if limit != "" {
			words += ", " + limit
		}
	}
	if n.say("contentEncoding") != "" {
		words += ", " + n.say("contentEncoding")
	}
	if p := n.say("pattern"); p != "" {
		words += ", `" + cell(p) + "`"
	}
	return words
}

// bounds says a least and a most.
func bounds(n *schemaNode, least, most, unit string) string {
	low, high := n.say(least), n.say(most)
	switch {
	case low == "" && high == "":
		return ""
	case low == high && low == "1":
		return low + strings.TrimSuffix(unit, "s")
	case low == high:
		return low + unit
	case low == "" || low == "0":
		if high == "" {
			return ""
		}
		if high == "1" {
			unit = strings.TrimSuffix(unit, "s")
		}
		return "at most " + high + unit
	case high == "" && low == "1":
		return "not empty"
	case high == "":
		return "at least " + low + unit
	}
	return low + " to " + high + unit
}

// refLink is a link to the section of a type.
func refLink(ref string) string {
	file, pointer, _ := strings.Cut(ref, "#")
	name := pointer[strings.LastIndexByte(pointer, '/')+1:]
	if file == "events.schema.json" {
		return "[" + name + "](events.md#" + name + ")"
	}
	return "[" + name + "](#" + name + ")"
}

// cell is text that stands in a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\n", " "), "|", `\|`)
}

package schema

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/nesting"
)

const (
	// MostBytes is how large a schema may be, as JSON.
	MostBytes = 16 << 10
	// MostDepth is how deep objects and lists may stand in each other.
	MostDepth = 5
	// MostMembers is how many members all of its objects may have.
	MostMembers = 64
	// mostText is how many characters a text may have that has no maxLength.
	mostText = 4000
	// mostItems is how many items a list may have that has no maxItems.
	mostItems = 100
)

// Schema is what a tool may be called with. It may be used by any number of
// goroutines.
type Schema struct {
	raw  []byte
	root *node
}

// node is one value that is declared.
type node struct {
	kind     string
	members  map[string]*node // of an object
	required []string
	items    *node // of an array
	enum     []string
	least    float64 // of a number
	most     float64
	minSize  int // characters of a text, items of an array
	maxSize  int
}

// Mistake is something that cannot stand in a schema.
type Mistake struct {
	Path    []string // keys, and numbers of items, from the outside
	Problem string
	Remedy  string
}

// Nothing is the schema of a tool that takes no arguments.
func Nothing() *Schema {
	s, _ := Parse([]byte(`{"type":"object","properties":{}}`))
	return s
}

// Parse reads a schema, and says everything that is wrong with it.
func Parse(raw []byte) (*Schema, []Mistake) {
	bad := func(problem, remedy string) (*Schema, []Mistake) {
		return nil, []Mistake{{Problem: problem, Remedy: remedy}}
	}
	if len(raw) > MostBytes {
		return bad(fmt.Sprintf("this is larger than %d KiB", MostBytes>>10), "declare less, with shorter descriptions")
	}
	if nesting.Deeper(raw, 3*MostDepth) {
		return bad("this stands too deep in itself", fmt.Sprintf("use at most %d levels", MostDepth))
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return bad("this is not JSON without double names", "correct it")
	}
	p := &parser{}
	root := p.value(nil, tree, 1)
	if len(p.found) == 0 && root.kind != "object" {
		p.mistake(nil, "arguments are an object, and this is something else", `write type: object, with properties`)
	}
	if p.members > MostMembers {
		p.mistake(nil, fmt.Sprintf("it has %d members", p.members), fmt.Sprintf("it may have %d", MostMembers))
	}
	if len(p.found) > 0 {
		return nil, p.found
	}
	v := jsontext.Value(slices.Clone(raw))
	if err := v.Compact(); err != nil {
		return bad("this is not JSON", "correct it")
	}
	return &Schema{raw: v, root: root}, nil
}

// JSON is the schema as it was written. The caller does not change it.
func (s *Schema) JSON() []byte { return s.raw }

// parser collects what is wrong.
type parser struct {
	found   []Mistake
	members int
}

func (p *parser) mistake(path []string, problem, remedy string) {
	if len(p.found) < 20 {
		p.found = append(p.found, Mistake{slices.Clone(path), problem, remedy})
	}
}

// keywords are those of each type, beside type, description and enum.
var keywords = map[string][]string{
	"object":  {"properties", "required", "additionalProperties"},
	"array":   {"items", "minItems", "maxItems"},
	"string":  {"minLength", "maxLength"},
	"integer": {"minimum", "maximum"},
	"number":  {"minimum", "maximum"},
	"boolean": {},
}

func (p *parser) value(path []string, v any, depth int) *node {
	n := &node{least: math.Inf(-1), most: math.Inf(1), maxSize: mostText}
	m, ok := v.(map[string]any)
	if !ok {
		p.mistake(path, "this is not a schema", "write a group with type: and description:")
		return n
	}
	if depth > MostDepth {
		p.mistake(path, "this stands too deep in other objects and lists", fmt.Sprintf("use at most %d levels", MostDepth))
		return n
	}
	n.kind, _ = m["type"].(string)
	own, known := keywords[n.kind]
	if !known {
		p.mistake(under(path, "type"), "it is not said which type this has", "write type: with one of "+strings.Join(slices.Sorted(maps.Keys(keywords)), ", "))
		return n
	}
	if n.kind == "array" {
		n.maxSize = mostItems
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		at, v := under(path, key), m[key]
		switch {
		case key == "type":
		case key == "description" || key == "title":
			if _, ok := v.(string); !ok {
				p.mistake(at, "this is not text", "put it in quotes")
			}
		case key == "enum" && (n.kind == "string" || n.kind == "integer"):
			n.enum = p.enum(at, v, n.kind)
		case !slices.Contains(own, key):
			p.mistake(at, "this keyword is not understood here", "for "+n.kind+" use "+strings.Join(append(slices.Clone(own), "enum (of string and integer)", "description"), ", "))
		default:
			p.keyword(n, at, key, v, depth)
		}
	}
	switch {
	case n.kind == "array" && n.items == nil:
		p.mistake(path, "it is not said what the list holds", "add items:")
	case n.minSize > n.maxSize || n.least > n.most:
		p.mistake(path, "the least is more than the most", "exchange them")
	}
	for i, name := range n.required {
		if n.members[name] == nil {
			p.mistake(under(under(path, "required"), strconv.Itoa(i)), "no member has this name", "name it under properties")
		}
	}
	return n
}

func (p *parser) keyword(n *node, at []string, key string, v any, depth int) {
	switch key {
	case "properties":
		all, ok := v.(map[string]any)
		if !ok {
			p.mistake(at, "this is not a group of members", "write each member's name with its schema")
			return
		}
		n.members = make(map[string]*node, len(all))
		for _, name := range slices.Sorted(maps.Keys(all)) {
			p.members++
			if !plain(name) {
				p.mistake(under(at, name), "this is not the name of a member", "use 1 to 64 of the characters a-z A-Z 0-9 _ and -")
				continue
			}
			n.members[name] = p.value(under(at, name), all[name], depth+1)
		}
	case "required":
		all, ok := v.([]any)
		for i, v := range all {
			name, text := v.(string)
			if !text {
				p.mistake(under(at, strconv.Itoa(i)), "this is not a name", "put it in quotes")
				continue
			}
			n.required = append(n.required, name)
		}
		if !ok {
			p.mistake(at, "this is not a list", "list the names of members")
		}
	case "additionalProperties":
		if v != false {
			p.mistake(at, "members that are not named would be sent to the tool", "leave it out: only those under properties are")
		}
	case "items":
		n.items = p.value(at, v, depth+1)
	case "minimum", "maximum":
		f, ok := v.(float64)
		if !ok {
			p.mistake(at, "this is not a number", "write digits, without quotes")
			return
		}
		if key == "minimum" {
			n.least = f
		} else {
			n.most = f
		}
	default: // a size
		f, ok := v.(float64)
		if !ok || f != math.Trunc(f) || f < 0 || f > float64(n.maxSizeOf()) {
			p.mistake(at, "this is not a size that can be", fmt.Sprintf("write a whole number of 0 to %d", n.maxSizeOf()))
			return
		}
		if strings.HasPrefix(key, "min") {
			n.minSize = int(f)
		} else {
			n.maxSize = int(f)
		}
	}
}

// maxSizeOf is the largest size that can be declared.
func (n *node) maxSizeOf() int {
	if n.kind == "array" {
		return mostItems
	}
	return mostText
}

func (p *parser) enum(at []string, v any, kind string) (words []string) {
	all, ok := v.([]any)
	if !ok || len(all) == 0 {
		p.mistake(at, "this is not a list of what may stand here", "list the values")
		return nil
	}
	for i, v := range all {
		switch v := v.(type) {
		case string:
			if kind == "string" {
				words = append(words, v)
				continue
			}
		case float64:
			if kind == "integer" && v == math.Trunc(v) {
				words = append(words, strconv.FormatFloat(v, 'f', -1, 64))
				continue
			}
		}
		p.mistake(under(at, strconv.Itoa(i)), "this is not a value of the type", "write "+kind+"s")
	}
	return words
}

func under(path []string, key string) []string { return append(slices.Clip(path), key) }

// plain says whether a name is one of letters, digits, _ and -.
func plain(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

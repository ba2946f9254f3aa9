package tenant

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// maxTokens bounds the parser's work; 1,000 tenants with their avatars have
	// fewer.
	maxTokens = 200_000
	// maxKeys is how many keys one group may have. The parser compares each
	// with all others, so that 33,000 in one group would take it 15 seconds.
	maxKeys = 500
	// maxDepth is how deep groups and lists may stand in each other on one
	// line. The parser calls itself at each.
	maxDepth = 16
	// maxDocuments is how many documents are read before the second is said to
	// be one too many. The parser copies what is left for each.
	maxDocuments = 16
)

// document parses the file and gives its one document, or nil if there is
// nothing to read on.
func (r *reader) document(data []byte) (body ast.Node) {
	if len(data) > maxFile {
		r.mistakeAt("", place{}, fault("the file is larger than 1 MiB", "split it, or put long texts into the knowledge folder"))
		return nil
	}
	if !r.readable(data) {
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if !r.shallow(tokens) {
		return nil
	}
	file, ok := r.parse(tokens)
	if !ok {
		return nil
	}
	for _, d := range file.Docs {
		if dir, ok := d.Body.(*ast.DirectiveNode); ok {
			r.mistakeAt("", position(dir.GetToken()), fault("directives (%) are not read", "leave the line out"))
			continue
		}
		if body != nil {
			at := where(d.Body)
			if d.Start != nil {
				at = position(d.Start)
			}
			r.mistakeAt("", at, fault("a second document begins here, which would not be read", "put all into one"))
			break
		}
		body = d.Body
	}
	return body
}

// readable refuses bytes that people cannot see and tabs that look like spaces.
func (r *reader) readable(data []byte) bool {
	before := len(r.found)
	json := bytes.HasPrefix(bytes.TrimSpace(data), []byte("{"))
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			r.mistakeAt("", place{i + 1, 1}, fault("this line is not UTF-8", "save the file as UTF-8"))
			continue
		}
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if tab := bytes.IndexByte(indent, '\t'); tab >= 0 && !json && len(bytes.TrimSpace(line)) > 0 {
			r.mistakeAt("", place{i + 1, tab + 1}, fault("there is a tab before the text", "indent with spaces"))
		}
		control := bytes.IndexFunc(bytes.TrimSuffix(line, []byte("\r")), func(c rune) bool {
			return (c < 0x20 && c != '\t') || c == 0x7f || c == 0x85 || c == 0x2028 || c == 0x2029 || c == 0xfeff
		})
		if control >= 0 {
			r.mistakeAt("", place{i + 1, utf8.RuneCount(line[:control]) + 1}, fault("there is a control character", "leave it out"))
		}
	}
	return len(r.found) == before
}

// shallow refuses files whose parsing would take the process's time or stack.
func (r *reader) shallow(tokens token.Tokens) bool {
	if len(tokens) > maxTokens {
		r.mistakeAt("", place{}, fault(fmt.Sprintf("the file has %d parts", len(tokens)), fmt.Sprintf("it may have %d", maxTokens)))
		return false
	}
	flow, row, line, documents := 0, 0, 0, 0
	var groups []*openGroup
	closeTo := func(column int) {
		for n := len(groups); n > 0 && groups[n-1].flow == flow && groups[n-1].column > column; n-- {
			groups = groups[:n-1]
		}
	}
	for _, tk := range tokens {
		at := position(tk)
		if tk.Type == token.DocumentHeaderType {
			if documents++; documents > maxDocuments {
				r.mistakeAt("", at, fault(fmt.Sprintf("the file has more than %d documents", maxDocuments), "put all into one"))
				return false
			}
		}
		if at.line != line {
			line, row = at.line, 0
		}
		switch tk.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
			groups = append(groups, &openGroup{flow: flow})
		case token.MappingEndType, token.SequenceEndType:
			for n := len(groups); n > 0 && groups[n-1].flow == flow && flow > 0; n-- {
				groups = groups[:n-1]
			}
			flow = max(flow-1, 0)
		case token.SequenceEntryType:
			row++
			closeTo(at.column)
		case token.MappingKeyType, token.TagType, token.AnchorType:
			row++
		case token.MappingValueType:
			key := at.column
			if tk.Prev != nil && flow == 0 {
				key = position(tk.Prev).column
			}
			if flow == 0 {
				closeTo(key)
			}
			if n := len(groups); n == 0 || (flow == 0 && groups[n-1].column < key) {
				groups = append(groups, &openGroup{column: key})
			}
			groups[len(groups)-1].keys++
		}
		if flow > maxDepth || row > maxDepth {
			r.mistakeAt("", at, fault("groups and lists stand too deep in each other here", "nothing in this file needs that"))
			return false
		}
		if n := len(groups); n > 0 && groups[n-1].keys > maxKeys {
			r.mistakeAt("", at, fault("this group has too many keys", "no group in this file has that many"))
			return false
		}
	}
	return true
}

// openGroup is a group of keys whose end was not seen yet. In block style its
// keys stand in one column; in flow style it ends with its bracket.
type openGroup struct{ flow, column, keys int }

// parse reads the tokens. The parser's own words are not passed on: they may
// quote the file.
func (r *reader) parse(tokens token.Tokens) (file *ast.File, ok bool) {
	defer func() {
		// A parser that fails on odd input must not take the process along.
		if recover() != nil {
			r.mistakeAt("", place{}, fault("this is not YAML", "compare it with the example in configuration.md"))
			file, ok = nil, false
		}
	}()
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file, true
	}
	var at place
	if e, ok := err.(interface{ GetToken() *token.Token }); ok {
		at = position(e.GetToken())
	}
	remedy := "compare it with the example in configuration.md"
	if e, ok := err.(interface{ GetMessage() string }); ok {
		for _, s := range syntax() {
			if strings.Contains(e.GetMessage(), s.words) {
				remedy = s.remedy
				break
			}
		}
	}
	r.mistakeAt("", at, fault("this is not YAML", remedy))
	return nil, false
}

type slip struct{ words, remedy string }

// syntax says what usually stands behind the parser's complaints.
func syntax() []slip {
	return []slip{
		{"mapping value is not allowed", `check the indentation; text that holds ": " needs quotes`},
		{"end character of double-quoted", `close the quotes with "`},
		{"end character of single-quoted", "close the quotes with '"},
		{"must be specified", "put a comma between items, and close a list with ] and a group with }"},
		{"sequence end token", "close the list with ]"},
		{"']'", "take the ] away, or open the list with ["},
		{"mapping end token", "close the group with }"},
		{"'}'", "take the } away, or open the group with {"},
		{"non-map value", "write key: value, and indent with spaces alike"},
		{"sequence", "begin each item of a list with a dash at the same column"},
		{"tab", "indent with spaces"},
		{"indent", "indent what belongs together by the same number of spaces"},
		{"not allowed", "check the indentation of this line and the one before"},
	}
}

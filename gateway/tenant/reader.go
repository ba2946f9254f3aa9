package tenant

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reader walks a parsed file by a table of keys and collects what is wrong.
// It belongs to one call of Parse.
type reader struct {
	base   string           // the file's folder: relative paths start there
	stored bool             // it is a tenant's own document, which names no file
	now    time.Time        // for what may end so far ahead and no further; zero: that is not looked at
	at     map[string]place // where each key's value stands, for checks between keys
	found  []Mistake
	more   int
}

// place is a position in the file, from 1.
type place struct{ line, column int }

// mistake notes what is wrong with the key, at the place where its value or,
// if it is missing, its owner stands.
func (r *reader) mistake(key string, err error) {
	r.mistakeAt(key, r.at[key], err)
}

func (r *reader) mistakeAt(key string, at place, err error) {
	if len(r.found) == maxMistakes {
		r.more++
		return
	}
	var f *Fault
	if !errors.As(err, &f) {
		// Other errors may quote the value.
		f = &Fault{"this cannot be used", "see the description of the key in configuration.md"}
	}
	r.found = append(r.found, Mistake{Key: key, Line: at.line, Column: at.column, Fault: *f})
}

// mistakes is everything found as one error, or nil.
func (r *reader) mistakes(file string) error {
	if len(r.found) == 0 {
		return nil
	}
	slices.SortStableFunc(r.found, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Mistakes{File: file, List: r.found, More: r.more}
}

// bare takes off what YAML can wrap around a value. Anchors, aliases, tags and
// the like are refused (they make one place of a file change another), but
// what is inside is still read, so that its mistakes are told as well. It is
// nil if nothing can be read.
func (r *reader) bare(key string, n ast.Node) ast.Node {
	for {
		at := where(n)
		switch v := n.(type) {
		case *ast.AnchorNode:
			r.mistakeAt(key, at, fault("anchors (&name) are not read", "write the value out where it is used"))
			n = v.Value
		case *ast.AliasNode:
			r.mistakeAt(key, at, fault("aliases (*name) are not read", "write the value out; text that begins with * needs quotes"))
			return nil
		case *ast.TagNode:
			r.mistakeAt(key, at, fault("tags (!name) are not read", "leave the tag out; text that begins with ! needs quotes"))
			n = v.Value
		case *ast.NullNode:
			r.mistakeAt(key, at, fault("there is no value", "give one, or leave the key out; text that begins with # needs quotes"))
			return nil
		case nil:
			return nil
		default:
			return n
		}
		if n == nil {
			return nil
		}
	}
}

// pairs are the keys and values of a group, or false if n is something else.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch v := n.(type) {
	case *ast.MappingNode:
		return v.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{v}, true
	}
	return nil, false
}

// word is a key as text, or a fault.
func word(n ast.MapKeyNode) (string, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.MergeKeyNode:
		return "", fault("merge keys (<<) are not read", "write the keys out where they are used")
	case *ast.MappingKeyNode:
		return "", fault("keys after a question mark are not read", "write key: value")
	}
	return "", fault("this is not a key", "a key is a plain word")
}

// where is the position at which a person sees the value begin.
func where(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0]
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		n = m.Key
	}
	if n == nil {
		return place{}
	}
	return position(n.GetToken())
}

func position(tk *token.Token) place {
	if tk == nil || tk.Position == nil {
		return place{}
	}
	return place{tk.Position.Line, tk.Position.Column}
}

// under is the path of a key in a group; the group with the path "" is the
// whole document.
func under(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// shown is an unknown key as it may be printed. What does not look like a key
// may be a secret that lost its key, and is not printed.
func shown(key string) string {
	if key == "" || len(key) > 24 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" {
		return "?"
	}
	return key
}

// unknown says what the key may have been meant to be.
func unknown(key string, known []string) error {
	if near := nearest(key, known); near != "" {
		return fault("there is no such key", fmt.Sprintf("did you mean %q?", near))
	}
	return fault("there is no such key", "the keys here are "+strings.Join(known, ", "))
}

// nearest is the known word that the other was probably meant to be: at most a
// third of its letters differ. It is empty if there is none.
func nearest(got string, known []string) string {
	plain := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(got))
	best, least := "", 0
	for _, k := range known {
		d := distance(plain, k)
		if strings.ReplaceAll(plain, "_", "") == strings.ReplaceAll(k, "_", "") {
			d = 0
		}
		if d <= max(1, len(k)/3) && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of letters to change, add, leave out or swap with
// their neighbour to make b from a (Damerau's restricted edit distance).
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 0
			if a[i-1] != b[j-1] {
				change = 1
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

// mistakeOnce notes a mistake unless something below the key is wrong already,
// of which it would only be the consequence.
func (r *reader) mistakeOnce(key string, err error) { r.mistakeOnceIn(key, key, err) }

// mistakeOnceIn is mistakeOnce for a mistake that is noted at another key.
func (r *reader) mistakeOnceIn(key, at string, err error) {
	if !r.wrong(key) {
		r.mistake(at, err)
	}
}

// wrong says whether something was found at the key or below it.
func (r *reader) wrong(key string) bool {
	return slices.ContainsFunc(r.found, func(m Mistake) bool { return strings.HasPrefix(m.Key, key) })
}

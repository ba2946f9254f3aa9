package tenant

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MergePatch applies a merge patch (RFC 7396) to a document and gives the
// canonical form of what comes of it; ParseDocument says whether that is a
// tenant. A null takes a key away, a list takes the place of the whole list.
// Numbers with more digits than a double holds are not in any document.
func MergePatch(document, patch []byte) ([]byte, error) {
	var doc, change any
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fault("the document is not JSON", "read the tenant again")
	}
	// The decoder's own words may quote the patch.
	if err := json.Unmarshal(patch, &change); err != nil {
		return nil, fault("the patch is not JSON, or has a key twice", "send one JSON object (RFC 7396)")
	}
	if _, ok := change.(map[string]any); !ok {
		return nil, fault("the patch is not a JSON object", "send one JSON object (RFC 7396)")
	}
	raw, err := json.Marshal(merge(doc, change), json.Deterministic(true))
	if err != nil {
		return nil, fault("the patch cannot be applied", "send one JSON object (RFC 7396)")
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, fault("the patch cannot be applied", "send one JSON object (RFC 7396)")
	}
	return v, nil
}

// merge is the function MergePatch of RFC 7396.
func merge(target, patch any) any {
	change, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	into, ok := target.(map[string]any)
	if !ok {
		into = map[string]any{}
	}
	for key, v := range change {
		if v == nil {
			delete(into, key)
			continue
		}
		into[key] = merge(into[key], v)
	}
	return into
}

// Changed is one difference between two documents, for people.
type Changed struct {
	Key    string // "policy.transcript", "avatars[ada].name"
	Before string // empty: it was not there
	After  string // empty: it is not there any more
}

// Diff lists what is different between two documents, by key. Items of a list
// that have an id are told apart by it, and not by where they stand. A
// document that cannot be read is one without keys.
func Diff(before, after []byte) []Changed {
	a, b := flat(before), flat(after)
	var all []Changed
	for key, was := range a {
		if is := b[key]; is != was {
			all = append(all, Changed{key, was, is})
		}
	}
	for key, is := range b {
		if _, was := a[key]; !was {
			all = append(all, Changed{key, "", is})
		}
	}
	slices.SortFunc(all, func(x, y Changed) int { return cmp.Compare(x.Key, y.Key) })
	return all
}

// flat is a document as single values under their keys.
func flat(document []byte) map[string]string {
	all := map[string]string{}
	var v any
	if len(document) > 0 && json.Unmarshal(document, &v) == nil {
		flatten(all, "", v)
	}
	return all
}

func flatten(all map[string]string, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, in := range v {
			flatten(all, under(key, name), in)
		}
	case []any:
		if text, ok := scalars(v); ok {
			all[key] = text
			return
		}
		for i, in := range v {
			name := strconv.Itoa(i)
			if o, ok := in.(map[string]any); ok {
				if id, ok := o["id"].(string); ok {
					name = id
				}
			}
			flatten(all, fmt.Sprintf("%s[%s]", key, name), in)
		}
	default:
		all[key] = scalar(v)
	}
}

// scalars is a list of single values as a person reads it.
func scalars(v []any) (string, bool) {
	var parts []string
	for _, in := range v {
		switch in.(type) {
		case map[string]any, []any:
			return "", false
		}
		parts = append(parts, scalar(in))
	}
	return strings.Join(parts, ", "), true
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

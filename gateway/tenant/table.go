package tenant

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Setting describes one key of the file; configuration.md lists them all.
type Setting struct {
	Key     string // "tenants[].avatars[].voice"
	Type    string // what may stand there, with unit and range
	Default string // what its absence means; "required" if it must be there
	About   string
}

// required is the Default of a key that must be there.
const required = "required"

// table is what a group of keys may hold.
type table[T any] []entry[T]

type entry[T any] struct {
	name string
	Setting
	inner []Setting // of the groups below, keys relative to this one
	read  func(r *reader, key string, n ast.Node, into *T)
}

// one is a key with a single value.
func one[T, V any](name string, k kind[V], absent, about string, at func(*T) *V) entry[T] {
	return entry[T]{
		name:    name,
		Setting: Setting{Key: name, Type: k.name, Default: absent, About: about},
		read: func(r *reader, key string, n ast.Node, into *T) {
			if v, ok := value(r, k, key, n); ok {
				*at(into) = v
			}
		},
	}
}

// many is a key with a list of single values, none of them twice.
func many[T any, V comparable](name string, k kind[V], most int, absent, about string, at func(*T) *[]V) entry[T] {
	return entry[T]{
		name:    name,
		Setting: Setting{Key: name, Type: fmt.Sprintf("list of at most %d: %s", most, k.name), Default: absent, About: about},
		read: func(r *reader, key string, n ast.Node, into *T) {
			seen := map[V]int{}
			r.list(key, n, most, func(i int, item string, n ast.Node) {
				v, ok := value(r, k, item, n)
				if !ok {
					return
				}
				if first, twice := seen[v]; twice {
					r.mistake(item, fault(fmt.Sprintf("this is there twice, first as item %d", first), "leave one out"))
					return
				}
				seen[v] = i
				*at(into) = append(*at(into), v)
			})
		},
	}
}

// group is a key with keys below it. check, if not nil, looks at the whole.
func group[T, V any](name string, t table[V], absent, about string, at func(*T) *V, check func(*reader, string, *V)) entry[T] {
	return entry[T]{
		name:    name,
		Setting: Setting{Key: name, Type: "group", Default: absent, About: about},
		inner:   t.settings(name + "."),
		read: func(r *reader, key string, n ast.Node, into *T) {
			if t.read(r, key, n, at(into)) && check != nil {
				check(r, key, at(into))
			}
		},
	}
}

// groups is a key with a list of groups. first makes what a group starts from.
func groups[T, V any](name string, t table[V], most int, absent, about string, at func(*T) *[]V, first func() V, check func(*reader, string, *V)) entry[T] {
	return entry[T]{
		name:    name,
		Setting: Setting{Key: name, Type: fmt.Sprintf("list of at most %d groups", most), Default: absent, About: about},
		inner:   t.settings(name + "[]."),
		read: func(r *reader, key string, n ast.Node, into *T) {
			r.list(key, n, most, func(_ int, item string, n ast.Node) {
				v := first()
				if t.read(r, item, n, &v) && check != nil {
					check(r, item, &v)
				}
				// A group with mistakes is kept all the same: the numbers
				// of the list must stay those of the file.
				*at(into) = append(*at(into), v)
			})
		},
	}
}

// settings lists the table's keys and those below them.
func (t table[T]) settings(prefix string) []Setting {
	var all []Setting
	for _, e := range t {
		s := e.Setting
		s.Key = prefix + s.Key
		all = append(all, s)
		for _, in := range e.inner {
			in.Key = prefix + in.Key
			all = append(all, in)
		}
	}
	return all
}

func (t table[T]) names() []string {
	var all []string
	for _, e := range t {
		all = append(all, e.name)
	}
	return all
}

func (t table[T]) find(name string) *entry[T] {
	for i := range t {
		if t[i].name == name {
			return &t[i]
		}
	}
	return nil
}

// read fills into from a group of keys, and says whether n is one.
func (t table[T]) read(r *reader, key string, n ast.Node, into *T) bool {
	if n = r.bare(key, n); n == nil {
		return false
	}
	r.at[key] = where(n)
	all, ok := pairs(n)
	if !ok {
		r.mistake(key, fault("this is not a group of keys", "the keys here are "+strings.Join(t.names(), ", ")))
		return false
	}
	prefix := key
	if key != "" {
		prefix += "."
	}
	seen := map[string]int{}
	for _, p := range all {
		name, err := word(p.Key)
		if err != nil {
			r.mistakeAt(key, where(p.Key), err)
			continue
		}
		if line, twice := seen[name]; twice {
			r.mistakeAt(prefix+shown(name), where(p.Key), fault(fmt.Sprintf("this key is there twice, first in line %d", line), "leave one out"))
			continue
		}
		seen[name] = where(p.Key).line
		e := t.find(name)
		if e == nil {
			r.mistakeAt(prefix+shown(name), where(p.Key), unknown(name, t.names()))
			continue
		}
		r.at[prefix+name] = where(p.Value)
		e.read(r, prefix+name, p.Value, into)
	}
	for _, e := range t {
		if _, there := seen[e.name]; e.Default == required && !there {
			r.mistakeAt(prefix+e.name, r.at[key], fault("this key is missing", "add it: "+e.Type))
		}
	}
	return true
}

// value reads one value.
func value[V any](r *reader, k kind[V], key string, n ast.Node) (v V, ok bool) {
	if n = r.bare(key, n); n == nil {
		return v, false
	}
	r.at[key] = where(n)
	v, err := k.read(r, n)
	if err != nil {
		r.mistake(key, err)
		return v, false
	}
	return v, true
}

// list calls each for every item of a list of at most most.
func (r *reader) list(key string, n ast.Node, most int, each func(i int, item string, n ast.Node)) {
	if n = r.bare(key, n); n == nil {
		return
	}
	r.at[key] = where(n)
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.mistake(key, fault("this is not a list", "put each item on its own line after a dash, or all in [ ]"))
		return
	}
	if len(s.Values) > most {
		r.mistake(key, fault(fmt.Sprintf("the list has %d items", len(s.Values)), fmt.Sprintf("it may have %d", most)))
		return
	}
	for i, item := range s.Values {
		each(i, fmt.Sprintf("%s[%d]", key, i), item)
	}
}

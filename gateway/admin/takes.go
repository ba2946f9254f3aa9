package admin

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/nesting"
)

// kind is what may stand in a field of a request.
type kind uint8

const (
	text   kind = iota // one line without control characters
	word               // one of a list
	moment             // RFC 3339, or a day
	span               // a duration: 12h, 90d
	number             // a whole number from 1
	object             // a JSON object, as it is
)

// field is one thing that a route takes, in its query or its body. The table
// is what requests are read by and what the documentation is made from.
type field struct {
	name     string
	kind     kind
	required bool
	most     int      // text: bytes
	plain    bool     // text: A-Z a-z 0-9 . _ / - only
	words    []string // word: the list
	least    time.Duration
	longest  time.Duration // span: its range
	about    string
}

// taken is what a request had, field by field. What it did not have is zero.
type taken map[string]any

func (t taken) text(name string) string        { s, _ := t[name].(string); return s }
func (t taken) time(name string) time.Time     { v, _ := t[name].(time.Time); return v }
func (t taken) span(name string) time.Duration { v, _ := t[name].(time.Duration); return v }
func (t taken) number(name string) uint64      { v, _ := t[name].(uint64); return v }
func (t taken) object(name string) []byte      { v, _ := t[name].([]byte); return v }

// bodyWithin is how long a body may take to arrive.
const bodyWithin = 10 * time.Second

// readBody reads a body of JSON of at most most bytes.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, *refusal) {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	if media != "application/json" && (media != "application/merge-patch+json" || r.Method != http.MethodPatch) {
		return nil, refuse("json_required")
	}
	if r.ContentLength > most {
		return nil, refuse("body_too_large")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin))
	data, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse("body_too_slow")
	case errors.As(err, &large), int64(len(data)) > most:
		return nil, refuse("body_too_large")
	case err != nil:
		return nil, refuse("invalid_json")
	}
	return data, nil
}

// pair is one member of an object, or one value of a query.
type pair struct {
	name  string
	value jsontext.Value // of a body
	plain string         // of a query
}

// maxNesting is how deep the JSON of a request may be nested.
const maxNesting = 16

// members takes an object apart. Everything that JSON leaves open is closed:
// no name twice, nothing after the object, no broken UTF-8.
func members(data []byte) ([]pair, bool) {
	data = bytes.TrimSpace(data)
	if !jsontext.Value(data).IsValid() || len(data) == 0 || data[0] != '{' || nesting.Deeper(data, maxNesting) {
		return nil, false
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	var all []pair
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, false
		}
		p := pair{name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return nil, false
		}
		p.value = value.Clone()
		all = append(all, p)
	}
	return all, true
}

// readFields reads a body by the route's table.
func readFields(data []byte, fields []field) (taken, *refusal) {
	all, ok := members(data)
	if !ok {
		return nil, refuse("invalid_json")
	}
	return take(all, fields)
}

// readQuery reads a query by the route's table. An empty value is none.
func readQuery(raw string, fields []field) (taken, *refusal) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, wrongFields(Problem{Text: "the query is not one; write name=value, encoded"})
	}
	var all []pair
	var twice []Problem
	for name, v := range values {
		if len(v) > 1 {
			twice = append(twice, Problem{Key: shown(name), Text: "this is there twice; leave one out"})
		}
		if v[0] != "" || !known(name, fields) {
			all = append(all, pair{name: name, plain: v[0]})
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return strings.Compare(a.name, b.name) })
	t, bad := take(all, fields)
	if len(twice) > 0 {
		if bad != nil {
			twice = append(twice, bad.problems...)
		}
		return nil, wrongFields(twice...)
	}
	return t, bad
}

func known(name string, fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool { return f.name == name })
}

// take holds what was sent against the table, and finds all that is wrong.
func take(all []pair, fields []field) (taken, *refusal) {
	t := taken{}
	var problems []Problem
	for _, p := range all {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == p.name })
		if i < 0 {
			problems = append(problems, Problem{Key: shown(p.name), Text: "this is not known here; " + offered(fields)})
			continue
		}
		v, wrong := fields[i].read(p)
		if wrong != "" {
			problems = append(problems, Problem{Key: p.name, Text: wrong})
			continue
		}
		t[p.name] = v
	}
	for _, f := range fields {
		if f.required && !slices.ContainsFunc(all, func(p pair) bool { return p.name == f.name }) {
			problems = append(problems, Problem{Key: f.name, Text: "this is missing; add it: " + f.wants()})
		}
	}
	if len(problems) > 0 {
		return nil, wrongFields(problems...)
	}
	return t, nil
}

func offered(fields []field) string {
	if len(fields) == 0 {
		return "nothing is taken here"
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	return "what is taken: " + strings.Join(names, ", ")
}

// shown is a name that was sent, as far as it is harmless to say it back.
func shown(name string) string {
	if len(name) <= 64 && plainName.MatchString(name) {
		return name
	}
	return "?"
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]+$`)

// wants says what may stand in the field.
func (f field) wants() string {
	switch f.kind {
	case word:
		return "one of " + strings.Join(f.words, ", ")
	case moment:
		return "a time like 2026-11-23T09:30:00Z, or a day like 2026-11-23"
	case span:
		return "a duration from " + spell(f.least) + " to " + spell(f.longest) + ", like 90d"
	case number:
		return "a whole number from 1"
	case object:
		return "a JSON object"
	}
	if f.plain {
		return "1 to " + strconv.Itoa(f.most) + " of A-Z a-z 0-9 . _ / -"
	}
	return "a text in quotes, one line, at most " + strconv.Itoa(f.most) + " bytes"
}

// read reads the field, or says what is wrong and what to do.
func (f field) read(p pair) (v any, wrong string) {
	plain := p.plain
	if p.value != nil {
		switch k := p.value.Kind(); {
		case f.kind == object && k == '{':
			return []byte(p.value), ""
		case f.kind == number && k == '0':
			plain = string(p.value)
		case f.kind != object && f.kind != number && k == '"':
			plain = unquoted(p.value)
		default:
			return nil, "this is " + kindNames[k] + "; write " + f.wants()
		}
	}
	switch f.kind {
	case word:
		if slices.Contains(f.words, plain) {
			return plain, ""
		}
	case moment:
		if at, ok := parseMoment(plain); ok {
			return at, ""
		}
	case span:
		if d, ok := parseSpan(plain); ok && d >= f.least && d <= f.longest {
			return d, ""
		}
	case number:
		if n, err := strconv.ParseUint(plain, 10, 53); err == nil && n > 0 && strconv.FormatUint(n, 10) == plain {
			return n, ""
		}
	case text:
		if f.plain && !plainText.MatchString(plain) {
			break
		}
		if plain != "" && len(plain) <= f.most && utf8.ValidString(plain) && strings.IndexFunc(plain, hidden) < 0 && strings.TrimSpace(plain) == plain {
			return plain, ""
		}
	}
	return nil, "this is something else; write " + f.wants()
}

// hidden are characters that people cannot see, or that turn a line around.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

var kindNames = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a text", '0': "a number", '{': "an object", '[': "a list",
}

// unquoted is the text of a JSON string that is known to be valid.
func unquoted(v jsontext.Value) string {
	s, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(s)
}

func parseMoment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil && at.Year() >= 2000 && at.Year() < 2200 {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

var spans = regexp.MustCompile(`^([1-9][0-9]{0,5})([mhd])$`)

// parseSpan reads a duration of minutes, hours or days.
func parseSpan(s string) (time.Duration, bool) {
	m := spans.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, false
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, true
}

// spell is a duration as parseSpan reads it.
func spell(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	return strconv.Itoa(int(d/time.Hour)) + "h"
}

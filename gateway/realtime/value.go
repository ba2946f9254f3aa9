package realtime

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"mayfly/session"

	"github.com/go-json-experiment/json/jsontext"
)

// Maybe is a field that can be absent, null or given.
type Maybe[T any] struct {
	Presence Presence
	Value    T // meaningful when Given
}

// Given says whether there is a value.
func (m Maybe[T]) Given() bool { return m.Presence == Given }

// Presence says whether a field was there.
type Presence uint8

// The ways to be there.
const (
	Absent Presence = iota
	Null
	Given
)

func given[T any](v T) Maybe[T] { return Maybe[T]{Presence: Given, Value: v} }

// decoder reads values and remembers the first thing that is wrong. Its
// methods give zero values from then on, so that a caller may look once, at
// the end. Its parameters named at are paths of the schema.
type decoder struct {
	err   *Error
	under string // what the paths continue: what is read in several places sets it
}

func (d *decoder) fail(c Code, at string) {
	if d.err == nil {
		d.err = &Error{Code: c, Param: d.under + at}
	}
}

// failTaking is fail where it can be said in a few words what the field takes.
func (d *decoder) failTaking(c Code, at, takes string) {
	if d.err == nil {
		d.fail(c, at)
		d.err.Takes = takes
	}
}

// need fails if a required value is absent. Null is no value.
func (d *decoder) need(v []byte, at string) bool {
	if absent(v) {
		d.fail(CodeMissing, at)
		return false
	}
	return true
}

// absent says that there is no value: published clients write null for what
// they leave out.
func absent(v []byte) bool { return len(v) == 0 || v[0] == 'n' }

func isNull(v []byte) bool { return len(v) > 0 && v[0] == 'n' }

func (d *decoder) kind(v []byte, k byte, at string) bool {
	if v[0] == k {
		return true
	}
	d.fail(CodeInvalidType, at)
	return false
}

// unquote appends the text of a string literal. It cannot fail: check has seen
// the literal.
func unquote(dst, literal []byte) []byte {
	dst, _ = jsontext.AppendUnquote(dst, literal)
	return dst
}

// text is a copy of a string of at most limit bytes, nil when empty or absent.
func (d *decoder) text(v []byte, limit int, at string) []byte {
	if absent(v) || !d.kind(v, '"', at) {
		return nil
	}
	if len(v)-2 > 6*limit { // an escape has at most six bytes per byte of text
		d.fail(CodeTooLong, at)
		return nil
	}
	if len(v) == 2 {
		return nil
	}
	b := unquote(make([]byte, 0, len(v)-2), v)
	if len(b) > limit {
		clear(b)
		d.fail(CodeTooLong, at)
		return nil
	}
	return b
}

// words is a string of at most limit bytes as Speech.
func (d *decoder) words(v []byte, limit int, at string) session.Speech {
	return session.NewSpeech(d.text(v, limit, at))
}

// id is an id of 1 to maxID bytes.
func (d *decoder) id(v []byte, at string) []byte {
	b := d.text(v, maxID, at)
	if b == nil && !absent(v) {
		d.fail(CodeInvalidValue, at)
	}
	return b
}

// json keeps an object of at most limit bytes as it is, without white space.
func (d *decoder) json(v []byte, limit int, at string) session.Speech {
	if absent(v) || !d.kind(v, '{', at) {
		return session.Speech{}
	}
	if len(v) > limit {
		d.fail(CodeTooLong, at)
		return session.Speech{}
	}
	return session.NewSpeech(appendCompact(make([]byte, 0, len(v)), v))
}

// one is the one of names that the string is: ours, not a copy of the
// client's.
func (d *decoder) one(v []byte, at string, names ...string) string {
	if absent(v) || !d.kind(v, '"', at) {
		return ""
	}
	var scratch [maxName]byte
	if len(v) <= maxName {
		text := plain(v, scratch[:0])
		for _, n := range names {
			if string(text) == n {
				return n
			}
		}
	}
	d.failTaking(CodeInvalidValue, at, strings.Join(names, ", "))
	return ""
}

// integer is a whole number from lo to hi.
func (d *decoder) integer(v []byte, lo, hi int, at string) int {
	f := d.number(v, float64(lo), float64(hi), at)
	if f != math.Trunc(f) {
		d.failTaking(CodeInvalidValue, at, "whole numbers")
		return 0
	}
	return int(f)
}

// number is a number from lo to hi.
func (d *decoder) number(v []byte, lo, hi float64, at string) float64 {
	if absent(v) {
		return 0
	}
	if v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		d.fail(CodeInvalidType, at)
		return 0
	}
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f < lo || f > hi {
		d.failTaking(CodeOutOfRange, at, decimal(lo)+" to "+decimal(hi))
		return 0
	}
	return f
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (d *decoder) boolean(v []byte, at string) bool {
	if absent(v) {
		return false
	}
	if v[0] != 't' && v[0] != 'f' {
		d.fail(CodeInvalidType, at)
		return false
	}
	return v[0] == 't'
}

// object walks the members of an object, and nothing of anything else.
func (d *decoder) object(v []byte, at string) members {
	if absent(v) || !d.kind(v, '{', at) {
		return members{}
	}
	return membersOf(v)
}

// array walks at most limit elements of an array, and nothing of anything
// else.
func (d *decoder) array(v []byte, limit int, at string) elements {
	if absent(v) || !d.kind(v, '[', at) {
		return elements{}
	}
	return elements{rest: trim(v)[1:], d: d, left: limit, at: at}
}

// locale is a BCP 47 tag in its general form: letters, then groups of letters
// and digits.
func (d *decoder) locale(v []byte, at string) string {
	b := d.text(v, maxLocale, at)
	if b == nil {
		if !absent(v) {
			d.fail(CodeInvalidValue, at)
		}
		return ""
	}
	for i, part := range bytes.Split(b, []byte("-")) {
		ok := len(part) > 0 && len(part) <= 8 && (i > 0 || len(part) > 1)
		for _, c := range part {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z'
			ok = ok && (letter || i > 0 && c >= '0' && c <= '9')
		}
		if !ok {
			d.fail(CodeInvalidValue, at)
			return ""
		}
	}
	return string(b)
}

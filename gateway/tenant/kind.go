package tenant

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/language"
)

// kind is what a single value may be.
type kind[V any] struct {
	name string // for people: "true or false"
	read func(r *reader, n ast.Node) (V, error)
}

// text is a kind written as text. read gets it without surrounding quotes.
func text[V any](name string, read func(r *reader, s string) (V, error)) kind[V] {
	return kind[V]{name, func(r *reader, n ast.Node) (V, error) {
		s, err := textOf(n)
		if err != nil {
			var none V
			return none, err
		}
		return read(r, s)
	}}
}

func textOf(n ast.Node) (string, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.LiteralNode:
		return v.Value.Value, nil
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		return "", fault("this is not a single value", "write one text here")
	}
	return "", fault("this is read as a number or as true or false", "put it in quotes")
}

// truth is true or false, in this spelling only: a quoted "false" is text, and
// some readers take it for true.
func truth() kind[bool] {
	return kind[bool]{"true or false", func(_ *reader, n ast.Node) (bool, error) {
		if b, ok := n.(*ast.BoolNode); ok && (b.Token.Value == "true" || b.Token.Value == "false") {
			return b.Value, nil
		}
		if s, ok := n.(*ast.StringNode); ok && (strings.EqualFold(s.Value, "true") || strings.EqualFold(s.Value, "false")) {
			return false, fault("this is text, not true or false", "write true or false without quotes")
		}
		return false, fault("this is not true or false", "write true or false in small letters, without quotes")
	}}
}

// whole is a whole number in decimal digits.
func whole(unit string, least, most int) kind[int] {
	span := fmt.Sprintf("%d to %d", least, most)
	return kind[int]{"whole number of " + unit + ", " + span, func(_ *reader, n ast.Node) (int, error) {
		digits, ok := n.(*ast.IntegerNode)
		if !ok || strings.Trim(digits.Token.Value, "0123456789-") != "" || (len(digits.Token.Value) > 1 && digits.Token.Value[0] == '0') {
			return 0, fault("this is not a whole number", "write digits without quotes, "+span)
		}
		v, err := strconv.Atoi(digits.Token.Value)
		if err != nil || v < least || v > most {
			return 0, fault("this number is out of range", "it may be "+span)
		}
		return v, nil
	}}
}

// number is a decimal number.
func number(unit string, least, most float64) kind[float64] {
	span := fmt.Sprintf("%v to %v", least, most)
	return kind[float64]{"number of " + unit + ", " + span, func(_ *reader, n ast.Node) (float64, error) {
		var digits string
		switch v := n.(type) {
		case *ast.IntegerNode:
			digits = v.Token.Value
		case *ast.FloatNode:
			digits = v.Token.Value
		}
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil || strings.Trim(digits, "0123456789.-") != "" {
			return 0, fault("this is not a number", "write it as 12 or 0.5, without quotes")
		}
		if v < least || v > most {
			return 0, fault("this number is out of range", "it may be "+span)
		}
		return v, nil
	}}
}

// duration is a length of time with its unit.
func duration(least, most time.Duration) kind[time.Duration] {
	span := short(least) + " to " + short(most)
	k := text("duration, "+span, func(_ *reader, s string) (time.Duration, error) {
		v, err := time.ParseDuration(s)
		if err != nil {
			return 0, fault("this is not a length of time", `use one with its unit, as "90s", "10m" or "1h30m"`)
		}
		if v < least || v > most {
			return 0, fault("this time is out of range", "it may be "+span)
		}
		return v, nil
	})
	read := k.read
	k.read = func(r *reader, n ast.Node) (time.Duration, error) {
		if _, ok := n.(*ast.IntegerNode); ok {
			return 0, fault("this time has no unit", `use one with its unit, as "90s", "10m" or "1h30m"`)
		}
		return read(r, n)
	}
	return k
}

// short is a duration without its empty parts: 1h, not 1h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// moment is a point in time.
func moment() kind[time.Time] {
	return text("time as 2027-01-31T00:00:00Z", func(_ *reader, s string) (time.Time, error) {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return v, fault("this is not a time", "write date, time and zone, as 2027-01-31T00:00:00Z")
		}
		return v.UTC(), nil
	})
}

// line is text of one line that people may see.
func line(most int) kind[string] {
	return text(fmt.Sprintf("text, at most %d characters", most), func(_ *reader, s string) (string, error) {
		return s, prose(s, most, false)
	})
}

// passage is text of several lines.
func passage(most int) kind[string] {
	return text(fmt.Sprintf("text, at most %d characters", most), func(_ *reader, s string) (string, error) {
		s = strings.TrimSpace(s)
		return s, prose(s, most, true)
	})
}

func prose(s string, most int, lines bool) error {
	switch {
	case strings.TrimSpace(s) == "":
		return fault("this is empty", "write it, or leave the key out")
	case utf8.RuneCountInString(s) > most:
		return fault(fmt.Sprintf("this has %d characters", utf8.RuneCountInString(s)), fmt.Sprintf("it may have %d", most))
	}
	for _, c := range s {
		if lines && (c == '\n' || c == '\t') {
			continue
		}
		// Direction overrides make text read as what it is not.
		if unicode.IsControl(c) || c == utf8.RuneError || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) {
			return fault("this holds a control character", "leave it out")
		}
	}
	return nil
}

// oneOf is one of some words.
func oneOf(words ...string) kind[string] {
	return text("one of "+strings.Join(words, ", "), func(_ *reader, s string) (string, error) {
		if slices.Contains(words, s) {
			return s, nil
		}
		return "", oneOfFault(s, words)
	})
}

func oneOfFault(s string, words []string) error {
	quoted := `"` + strings.Join(words, `", "`) + `"`
	if near := nearest(s, words); near != "" {
		return fault("this is not one of the words that may stand here", fmt.Sprintf("did you mean %q? Use one of %s", near, quoted))
	}
	return fault("this is not one of the words that may stand here", "use one of "+quoted)
}

// identifier is what stands in URLs, metrics and facts.
func identifier() kind[string] {
	return text("1 to 64 of a-z 0-9 _ -", func(_ *reader, s string) (string, error) {
		if s == "" || len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return "", fault("this is not an identifier", "use 1 to 64 of the characters a-z 0-9 _ and -")
		}
		return s, nil
	})
}

// colour is as in CSS, in one spelling.
func colour() kind[string] {
	return text("#rrggbb", func(_ *reader, s string) (string, error) {
		if len(s) != 7 || s[0] != '#' || strings.Trim(s[1:], "0123456789abcdef") != "" {
			return "", fault("this is not a colour", `write "#rrggbb" in quotes, with the digits 0-9 and a-f, as "#d98c1f"`)
		}
		return s, nil
	})
}

// tongue is a language.
func tongue() kind[string] {
	return text(`BCP 47 language tag, as "en" or "de-AT"`, func(_ *reader, s string) (string, error) {
		if strings.Contains(s, "_") {
			return "", fault("this is not a language tag", `join its parts with "-", as "en-GB"`)
		}
		tag, err := language.Parse(s)
		if err != nil || tag == language.Und || len(s) > 35 {
			return "", fault("this is not a known language tag", `use one of BCP 47, as "en", "de-AT" or "he"`)
		}
		return tag.String(), nil
	})
}

// hash is the fingerprint of a key.
func hash() kind[[32]byte] {
	const how = `write "sha256:" and 64 digits 0-9 a-f: printf %s "$KEY" | sha256sum`
	return text(`"sha256:" and 64 hexadecimal digits`, func(_ *reader, s string) (h [32]byte, err error) {
		if strings.HasPrefix(s, keyPrefix) {
			return h, fault("this is a key itself, not its hash", "make a new key, for this one has been in a file (mayfly key), and write its hash here")
		}
		digits, ok := strings.CutPrefix(s, "sha256:")
		raw, err := hex.DecodeString(digits)
		if !ok || err != nil || len(raw) != len(h) || strings.ToLower(digits) != digits {
			return h, fault("this is not the hash of a key", how)
		}
		copy(h[:], raw)
		return h, nil
	})
}

// role is what a key may do. One role is known that no key can have.
func role() kind[Role] {
	k := named(Caller, Admin, Reviewer, Agent)
	return text(k.name, func(r *reader, s string) (Role, error) {
		if s == "operator" {
			return 0, fault("no key can be an operator's: whoever runs the gateway does it from its machine", "use the mayfly command there; for the tenant, write admin")
		}
		role, known := map[string]Role{Caller.String(): Caller, Admin.String(): Admin, Reviewer.String(): Reviewer, Agent.String(): Agent}[s]
		if !known {
			return 0, oneOfFault(s, []string{Caller.String(), Admin.String(), Reviewer.String(), Agent.String()})
		}
		return role, nil
	})
}

// email is checked for its shape only.
func email() kind[string] {
	return text("e-mail address", func(_ *reader, s string) (string, error) {
		name, host, ok := strings.Cut(s, "@")
		if !ok || name == "" || !strings.Contains(host, ".") || len(s) > 254 || strings.ContainsAny(s, " \t\r\n<>,;:\"()[]\\") || strings.Contains(host, "@") {
			return "", fault("this is not an e-mail address", "write name@example.org")
		}
		return s, prose(s, 254, false)
	})
}

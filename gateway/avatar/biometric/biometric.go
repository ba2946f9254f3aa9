// Package biometric finds what no back end may tell about a person: who they
// are by their voice or face, and what they feel.
//
// Nothing in the contract of an engine has a place for it. What carries it is
// not used at all, so that it can neither be read nor passed on by accident.
package biometric

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// parts are what is looked for in the names of members, in small letters
// without _ and -.
var parts = [][]byte{
	[]byte("embedding"), []byte("xvector"), []byte("voiceprint"), []byte("speakerprint"), []byte("speakervector"), []byte("speakeridentity"),
	[]byte("biometric"), []byte("emotion"), []byte("sentiment"), []byte("gender"), []byte("ethnic"), []byte("agegroup"),
	[]byte("faceid"), []byte("faceprint"), []byte("facegeometry"), []byte("facelandmark"), []byte("facemesh"), []byte("facevector"), []byte("faceencoding"), []byte("landmarks"),
}

// usual are names that nearly every event has.
var usual = index("type id object model created index role delta content text choices finish_reason event_id response_id item_id output_index content_index usage system_fingerprint logprobs obfuscation")

func index(list string) map[string]bool {
	all := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		all[name] = true
	}
	return all
}

// Carried says whether a JSON text has a member of such a name, at any depth,
// with a value other than null. The text need not be valid: what a decoder
// would not take is not looked at closely.
func Carried(text []byte) bool {
	for at := 0; ; {
		open := bytes.IndexByte(text[at:], '"')
		if open < 0 {
			return false
		}
		start := at + open + 1
		end, escaped := closing(text, start)
		if end < 0 {
			return false
		}
		at = end + 1
		value := skip(text, at)
		if value == len(text) || text[value] != ':' {
			continue
		}
		value = skip(text, value+1)
		if forbidden(text[start:end], escaped) && (value == len(text) || text[value] != 'n') {
			return true
		}
	}
}

// closing is where a string ends that begins at start.
func closing(text []byte, start int) (end int, escaped bool) {
	for i := start; ; {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1, false
		}
		end = i + n
		odd := false
		for k := end - 1; k >= start && text[k] == '\\'; k-- {
			odd = !odd
		}
		if !odd {
			return end, bytes.IndexByte(text[start:end], '\\') >= 0
		}
		i = end + 1
	}
}

func skip(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return i
}

// forbidden looks at a member's name, which may be escaped.
func forbidden(name []byte, escaped bool) bool {
	if usual[string(name)] {
		return false
	}
	if escaped {
		plain, err := jsontext.AppendUnquote(nil, append(append([]byte{'"'}, name...), '"'))
		if err != nil {
			return true
		}
		name = plain
	}
	return Name(name)
}

// Name says whether a member's name is one of such a finding.
func Name(name []byte) bool {
	var folded [64]byte
	n := 0
	for _, c := range name {
		switch {
		case c == '_' || c == '-' || c == ' ' || n == len(folded):
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		folded[n] = c
		n++
	}
	for _, part := range parts {
		if bytes.Contains(folded[:n], part) {
			return true
		}
	}
	return false
}

package redact_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// R78: what cannot become part of a value leaves at once; what can stays.
func TestHeld(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	for text, held := range map[string]string{
		"How are you? ":          "", // a question mark ends every name
		"Hello, there!\n":        "",
		"Hello there":            "there",
		"I am jane":              "jane",
		"I am jane at":           "jane at",
		"I am jane at exa":       "jane at exa",
		"I am jane at the ":      "jane at the ",
		"I am jane at the door ": "door ",
		"jane.roe@exa":           "jane.roe@exa",
		"pay 4111 11":            "4111 11",
		"pay 4111 1111 1111 ":    "4111 1111 1111 ",
		"pay 4111 11 or":         "or",
		"to GB82 WEST 12":        "GB82 WEST 12",
		"call (+4":               "(+4",
		"in 2026, then\n":        "",
		"caf\xc3":                "caf\xc3",
		"jane dot roe at mail":   "jane dot roe at mail",
	} {
		s := r.Stream()
		out := string(s.Append(nil, []byte(text)))
		require.Equal(t, held, strings.TrimPrefix(text, out), "%q", text)
		require.Equal(t, len(held), s.Held())
		require.Equal(t, text, out+string(s.Close(nil)))
	}
}

// hostile are texts that are made to be slow to read.
var hostile = []string{
	"1-1-1-", "1 1 1 1 ", "1", "11 ", "1111 ", "(1) ", "+1", "+1 ", "00", "x1", "a.", "a@", "@", "a at ", " at ", " dot ", "a dot b at ", "a [at] b [dot] ", "GB82", "GB82 WEST ", "G\u200b", "\u200b", "1\u200b", "a\u200b", "phone ", "phone 1234567 ", "電話", "％", "%40", "\xff", "\xe2\x80", "世", "[email]", "…", "-", ".", "a.a@", "[",
}

// R78: a text that is made to be slow takes no longer than it is long, and
// little of it is held. If time grew with the square, this would take hours.
func TestLinear(t *testing.T) {
	r := everything(t)
	worst, name := time.Duration(0), ""
	for i, part := range hostile {
		size := 1 << 20
		if i > 0 && *scale < 4 {
			size = 1 << 18
		}
		if testing.Short() {
			size /= 4
		}
		text := []byte(strings.Repeat(part, size/len(part)))
		start := time.Now()
		want := r.Append(nil, text)
		if took := time.Since(start); took > worst {
			worst, name = took, part
		}
		s := r.Stream()
		var got []byte
		for len(text) > 0 {
			n := min(4093, len(text))
			got = s.Append(got, text[:n])
			require.LessOrEqual(t, s.Held(), redact.MaxHeld, "%q", part)
			text = text[n:]
		}
		require.Equal(t, string(want), string(s.Close(got)), "%q", part)
	}
	t.Logf("%d texts of up to 1 MiB, the slowest (%q) in %v", len(hostile), name, worst)
	require.Less(t, worst, 20*time.Second)
}

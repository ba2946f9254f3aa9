package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"mayfly/redact"
)

// marked is the text with « » around what was found.
func marked(r *redact.Redactor, text string) string {
	var b strings.Builder
	from := 0
	for _, s := range r.AppendSpans(nil, []byte(text)) {
		b.WriteString(text[from:s.Start] + "«" + text[s.Start:s.End] + "»")
		from = s.End
	}
	return b.String() + text[from:]
}

// checkTable holds a recogniser to texts in which what it must find stands
// between « and », and nothing else may be found. Each is also read byte by
// byte.
func checkTable(t *testing.T, r *redact.Redactor, kind redact.Kind, table []string) {
	t.Helper()
	for _, want := range table {
		text := strings.NewReplacer("«", "", "»", "").Replace(want)
		assert.Equal(t, want, marked(r, text))
		for _, s := range r.AppendSpans(nil, []byte(text)) {
			assert.Equal(t, kind, s.Kind, text)
		}
		streamed, _ := inBytes(r, text)
		assert.Equal(t, whole(r, text), streamed, text)
	}
}

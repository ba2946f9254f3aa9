package redact_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// labelled is a text with what is in it. Offsets are bytes.
type labelled struct {
	text  string
	spans []labelledSpan
}

type labelledSpan struct {
	start, end int
	kind       string
}

// linesOf are the lines of a file below testdata that are not comments.
func linesOf(t *testing.T, name string) (lines []string) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

// corpus fills the templates: the even ones are to develop with, the odd ones
// are held out.
func corpus(t *testing.T, half, rounds int) (texts []labelled) {
	f := fake{rand.New(rand.NewPCG(uint64(half), 42))}
	for range rounds {
		for i, line := range linesOf(t, "templates.txt") {
			if i%2 == half {
				language, template, _ := strings.Cut(line, "\t")
				texts = append(texts, f.fill(language, template))
			}
		}
	}
	return texts
}

// fill puts values into a template and notes where they stand.
func (f fake) fill(language, template string) (l labelled) {
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		l.text += before
		if !found {
			break
		}
		field, after, _ := strings.Cut(rest, "}")
		value, kind := "", field
		switch field {
		case "EMAIL":
			value = f.email()
		case "CARD":
			value = f.card()
		case "IBAN":
			value = f.iban()
		case "PHONE":
			value = f.phone()
		case "NATIONAL":
			value, kind = f.national(language), redact.Phone.String()
		}
		l.spans = append(l.spans, labelledSpan{len(l.text), len(l.text) + len(value), kind})
		l.text += value
		template = after
	}
	return l
}

// logs are lines as machines write them. In them nothing is personal but the
// addresses of machines.
func logs(t *testing.T, rounds int) (texts []labelled) {
	f := fake{rand.New(rand.NewPCG(7, 7))}
	for range rounds {
		for _, line := range linesOf(t, "logs.txt") {
			texts = append(texts, f.log(line))
		}
	}
	return texts
}

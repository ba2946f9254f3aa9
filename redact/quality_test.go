package redact_test

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// R78: how much is found, and how much is hidden that should not be. The
// figures are in web/docs/redaction.md.
func TestQuality(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	rounds := int(60 * *scale)
	develop := scoreOf(r, corpus(t, 0, rounds))
	develop.log(t, "half to develop with")
	held := scoreOf(r, corpus(t, 1, rounds))
	held.log(t, "half held out")
	for kind, least := range map[string]float64{"EMAIL": 0.995, "CARD": 0.995, "IBAN": 0.995, "PHONE": 0.98} {
		require.GreaterOrEqual(t, held.kinds[kind].n, 30)
		assert.GreaterOrEqual(t, held.covered(kind), least, kind)
	}
	assert.LessOrEqual(t, held.over(), 0.01)

	machines := scoreOf(r, logs(t, rounds))
	machines.log(t, "lines of machines")
	assert.LessOrEqual(t, machines.over(), 0.02)
}

// TestSynth scores the sentences of presidio-research, where they are: the
// file is not part of the program.
func TestSynth(t *testing.T) {
	f, err := os.Open("../../shared/data/pii_synth.jsonl")
	if os.IsNotExist(err) {
		t.Log("the sentences are not here; nothing was scored")
		return
	}
	require.NoError(t, err)
	defer f.Close()
	var texts []labelled
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Text  string
			Spans []struct {
				S, E int
				T    string
			}
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		l := labelled{text: line.Text}
		at := []int{}
		for i := range line.Text {
			at = append(at, i)
		}
		at = append(at, len(line.Text))
		for _, s := range line.Spans {
			l.spans = append(l.spans, labelledSpan{at[s.S], at[s.E], s.T})
		}
		texts = append(texts, l)
	}
	require.NoError(t, lines.Err())
	s := scoreOf(newRedactor(t, redact.Options{}), texts)
	t.Logf("%d sentences\n%s", len(texts), s)
	for kind, least := range map[string]float64{"EMAIL": 0.995, "CARD": 0.995, "IBAN": 0.995, "PHONE": 0.98} {
		assert.GreaterOrEqual(t, s.covered(kind), least, kind)
	}
	assert.LessOrEqual(t, s.over(), 0.01)
}

// TestAsNaive: what the first regular expression that comes to mind finds
// rightly is found here, too.
func TestAsNaive(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	n := 0
	for _, l := range append(corpus(t, 0, 20), corpus(t, 1, 20)...) {
		spans := r.AppendSpans(nil, []byte(l.text))
		for i, expression := range naive[:2] {
			for _, m := range expression.FindAllStringIndex(l.text, -1) {
				right := slices.ContainsFunc(l.spans, func(g labelledSpan) bool { return g.start <= m[0] && m[1] <= g.end+1 && g.kind != "PHONE" })
				if !right || i == 1 && !validCard([]byte(l.text[m[0]:m[1]])) {
					continue
				}
				n++
				require.True(t, slices.ContainsFunc(spans, func(s redact.Span) bool { return s.Start <= m[0] && s.End >= m[1]-1 }), l.text)
			}
		}
	}
	require.Greater(t, n, 300)
	t.Logf("n = %d", n)
}

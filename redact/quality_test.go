package redact_test

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
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
	rounds := int(60 * max(1, *scale)) // fewer values claim nothing
	develop := scoreOf(r, corpus(t, 0, rounds))
	develop.log(t, "half to develop with")
	held := scoreOf(r, corpus(t, 1, rounds))
	held.log(t, "half held out")
	for kind, least := range map[string]float64{"EMAIL": 0.995, "CARD": 0.995, "IBAN": 0.995, "PHONE": 0.98} {
		require.GreaterOrEqual(t, held.kinds[kind].n, 30)
		assert.GreaterOrEqual(t, held.covered(kind), least, kind)
	}
	assert.LessOrEqual(t, held.over(), 0.01)
	assert.GreaterOrEqual(t, held.precision("PHONE"), 0.98)

	machines := scoreOf(r, logs(t, rounds))
	machines.log(t, "lines of machines")
	assert.LessOrEqual(t, machines.over(), 0.02)
}

// demanded is the least share of values that are covered, by kind.
var demanded = map[string]float64{
	"CARD": 0.995, "EMAIL": 0.995, "SSN": 0.995, "IP": 0.995, "IBAN": 0.995, "PHONE": 0.98, "SECRET": 0.90,
	"MAC": 0.98, "NATIONAL_ID": 0.98, "PASSPORT": 0.98, "BIRTH_DATE": 0.98,
}

// demand holds a score to what is demanded. Of fewer than 30 values nothing is
// claimed.
func demand(t *testing.T, s *score) {
	t.Helper()
	for kind, least := range demanded {
		if k := s.kinds[kind]; k != nil && k.n >= 30 {
			assert.GreaterOrEqual(t, s.covered(kind), least, kind)
		}
	}
}

// TestScore prints recall, precision and what is hidden and not personal, of
// each kind, on generated texts, on addresses that are disguised, on texts in
// which nothing is personal, and on the sentences of presidio-research where
// they are. // R78
func TestScore(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	rounds := int(2100 * *scale)
	f := fake{rand.New(rand.NewPCG(11, 12))}
	var texts, disguised, plain []labelled
	for i := range rounds {
		texts = append(texts, f.generated(i))
		disguised = append(disguised, f.hiddenEmail())
	}
	s := scoreOf(r, texts)
	s.log(t, "generated")
	demand(t, s)
	assert.LessOrEqual(t, s.over(), 0.01)

	s = scoreOf(r, disguised)
	s.log(t, "addresses in disguise")
	assert.GreaterOrEqual(t, s.covered("EMAIL"), 0.97)

	for _, line := range linesOf(t, "plain.txt") {
		plain = append(plain, labelled{text: line})
	}
	s = scoreOf(r, plain)
	s.log(t, "nothing personal")
	assert.LessOrEqual(t, s.over(), 0.02)
}

// TestSynth scores the sentences of presidio-research, where they are: the
// file is not part of the program.
func TestSynth(t *testing.T) {
	f, err := os.Open("../../shared/data/pii_synth.jsonl")
	if os.IsNotExist(err) {
		t.Log("../shared/data/pii_synth.jsonl is not here: only generated texts were scored")
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
	demand(t, s)
	assert.GreaterOrEqual(t, s.precision("PHONE"), 0.98)
	assert.LessOrEqual(t, s.over(), 0.01)
}

// TestAsNaive: what the first nine regular expressions that come to mind find
// rightly is found here, too: the speed is compared at the same verdicts.
func TestAsNaive(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	f := fake{rand.New(rand.NewPCG(21, 22))}
	texts := append(corpus(t, 0, 20), corpus(t, 1, 20)...)
	for i := range int(2100 * max(1, *scale)) {
		texts = append(texts, f.generated(i))
	}
	n := make([]int, len(naive))
	for _, l := range texts {
		spans := r.AppendSpans(nil, []byte(l.text))
		for i, expression := range naive {
			for _, m := range expression.FindAllStringIndex(l.text, -1) {
				right := slices.ContainsFunc(l.spans, func(g labelledSpan) bool { return g.start <= m[0] && m[1] <= g.end+1 })
				if !right || i == 1 && !validCard([]byte(l.text[m[0]:m[1]])) {
					continue
				}
				n[i]++
				require.True(t, slices.ContainsFunc(spans, func(s redact.Span) bool { return s.Start <= m[0] && s.End >= m[1]-1 }), "%q: %q", l.text, l.text[m[0]:m[1]])
			}
		}
	}
	for i := range naive {
		require.GreaterOrEqual(t, n[i], 5, naive[i])
	}
	t.Logf("n = %v values of each expression, in %d texts", n, len(texts))
}

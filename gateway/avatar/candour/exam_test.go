package candour

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// sample is one line of testdata: a text, what stood before it in the same
// reply, and whether it is one of those that must be found.
type sample struct {
	Before string `json:"before"`
	Text   string `json:"text"`
	Hit    bool   `json:"hit"`
}

func samples(t testing.TB, name string) (all []sample) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".jsonl")
	require.NoError(t, err)
	for line := range bytes.Lines(b) {
		var s sample
		require.NoError(t, json.Unmarshal(line, &s))
		all = append(all, s)
	}
	return all
}

// The drill holds further questions and near misses, all of them to build
// with: the grammar must tell every one right, and with the classifiers, which
// learn no line by heart, nearly every one.
func TestDrill(t *testing.T) {
	var r reader
	var both score
	for _, l := range Locales() {
		for _, s := range samples(t, "drill_"+l) {
			r.text.add([]byte(s.Text))
			if got := r.read(0, asks, l) != ""; got != s.Hit {
				t.Errorf("%s: %q got %v", l, s.Text, got)
			}
			r.wipe()
			both.add(s.Hit, r.question(speech(s.Text), l) != "")
			r.wipe()
		}
	}
	t.Logf("with the classifiers: recall %.4f, false alarms %.4f, n %d", both.recall(), both.alarms(), both.hits+both.harmless)
	require.GreaterOrEqual(t, both.recall(), 0.98)
	require.LessOrEqual(t, both.alarms(), 0.02)
}

// The same for claims; the languages that have no drill have had no mistakes
// to learn from.
func TestDrillClaims(t *testing.T) {
	var r reader
	for _, l := range []string{"en", "de"} {
		for _, s := range samples(t, "drillclaims_"+l) {
			w := watch{reader: &r, locale: l}
			if s.Before != "" {
				w.claims(speech(s.Before))
			}
			if got := w.claims(speech(s.Text)) != ""; got != s.Hit {
				t.Errorf("%s: %q %q got %v", l, s.Before, s.Text, got)
			}
		}
	}
}

// score counts one half of an exam.
type score struct{ hit, hits, alarm, harmless int }

func (s *score) add(want, got bool) {
	switch {
	case want && got:
		s.hit++
		s.hits++
	case want:
		s.hits++
	case got:
		s.alarm++
		s.harmless++
	default:
		s.harmless++
	}
}

func (s *score) sum(o score) {
	s.hit += o.hit
	s.hits += o.hits
	s.alarm += o.alarm
	s.harmless += o.harmless
}

func (s score) recall() float64 { return float64(s.hit) / float64(s.hits) }
func (s score) alarms() float64 { return float64(s.alarm) / float64(s.harmless) }

// The grammars for claims were built with the lines of odd number (counted
// from zero) and with the drills; the lines of even number are the held-out
// half. It was replaced whenever its mistakes had been looked at, and the new
// one was scored before anybody did: the last such score was recall 0.96 and
// false alarms 0.00. Its mistakes were not mended afterwards.
func exam(t *testing.T, name string, found func(s sample, locale string) bool) {
	var built, held score
	for _, l := range Locales() {
		var half [2]score
		for i, s := range samples(t, name+"_"+l) {
			got := found(s, l)
			half[i%2].add(s.Hit, got)
			if got != s.Hit && (i%2 == 1 || os.Getenv("CANDOUR_SHOW") != "") {
				t.Logf("%s %d: %q %q got %v", l, i, s.Before, s.Text, got)
			}
		}
		for i, kind := range []string{"held out", "built on"} {
			t.Logf("%s %s %s: recall %.3f (%d of %d), false alarms %.3f (%d of %d)", name, l, kind,
				half[i].recall(), half[i].hit, half[i].hits, half[i].alarms(), half[i].alarm, half[i].harmless)
		}
		held.sum(half[0])
		built.sum(half[1])
	}
	t.Logf("%s all built on: recall %.3f, false alarms %.3f, n %d", name, built.recall(), built.alarms(), built.hits+built.harmless)
	t.Logf("%s all held out: recall %.3f, false alarms %.3f, n %d", name, held.recall(), held.alarms(), held.hits+held.harmless)
	require.GreaterOrEqual(t, held.recall(), 0.95)
	require.LessOrEqual(t, held.alarms(), 0.02)
	require.GreaterOrEqual(t, built.recall(), 0.95)
	require.LessOrEqual(t, built.alarms(), 0.02)
}

// R23: a question about what the avatar is reaches the gateway's own answer.
//
// Neither the grammars nor the classifiers were built with the asked files.
// Their two writers did not know the grammars or the seeds, and nobody who
// built these has read them. Before the bound of the classifier was set to the
// budget of false alarms, the halves had recall 0.925 and 0.935 at 0.020 and
// 0.015; with it 0.950 and 0.965 at the same. The grammars alone have 0.713.
func TestAskedExam(t *testing.T) {
	held, learnt := told(t, "asked"), told(t, "learnt")
	require.GreaterOrEqual(t, held.recall(), 0.95)
	require.LessOrEqual(t, held.alarms(), 0.02)
	require.GreaterOrEqual(t, learnt.recall(), 0.95)
	require.LessOrEqual(t, learnt.alarms(), 0.02)
}

// told scores the questions of a kind in all languages.
func told(t *testing.T, name string) (all score) {
	for _, l := range Locales() {
		var both, grammar score
		for i, s := range samples(t, name+"_"+l) {
			var r reader
			got := r.question(speech(s.Text), l) != ""
			both.add(s.Hit, got)
			grammar.add(s.Hit, r.read(0, asks, l) != "")
			if got != s.Hit && (name != "asked" || os.Getenv("CANDOUR_SHOW") != "") {
				t.Logf("%s %s %d: %q got %v", name, l, i, s.Text, got)
			}
		}
		t.Logf("%s %s: recall %.3f (%d of %d), false alarms %.3f (%d of %d); the grammar alone %.3f and %.3f", name, l,
			both.recall(), both.hit, both.hits, both.alarms(), both.alarm, both.harmless, grammar.recall(), grammar.alarms())
		all.sum(both)
	}
	t.Logf("%s all: recall %.3f, false alarms %.3f, n %d", name, all.recall(), all.alarms(), all.hits+all.harmless)
	return all
}

// R23: a reply that claims to be human does not leave as it is.
func TestClaimsExam(t *testing.T) {
	var r reader
	exam(t, "claims", func(s sample, locale string) bool {
		defer r.wipe()
		r.text.add([]byte(s.Before))
		r.text.push(space)
		from := len(r.text.runes)
		r.text.add([]byte(s.Text))
		return r.read(from, claims, locale) != ""
	})
}

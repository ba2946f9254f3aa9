package redact_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"mayfly/redact"
)

// score counts what a redactor makes of labelled texts, by kind.
type score struct {
	kinds   map[string]*kindScore
	hidden  int            // characters that are not personal and were hidden
	plain   int            // characters that are not personal
	claimed map[string]int // found, by kind
	right   map[string]int // of them: over something of that kind
	missed  []string
	excess  []string
}

type kindScore struct {
	n, strict, overlap, covered int
	chars, leaked               int
}

// scoreOf redacts every text and compares.
func scoreOf(r *redact.Redactor, texts []labelled) *score {
	s := &score{kinds: map[string]*kindScore{}, claimed: map[string]int{}, right: map[string]int{}}
	for _, l := range texts {
		s.add(l, r.AppendSpans(nil, []byte(l.text)))
	}
	return s
}

func (s *score) add(l labelled, found []redact.Span) {
	hidden := make([]bool, len(l.text))
	personal := make([]bool, len(l.text))
	for _, f := range found {
		for i := f.Start; i < f.End; i++ {
			hidden[i] = true
		}
	}
	for _, g := range l.spans {
		k := s.kinds[g.kind]
		if k == nil {
			k = &kindScore{}
			s.kinds[g.kind] = k
		}
		k.n++
		covered, strict, overlap := true, false, false
		for i := range l.text[g.start:g.end] { // characters
			i += g.start
			k.chars++
			if !hidden[i] {
				k.leaked++
				covered = false
			}
		}
		for i := g.start; i < g.end; i++ {
			personal[i] = true
		}
		for _, f := range found {
			if f.Kind.String() == g.kind && f.Start < g.end && g.start < f.End {
				overlap = true
				strict = strict || f.Start == g.start && f.End == g.end
			}
		}
		k.covered += count(covered)
		k.strict += count(strict)
		k.overlap += count(overlap)
		if !covered {
			s.missed = append(s.missed, g.kind+" "+l.text)
		}
	}
	for _, f := range found {
		s.claimed[f.Kind.String()]++
		for _, g := range l.spans {
			if f.Kind.String() == g.kind && f.Start < g.end && g.start < f.End {
				s.right[f.Kind.String()]++
				break
			}
		}
	}
	excess := false
	for i := range l.text {
		if !personal[i] {
			s.plain++
			s.hidden += count(hidden[i])
			excess = excess || hidden[i]
		}
	}
	if excess {
		s.excess = append(s.excess, l.text)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// share is a share with its 95 % interval after Wilson.
func share(k, n int) string {
	if n == 0 {
		return "-"
	}
	low, high := wilson(k, n)
	return fmt.Sprintf("%.4f [%.4f %.4f]", float64(k)/float64(n), low, high)
}

func wilson(k, n int) (low, high float64) {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, middle-half), min(1, middle+half)
}

func (s *score) covered(kind string) float64 {
	k := s.kinds[kind]
	return float64(k.covered) / float64(k.n)
}

// precision is the share of what was taken for a kind that is of it.
func (s *score) precision(kind string) float64 {
	return float64(s.right[kind]) / float64(s.claimed[kind])
}

func (s *score) over() float64 { return float64(s.hidden) / float64(s.plain) }

// String is the table of the score. Of kinds with fewer than 30 values
// nothing is claimed.
func (s *score) String() string {
	var b strings.Builder
	for _, kind := range redact.Kinds() {
		k := s.kinds[kind.String()]
		switch {
		case k == nil:
			continue
		case k.n < 30:
			fmt.Fprintf(&b, "%-11s n %5d  too few to claim anything\n", kind, k.n)
			continue
		}
		fmt.Fprintf(&b, "%-11s n %5d  R_covered %s  R_strict %s  R_overlap %s  P_overlap %s  leakchar %.5f\n", kind, k.n, share(k.covered, k.n), share(k.strict, k.n), share(k.overlap, k.n), share(s.right[kind.String()], s.claimed[kind.String()]), float64(k.leaked)/float64(k.chars))
	}
	fmt.Fprintf(&b, "over-redaction %s of %d characters\n", share(s.hidden, s.plain), s.plain)
	return b.String()
}

// log writes the score and the first texts that went wrong: they are made up.
func (s *score) log(t *testing.T, name string) {
	t.Helper()
	t.Logf("%s\n%s", name, s)
	for _, m := range s.missed[:min(10, len(s.missed))] {
		t.Logf("missed: %s", m)
	}
	for _, e := range s.excess[:min(10, len(s.excess))] {
		t.Logf("too much: %s", e)
	}
}

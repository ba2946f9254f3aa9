package candour

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// found runs one rule over a text.
func found(t *testing.T, rules, text string) verdict {
	t.Helper()
	p, lex, err := compile(rules)
	require.NoError(t, err)
	r := reader{}
	r.text.add([]byte(text))
	r.cut(0, false)
	mark := r.classify(&grammar{prog: p, lex: lex})
	return r.mach.run(p, r.kept, mark)
}

func TestExpressions(t *testing.T) {
	for _, c := range []struct {
		expr, text string
		want       bool
	}{
		{"a b", "x a b y", true},
		{"a b", "a x b", false},
		{"a b", "a. b", false},
		{"a / b", "a. b", true},
		{"a _ b", "a x b", true},
		{"a _2 b", "a b", true},
		{"a _2 b", "a x x b", true},
		{"a _2 b", "a x x x b", false},
		{"a ( b | c d )? e", "a c d e", true},
		{"a ( b | c d )? e", "a e", true},
		{"a ( b | c d )? e", "a c e", false},
		{"a b* c", "a b b b c", true},
		{"a b+ c", "a c", false},
		{"a ( b? c? )* d", "a c b b d", true},
		{"^ a", "x a", false},
		{"^ a", "x. a", true},
		{"a $", "a x", false},
		{"a $", "a! x", true},
		{"a , b", "a, b", true},
		{"a , b", "a b", false},
		{"a %", "a?", true},
		{"a %", "a.", false},
		{"a NUMBER b", "a 12 b", true},
		{"a !STOP _", "a stop", false},
		{"a !STOP _", "a go", true},
		{"a &STOP", "a stop", true},
		{"a &STOP", "a", false},
		{"a b", "a please b", true},
		{"a , b", "a, please b", true},
		{"a $", "a please", true},
		{"LIST", "three", true},
		{"LIST", "stop", true},
	} {
		t.Run(c.expr+"/"+c.text, func(t *testing.T) {
			g := "fillers : please\nSTOP : stop\nLIST : one two\n  three STOP\nasks > " + c.expr
			require.Equal(t, c.want, found(t, g, c.text)&asks != 0)
		})
	}
}

func TestVerdicts(t *testing.T) {
	const g = "asks > a b\nasks-not > x a b\nquiet > q\nclaims > c\nclaims-not > not c\n"
	for text, want := range map[string]verdict{
		"a b": asks, "x a b": 0, "a b. x a b": asks, "q a b": 0, "q. a b": asks, "a b q": 0,
		"c": claims, "not c": 0, "a b c": asks | claims, "q c": claims,
	} {
		require.Equal(t, want, found(t, g, text), text)
	}
}

func TestMisspellings(t *testing.T) {
	const g = "known : computes\n~KEY : computer bot real\nasks > KEY\n"
	for text, want := range map[string]bool{
		"computer": true, "compter": true, "computter": true, "comptuer": true, "xomputer": true,
		"cmpter": false, "computes": false, "bit": false, "bots": false, "rael": true, "reel": false,
	} {
		require.Equal(t, want, found(t, g, text)&asks != 0, text)
	}
	const h = "prefixes : x\n+KEY : one\nasks > KEY\n"
	require.NotZero(t, found(t, h, "xone"))
	require.Zero(t, found(t, h, "yone"))
}

func TestMistakesInGrammars(t *testing.T) {
	for _, g := range []string{
		"asks > ( a", "asks > a )", "asks > *", "asks > a | ", "asks >", "asks > NONE", "asks > !NONE a",
		"asks > _x", "what > a", "A : a\nA : b", "A = a\nA = b", "A : B", "A = A\nasks > A", "A", "A - b",
	} {
		_, _, err := compile(g)
		require.Error(t, err, g)
	}
}

// oneSlip against its definition: the distance of Damerau and Levenshtein,
// by the table.
func TestOneSlip(t *testing.T) {
	n := int(20000 * *scale)
	rnd := rand.New(rand.NewPCG(1, 2))
	draw := func() []rune {
		w := make([]rune, rnd.IntN(6))
		for i := range w {
			w[i] = rune('a' + rnd.IntN(3))
		}
		return w
	}
	near := 0
	for range n {
		a, b := draw(), draw()
		want := distance(a, b) <= 1
		require.Equal(t, want, oneSlip(a, b), "%q %q", string(a), string(b))
		if want {
			near++
		}
	}
	t.Logf("%d pairs, %d near", n, near)
}

// distance is the restricted distance: no part is changed twice.
func distance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
		for j := range d[i] {
			switch {
			case i == 0:
				d[i][j] = j
			case j > 0:
				cost := 1
				if a[i-1] == b[j-1] {
					cost = 0
				}
				d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d[i][j] = min(d[i][j], d[i-2][j-2]+1)
				}
			}
		}
	}
	return d[len(a)][len(b)]
}

package veil

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// values of each kind, in forms that are recognised without knowing where people
// live.
var values = []string{
	"ada@example.org", "bob.smith+x@mail.example.com", "4111 1111 1111 1111", "5555555555554444",
	"DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "+49 170 1234567", "+1 (212) 555-0187",
}

var between = []string{
	" ", ", ", ". ", "\n", " and ", " call ", "phone: ", " mail [", "] ", "[email-B]", "[Phone-c] ", "[email-", "[email:", " 12 ", "x", "é", "№", "[card-ZZZ]", "[iban-BZ]", "[email]",
	"[email:bbbbbbbbbbbbbbbb]", `"`, `\`, "IBAN ", "030 123 4567 ",
}

func compose(random *rand.Rand) []byte {
	var text []byte
	for range 1 + random.IntN(12) {
		if random.IntN(2) == 0 {
			text = append(text, values[random.IntN(len(values))]...)
		}
		text = append(text, between[random.IntN(len(between))]...)
	}
	return text
}

func table(t *testing.T, o redact.Options) *names {
	t.Helper()
	n, err := newNames(o)
	require.NoError(t, err)
	return n
}

// What is hidden is put back, wherever the text of an answer is cut; what went
// through the veil once is not changed by it; and equal values have one
// placeholder. R79
func TestThereAndBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	plain, err := redact.New(redact.Options{})
	require.NoError(t, err)
	n, cut, hiddenAny, exact := table(t, redact.Options{}), 0, 0, 0
	for i := range int(*scale * 20_000) {
		if i%50 == 0 {
			require.NoError(t, n.Close())
			n = table(t, redact.Options{})
		}
		text := compose(random)
		hidden := n.append(nil, text)
		if !bytes.Equal(hidden, text) {
			hiddenAny++
		}
		require.Equal(t, string(hidden), string(n.append(nil, text)), "the same again")
		require.Equal(t, string(hidden), string(n.append(nil, hidden)), "twice changes nothing: %q", text)
		require.Empty(t, plain.AppendSpans(nil, n.lengthen(nil, hidden)), "%q", text)
		whole := &back{names: n}
		want := whole.append(nil, hidden, true)
		for range 5 {
			cut++
			b, rest := &back{names: n}, hidden
			var got []byte
			for len(rest) > 0 {
				k := 1 + random.IntN(len(rest))
				if random.IntN(2) == 0 {
					k = min(len(rest), 1+random.IntN(3))
				}
				got = b.append(got, rest[:k], false)
				require.Less(t, len(b.held), longest)
				rest = rest[k:]
			}
			got = b.append(got, nil, true)
			require.Equal(t, string(want), string(got), "%q", hidden)
			require.Equal(t, whole.put, b.put)
		}
		if bytes.Equal(n.lengthen(nil, text), text) { // nobody wrote a placeholder
			if bytes.Equal(text, want) {
				exact++
			} else { // an equal value, in the form in which it was said first
				require.Equal(t, string(hidden), string(n.append(nil, want)))
			}
		}
	}
	require.Greater(t, exact, 1000)
	require.Greater(t, hiddenAny, 1000)
	t.Logf("n = %d texts, %d of them with something to hide, %d cut answers", int(*scale*20_000), hiddenAny, cut)
}

// A placeholder is the same for equal values of one session, in whatever form
// they are written, and is another in another session or kind.
func TestPlaceholders(t *testing.T) {
	n := table(t, redact.Options{})
	require.Equal(t, "[email-B], [email-C], [email-B] and [card-D]", string(n.append(nil, []byte("ada@example.org, bob@example.org, ADA@example.org and 4111-1111-1111-1111"))))
	require.Equal(t, "[email-C]?", string(n.append(nil, []byte("bob@example.org?"))))
	b := &back{names: n}
	require.Equal(t, "Ask bob@example.org, not ada@example.org; 4111-1111-1111-1111", string(b.append(nil, []byte("Ask [email-C], not [EMAIL-b]; [card-D]"), true)))
	require.Equal(t, "[card-C] [email-X] [email-] [mail-B] [email-BBBBB] [", string((&back{names: n}).append(nil, []byte("[card-C] [email-X] [email-] [mail-B] [email-BBBBB] ["), true)), "what stands for nothing stays")
	require.Equal(t, "[email-B]", string(table(t, redact.Options{}).append(nil, []byte("eve@example.org"))))
	// Only what is asked for is hidden.
	some := table(t, redact.Options{Email: redact.Off, Phone: redact.Off, IBAN: redact.Off})
	require.Equal(t, "ada@example.org +49 170 1234567 [card-B]", string(some.append(nil, []byte("ada@example.org +49 170 1234567 4111111111111111"))))
	// Who writes a placeholder gets it back, and does not get another's value.
	wrote := table(t, redact.Options{})
	require.Equal(t, "[email-C] [email-D]", string(wrote.append(nil, []byte("[email-C] ada@example.org"))))
	require.Equal(t, "[email-C] [email-B] ada@example.org", string((&back{names: wrote}).append(nil, []byte("[email-C] [email-B] [email-D]"), true)))
	for at := range 30_000 {
		text := appendPlaceholder(nil, redact.Phone, at)
		k, read, size := placeholder(text)
		require.True(t, k == redact.Phone && read == at && size == len(text) && size <= longest, "%s", text)
		for cut := 1; cut < len(text); cut++ {
			require.True(t, begins(text[:cut]), "%s", text[:cut])
		}
	}
}

// A session has so many placeholders and no more: what comes after stays
// hidden, and closing forgets all of it.
func TestManyValues(t *testing.T) {
	n := table(t, redact.Options{})
	for i := range most + 50 {
		got := string(n.append(nil, []byte("u"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))+"@example.org")))
		require.True(t, strings.HasPrefix(got, "[email"), got)
		require.Equal(t, i >= most, got == "[email]", "%d %s", i, got)
	}
	said := n.values[0].said
	require.NoError(t, n.Close())
	require.Equal(t, make([]byte, len(said)), said)
}

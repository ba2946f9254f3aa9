package redact_test

import (
	"encoding/binary"
	"hash/maphash"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// keyer makes tokens that are good enough for a test.
type keyer uint64

var seed = maphash.MakeSeed()

func (k keyer) Token(kind redact.Kind, value []byte) uint64 {
	b := binary.LittleEndian.AppendUint64([]byte{byte(kind)}, uint64(k))
	return maphash.Bytes(seed, append(b, value...))
}

// hashing hashes all kinds with a key.
func hashing(t testing.TB, key uint64) *redact.Redactor {
	o := all(redact.Hash)
	o.Keyer, o.Regions = keyer(key), []string{"DE", "US"}
	return newRedactor(t, o)
}

// Equal values are equal however they are written, other values are others,
// and so is the same value under another key. What is left says the kind and
// nothing that a recogniser accepts. // R78
func TestHash(t *testing.T) {
	r, other := hashing(t, 1), hashing(t, 2)
	mark := regexp.MustCompile(`^\[(email|card|iban|phone|ip|mac|secret|ssn|national_id|passport|birth_date):[bcdfghjklmnpqrst]{16}\]$`)
	seen := map[string]string{}
	for _, same := range [][]string{
		{"jane.roe@example.com", "Jane.Roe@EXAMPLE.com", "jane.roe at example dot com", "jane.roe [at] example (dot) com", "jane.roe-at-example-dot-com",
			"jane.roe%40example.com", "jane.roe&#64;example.com", "ｊａｎｅ．ｒｏｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "jane.roe\u200b@\u200bexample.com", "jane.roe @ example.com"},
		{"jan.eroe@example.com"}, {"nat.dot@example.com"}, {"müller@example.com", "MÜLLER@example.com"},
		{"4111 1111 1111 1111", "4111111111111111", "4111-1111-1111-1111", "４１１１１１１１１１１１１１１１"},
		{"378282246310005"},
		{"GB82 WEST 1234 5698 7654 32", "gb82west12345698765432", "GB82-WEST-1234-5698-7654-32"},
		{"+46 8 928 571 38", "+46892857138", "0046 8 928 571 38", "+46-8-928-571-38"},
		{"+49 (0)151 23456789", "+4915123456789"},
		{"10.0.0.1", "10[.]0[.]0[.]1"}, {"FE80::1", "fe80::1"}, {"00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"},
		{"123-45-6789", "123 45 6789"}, {"AB 12 34 56 C", "ab123456c"}, {"12345678Z", "12.345.678-z"}, {"ghp_abcdefghij0123456789abcdefghij012345"},
		{"+1-604-696-5272x565", "+1 604 696 5272 ext. 565"}, {"+1-604-696-5272"},
	} {
		first := whole(r, same[0])
		require.Regexp(t, mark, first, same[0])
		require.Emptyf(t, seen[first], "%s is as %s", same[0], seen[first])
		seen[first] = same[0]
		for _, v := range same {
			require.Equal(t, first, whole(r, v), v)
			require.NotEqual(t, first, whole(other, v), v)
		}
	}
	require.NotEqual(t, whole(r, "ada@example.com")[len("[email"):], whole(r, "4111111111111111")[len("[card"):])
}

// Whatever stands around a token, and whatever the key makes of it, nothing
// takes it for a value: under every set of operators it stays as it is. // R78
func TestTokensAreNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	n := int(20000 * *scale)
	for range n {
		r := hashing(t, random.Uint64())
		text := shredded(random, random.IntN(4)) + "jane@example.com" + shredded(random, random.IntN(4)) + "+46 8 928 571 38" + shredded(random, random.IntN(4))
		once := whole(r, text)
		require.Equal(t, once, whole(r, once), "%q", text)
		got, _ := inBytes(r, text)
		require.Equal(t, once, got, "%q", text)
		for _, token := range regexp.MustCompile(`\[[a-z_]+:[a-z]{16}\]`).FindAllString(once, -1) {
			require.False(t, strings.ContainsAny(token, "0123456789@"))
		}
	}
	t.Logf("n = %d texts", n)
}

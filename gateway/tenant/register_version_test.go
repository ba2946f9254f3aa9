package tenant

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A register's document has the version that facts name in it: whoever reads
// it computes the same hash. // R59
func TestRegisterDocument(t *testing.T) {
	of := registerOf(3, 7)
	document, err := RegisterDocument(of.Register())
	require.NoError(t, err)
	var all []json.RawMessage
	require.NoError(t, json.Unmarshal(document, &all))
	require.Len(t, all, len(of.Register()))
	var sums [][]byte
	for _, one := range all {
		sum := sha256.Sum256(one)
		sums = append(sums, sum[:])
	}
	require.Equal(t, RegisterHash(of.Register()), sha256.Sum256(bytes.Join(sums, nil)))
	nobody, err := RegisterDocument(nil)
	require.NoError(t, err)
	require.Equal(t, "[]", string(nobody))
}

// registerOf is a tenant with some servers, each of a role, a name and a
// region that follow from the seed.
func registerOf(n int, seed uint64) *Tenant {
	from := rand.New(rand.NewPCG(seed, 1))
	t := &Tenant{ID: "acme"}
	for range n {
		b := &BackEnd{Name: string(rune('A' + from.IntN(4))), Region: []string{"", "eu", "us"}[from.IntN(3)]}
		if from.IntN(2) == 0 {
			t.Avatars = append(t.Avatars, Avatar{ID: "a", BackEnd: b})
		} else {
			t.Avatars = append(t.Avatars, Avatar{ID: "a", Speech: b})
		}
	}
	return t
}

// What a change is told as makes one register of the other: nobody is left out,
// and nobody is told of twice. // R59
func TestRegisterChangesAddUp(t *testing.T) {
	runs := int(2000 * *scale)
	for seed := range uint64(runs) {
		from := rand.New(rand.NewPCG(seed, 2))
		was, err := RegisterDocument(registerOf(from.IntN(6), seed).Register())
		require.NoError(t, err)
		is, err := RegisterDocument(registerOf(from.IntN(6), seed+1).Register())
		require.NoError(t, err)
		c := CompareRegisters(was, is)
		left := map[string]int{}
		key := func(r RegisteredRecipient) string {
			raw, err := json.Marshal(r)
			require.NoError(t, err)
			return string(raw)
		}
		count := func(document []byte, by int) {
			for _, one := range registered(document) {
				left[key(recipientOf(one))] += by
			}
		}
		count(was, 1)
		count(is, -1)
		for _, r := range c.Removed {
			left[key(r)]--
		}
		for _, r := range c.Added {
			left[key(r)]++
		}
		for _, r := range c.Changed {
			require.Equal(t, [2]string{r.Before.Role, r.Before.Name}, [2]string{r.After.Role, r.After.Name})
			require.NotEmpty(t, r.Keys)
			left[key(r.Before)]--
			left[key(r.After)]++
		}
		for r, n := range left {
			require.Zero(t, n, "seed %d: %s", seed, r)
		}
		require.Equal(t, len(registered(is)), c.Recipients)
		require.Len(t, c.Sentences(), max(1, len(c.Added)+len(c.Removed)+len(c.Changed)))
	}
	t.Logf("n = %d", runs)
}

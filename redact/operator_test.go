package redact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

const allKinds = "jane@example.com, 4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32, +46 8 928 571 38."

// R78: nothing of a value is left, and nothing said of its length.
func TestOperators(t *testing.T) {
	for _, c := range []struct {
		o    redact.Options
		want string
	}{
		{redact.Options{}, "[email], [card], [iban], [phone]."},
		{all(redact.Drop), "…, …, …, …."},
		{redact.Options{Email: redact.Off, Card: redact.Mask, IBAN: redact.Drop, Phone: redact.Off}, "jane@example.com, [hidden], …, +46 8 928 571 38."},
		{all(redact.Mask), "[hidden], [hidden], [hidden], [hidden]."},
		{all(redact.Off), allKinds},
	} {
		require.Equal(t, c.want, whole(newRedactor(t, c.o), allKinds))
	}
	_, err := redact.New(redact.Options{Card: 7, IBAN: redact.Hash})
	require.EqualError(t, err, "the operator for CARD is none of replace, mask, drop, hash and off\nthere is no key to hash IBAN with")
}

// TestDropJoinsNothing: what stood around a value that is gone does not
// become one.
func TestDropJoinsNothing(t *testing.T) {
	r := newRedactor(t, redact.Options{Email: redact.Drop})
	require.Equal(t, "4111 1111 … 1111 1111", whole(r, "4111 1111 jane@example.com 1111 1111"))
}

// TestOffIsSeen: the part of a value that stays is not taken for another.
func TestOffIsSeen(t *testing.T) {
	r := newRedactor(t, redact.Options{Card: redact.Off})
	require.Equal(t, "Phone: 4111 1111 1111 1111", whole(r, "Phone: 4111 1111 1111 1111"))
}

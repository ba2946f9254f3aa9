package gateway

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// A turn with more personal data than the tenant keeps is not kept, and the
// person is told; with what makes it too much in all, recording ends. What is
// not hidden counts as well. // R10 R52 R78
func TestTooMuchPersonalData(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), func(_ *Options, tn *tenant.Tenant) {
		tn.Policy.Sensitive = tenant.Sensitive{Turn: 2, Session: 5}
		tn.Policy.Redaction.Phone = redact.Off
	})
	c := r.agreed()
	c.turn("I am ada@example.org", 1)
	c.await("avatar.transcript.committed", 1)
	c.turn("or bob@example.org, +46 8 928 571 38", 2)
	withheld := c.await("avatar.transcript.withheld", 1)
	require.Equal(t, "sensitive", withheld["reason"])
	require.Len(t, withheld["item_ids"], 2)
	require.Equal(t, 1, c.count("avatar.recording.state"), "recording goes on")
	c.turn("the weather is fine", 3)
	c.await("avatar.transcript.committed", 2)
	c.turn("4111 1111 1111 1111", 4)
	c.await("avatar.transcript.committed", 3)
	c.turn("GB82 WEST 1234 5698 7654 32", 5)
	c.await("avatar.transcript.withheld", 2)
	state := c.await("avatar.recording.state", 2)
	require.Equal(t, "off", state["state"])
	require.Equal(t, "sensitive", state["reason"])
	c.turn("the weather is fine", 6)
	require.Equal(t, 3, c.count("avatar.transcript.committed"))
	require.EqualValues(t, 2, r.facts.Count(session.TurnWasWithheld))
	all := tp.all()
	require.Len(t, all, 3)
	for _, kept := range all {
		require.NotContains(t, kept.text, "928 571")
		require.NotContains(t, kept.text, "[iban]")
	}
}

// fixed makes tokens of its own number.
type fixed uint64

func (f fixed) Token(_ redact.Kind, value []byte) uint64 {
	sum := uint64(f)
	for _, b := range value {
		sum = sum*1099511628211 + uint64(b)
	}
	return sum
}

// What is hashed is hashed with the tenant's own key: equal values are equal,
// and those of another tenant with the same policy are others. Without a key
// nothing is kept. // R10 R77 R78
func TestHashedWithTheTenantsKey(t *testing.T) {
	tp := &tape{}
	keys := map[string]redact.Keyer{"acme": fixed(7), "other": fixed(8)}
	hashed := func(_ *Options, tn *tenant.Tenant) { tn.Policy.Redaction.Email = redact.Hash }
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp), hashed, func(o *Options, _ *tenant.Tenant) {
		o.Keyer = func(id string) redact.Keyer { return keys[id] }
	})
	c := r.agreed()
	for nth := 1; nth <= 2; nth++ {
		c.turn("ada@example.org", nth)
		c.await("avatar.transcript.committed", nth)
	}
	one, two := tp.all()[0].text, tp.all()[1].text
	mark := regexp.MustCompile(`\[email:[a-z]{16}\]`)
	require.NotEmpty(t, mark.FindString(one), one)
	require.Equal(t, mark.FindString(one), mark.FindString(two))

	policy := r.server.options.Directory.Tenant("acme").Policy
	mine, err := r.server.redactors.of("acme", policy)
	require.NoError(t, err)
	theirs, err := r.server.redactors.of("other", policy)
	require.NoError(t, err)
	words := []byte("ada@example.org")
	require.NotEqual(t, string(mine.Append(nil, words)), string(theirs.Append(nil, words)))
	_, err = r.server.redactors.of("nobody", policy)
	require.Error(t, err)

	keyless := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(&tape{}), hashed)
	late := keyless.connect()
	late.acknowledge(late.aware("text"))
	require.Equal(t, "unavailable", late.await("avatar.recording.state", 1)["reason"])
}

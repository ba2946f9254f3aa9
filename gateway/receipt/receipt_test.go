package receipt

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"
)

// The examples of RFC 8785, 3.2.2 to 3.2.4 and appendices B and C.
func TestCanonical(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"3.2.2": {
			`{
  "numbers": [333333333.33333329, 1E30, 4.50,
              2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		"3.2.3": {
			`{
  "\u20ac": "Euro Sign",
  "\r": "Carriage Return",
  "\ufb33": "Hebrew Letter Dalet With Dagesh",
  "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face",
  "\u0080": "Control",
  "\u00f6": "Latin Small Letter O With Diaeresis"
}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
		"numbers": {
			`[0, -0, 5e-324, -5e-324, 1.7976931348623157e308, 9007199254740992, 295147905179352830000, 9.999999999999997e22, 1e23, 0.000001, 1e-7, 333333333.33333325, 1424953923781206.2]`,
			`[0,0,5e-324,-5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000,9.999999999999997e+22,1e+23,0.000001,1e-7,333333333.33333325,1424953923781206.2]`,
		},
		"nested": {`{"b":[{"z":1,"a":{}}],"a":[]}`, `{"a":[],"b":[{"a":{},"z":1}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Canonical([]byte(c.in))
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
			again, err := Canonical(got)
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	}
	for _, bad := range []string{``, `{`, `{"a":1,"a":2}`, "\"\xff\"", `"\ud800"`, `{} {}`} {
		_, err := Canonical([]byte(bad))
		require.Error(t, err, bad)
	}
}

func ring(t *testing.T, old ...ed25519.PublicKey) (*Keyring, ed25519.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	k, err := NewKeyring(private, old...)
	require.NoError(t, err)
	return k, public
}

func sample() *Receipt {
	at := time.Date(2026, 11, 26, 9, 0, 0, 5e6, time.UTC)
	sha := strings.Repeat("ab", 32)
	return &Receipt{
		Type: Kind, Version: Version, Session: "0199", Issued: at, Began: at, Ended: at.Add(time.Minute),
		Organisation: Organisation{ID: "acme", Name: "Exämple <University>", Role: "processor"}, Avatar: "lumen",
		Policies:    []Policy{{at, 4, sha}},
		Processed:   []Processed{{"words", "answer", "memory", "end_of_session"}},
		Stored:      []Stored{{What: "transcript", Turns: 2, Until: at.Add(24 * time.Hour), Purposes: []string{"audit"}, LegalBasis: "consent"}},
		Disclosures: []Disclosure{{At: at, Acknowledged: at, Notice: "2026-11-23", Locale: "en", SHA256: sha}},
		Consents:    []Consent{{at, "given", "person", []string{"transcript"}, sha}},
		Recipients: []Recipient{{
			Name: "Example model server", What: "words", Where: "eu", Keeps: "30d", Trains: "no", Transfer: "scc", PassesTo: []string{"Example Hosting"},
			Declared: "2026-11-26", Evidence: sha, First: at, Last: at, Times: 2,
		}},
	}
}

// R46 R55
func TestSignAndVerify(t *testing.T) {
	k, _ := ring(t)
	jws, err := Sign(sample(), k)
	require.NoError(t, err)
	got, err := Verify(jws, k.Keys())
	require.NoError(t, err)
	want := sample()
	want.Recording, want.OptOuts = []Recording{}, []OptOut{}
	require.Equal(t, want, got)
	got, err = Verify(" "+jws+"\n", k.Keys())
	require.NoError(t, err)
	require.Equal(t, want, got)

	// What is signed is one spelling of it.
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(jws, ".")[1])
	require.NoError(t, err)
	canonical, err := Canonical(payload)
	require.NoError(t, err)
	require.Equal(t, canonical, payload)
}

// A receipt outlives the key that signed it.
func TestOldReceiptsVerifyAfterRotation(t *testing.T) {
	before, public := ring(t)
	jws, err := Sign(sample(), before)
	require.NoError(t, err)
	after, _ := ring(t, public)
	_, err = Verify(jws, after.Keys())
	require.NoError(t, err)
	fresh, err := Sign(sample(), after)
	require.NoError(t, err)
	_, err = Verify(fresh, after.Keys())
	require.NoError(t, err)
	_, err = Verify(fresh, before.Keys())
	require.ErrorIs(t, err, ErrUnknownKey)

	// The keys as they are served are the keys.
	served, err := json.Marshal(after.Keys())
	require.NoError(t, err)
	require.NotContains(t, string(served), `"d"`, "a private key")
	keys, err := ParseKeys(served)
	require.NoError(t, err)
	_, err = Verify(jws, keys)
	require.NoError(t, err)
	for _, bad := range []string{``, `{}`, `{"keys":[]}`, `[]`} {
		_, err := ParseKeys([]byte(bad))
		require.Error(t, err, bad)
	}
}

// Every single bit counts.
func TestFlippedBit(t *testing.T) {
	k, _ := ring(t)
	jws, err := Sign(sample(), k)
	require.NoError(t, err)
	n := 0
	for i := range len(jws) {
		for bit := range 8 {
			b := []byte(jws)
			b[i] ^= 1 << bit
			if strings.TrimSpace(string(b)) == jws {
				continue
			}
			_, err := Verify(string(b), k.Keys())
			require.Error(t, err, "byte %d bit %d", i, bit)
			n++
		}
	}
	t.Logf("n = %d receipts with a flipped bit", n)
	for i := range len(jws) {
		_, err := Verify(jws[:i], k.Keys())
		require.Error(t, err)
	}
}

// What is no receipt, or none of ours, is refused with what to do.
func TestNoReceipt(t *testing.T) {
	k, _ := ring(t)
	other, _ := ring(t)
	for name, c := range map[string]struct {
		jws  func() string
		want error
	}{
		"nothing":   {func() string { return "" }, ErrNoReceipt},
		"text":      {func() string { return "my receipt" }, ErrNoReceipt},
		"very long": {func() string { return strings.Repeat("a", 2<<20) }, ErrNoReceipt},
		"no signature": {func() string {
			head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))
			return head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{}`)) + "."
		}, ErrNoReceipt},
		"another algorithm": {func() string {
			head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","kid":"` + k.KeyID() + `"}`))
			return head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{}`)) + ".AAAA"
		}, ErrNoReceipt},
		"another's key": {func() string { jws, _ := Sign(sample(), other); return jws }, ErrUnknownKey},
		"another's key under our name": {func() string {
			forged := *other
			forged.id = k.KeyID()
			forged.keys.Keys = append([]jose.JSONWebKey(nil), other.keys.Keys...)
			forged.keys.Keys[0].KeyID = k.KeyID()
			jws, _ := Sign(sample(), &forged)
			return jws
		}, ErrSignature},
		"a later version": {func() string {
			r := sample()
			r.Version = "2"
			jws, _ := Sign(r, k)
			return jws
		}, ErrVersion},
		"something else that we signed": {func() string {
			r := sample()
			r.Type = "mayfly.other"
			jws, _ := Sign(r, k)
			return jws
		}, ErrNoReceipt},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Verify(c.jws(), k.Keys())
			require.ErrorIs(t, err, c.want)
		})
	}
}

// Whatever is given for a receipt is a receipt that we signed, or an error.
func FuzzVerify(f *testing.F) {
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(f, err)
	k, err := NewKeyring(private)
	require.NoError(f, err)
	jws, err := Sign(sample(), k)
	require.NoError(f, err)
	for _, s := range []string{jws, jws + ".", "..", "a.b.c", `{"payload":""}`, strings.Replace(jws, ".", "..", 1)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Verify(s, k.Keys())
		if err == nil {
			require.Equal(t, jws, strings.TrimSpace(s))
			require.NotNil(t, got)
		}
	})
}

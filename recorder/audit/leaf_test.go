package audit

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

func leafOf(r *rand.Rand) Leaf {
	l := Leaf{At: time.UnixMilli(r.Int64N(1 << 42)).UTC(), Fact: fact(r)}
	for i := range l.Salt {
		l.Salt[i] = byte(r.Uint32())
	}
	if r.IntN(3) == 0 {
		l.Prior = Head{Month: 202610, Size: 1 + r.Int64N(1<<40), Root: [32]byte{byte(r.Uint32()), 1}}
	}
	return l
}

// What is written is read back the same, and is JSON for everybody else.
func TestLeaf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	n := int(5000 * *scale)
	for range n {
		l := leafOf(r)
		data, err := l.AppendTo(nil)
		require.NoError(t, err)
		require.True(t, json.Valid(data), "%s", data)
		require.LessOrEqual(t, len(data), leafMax)
		got, err := ParseLeaf(data)
		require.NoError(t, err, "%s", data)
		require.Equal(t, l, got)
	}
	t.Logf("%d leaves", n)
}

// The time is kept to the millisecond, wherever it was read.
func TestLeafTime(t *testing.T) {
	l := Leaf{At: time.Date(2026, 11, 26, 11, 0, 0, 123456789, time.FixedZone("", 3600))}
	data, err := l.AppendTo(nil)
	require.NoError(t, err)
	got, err := ParseLeaf(data)
	require.NoError(t, err)
	require.Equal(t, november.Add(123*time.Millisecond), got.At)
}

// No field of an entry can carry text, however deep.
func TestLeafTakesNoText(t *testing.T) { // R66
	var look func(path string, v reflect.Type)
	look = func(path string, v reflect.Type) {
		if v == reflect.TypeFor[time.Time]() {
			return
		}
		switch v.Kind() {
		case reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint32, reflect.Uint64:
		case reflect.Array:
			if v.Elem().Kind() != reflect.Uint8 || v.Len() > 32 {
				t.Errorf("%s is %v: an id or a hash has at most 32 bytes", path, v)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				look(path+"."+v.Field(i).Name, v.Field(i).Type)
			}
		default:
			t.Errorf("%s is a %v, in which words fit", path, v)
		}
	}
	look("Leaf", reflect.TypeFor[Leaf]())
}

// onlyNames is all that may stand between quotes: names of the closed lists,
// and lower-case hex.
var onlyNames = regexp.MustCompile(`^(v|at|kind|session|actor|object|turn|notice|purposes|reason|policy|before|count|hash|prior|month|size|root|salt|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64})$`)

func namesOnly(t testing.TB, data []byte) {
	names := map[string]bool{}
	for _, k := range session.FactKinds() {
		names[k.String()] = true
	}
	for _, r := range session.Reasons() {
		names[r.String()] = true
	}
	for _, p := range purposeNames {
		names[p] = true
	}
	for i, s := range strings.Split(string(data), `"`) {
		if i%2 == 0 {
			if strings.Trim(s, `{}[]:,0123456789-`) != "" {
				t.Errorf("%q stands outside quotes in %s", s, data)
			}
		} else if !names[s] && !onlyNames.MatchString(s) {
			t.Errorf("%q stands in quotes in %s", s, data)
		}
	}
}

// Words that somebody got into an id or a hash do not come out as words.
func TestLeafCanary(t *testing.T) { // R66
	const canary = "the-quick-brown-mayfly-at-dawn!!"
	var f session.Fact
	copy(f.Session[:], canary)
	copy(f.Actor[:], canary)
	copy(f.Object[:], canary)
	copy(f.Hash[:], canary)
	l := Leaf{At: november, Fact: f}
	copy(l.Salt[:], canary)
	copy(l.Prior.Root[:], canary)
	data, err := l.AppendTo(nil)
	require.NoError(t, err)
	require.NotContains(t, string(data), canary[:4])
	namesOnly(t, data)
}

// Every kind, reason and purpose has a name of its own that is read back.
func TestLeafNames(t *testing.T) {
	var facts []session.Fact
	for _, k := range session.FactKinds() {
		facts = append(facts, session.Fact{Kind: k})
	}
	for _, r := range session.Reasons() {
		facts = append(facts, session.Fact{Reason: r})
	}
	for p := session.Purposes(1); p <= session.AllPurposes; p++ {
		facts = append(facts, session.Fact{Purposes: p & session.AllPurposes})
	}
	for _, f := range facts {
		l := Leaf{At: november, Fact: f}
		data, err := l.AppendTo(nil)
		require.NoError(t, err)
		got, err := ParseLeaf(data)
		require.NoError(t, err, "%s", data)
		require.Equal(t, l, got)
	}
	t.Logf("%d facts", len(facts))
}

// What is not on the lists is refused, never written as something else.
func TestLeafOffTheLists(t *testing.T) {
	for _, f := range []session.Fact{
		{Kind: session.FactKind(len(session.FactKinds()))},
		{Kind: 255},
		{Reason: session.Reason(len(session.Reasons()))},
		{Purposes: session.AllPurposes + 1},
	} {
		l := Leaf{Fact: f}
		_, err := l.AppendTo(nil)
		require.Error(t, err, "%d %d %d", f.Kind, f.Reason, f.Purposes)
	}
}

// There is one way to write an entry. Every other is refused.
func TestLeafMalformed(t *testing.T) {
	l := Leaf{At: november, Fact: session.Fact{Kind: session.TenantChanged, Policy: 7, Purposes: session.Transcript}, Salt: [16]byte{1}}
	data, err := l.AppendTo(nil)
	require.NoError(t, err)
	good := string(data)
	for _, bad := range []string{
		"", "{}", "null", good + " ", " " + good, good[:len(good)-1], good + good,
		strings.Replace(good, `"v":1`, `"v":01`, 1),
		strings.Replace(good, `"v":1`, `"v":-1`, 1),
		strings.Replace(good, `"policy":7`, `"policy":07`, 1),
		strings.Replace(good, `"policy":7`, `"policy":7.0`, 1),
		strings.Replace(good, `"policy":7`, `"policy":"7"`, 1),
		strings.Replace(good, `"policy":7`, `"policy":7,"policy":7`, 1),
		strings.Replace(good, `"policy":7`, `"turn":0,"policy":7`, 1),
		strings.Replace(good, `"policy":7`, `"policy":7,"note":"hello"`, 1),
		strings.Replace(good, `"policy":7`, `"policy":18446744073709551616`, 1),
		strings.Replace(good, `["transcript"]`, `[]`, 1),
		strings.Replace(good, `["transcript"]`, `["transcript","transcript"]`, 1),
		strings.Replace(good, `["transcript"]`, `["voice_input","transcript"]`, 1),
		strings.Replace(good, `"salt":"01`, `"salt":"0`, 1),
		strings.Replace(good, `"kind"`, `"Kind"`, 1),
		strings.Replace(good, `:`, `: `, 1),
	} {
		_, err := ParseLeaf([]byte(bad))
		require.ErrorIs(t, err, ErrMalformed, "%s", bad)
	}
	for _, newer := range []string{
		strings.Replace(good, `"v":1`, `"v":2`, 1),
		strings.Replace(good, `tenant_changed`, `tenant_praised`, 1),
		strings.Replace(good, `["transcript"]`, `["dreams"]`, 1),
	} {
		_, err := ParseLeaf([]byte(newer))
		require.ErrorIs(t, err, ErrNewer, "%s", newer)
	}
}

// FuzzLeaf: whatever is taken is written as the same bytes, and holds names
// and numbers only.
func FuzzLeaf(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 20 {
		l := leafOf(r)
		data, _ := l.AppendTo(nil)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ParseLeaf(data)
		if err != nil {
			return
		}
		again, err := l.AppendTo(nil)
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
		namesOnly(t, data)
	})
}

package siem

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/recorder/audit"
	"mayfly/session"
)

var (
	morning = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	form    = Form{Product: "1.2.3", Chain: "soc"}
)

// stored is an entry as the log has it.
func stored(t testing.TB, number uint64, f session.Fact) Stored {
	t.Helper()
	leaf := audit.Leaf{At: morning.Add(time.Duration(number) * time.Second), Fact: f, Salt: [16]byte{1, 2, 3}}
	data, err := leaf.AppendTo(nil)
	require.NoError(t, err)
	hash := tlog.RecordHash(data)
	return Stored{Number: number, Log: "acme/2026-11", Index: int64(number) - 1, Leaf: data, Hash: hash[:]}
}

func full(k session.FactKind) session.Fact {
	return session.Fact{
		Kind: k, Session: session.ID{1}, Actor: session.ID{2}, Object: session.ID{3}, Turn: 4, Notice: 5, Purposes: session.AllPurposes,
		Reason: session.Idle, Policy: 6, Before: 7, Count: 8, Hash: [32]byte{9},
	}
}

// Every kind of fact has a meaning, in an activity that its class has.
func TestMeanings(t *testing.T) {
	all := map[string]meaning{VerifyFailed: found[VerifyFailed], EntriesGone: found[EntriesGone]}
	for _, k := range session.FactKinds() {
		m, there := meanings[k]
		require.True(t, there, "the fact %s has no meaning for collectors: give it one in meaning.go", k)
		require.NotContains(t, all, k.String())
		all[k.String()] = m
	}
	require.Len(t, meanings, len(session.FactKinds()))
	for name, m := range all {
		require.NotNil(t, m.class, name)
		require.NotEmpty(t, m.class.activities[m.activity], name)
		require.NotEmpty(t, severities[m.severity], name)
		require.NotZero(t, cefSeverities[m.severity], name)
		require.Equal(t, m.class == entityManagement, m.entity != "", name)
	}
}

// Every kind of fact has a record in both forms, the same as when it was last
// looked at.
func TestSamples(t *testing.T) {
	var ocsf, cef []byte
	var link Link
	say := func(e Event) {
		var line []byte
		line, link = form.OCSF(&e, link)
		ocsf = append(append(ocsf, line...), '\n')
		cef = append(append(cef, form.CEF(&e)...), '\n')
	}
	n := uint64(0)
	for _, k := range session.FactKinds() {
		n++
		say(Read("acme", stored(t, n, full(k)), morning))
	}
	bare := stored(t, n+1, session.Fact{Kind: session.GatewayStarted})
	say(Read("", bare, morning))
	bare.Leaf = append(slices.Clone(bare.Leaf[:20]), bare.Leaf[21:]...)
	say(Read("acme", bare, morning))
	flood := []Stored{{Number: n + 2, Log: "acme/2026-11", Index: int64(n) + 1, Dropped: true}, {Number: n + 3, Log: "acme/2026-11", Index: int64(n) + 2, Dropped: true}}
	for i := range 3 {
		flood = append(flood, stored(t, n+4+uint64(i), session.Fact{Kind: session.AccessDenied, Count: 5}))
	}
	for _, e := range (Stretch{"acme", n + 1, n + 6, flood}).Events(true, morning) {
		say(e)
	}
	for name, have := range map[string][]byte{"ocsf.jsonl": ocsf, "cef.txt": cef} {
		path := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, have, 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(have), path)
	}
}

// attributes are all that a record may hold, with the type of each: of OCSF
// 1.9.0, for the four classes and the profile record_integrity. There is none
// for what was said, and raw_data and message are not among them.
var attributes = map[string]string{
	"activity_id": "n", "activity_name": "s", "category_name": "s", "category_uid": "n", "class_name": "s", "class_uid": "n", "type_uid": "n",
	"severity": "s", "severity_id": "n", "status": "s", "status_id": "n", "status_code": "s", "time": "n", "start_time": "n", "end_time": "n", "count": "n",
	"metadata.correlation_uid": "s", "metadata.event_code": "s", "metadata.log_name": "s", "metadata.log_provider": "s", "metadata.sequence": "n",
	"metadata.product.name": "s", "metadata.product.vendor_name": "s", "metadata.product.version": "s", "metadata.profiles": "l",
	"metadata.tenant_uid": "s", "metadata.uid": "s", "metadata.version": "s",
	"actor.user.uid": "s", "user.uid": "s", "service.name": "s", "entity.type": "s", "entity.uid": "s",
	"finding_info_list.uid": "s", "finding_info_list.title": "s",
	"app.name": "s", "app.vendor_name": "s", "app.version": "s",
	"attestation_list.uid": "s", "attestation_list.chain_uid": "s", "attestation_list.prev_event.uid": "s", "attestation_list.prev_event.type_uid": "n",
	"unmapped.first": "n", "unmapped.index": "n", "unmapped.leaf_sha256": "s", "unmapped.object": "s", "unmapped.sha256": "s", "unmapped.turn": "n",
	"unmapped.notice": "n", "unmapped.policy": "n", "unmapped.before": "n", "unmapped.amount": "n", "unmapped.purposes": "l",
}

// must is what the classes demand.
var must = map[int][]string{
	3004: {"entity.uid"}, 3002: {"user.uid", "service.name"}, 2005: {"finding_info_list.uid", "status_id"}, 6002: {"app.name", "app.vendor_name"},
	0: {"activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time", "metadata.version", "metadata.product.vendor_name",
		"attestation_list.fingerprint.algorithm_id", "attestation_list.fingerprint.value"},
}

func init() {
	for _, of := range []string{"attestation_list.fingerprint.", "attestation_list.prev_event.fingerprint."} {
		for _, key := range []string{"algorithm", "encoding", "serialization", "value"} {
			attributes[of+key] = "s"
			attributes[of+key+"_id"] = "n"
		}
		delete(attributes, of+"value_id")
	}
}

// flat is a record by its attributes.
func flat(into map[string]any, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			flat(into, strings.TrimPrefix(key+"."+name, "."), inner)
		}
	case []any:
		if len(v) > 0 {
			if _, group := v[0].(map[string]any); group {
				flat(into, key, v[0])
				return
			}
		}
		into[key] = v
	default:
		into[key] = v
	}
}

// right is what is wrong with a record in OCSF; empty: nothing.
func right(line []byte) string {
	var record map[string]any
	from := json.NewDecoder(bytes.NewReader(line))
	from.UseNumber()
	if err := from.Decode(&record); err != nil || from.More() {
		return "no JSON"
	}
	all := map[string]any{}
	flat(all, "", record)
	for key, v := range all {
		var is string
		switch v.(type) {
		case json.Number:
			is = "n"
		case string:
			is = "s"
		case []any:
			is = "l"
		}
		want := attributes[key]
		if is != want && !(is == "s" && want == "n" && regexp.MustCompile(`^(unmapped|metadata\.sequence|count)`).MatchString(key)) {
			return fmt.Sprintf("%s is %q, not %q", key, is, want)
		}
	}
	class, _ := all["class_uid"].(json.Number).Int64()
	for _, key := range slices.Concat(must[0], must[int(class)]) {
		if all[key] == nil || all[key] == "" {
			return key + " is missing"
		}
	}
	activity, _ := all["activity_id"].(json.Number).Int64()
	if fmt.Sprint(all["type_uid"]) != fmt.Sprint(class*100+activity) {
		return "the type is not that of class and activity"
	}
	return ""
}

func oneLine(line []byte) string {
	for _, c := range line {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("it holds %#x", c)
		}
	}
	if len(line) > MaxLine {
		return fmt.Sprintf("it has %d bytes", len(line))
	}
	return ""
}

var cefLine = regexp.MustCompile(`^CEF:0\|Mayfly\|Mayfly\|(?:[^|\\]|\\[|\\])*\|[a-z_]+\|[a-z ]+\|(?:[0-9]|10)\|(.*)$`)
var cefKey = regexp.MustCompile(`(?:^| )([A-Za-z0-9]+)=((?:[^=\\]|\\[=\\])*?)(?: [A-Za-z0-9]+=|$)`)

// rightCEF is what is wrong with a record in CEF.
func rightCEF(line []byte) string {
	parts := cefLine.FindSubmatch(line)
	if parts == nil {
		return "no CEF"
	}
	rest := string(parts[1])
	seen := map[string]bool{}
	for rest != "" {
		found := cefKey.FindStringSubmatchIndex(rest)
		if found == nil || found[0] != 0 {
			return "no key at " + rest
		}
		key := rest[found[2]:found[3]]
		if !slices.Contains(strings.Fields("rt externalId cat act outcome reason suid cnt start end cs1 cs1Label cs2 cs2Label cs3 cs3Label cs4 cs4Label cs5 cs5Label cs6 cs6Label cn1 cn1Label cn2 cn2Label cn3 cn3Label mayflyIndex mayflyLeafSha256"), key) || seen[key] {
			return "the key " + key
		}
		seen[key] = true
		rest = strings.TrimPrefix(rest[found[5]:], " ")
	}
	return ""
}

// tryEvent is what is wrong with the records of an event, in both forms.
func tryEvent(f Form, e *Event, before Link) string {
	line, _ := f.OCSF(e, before)
	cef := f.CEF(e)
	for _, wrong := range []string{oneLine(line), right(line), oneLine(cef), rightCEF(cef)} {
		if wrong != "" {
			return wrong
		}
	}
	return ""
}

// Whatever is in the log, in the names of logs and tenants and in the
// configuration, a record is one line of printable ASCII, valid, of bounded
// length, and says nothing in an attribute that is not on the list.
// R6 R19 R65
func TestLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	n := int(3_000 * *scale)
	longest := 0
	hostile := func() string {
		pieces := []string{"a", "\n", "\r\n", "\x00", "\x1b[31m", "|", "=", `\`, `"`, "\u2028", "\xff", "é", "CEF:0|", `","raw_data":"`, "<34>1 ", "</script>", strings.Repeat("x", 500)}
		var s string
		for range rng.IntN(6) {
			s += pieces[rng.IntN(len(pieces))]
		}
		return s
	}
	kinds := session.FactKinds()
	for range n {
		fact := full(kinds[rng.IntN(len(kinds))])
		if rng.IntN(4) == 0 {
			fact = session.Fact{Kind: fact.Kind}
		}
		fact.Count, fact.Before, fact.Policy = rng.Uint64(), rng.Uint64()>>rng.IntN(64), 1<<64-1
		s := stored(t, 1, fact)
		s.Number, s.Index, s.Log = rng.Uint64()>>rng.IntN(64), int64(rng.Uint64()), hostile()
		switch rng.IntN(8) {
		case 0:
			s.Leaf = []byte(hostile())
		case 1:
			s.Hash = nil
		}
		e := Read(hostile(), s, morning)
		if rng.IntN(4) == 0 {
			e.Last, e.Entries = e.First+rng.Uint64()>>1, rng.Uint64()
		}
		f := Form{Product: hostile(), Chain: hostile()}
		before := Link{UID: hostile(), Type: rng.IntN(1e6), Fingerprint: [32]byte{1}}
		require.Empty(t, tryEvent(f, &e, before))
		line, _ := f.OCSF(&e, before)
		longest = max(longest, len(line))
	}
	t.Logf("n = %d records, the longest of %d bytes", n, longest)
}

func FuzzLines(f *testing.F) {
	f.Add("acme", "acme/2026-11", "1.0", "soc", []byte(`{"v":1}`), uint64(1), int64(2), uint64(3))
	f.Add("a\nb", "x|y=z", `\`, "\x00", []byte("CEF:0|"), uint64(1<<63), int64(-1), uint64(0))
	f.Fuzz(func(t *testing.T, tenant, log, product, chain string, leaf []byte, number uint64, index int64, count uint64) {
		kinds := session.FactKinds()
		e := Read(tenant, Stored{Number: number, Log: log, Index: index, Leaf: leaf}, morning)
		if wrong := tryEvent(Form{product, chain}, &e, Link{UID: log, Type: 1}); wrong != "" {
			t.Fatal(wrong)
		}
		fact := full(kinds[number%uint64(len(kinds))])
		fact.Count, fact.Before = count, uint64(index)
		e = Event{Tenant: tenant, Log: log, First: number, Last: number + count, Entries: count, Index: index, Kind: fact.Kind.String(), Fact: fact,
			Start: time.UnixMilli(index), End: time.UnixMilli(-index), meaning: meanings[fact.Kind]}
		if wrong := tryEvent(Form{product, chain}, &e, Link{}); wrong != "" {
			t.Fatal(wrong)
		}
	})
}

// chained says which of some records is not as it was made, by what a reader
// of OCSF can compute: -1 is none.
func chained(t *testing.T, lines [][]byte) int {
	t.Helper()
	before := ""
	for i, line := range lines {
		var record map[string]any
		from := json.NewDecoder(bytes.NewReader(line))
		from.UseNumber()
		require.NoError(t, from.Decode(&record))
		attestation := record["attestation_list"].([]any)[0].(map[string]any)
		said := attestation["fingerprint"].(map[string]any)["value"].(string)
		delete(attestation, "fingerprint")
		var b bytes.Buffer
		to := json.NewEncoder(&b)
		to.SetEscapeHTML(false)
		require.NoError(t, to.Encode(record)) // sorts keys, as RFC 8785 does
		sum := sha256.Sum256(bytes.TrimSpace(b.Bytes()))
		last := ""
		if prev, there := attestation["prev_event"].(map[string]any); there {
			last = prev["fingerprint"].(map[string]any)["value"].(string)
		}
		if hex.EncodeToString(sum[:]) != said || i > 0 && last != before {
			return i
		}
		before = said
	}
	return -1
}

// A record that is changed, left out or put elsewhere breaks the chain.
// R65
func TestChain(t *testing.T) {
	var lines [][]byte
	var link Link
	for n := range uint64(20) {
		e := Read("acme", stored(t, n+1, full(session.FactKind(n))), morning)
		var line []byte
		line, link = form.OCSF(&e, link)
		lines = append(lines, line)
	}
	require.Equal(t, -1, chained(t, lines))
	for i := range lines {
		changed := slices.Clone(lines)
		changed[i] = bytes.Replace(lines[i], []byte(`"mayfly"`), []byte(`"mayflx"`), 1)
		require.Equal(t, i, chained(t, changed))
		if i > 0 && i < len(lines)-1 {
			require.Equal(t, i, chained(t, slices.Delete(slices.Clone(lines), i, i+1)))
			changed = slices.Clone(lines)
			changed[i], changed[i-1] = changed[i-1], changed[i]
			require.NotEqual(t, -1, chained(t, changed))
		}
	}
}

// An entry that is another than its hash was made of is told of as that, and
// nothing of what it says now.
// R65
func TestReadFindsChanges(t *testing.T) {
	s := stored(t, 7, session.Fact{Kind: session.RecordingForbidden, Policy: 4})
	e := Read("acme", s, morning)
	require.Equal(t, "recording_forbidden", e.Kind)
	s.Leaf = bytes.Replace(s.Leaf, []byte("recording_forbidden"), []byte("recording_allowed"), 1)
	e = Read("acme", s, morning)
	require.Equal(t, VerifyFailed, e.Kind)
	require.Equal(t, session.Fact{}, e.Fact)
	require.Equal(t, critical, e.Severity())
	line, _ := form.OCSF(&e, Link{})
	require.NotContains(t, string(line), "recording_allowed")
}

package browser

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// tampering changes a log, or its export, and may bring checkpoints that were
// kept from before.
type tampering struct {
	name string
	// before changes the log, after the bytes of its export; either may be nil.
	before func(r *rand.Rand, c *chronicle, t testing.TB)
	after  func(r *rand.Rand, export []byte) []byte
}

func anyLog(r *rand.Rand, c *chronicle) *chronicleLog { return c.logs[r.IntN(len(c.logs))] }

// lines changes an export line by line.
func lines(change func(r *rand.Rand, all [][]byte) [][]byte) func(*rand.Rand, []byte) []byte {
	return func(r *rand.Rand, export []byte) []byte {
		return bytes.Join(change(r, bytes.SplitAfter(export, []byte("\n"))), nil)
	}
}

// anew replaces a leaf and computes the tree from it, as somebody does who
// knows how the log works. With the key, it is signed as well.
func anew(signed bool, change func(r *rand.Rand, leaf []byte) []byte) func(*rand.Rand, *chronicle, testing.TB) {
	return func(r *rand.Rand, c *chronicle, t testing.TB) {
		l := c.logs[len(c.logs)-1]
		n := r.IntN(len(l.leaves))
		l.leaves[n] = change(r, bytes.Clone(l.leaves[n]))
		l.grow(t)
		if signed {
			l.note = c.sign(t, l.name, len(l.leaves), l.root, c.by)
		}
	}
}

func replaced(from, to string) func(*rand.Rand, []byte) []byte {
	return func(_ *rand.Rand, b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

// drop takes the first entries of the oldest log away, as their retention
// does; a fact of the time when it does says so, or not, or something else.
func drop(say func(dropped int) (upTo, count uint64)) func(*rand.Rand, *chronicle, testing.TB) {
	return dropAt(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(audit.Retention), say)
}

// dropAt is drop with the fact at a time. It begins a log of its own, unless
// that is a month that there is: then it is appended there.
func dropAt(at time.Time, say func(dropped int) (upTo, count uint64)) func(*rand.Rand, *chronicle, testing.TB) {
	return func(r *rand.Rand, c *chronicle, t testing.TB) {
		n := 1 + r.IntN(len(c.logs[0].leaves)-1)
		for i := range n {
			c.logs[0].leaves[i] = nil
		}
		if say == nil {
			return
		}
		l := c.logs[len(c.logs)-1]
		leaf := audit.Leaf{At: at, Fact: session.Fact{Kind: session.AuditPruned}}
		leaf.Fact.Before, leaf.Fact.Count = say(n)
		if name := c.tenant + "/" + audit.MonthOf(at).String(); name > l.name {
			leaf.Prior = audit.Head{Month: audit.Month(202605 + len(c.logs) - 1), Size: int64(len(l.kept)), Root: l.root}
			l = &chronicleLog{name: name, base: l.base + uint64(len(l.kept))}
			c.logs = append(c.logs, l)
		}
		text, err := leaf.AppendTo(nil)
		must(t, err)
		l.leaves = append(l.leaves, text)
		l.grow(t)
		l.note = c.sign(t, l.name, len(l.leaves), l.root, c.by)
	}
}

var tamperings = []tampering{
	{name: "nothing"},
	{name: "a bit", after: func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(8); return b }},
	{name: "a byte put in", after: func(r *rand.Rand, b []byte) []byte {
		return slices.Insert(b, r.IntN(len(b)), `"{},:\0-9ZÿA `[r.IntN(13)])
	}},
	{name: "a byte taken out", after: func(r *rand.Rand, b []byte) []byte { i := r.IntN(len(b)); return slices.Delete(b, i, i+1) }},
	{name: "cut", after: func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }},
	{name: "cut at a line", after: lines(func(r *rand.Rand, all [][]byte) [][]byte { return all[:r.IntN(len(all))] })},
	{name: "a line dropped", after: lines(func(r *rand.Rand, all [][]byte) [][]byte {
		i := r.IntN(len(all) - 1)
		return slices.Delete(all, i, i+1)
	})},
	{name: "a line twice", after: lines(func(r *rand.Rand, all [][]byte) [][]byte {
		i := r.IntN(len(all) - 1)
		return slices.Insert(all, i, all[i])
	})},
	{name: "lines swapped", after: lines(func(r *rand.Rand, all [][]byte) [][]byte {
		i, j := r.IntN(len(all)-1), r.IntN(len(all)-1)
		all[i], all[j] = all[j], all[i]
		return all
	})},
	{name: "ends of lines", after: func(_ *rand.Rand, b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }},
	{name: "something after the end", after: func(_ *rand.Rand, b []byte) []byte { return append(b, "more"...) }},
	{name: "a very long line", after: func(_ *rand.Rand, b []byte) []byte {
		return slices.Insert(b, bytes.LastIndexByte(b, '}'), bytes.Repeat([]byte{'x'}, 1<<20)...)
	}},
	{name: "nothing at all", after: func(*rand.Rand, []byte) []byte { return nil }},
	{name: "leading zeros", after: replaced(`{"n":3,`, `{"n":0003,`)},
	{name: "leaves swapped", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		l := anyLog(r, c)
		i, j := r.IntN(len(l.leaves)), r.IntN(len(l.leaves))
		l.leaves[i], l.leaves[j] = l.leaves[j], l.leaves[i]
	}},
	{name: "a leaf dropped", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		l := anyLog(r, c)
		l.leaves[r.IntN(len(l.leaves))] = nil
	}},
	{name: "a stored hash", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		l := anyLog(r, c)
		h := l.stored[1+2*r.IntN(len(l.stored)/2)] // one that completes nodes
		h[r.IntN(len(h))][r.IntN(32)]++
	}},
	{name: "hashes missing", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		l := anyLog(r, c)
		i := r.IntN(len(l.stored))
		l.stored[i] = l.stored[i][1:]
	}},
	{name: "a root", before: func(r *rand.Rand, c *chronicle, _ testing.TB) { anyLog(r, c).root[3]++ }},
	{name: "a base", before: func(r *rand.Rand, c *chronicle, _ testing.TB) { anyLog(r, c).base++ }},
	{name: "no checkpoint", before: func(r *rand.Rand, c *chronicle, _ testing.TB) { anyLog(r, c).note = nil }},
	{name: "a checkpoint of a part", before: func(r *rand.Rand, c *chronicle, t testing.TB) {
		l := anyLog(r, c)
		n := r.IntN(len(l.leaves))
		l.note = c.sign(t, l.name, n, l.rootOf(t, n), c.by)
	}},
	{name: "a checkpoint of another log", before: func(r *rand.Rand, c *chronicle, t testing.TB) {
		l := anyLog(r, c)
		l.note = c.sign(t, "acme/2025-01", len(l.leaves), l.root, c.by)
	}},
	{name: "another's checkpoint", before: func(r *rand.Rand, c *chronicle, t testing.TB) {
		secret, err := audit.MakeKey("localhost/audit")
		must(t, err)
		by, _, err := audit.OpenKey(secret)
		must(t, err)
		l := anyLog(r, c)
		l.note = c.sign(t, l.name, len(l.leaves), l.root, by)
	}},
	{name: "a bit of a checkpoint", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		l := anyLog(r, c)
		l.note[r.IntN(len(l.note))] ^= 1 << r.IntN(8)
	}},
	{name: "a log left out", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		i := r.IntN(len(c.logs))
		c.logs = slices.Delete(c.logs, i, i+1)
	}},
	{name: "logs in another order", before: func(_ *rand.Rand, c *chronicle, _ testing.TB) { slices.Reverse(c.logs) }},
	{name: "another tenant's log", before: func(r *rand.Rand, c *chronicle, _ testing.TB) { anyLog(r, c).name = "umbra/2026-06" }},
	{name: "another name of a log", before: func(r *rand.Rand, c *chronicle, _ testing.TB) {
		anyLog(r, c).name = []string{"acme/2026-13", "acme/26-01", "a me/2026-07", "~gateway/2026-07", "acme"}[r.IntN(5)]
	}},
	{name: "anew, without the key", before: anew(false, replaced(`"salt":"`, `"salt":"00`))},
	{name: "another kind, without the key", before: anew(false, replaced(`"kind":"session_ended"`, `"kind":"swept"`))},
	{name: "anew, with the key", before: anew(true, func(r *rand.Rand, b []byte) []byte { b[len(b)-4] = "0123456789abcdef"[r.IntN(16)]; return b })},
	{name: "a newer kind", before: anew(true, func(_ *rand.Rand, b []byte) []byte {
		return bytes.Replace(b, []byte(`,"kind":"`), []byte(`,"kind":"x`), 1)
	})},
	{name: "a newer version", before: anew(true, replaced(`{"v":1`, `{"v":2`))},
	{name: "a space", before: anew(true, replaced(`,"salt"`, `, "salt"`))},
	{name: "a zero that is said", before: anew(true, replaced(`,"salt"`, `,"count":0,"salt"`))},
	{name: "a leading zero", before: anew(true, replaced(`"at":17`, `"at":017`))},
	{name: "capitals", before: anew(true, func(_ *rand.Rand, b []byte) []byte {
		i := bytes.LastIndex(b, []byte(`"salt":"`)) + len(`"salt":"`)
		return append(b[:i:i], bytes.ToUpper(b[i:])...)
	})},
	{name: "a wrong order", before: anew(true, replaced(`,"salt"`, `,"session":"11111111-1111-4111-8111-111111111111","salt"`))},
	{name: "another prior", before: anew(true, replaced(`,"salt"`, `,"prior":{"month":202601,"size":3,"root":"`+strings.Repeat("ab", 32)+`"},"salt"`))},
	{name: "the clock set back", before: anew(true, replaced(`"at":17`, `"at":16`))},
	{name: "a byte of a leaf, with the key", before: anew(true, func(r *rand.Rand, b []byte) []byte { b[r.IntN(len(b))] ^= 1 << r.IntN(7); return b })},
	{name: "dropped by a fact", before: drop(func(n int) (uint64, uint64) { return uint64(n), uint64(n) })},
	{name: "dropped by a fact, early", before: dropAt(time.Date(2026, 7, 31, 0, 0, 0, 0, time.UTC), func(n int) (uint64, uint64) { return uint64(n), uint64(n) })},
	{name: "dropped by a fact, a millisecond early", before: dropAt(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(audit.Retention-time.Millisecond), func(n int) (uint64, uint64) { return uint64(n), uint64(n) })},
	{name: "dropped by a fact of another year in this month", before: func(r *rand.Rand, c *chronicle, t testing.TB) {
		n := 1 + r.IntN(len(c.logs[0].leaves)-1)
		for i := range n {
			c.logs[0].leaves[i] = nil
		}
		anew(true, func(*rand.Rand, []byte) []byte {
			text, err := (&audit.Leaf{At: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), Fact: session.Fact{Kind: session.AuditPruned, Before: uint64(n), Count: uint64(n)}}).AppendTo(nil)
			must(t, err)
			return text
		})(r, c, t)
	}},
	{name: "dropped long ago", before: dropAt(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(2*audit.Retention), func(n int) (uint64, uint64) { return uint64(n), uint64((n + 1) / 2) })},
	{name: "dropped, and nothing says so", before: drop(nil)},
	{name: "dropped, and the fact says less", before: drop(func(n int) (uint64, uint64) { return uint64(n - 1), uint64(n - 1) })},
	{name: "dropped, and the fact says part", before: drop(func(n int) (uint64, uint64) { return uint64(n), uint64((n + 1) / 2) })},
	{name: "dropped, and the fact says nonsense", before: drop(func(n int) (uint64, uint64) { return 1 << 63, uint64(n) })},
	{name: "dropped, and the fact says more than there is", before: drop(func(n int) (uint64, uint64) { return uint64(n), uint64(n) + 1 })},
}

// verdict is what came out, in numbers and in the words of the program.
type verdict struct {
	Wrong      string   `json:"wrong"`
	Log        string   `json:"log"`
	Index      int64    `json:"index"`
	Recomputed uint64   `json:"recomputed"`
	Dropped    uint64   `json:"dropped"`
	Stored     uint64   `json:"stored"`
	Signed     uint64   `json:"signed"`
	Agreed     int      `json:"agreed"`
	Newest     int64    `json:"newest"`
	DroppedBy  []uint64 `json:"droppedBy"`
	SetBack    []uint64 `json:"setBack"`
	Heads      []string `json:"heads"`
}

// theirs is the verdict of the program.
func theirs(export []byte, public string, earlier []byte) (v verdict) {
	known, err := audit.ParseKeys(public)
	var checkpoints []audit.Checkpoint
	if err == nil && earlier != nil {
		checkpoints, err = audit.ReadCheckpoints(earlier, known)
	}
	var r audit.Report
	if err == nil {
		r, err = audit.Verify(bytes.NewReader(export), known, checkpoints)
	}
	v.Index = -1
	if err != nil {
		v.Wrong = err.Error()
		var bad *audit.BadEntry
		if errors.As(err, &bad) {
			v.Log, v.Index = bad.Log, bad.Index
		}
		return v
	}
	v.Recomputed, v.Dropped, v.Stored, v.Signed, v.Agreed, v.Newest = r.Recomputed, r.Dropped, r.Stored, r.Signed, r.Agreed, r.Newest.UnixMilli()
	for _, d := range r.DroppedBy {
		v.DroppedBy = append(v.DroppedBy, d.Fact, d.Count)
	}
	for _, s := range r.SetBack {
		v.SetBack = append(v.SetBack, s.Number, uint64(s.By.Milliseconds()))
	}
	for _, h := range r.Heads {
		v.Heads = append(v.Heads, fmt.Sprintf("%s %d %s", h.Log, h.Size, base64.StdEncoding.EncodeToString(h.Root[:])))
	}
	return v
}

// pages is the verdict of the page.
func pages(tab *Tab, export []byte, public string, earlier []byte) verdict {
	brought := "null"
	if earlier != nil {
		text, _ := json.Marshal(base64.StdEncoding.EncodeToString(earlier))
		brought = string(text)
	}
	return eval[verdict](tab, `(async () => {
		const [{ verify }, { parseKeys, readCheckpoints }] = await Promise.all([import('/assets/review/verify.js'), import('/assets/review/note.js')]);
		const bytes = (b) => Uint8Array.from(atob(b), (c) => c.charCodeAt(0));
		try {
			const keys = await parseKeys(`+quote(public)+`);
			const kept = `+brought+`;
			const earlier = kept === null ? [] : await readCheckpoints(new TextDecoder().decode(bytes(kept)), keys);
			const r = await verify(new Blob([bytes(`+quote(base64.StdEncoding.EncodeToString(export))+`)]).stream(), { keys, earlier });
			return { ...r, index: -1, newest: r.newest, droppedBy: r.droppedBy.flatMap((d) => [d.fact, d.count]), setBack: r.setBack.flatMap((s) => [s.number, s.by]), heads: r.heads.map((l) => l.log + ' ' + l.size + ' ' + l.root) };
		} catch (why) {
			return { wrong: why.message, log: why.log ?? 'not a Bad: ' + why.stack, index: why.index ?? -1 };
		}
	})()`)
}

// The page says of an export what `mayfly audit verify` says of it, in the same
// words: of one that nobody touched, and of one that somebody tampered with in
// any of these ways, with checkpoints that were kept from before and without. // R65
func TestReviewVerifiesAsTheProgramDoes(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openWatchedTab(t)
	tab.visit(n.URL + "/review")
	tab.until(30*time.Second, `document.documentElement.dataset.state === 'signin'`, "the reviewer's page does not open")
	wrong, good := 0, 0
	for i := range 5 * len(tamperings) {
		r := rand.New(rand.NewPCG(61, uint64(i)))
		c := newChronicle(t, r, "acme", 3+r.IntN(30), 3+r.IntN(30), 3+r.IntN(30))
		var earlier []byte
		if i%2 == 1 {
			for range 1 + r.IntN(3) {
				l := anyLog(r, c)
				size := r.IntN(len(l.leaves) + 1)
				signed := c.sign(t, l.name, size, l.rootOf(t, size), c.by)
				if r.IntN(8) == 0 {
					signed[r.IntN(len(signed))] ^= 1
				}
				earlier = append(earlier, signed...)
			}
		}
		how := tamperings[i%len(tamperings)]
		if how.before != nil {
			how.before(r, c, t)
		}
		export := c.export()
		if how.after != nil {
			export = how.after(r, export)
		}
		want, got := theirs(export, c.public, earlier), pages(tab, export, c.public, earlier)
		if want.Wrong == "" {
			good++
		} else {
			wrong++
		}
		sentence := got.Wrong // the program may add details of its libraries to it
		if got.Wrong != "" && strings.HasPrefix(want.Wrong, got.Wrong) {
			got.Wrong = want.Wrong
		}
		if a, b := fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got); a != b {
			t.Errorf("%d, %s: the program says\n  %s\nand the page\n  %s (%s)", i, how.name, a, b, sentence)
		}
	}
	if good < len(tamperings)/4 || wrong < len(tamperings)*2 {
		t.Errorf("rig: %d exports are good and %d are not: this compares too little", good, wrong)
	}
	t.Logf("n=%d exports: %d good, %d not, and the page agrees", good+wrong, good, wrong)
}

// The page follows a proof that an entry is in a log exactly where the library
// does: a right one, and one of which a bit, a hash, the place or the size is
// another.
func TestReviewFollowsProofsAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	n := startNetwork(t, Setup{})
	tab := openWatchedTab(t)
	tab.visit(n.URL + "/review")
	type proof struct {
		Index int64    `json:"index"`
		Size  int64    `json:"size"`
		Leaf  string   `json:"leaf"`
		Proof []string `json:"proof"`
		Root  string   `json:"root"`
	}
	base := func(h tlog.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }
	var all []proof
	var want []bool
	right := 0
	for i := range 600 {
		r := rand.New(rand.NewPCG(63, uint64(i)))
		var stored []tlog.Hash
		known := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, _ error) {
			for _, n := range at {
				out = append(out, stored[n])
			}
			return out, nil
		})
		size := int64(1 + r.IntN(70))
		leaves := make([]tlog.Hash, size)
		for n := range size {
			fill(r, leaves[n][:])
			nodes, err := tlog.StoredHashesForRecordHash(n, leaves[n], known)
			must(t, err)
			stored = append(stored, nodes...)
		}
		root, err := tlog.TreeHash(size, known)
		must(t, err)
		index := r.Int64N(size)
		hashes, err := tlog.ProveRecord(size, index, known)
		must(t, err)
		leaf := leaves[index]
		switch i % 7 {
		case 1:
			leaf[r.IntN(32)] ^= 1
		case 2:
			root[r.IntN(32)] ^= 1
		case 3:
			if len(hashes) > 0 {
				hashes[r.IntN(len(hashes))][r.IntN(32)] ^= 1
			}
		case 4:
			hashes = append(hashes, tlog.Hash{})
		case 5:
			hashes = hashes[:max(0, len(hashes)-1)]
		case 6:
			index = r.Int64N(size)
			size = max(index+1, size+int64(r.IntN(3))-1)
		}
		one := proof{Index: index, Size: size, Leaf: base(leaf), Root: base(root), Proof: []string{}}
		for _, h := range hashes {
			one.Proof = append(one.Proof, base(h))
		}
		all = append(all, one)
		holds := tlog.CheckRecord(hashes, size, root, index, leaf) == nil
		want = append(want, holds)
		if holds {
			right++
		}
	}
	text, err := json.Marshal(all)
	must(t, err)
	got := eval[[]bool](tab, `(async () => {
		const [{ included }, { fromBase64 }] = await Promise.all([import('/assets/review/tree.js'), import('/assets/review/bytes.js')]);
		return Promise.all(`+string(text)+`.map((p) => included({ ...p, leaf: fromBase64(p.leaf), root: fromBase64(p.root), proof: p.proof.map((h) => fromBase64(h)) })));
	})()`)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("proof %d, %+v: the library says %v, the page %v", i, all[i], want[i], got[i])
		}
	}
	t.Logf("n=%d proofs, %d of them right", len(all), right)
}

// A hundred thousand entries are verified in the page, from a file that the
// reviewer has, with the key that the reviewer kept, while the page stays
// usable.
func TestReviewVerifiesALongLog(t *testing.T) {
	n := startNetwork(t, Setup{Tenant: university})
	tab := reviewerOf(t, n)
	c := newChronicle(t, rand.New(rand.NewPCG(62, 1)), "university", 50_000, 50_000)
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	must(t, os.WriteFile(file, c.export(), 0o600))
	tab.ledger("verify")
	tab.paste("#own-key", c.public)
	tab.until(30*time.Second, `document.querySelector('.brought').textContent.includes('another key now')`, "that the key is not the gateway's is not said")
	tab.files(`input[accept=".jsonl"]`, file)
	tab.until(20*time.Minute, `document.querySelector('#result .verdict')`, "a hundred thousand entries are not verified")
	if said := tab.text("#result"); !strings.Contains(said, "Good: 100,000 entries") {
		t.Fatalf("of a log that nobody touched the page says %q", said)
	}
	figure(t, "100,000 entries verified in the page", "%s", eval[string](tab, `[...document.querySelectorAll('#result li')].find((l) => l.textContent.startsWith('It took')).textContent`))
}

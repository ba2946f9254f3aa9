//go:build speech

package builtin

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestLetterToSound prints the phone errors on 2,000 frequent words whose
// errors were not looked at while the rules were made: those whose hash is
// odd. The other half prints what to improve. The lexicon was written without
// regard to the halves and has words of both, so those that neither it nor the
// building of words covers are counted apart and held to the same limit.
func TestLetterToSound(t *testing.T) {
	dict := dictionary(t)
	tg, err := newTongue()
	if err != nil {
		t.Fatal(err)
	}
	var tune, held []string
	for _, w := range frequent(t) {
		if _, ok := dict[w]; !ok || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" || len(w) < 3 {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(w))
		if h.Sum32()%2 == 1 {
			held = append(held, w)
		} else {
			tune = append(tune, w)
		}
	}
	tune, held = tune[:min(len(tune), 2000)], held[:min(len(held), 2000)]
	show := os.Getenv("MAYFLY_SHOW_LETTERS") != ""
	count := func(half string, words []string, show bool) (rate, ruled float64) {
		var wrong, all, wrongR, allR, listed, covered int
		for _, w := range words {
			got := spoken(tg, w)
			best, n := math.MaxInt, 1
			for _, p := range dict[w] {
				want := strings.Fields(p)
				if d := distance(want, got); d < best {
					best, n = d, len(want)
				}
			}
			wrong, all = wrong+best, all+n
			if _, ok := tg.lexicon[w]; ok {
				listed++
			}
			if _, ok := tg.known(w, 0); ok {
				covered++
			} else {
				wrongR, allR = wrongR+best, allR+n
			}
			if show && best > 1 {
				t.Logf("%s: %s, want %s", w, strings.Join(got, " "), dict[w][0])
			}
		}
		rate, ruled = float64(wrong)/float64(all), float64(wrongR)/float64(max(1, allR))
		t.Logf("%s half: %d words (%d in the lexicon, %d built from others), %.1f %% phone errors; %.1f %% in the %d words that only the rules cover",
			half, len(words), listed, covered-listed, 100*rate, 100*ruled, len(words)-covered)
		return rate, ruled
	}
	count("tuning", tune, show)
	rate, ruled := count("held-out", held, false)
	if len(held) < 2000 {
		t.Errorf("only %d held-out words, want 2,000", len(held))
	}
	if rate > .20 {
		t.Errorf("%.1f %% phone errors on held-out words, want 20 %% at most", 100*rate)
	}
	if ruled > .20 {
		t.Errorf("%.1f %% phone errors on held-out words that only the rules cover, want 20 %% at most", 100*ruled)
	}
}

// spoken is our pronunciation in the dictionary's alphabet.
func spoken(tg *tongue, w string) []string {
	var out []string
	for _, s := range tg.say(w) {
		name := s.phone.sound().name
		if name == "AX" {
			name = "AH"
		}
		out = append(out, name)
	}
	return out
}

// distance is the least number of changes between two rows of phones.
func distance(a, b []string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		last := row[0]
		row[0] = i + 1
		for j := range b {
			d := last
			if a[i] != b[j] {
				d++
			}
			last = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// frequent reads the words of the recogniser's language model, the most
// frequent first. The file is sphinxbase's binary trie: a header, three
// tables of 65,536 floats, one record of 12 bytes per word, and at the end
// the words.
func frequent(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(recogniserModel + "/en-us.lm.bin")
	if err != nil {
		t.Fatalf("the speech tests need the Debian package pocketsphinx-en-us: %v", err)
	}
	const magic = "Trie Language Model"
	if !strings.HasPrefix(string(raw[:64]), magic) || raw[len(magic)] != 3 {
		t.Fatal("the recogniser's language model has another form than expected")
	}
	n := int(binary.LittleEndian.Uint32(raw[len(magic)+1:]))
	at := len(magic) + 1 + 3*4 + 4 + 3*65536*4
	type entry struct {
		word string
		p    float32
	}
	words := make([]entry, n)
	for i := range words {
		words[i].p = math.Float32frombits(binary.LittleEndian.Uint32(raw[at+12*i:]))
	}
	end := len(raw) - 1
	for i := n - 1; i >= 0; i-- {
		start := end
		for start > 0 && raw[start-1] != 0 {
			start--
		}
		words[i].word = string(raw[start:end])
		end = start - 1
	}
	slices.SortStableFunc(words, func(a, b entry) int { return cmp.Compare(b.p, a.p) })
	out := make([]string, n)
	for i, e := range words {
		out[i] = e.word
	}
	return out
}

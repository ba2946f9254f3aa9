package siem

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// In a flood and out of it each entry is told once: by itself, or counted in
// one summary of what is alike. What had to be durable is told by itself, and
// amounts add up. R19 R65
func TestEvents(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	kinds := session.FactKinds()
	n := int(200 * *scale)
	for range n {
		var stretch []Stored
		own, amounts := map[session.FactKind]uint64{}, map[session.FactKind]uint64{}
		dropped := 0
		for i := range 300 {
			if i < 40 && rng.IntN(2) == 0 {
				stretch = append(stretch, Stored{Number: uint64(i) + 1, Log: "acme/2026-11", Index: int64(i), Dropped: true})
				dropped++
				continue
			}
			k := kinds[rng.IntN(len(kinds))]
			if rng.IntN(2) == 0 {
				k = session.AccessDenied
			}
			f := session.Fact{Kind: k, Reason: session.Reason(rng.IntN(2)), Actor: session.ID{byte(rng.IntN(2))}, Count: uint64(rng.IntN(9))}
			own[k]++
			amounts[k] += f.Count
			stretch = append(stretch, stored(t, uint64(i)+1, f))
		}
		for _, flood := range []bool{false, true} {
			told, sums, gone := map[session.FactKind]uint64{}, map[session.FactKind]uint64{}, 0
			records := Stretch{"acme", 0, 300, stretch}.Events(flood, morning)
			for _, e := range records {
				if e.Kind == EntriesGone {
					gone += int(e.Entries)
					continue
				}
				require.NotEqual(t, VerifyFailed, e.Kind)
				k := e.Fact.Kind
				told[k] += e.Entries
				sums[k] += e.Fact.Count
				if !flood || k.Class() == session.Gate || k == session.FactsLost {
					require.Equal(t, uint64(1), e.Entries, k)
				}
				require.LessOrEqual(t, e.First, e.Last)
			}
			require.Equal(t, own, told)
			require.Equal(t, amounts, sums)
			require.Equal(t, dropped, gone)
			if flood {
				require.Less(t, len(records), 230)
			}
		}
	}
	t.Logf("n = %d stretches of 300 entries", n)
}

// Sums end at the largest number.
func TestSumsDoNotTurnOver(t *testing.T) {
	a := stored(t, 1, session.Fact{Kind: session.TokensUsed, Count: 1<<64 - 1})
	b := stored(t, 2, session.Fact{Kind: session.TokensUsed, Count: 2})
	all := Stretch{"acme", 0, 2, []Stored{a, b}}.Events(true, morning)
	require.Len(t, all, 1)
	require.Equal(t, uint64(1<<64-1), all[0].Fact.Count)
}

// An entry that is not there, wherever it would be, and one that was emptied
// before its time, is told of as a log that does not verify. // R65
func TestMissing(t *testing.T) {
	var all []Stored
	for n := range uint64(10) {
		all = append(all, stored(t, n+5, session.Fact{Kind: session.KeyIssued}))
	}
	for from := range 10 {
		for to := from + 1; to <= 10; to++ {
			left := slices.Delete(slices.Clone(all), from, to)
			records := Stretch{"acme", 4, 14, left}.Events(false, morning)
			require.Len(t, records, len(left)+1)
			require.Equal(t, VerifyFailed, records[from].Kind)
			require.Equal(t, []uint64{uint64(from) + 5, uint64(to) + 4, uint64(to - from)}, []uint64{records[from].First, records[from].Last, records[from].Entries})
		}
		emptied := slices.Clone(all)
		emptied[from].Leaf = nil
		require.Equal(t, VerifyFailed, Stretch{"acme", 4, 14, emptied}.Events(true, morning)[from].Kind)
	}
	require.Len(t, Stretch{"acme", 4, 14, all}.Events(false, morning), 10)
}

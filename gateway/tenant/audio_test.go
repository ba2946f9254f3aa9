package tenant

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// Whether sound is kept, of every combination of what a tenant and an avatar
// say, against a rule written by hand: only with the words, only with a time
// of its own, and never for longer than those. // R10 R11 R13 R71
func TestSoundEveryCombination(t *testing.T) {
	n, kept := 0, 0
	for bits := range 1 << 11 {
		on := func(i int) bool { return bits&(1<<i) != 0 }
		owner := recorded()
		p, a := &owner.Policy, &owner.Avatars[0]
		p.Transcript, p.Audio, owner.ForcedOff = on(0), on(1), on(2)
		p.Retention, p.AudioRetention = 0, 0
		if on(3) {
			p.Retention = 10 * day
		}
		if on(4) {
			p.AudioRetention = 20 * day
		}
		if !on(5) {
			p.Purposes = nil
		}
		if on(6) {
			owner.Audience = Minors
		}
		a.Policy = &Narrowing{}
		if on(7) {
			a.Policy.Audio = new(false)
		}
		if on(8) {
			a.Policy.AudioRetention = new(3 * day)
		}
		if on(9) {
			a.Policy.Transcript = new(false)
		}
		if on(10) {
			a.Policy.Retention = new(2 * day)
		}
		words := on(0) && !on(2) && on(3) && on(5) && !on(6) && !on(9)
		sound := words && on(1) && on(4) && !on(7)
		want := 10 * day
		if on(8) {
			want = 3 * day
		}
		if on(10) {
			want = 2 * day
		}
		got := owner.Effective(a)
		require.Equal(t, sound, got.Audio, "%b", bits)
		require.Equal(t, map[string]bool{a.ID: sound}, map[string]bool{a.ID: owner.SoundRecording()[a.ID]})
		s := got.Session(owner.Limits, 1)
		require.Equal(t, sound, s.Audio)
		if sound {
			kept++
			require.Equal(t, want, s.AudioRetention, "%b", bits)
		}
		n++
	}
	require.NotZero(t, kept)
	t.Logf("n = %d combinations, %d keep sound", n, kept)
}

// A change of sound has facts of its own.
func TestSoundFacts(t *testing.T) {
	facts, off := SoundFacts(map[string]bool{"a": true, "b": false}, map[string]bool{"a": false, "b": true}, session.ID{1}, 7)
	require.Len(t, facts, 2)
	require.EqualValues(t, 1, off)
	for _, f := range facts {
		require.Equal(t, session.AudioRecording, f.Purposes)
	}
	require.Empty(t, (*Tenant)(nil).SoundRecording())
}

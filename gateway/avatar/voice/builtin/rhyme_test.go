//go:build speech

package builtin

import (
	"strings"
	"testing"
)

// rhymes are sets of six words that differ in one sound: 24 at the beginning,
// 22 at the end, 24 in the vowel. The sets at even places (0, 2, 4 ...) were
// used to tune the voice; those at odd places were not, and only they count.
var rhymes = strings.Split(strings.TrimSpace(`
went sent bent dent tent rent
hold cold told fold sold gold
bat cat fat hat mat rat
kick lick sick pick tick wick
book took cook look hook shook
best vest test rest west nest
dig wig big fig pig rig
sip rip tip hip lip dip
day say way may pay bay
hot got not pot lot dot
fill kill will hill till bill
run gun fun sun bun nun
meat feat heat seat beat neat
bang rang sang gang hang fang
shop mop cop top hop pop
coil oil soil boil foil toil
led bed red shed fed wed
game tame name fame same came
jaw law raw saw paw thaw
peel reel feel heel keel deal
mark bark park dark lark hark
chin thin shin win pin tin
pale tale sale male gale bale
vine wine fine line mine nine
pin pit pig pill pick pip
bat bad back bag ban bath
team tease teach teal teeth teen
map mat math man mad mass
cut cub cuff cup come cud
sun sub sung sum such suck
sad sack sat sap sag sang
lake late lace lane lame laid
race rate rain raise rave rail
heat heal heap heave heath heed
fig fin fit fill fizz fish
kit kick kin kid kill kiss
save same sale sane sake safe
beach bean beat bead beak beam
peace peas peak peach peat peel
dud dub done dug duck dull
puff puck pub pup pun pus
tab tan tack tap tang tag
seep seen seethe seed seem seat
make mate made main male maze
rope road rose roam robe wrote
lip lit lick lid limb live
bit beat bat bet boot but
hid heed had head hood hide
pick peck pack poke peak pike
sit seat sat set suit soot
bead bad bid bed bird bud
lick lock luck lack lake like
hut hat hot hit heat height
fool full feel fill fell fall
ton tan ten tin teen tone
cut cat cot kit coat kite
mud mad made mode mood mid
rod red read ride road rude
seen sin sun soon sane sign
heal hill hole hall hail hull
wheel will wall well while wool
ban bin bun bone bean ben
pan pen pin pun pain pine
mail mill mall mole meal mile
rat rut rate rot root right
less lass loss lace loose lease
cape cap cop cup keep cope
fit fat fought feet fight foot
gate get got gut goat gout
load laid loud lied led lad
`), "\n")

// meant is how a word sounds that the recogniser's dictionary does not have,
// or has with a second sound that is not meant here.
var meant = map[string]string{"read": "R IY D", "live": "L IH V", "seethe": "S IY DH", "pus": "P AH S", "cud": "K AH D", "heath": "HH IY TH"}

const carrier = "please say the word %s again"

// TestRhymes is the test that decides whether the voice is understood: a
// choice among six words that differ in one sound, made by a recogniser that
// knows nothing of this voice.
func TestRhymes(t *testing.T) {
	bench := newBench(t)
	held := bench.sets(1)
	ours := bench.score(t, "builtin", held, bench.builtin(nil))
	kal := bench.score(t, "flite kal16", held, bench.flite("kal16"))
	schwa := bench.score(t, "control: all vowels schwa", held, bench.builtin(schwas))
	merged := bench.score(t, "control: one consonant per class", held, bench.builtin(classes))
	if ours < .80 {
		t.Errorf("the voice was understood in %.1f %% of the held-out words, want 80 %%", 100*ours)
	}
	if ours < kal-.07 {
		t.Errorf("the voice is %.1f points behind flite kal16, at most 7 are accepted", 100*(kal-ours))
	}
	for _, c := range []float64{schwa, merged} {
		if c > .60 {
			t.Errorf("a degraded control scored %.1f %%: the test does not tell good from bad", 100*c)
		}
	}
}

// TestRhymesTuning prints what is confused in the half that may be tuned on.
func TestRhymesTuning(t *testing.T) {
	bench := newBench(t)
	bench.verbose = true
	bench.score(t, "builtin", bench.sets(0), bench.builtin(nil))
	if !testing.Short() {
		bench.score(t, "flite kal16", bench.sets(0), bench.flite("kal16"))
	}
}

// schwas makes every vowel the same.
func schwas(p phone) phone {
	if p.is(vowel) {
		return pAX
	}
	return p
}

// classes leaves one consonant of each class.
func classes(p phone) phone {
	switch p.sound().manner {
	case stop, affricate:
		return pT
	case fricative, breath:
		return pS
	case nasal:
		return pN
	case liquid, glide:
		return pL
	}
	return p
}

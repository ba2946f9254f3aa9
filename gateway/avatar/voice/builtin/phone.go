package builtin

import "mayfly/gateway/avatar/voice"

// phone is a sound of English in the ARPAbet inventory, with AX for the
// reduced vowel and SIL for a pause.
type phone uint8

const (
	pSIL phone = iota
	pAA
	pAE
	pAH
	pAO
	pAW
	pAX
	pAY
	pEH
	pER
	pEY
	pIH
	pIY
	pOW
	pOY
	pUH
	pUW
	pB
	pCH
	pD
	pDH
	pF
	pG
	pHH
	pJH
	pK
	pL
	pM
	pN
	pNG
	pP
	pR
	pS
	pSH
	pT
	pTH
	pV
	pW
	pY
	pZ
	pZH
	phones // how many there are
)

// manner is how a phone is made; it decides which source sounds when.
type manner uint8

const (
	pause manner = iota
	vowel
	stop
	affricate
	fricative
	nasal
	liquid // L and R
	glide  // W and Y
	breath // H
)

// place is where the mouth narrows; it decides where the formants bend to.
type place uint8

const (
	nowhere place = iota
	labial
	dental
	alveolar
	palatal
	velar
	lateral
	rhotic
	rounded
)

// hertz holds the first three formants.
type hertz [3]float64

// band is one resonance of the noise that a narrow passage makes. A centre
// of 2 or 3 means "at that formant", since a velar burst or an SH sounds in
// the cavity that the tongue has just left.
type band struct{ centre, width, gain float64 }

// sound is what is known of a phone. Formants of vowels are of an adult male
// (Klatt 1980, table III; Hillenbrand 1995), those of consonants are loci:
// where transitions point, not where they begin.
type sound struct {
	name   string
	manner manner
	place  place
	voiced bool
	from   hertz // target, or locus of a consonant
	to     hertz // where a vowel glides to
	glide  [2]float64
	long   float64 // inherent duration, ms (Klatt 1979)
	short  float64 // shortest, ms
	weight hertz   // how much of the neighbouring vowel shows at the boundary (locus slope)
	reach  float64 // length of the transition into the neighbour, ms
	av     float64 // voicing, 1 is a stressed vowel's
	af     float64 // frication or burst
	vot    float64 // of a stressed stop, ms
	noise  [3]band
	open   float64 // flat noise past the filters
	shape  voice.Shape
	after  voice.Shape // the shape a diphthong ends in
	heft   float32     // how firmly the mouth takes the shape
}

// sounds is the table of the language; it is never written to.
var sounds = [phones]sound{
	pSIL: {name: "SIL", manner: pause, long: 100, short: 20, from: hertz{500, 1500, 2500}, shape: voice.Sil},

	pAA: mono("AA", 245, 85, hertz{770, 1150, 2550}, hertz{760, 1180, 2550}, voice.AA, 1),
	pAE: mono("AE", 230, 80, hertz{650, 1760, 2450}, hertz{680, 1610, 2450}, voice.AA, .85),
	pAH: mono("AH", 115, 55, hertz{585, 1260, 2500}, hertz{580, 1290, 2500}, voice.AA, .6),
	pAO: mono("AO", 230, 80, hertz{600, 920, 2500}, hertz{620, 980, 2500}, voice.OH, .9),
	pAW: diph("AW", 255, 85, hertz{780, 1380, 2500}, hertz{500, 980, 2380}, voice.AA, voice.OU),
	pAX: mono("AX", 110, 50, hertz{520, 1350, 2480}, hertz{520, 1350, 2480}, voice.E, .4),
	pAY: diph("AY", 250, 110, hertz{750, 1200, 2500}, hertz{380, 2020, 2600}, voice.AA, voice.IH),
	pEH: mono("EH", 135, 60, hertz{570, 1760, 2520}, hertz{600, 1680, 2520}, voice.E, .8),
	pER: mono("ER", 190, 80, hertz{470, 1290, 1600}, hertz{450, 1310, 1600}, voice.RR, .7),
	pEY: diph("EY", 200, 70, hertz{480, 1890, 2560}, hertz{330, 2180, 2760}, voice.E, voice.IH),
	pIH: mono("IH", 115, 45, hertz{410, 1920, 2560}, hertz{430, 1860, 2540}, voice.IH, .6),
	pIY: mono("IY", 165, 65, hertz{290, 2230, 2950}, hertz{270, 2290, 3010}, voice.IH, .9),
	pOW: diph("OW", 215, 70, hertz{530, 1000, 2350}, hertz{390, 820, 2300}, voice.OH, voice.OU),
	pOY: diph("OY", 280, 150, hertz{550, 880, 2400}, hertz{370, 1950, 2500}, voice.OH, voice.IH),
	pUH: mono("UH", 125, 50, hertz{450, 1080, 2300}, hertz{460, 1120, 2330}, voice.OU, .6),
	pUW: mono("UW", 200, 80, hertz{320, 1050, 2230}, hertz{300, 900, 2200}, voice.OU, 1),

	pW: {name: "W", manner: glide, place: rounded, voiced: true, from: hertz{290, 650, 2200}, long: 80, short: 60, weight: hertz{.25, .25, .3}, reach: 60, av: .7, shape: voice.OU, heft: 1},
	pY: {name: "Y", manner: glide, place: palatal, voiced: true, from: hertz{260, 2230, 3020}, long: 80, short: 40, weight: hertz{.25, .3, .3}, reach: 60, av: .7, shape: voice.IH, heft: .7},
	pR: {name: "R", manner: liquid, place: rhotic, voiced: true, from: hertz{330, 1080, 1420}, long: 80, short: 40, weight: hertz{.3, .3, .3}, reach: 55, av: .75, shape: voice.RR, heft: .8},
	pL: {name: "L", manner: liquid, place: lateral, voiced: true, from: hertz{340, 1050, 2780}, long: 80, short: 40, weight: hertz{.35, .3, .3}, reach: 40, av: .65, shape: voice.NN, heft: .6},

	pM:  {name: "M", manner: nasal, place: labial, voiced: true, from: hertz{480, 950, 2150}, long: 85, short: 60, weight: hertz{.3, .6, .5}, reach: 45, av: .7, shape: voice.PP, heft: 1},
	pN:  {name: "N", manner: nasal, place: alveolar, voiced: true, from: hertz{480, 1750, 2650}, long: 85, short: 50, weight: hertz{.3, .35, .4}, reach: 38, av: .7, shape: voice.NN, heft: .6},
	pNG: {name: "NG", manner: nasal, place: velar, voiced: true, from: hertz{480, 2250, 2800}, long: 95, short: 60, weight: hertz{.3, .45, .4}, reach: 60, av: .7, shape: voice.KK, heft: .5},

	pHH: {name: "HH", manner: breath, place: nowhere, from: hertz{450, 1450, 2500}, long: 110, short: 80, weight: hertz{.9, 1, 1}, reach: 40, shape: voice.Sil},

	pF:  {name: "F", manner: fricative, place: labial, from: hertz{300, 1000, 2150}, long: 115, short: 80, weight: hertz{.3, .65, .5}, reach: 45, af: .075, open: .12, noise: [3]band{{1100, 1300, .5}, {2700, 2500, .35}}, shape: voice.FF, heft: 1},
	pV:  {name: "V", manner: fricative, place: labial, voiced: true, from: hertz{260, 1000, 2150}, long: 65, short: 45, weight: hertz{.3, .65, .5}, reach: 45, av: .4, af: .075, open: .12, noise: [3]band{{1100, 1300, .5}, {2700, 2500, .35}}, shape: voice.FF, heft: .9},
	pTH: {name: "TH", manner: fricative, place: dental, from: hertz{310, 1400, 2600}, long: 95, short: 60, weight: hertz{.3, .45, .4}, reach: 45, af: .12, open: .3, noise: [3]band{{5500, 3000, .4}, {1700, 1200, .25}}, shape: voice.TH, heft: 1},
	pDH: {name: "DH", manner: fricative, place: dental, voiced: true, from: hertz{270, 1400, 2600}, long: 50, short: 35, weight: hertz{.3, .45, .4}, reach: 45, av: .45, af: .05, open: .3, noise: [3]band{{6200, 2500, .6}, {1600, 1000, .12}}, shape: voice.TH, heft: .9},
	pS:  {name: "S", manner: fricative, place: alveolar, from: hertz{310, 1700, 2600}, long: 125, short: 70, weight: hertz{.3, .4, .4}, reach: 38, af: .7, open: .02, noise: [3]band{{4900, 1000, .8}, {6800, 1500, .9}, {9000, 2500, .4}}, shape: voice.SS, heft: .9},
	pZ:  {name: "Z", manner: fricative, place: alveolar, voiced: true, from: hertz{260, 1700, 2600}, long: 80, short: 50, weight: hertz{.3, .4, .4}, reach: 38, av: .4, af: .32, open: .02, noise: [3]band{{4900, 1000, .8}, {6800, 1500, .9}, {9000, 2500, .4}}, shape: voice.SS, heft: .9},
	pSH: {name: "SH", manner: fricative, place: palatal, from: hertz{300, 1850, 2600}, long: 110, short: 80, weight: hertz{.3, .35, .4}, reach: 55, af: .85, open: .02, noise: [3]band{{2650, 400, .7}, {3600, 800, .6}, {5200, 1500, .4}}, shape: voice.CH, heft: 1},
	pZH: {name: "ZH", manner: fricative, place: palatal, voiced: true, from: hertz{260, 1850, 2600}, long: 75, short: 50, weight: hertz{.3, .35, .4}, reach: 55, av: .4, af: .45, open: .02, noise: [3]band{{2650, 400, .7}, {3600, 800, .6}, {5200, 1500, .4}}, shape: voice.CH, heft: 1},

	pCH: {name: "CH", manner: affricate, place: palatal, from: hertz{280, 1850, 2650}, long: 75, short: 50, weight: hertz{.3, .35, .4}, reach: 55, af: .9, vot: 90, open: .02, noise: [3]band{{2750, 400, .7}, {3700, 800, .7}, {5500, 1500, .4}}, shape: voice.CH, heft: 1},
	pJH: {name: "JH", manner: affricate, place: palatal, voiced: true, from: hertz{230, 1850, 2650}, long: 70, short: 50, weight: hertz{.3, .35, .4}, reach: 55, av: .3, af: .65, vot: 50, open: .02, noise: [3]band{{2750, 400, .7}, {3700, 800, .7}, {5500, 1500, .4}}, shape: voice.CH, heft: 1},

	pP: {name: "P", manner: stop, place: labial, from: hertz{280, 900, 2150}, long: 95, short: 60, weight: hertz{.35, .7, .5}, reach: 45, af: .28, vot: 42, open: .12, noise: [3]band{{700, 700, .5}, {1500, 1000, .2}}, shape: voice.PP, heft: 1},
	pB: {name: "B", manner: stop, place: labial, voiced: true, from: hertz{230, 900, 2150}, long: 85, short: 60, weight: hertz{.35, .7, .5}, reach: 40, av: .5, af: .3, vot: 8, open: .12, noise: [3]band{{700, 700, .5}, {1500, 1000, .2}}, shape: voice.PP, heft: 1},
	pT: {name: "T", manner: stop, place: alveolar, from: hertz{280, 1850, 2680}, long: 80, short: 50, weight: hertz{.35, .4, .4}, reach: 38, af: 1.15, vot: 65, open: .05, noise: [3]band{{3700, 1000, .8}, {5000, 1500, .7}, {7000, 2500, .4}}, shape: voice.DD, heft: .8},
	pD: {name: "D", manner: stop, place: alveolar, voiced: true, from: hertz{230, 1850, 2680}, long: 75, short: 50, weight: hertz{.35, .4, .4}, reach: 38, av: .5, af: .35, vot: 15, open: .05, noise: [3]band{{3700, 1000, .8}, {5000, 1500, .7}, {7000, 2500, .4}}, shape: voice.DD, heft: .8},
	pK: {name: "K", manner: stop, place: velar, from: hertz{280, 2200, 2750}, long: 80, short: 55, weight: hertz{.35, .4, .4}, reach: 60, af: 1.4, vot: 70, open: .03, noise: [3]band{{2, 250, 1}, {3, 400, .25}, {5200, 1500, .08}}, shape: voice.KK, heft: .6},
	pG: {name: "G", manner: stop, place: velar, voiced: true, from: hertz{230, 2200, 2750}, long: 80, short: 55, weight: hertz{.35, .4, .4}, reach: 60, av: .5, af: 1.3, vot: 22, open: .03, noise: [3]band{{2, 250, 1}, {3, 400, .25}, {5200, 1500, .08}}, shape: voice.KK, heft: .6},
}

// mono makes a vowel of one quality, with the slight drift that keeps it alive.
func mono(name string, long, short float64, from, to hertz, shape voice.Shape, heft float32) sound {
	return sound{name: name, manner: vowel, voiced: true, from: from, to: to, glide: [2]float64{.2, .8}, long: long, short: short, av: 1, shape: shape, after: shape, heft: heft}
}

// diph makes a vowel that moves: steady for a third, there at four fifths.
func diph(name string, long, short float64, from, to hertz, shape, after voice.Shape) sound {
	return sound{name: name, manner: vowel, voiced: true, from: from, to: to, glide: [2]float64{.3, .85}, long: long, short: short, av: 1, shape: shape, after: after, heft: .9}
}

func (p phone) sound() *sound { return &sounds[p] }

func (p phone) is(m manner) bool { return sounds[p].manner == m }

// sonorant says whether the voice sounds freely through the mouth.
func (p phone) sonorant() bool {
	m := sounds[p].manner
	return m == vowel || m == liquid || m == glide
}

// obstruent says whether the passage is closed or turbulent.
func (p phone) obstruent() bool {
	m := sounds[p].manner
	return m == stop || m == affricate || m == fricative
}

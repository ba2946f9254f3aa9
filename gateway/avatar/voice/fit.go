package voice

import "math"

// A fit finds expected sounds in sound: it lays them side by side so that
// silence falls on pauses, hissing on consonants that hiss and voice on
// vowels, and that each lasts about as long as it is expected to. It is what
// there is for a voice that tells no times, and it is wrong by some hundredths
// of a second where the shares of a guess are wrong by tenths.

// Frames of the fit.
const (
	fitMS      = 10
	fitSamples = Rate * fitMS / 1000
	fitLongest = 60   // frames of one sound
	fitPause   = 1000 // frames of a pause
	fitReach   = 20   // sounds that are looked at before and after the likely one
)

// kind is what a sound looks like from afar.
type kind uint8

const (
	quiet   kind = iota // a pause
	closing             // a stop: quiet, then loud
	hissing
	weak // FF and TH: anything that is not loud
	humming
	ringing // a vowel
	kinds
)

func (s *Sound) kind() kind {
	switch s.Phone { // whose mouth is that of another kind
	case "M", "NG":
		return humming
	case "HH":
		return weak
	}
	switch s.Shape {
	case Sil:
		return quiet
	case PP, DD, KK:
		return closing
	case SS, CH:
		return hissing
	case FF, TH:
		return weak
	case NN, RR:
		return humming
	}
	return ringing
}

// What a frame of sound says against a kind.
const (
	soundInPause   = 1.2
	silenceInVowel = .9
	silenceInHum   = 1.2
	hissInVowel    = .6
	noHiss         = .45
	loudInStop     = .25
	unlikeLength   = 1.6 // of a sound: times the square of the logarithm of the ratio
	unlikePause    = .15
	noPause        = 1.5 // none where one is expected
	newPause       = 4   // one where none is expected
)

// timed is when a sound is heard, in ms.
type timed struct{ at, end int }

// laid is a sound or a pause in the row that is fitted. A length of more
// frames than a sound may have costs a pause as much as that.
type laid struct {
	kind     kind
	pause    bool
	expected bool // of a pause
	edge     bool // before all sounds or after: it may have any length
	ms       float64
	sound    int // its index; -1 for a pause that is not expected

	over, on [fitLongest + 1]float64 // what it costs to have lasted so many frames, and to last yet
}

// length is the cost of lasting d frames.
func (s *laid) length(d int, expected float64) float64 {
	switch {
	case s.edge:
		return 0
	case s.pause && s.expected && d == 0:
		return noPause
	case s.pause && s.expected:
		x := math.Log(float64(d) / expected)
		return unlikePause * x * x
	case s.pause && d == 0:
		return 0
	case s.pause:
		return newPause
	case d == 0:
		return math.Inf(1)
	}
	x := math.Log(float64(d) / expected)
	return unlikeLength * x * x
}

// longest is how many of the frames so far it can last.
func (s *laid) longest(frames int) int {
	if s.pause {
		return min(frames, fitPause)
	}
	return min(frames, fitLongest)
}

// withPauses puts a pause that may be empty between words and at both ends.
func withPauses(sounds []Sound) []laid {
	row := make([]laid, 0, len(sounds)+len(sounds)/3+2)
	row = append(row, laid{pause: true, edge: true, sound: -1})
	for i := range sounds {
		s := &sounds[i]
		if s.pause() {
			row = append(row, laid{pause: true, expected: true, ms: s.MS, sound: i})
			continue
		}
		if i > 0 && !sounds[i-1].pause() && sounds[i-1].Start != s.Start {
			row = append(row, laid{pause: true, sound: -1})
		}
		row = append(row, laid{kind: s.kind(), ms: max(s.MS, 1), sound: i})
	}
	return append(row, laid{pause: true, edge: true, sound: -1})
}

// tracker walks through expected sounds while it hears a sound, frame by frame,
// and keeps all ways that are likely.
type tracker struct {
	row     []laid
	top     float64 // the loudest frame, as a part of full scale
	sums    [kinds][]float64
	columns []column // by frame
	likely  int      // the item of the row that is likely heard now
	since   int      // frames that it is heard
	tempo   float64  // ms for each that is expected
	heard   int      // frames that were not silent
}

// column is what it costs that the first items of the row took so many frames.
type column struct {
	from int
	cost []float64
	step []int32 // frames of the last of them
}

func (c *column) at(i int) float64 {
	if i -= c.from; i >= 0 && i < len(c.cost) {
		return c.cost[i]
	}
	return math.Inf(1)
}

// newTracker expects sounds. tempo is how many ms are heard for each that is
// expected; top is how loud the loudest frame is, at least.
func newTracker(sounds []Sound, tempo, top float64) *tracker {
	t := &tracker{row: withPauses(sounds), top: top}
	for k := range t.sums {
		t.sums[k] = make([]float64, 1, 512)
	}
	t.pace(tempo)
	first := column{cost: []float64{0}, step: []int32{0}} // nothing but pauses takes no time
	for i := 0; i < len(t.row) && t.row[i].pause; i++ {
		first.cost = append(first.cost, first.cost[i]+t.row[i].over[0])
		first.step = append(first.step, 0)
	}
	t.columns = append(make([]column, 0, 512), first)
	return t
}

// extend adds sounds to what is expected, the first of which has the number
// from: the pause before them has any length.
func (t *tracker) extend(from int, sounds []Sound) {
	n := len(t.row)
	for _, item := range withPauses(sounds)[1:] {
		if item.sound >= 0 {
			item.sound += from
		}
		t.row = append(t.row, item)
	}
	t.paceFrom(n, t.tempo)
}

// pace works out the costs of lengths at a tempo, from now on.
func (t *tracker) pace(tempo float64) { t.paceFrom(0, tempo) }

func (t *tracker) paceFrom(first int, tempo float64) {
	t.tempo = tempo
	for i := first; i < len(t.row); i++ {
		item := &t.row[i]
		expected := item.ms * tempo / fitMS
		for d := range item.over {
			item.over[d] = item.length(d, expected)
			item.on[d] = item.over[d]
			if float64(d) < expected || item.pause && !item.expected {
				item.on[d] = 0 // it may go on
			}
		}
	}
}

// hear takes one frame.
func (t *tracker) hear(level, hiss float64) {
	t.top = max(t.top, level)
	here := sounding(level, t.top)
	full := min(max((20*math.Log10(level/t.top+1e-5)+30)/18, 0), 1) // 1 as loud as vowels are
	h := min(max((hiss-.15)/.5, 0), 1) * here
	if here > .5 {
		t.heard++
	}
	for k, c := range [kinds]float64{
		quiet:   soundInPause * here,
		closing: loudInStop * full,
		hissing: noHiss * (1 - h),
		weak:    .2 * full * (1 - h),
		humming: silenceInHum*(1-here) + hissInVowel*h,
		ringing: silenceInVowel*(1-full) + hissInVowel*h,
	} {
		t.sums[k] = append(t.sums[k], t.sums[k][len(t.sums[k])-1]+c)
	}
	f := len(t.columns)
	from := max(0, t.likely-fitReach)
	width := min(len(t.row), t.likely+fitReach) - from + 1
	c := column{from, make([]float64, width), make([]int32, width)}
	t.columns = append(t.columns, c)
	for k := range c.cost {
		c.cost[k] = math.Inf(1)
	}
	likely := math.Inf(1)
	for i := from; i < len(t.row) && i < from+width; i++ {
		item := &t.row[i]
		sum := t.sums[item.kind]
		done, step := c.cost[i-from]+item.over[0], 0 // it takes no time
		for d := 1; d <= item.longest(f); d++ {
			gone := sum[f] - sum[f-d]
			if gone > done && gone > likely {
				break // and longer ones cost more
			}
			x := t.columns[f-d].at(i) + gone
			n := min(d, len(item.over)-1)
			if y := x + item.over[n]; y < done {
				done, step = y, d
			}
			if y := x + item.on[n]; y < likely {
				likely, t.likely, t.since = y, i, d
			}
		}
		if i+1 < from+width {
			c.cost[i+1-from], c.step[i+1-from] = done, int32(step)
		}
	}
	if math.IsInf(likely, 1) { // no way is left: it goes on as it was
		t.since++
	}
}

// way gives the time of each sound on the cheapest way to now, or, at the end
// of all sound, to the end of all sounds. known is how many have begun.
func (t *tracker) way(times []timed, end bool) (known int) {
	f, i := len(t.columns)-1, t.likely
	if end && !math.IsInf(t.columns[f].at(len(t.row)), 1) {
		i = len(t.row)
	} else {
		if s := t.row[i].sound; s >= 0 {
			times[s] = timed{(f - t.since) * fitMS, f * fitMS}
			known = s + 1
		}
		f -= t.since
	}
	for ; i > 0; i-- {
		c := &t.columns[f]
		d := int(c.step[i-c.from])
		if s := t.row[i-1].sound; s >= 0 {
			times[s] = timed{(f - d) * fitMS, f * fitMS}
			known = max(known, s+1)
		}
		f -= d
	}
	return known
}

// forget clears what was heard and expected.
func (t *tracker) forget() {
	clear(t.row)
	for k := range t.sums {
		clear(t.sums[k])
	}
	for i := range t.columns {
		clear(t.columns[i].cost)
		clear(t.columns[i].step)
	}
}

// fit gives the time of each sound, those of pauses too, in a sound that is
// there from beginning to end; nil if nothing is expected or heard.
func fit(sounds []Sound, pcm []int16) []timed {
	level, hiss := make([]float64, 0, len(pcm)/fitSamples+1), make([]float64, 0, len(pcm)/fitSamples+1)
	top, due := 0.0, expected(sounds)
	for i := 0; i < len(pcm); i += fitSamples {
		l, h := frame(pcm[i:min(i+fitSamples, len(pcm))])
		level, hiss = append(level, l), append(hiss, h)
		top = max(top, l)
	}
	heard := 0
	for _, l := range level {
		if sounding(l, top) > .5 {
			heard++
		}
	}
	if heard == 0 || due == 0 {
		return nil
	}
	t := newTracker(sounds, float64(heard)*fitMS/due, top)
	defer t.forget()
	for i := range level {
		t.hear(level[i], hiss[i])
	}
	clear(level)
	clear(hiss)
	times := make([]timed, len(sounds))
	return times[:t.way(times, true)]
}

// sounding says whether a frame is heard beside the loudest: 0 not, 1 it is.
func sounding(level, top float64) float64 {
	return min(max((20*math.Log10(level/top+1e-5)+42)/12, 0), 1)
}

// frame gives the level of a frame, as a part of full scale, and the part of
// its energy that is high: 1 at 4 kHz and above.
func frame(pcm []int16) (level, hiss float64) {
	var e, d float64
	last := float64(pcm[0])
	for _, v := range pcm {
		x := float64(v)
		e += x * x
		d += (x - last) * (x - last) // 4 sin²(pi f/Rate) of the energy
		last = x
	}
	if e > 0 {
		hiss = min(1, d/e)
	}
	return math.Sqrt(e/float64(len(pcm))) / 32768, hiss
}

// marks gives the words and the mouth shapes of sounds and their times.
func marks(sounds []Sound, times []timed) (vs []Viseme, ws []Word) {
	put := func(at int, s Shape, weight float32) {
		n := len(vs)
		switch {
		case n > 0 && vs[n-1].Shape == s:
		case n > 0 && vs[n-1].At >= at:
			vs[n-1].Shape, vs[n-1].Weight = s, weight
		default:
			vs = append(vs, Viseme{at, s, weight})
		}
	}
	end := 0
	for i, t := range times {
		s := &sounds[i]
		if s.pause() {
			continue
		}
		if t.at > end || i == 0 {
			put(end, Sil, 1)
		}
		put(t.at, s.Shape, s.weight())
		end = t.end
		if n := len(ws); n == 0 || ws[n-1].Start != s.Start {
			ws = append(ws, Word{At: t.at, Start: s.Start, End: s.End})
		}
		w := &ws[len(ws)-1]
		w.Length = max(1, t.end-w.At)
	}
	put(end, Sil, 1)
	return vs, ws
}

// weight is how far the mouth goes for a sound that was not measured.
func (s *Sound) weight() float32 {
	switch s.kind() {
	case humming, weak:
		return .7
	case ringing:
		return .9
	}
	return 1
}

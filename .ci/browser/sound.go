package browser

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strings"
)

// rate of the page's audio graph, in samples a second.
const rate = 24000

// window is the length of a piece of sound whose loudness is taken: 5 ms.
const window = rate / 200

// Mark is something that the page showed. At is milliseconds on the page's clock.
type Mark struct {
	At    float64 `json:"at"`
	Kind  string  `json:"kind"`
	Value string  `json:"value"`
}

// Recording is what a tab played and showed between two takes. Sound and marks
// are on one clock: milliseconds of the page, at which a sample is heard.
type Recording struct {
	PCM   []int16
	Zero  float64 // when the first sample is heard
	Marks []Mark

	Latency float64 // of the output, ms, as the browser says
	Clock   int     // readings of the two clocks
}

// take empties what the tab has recorded since the last time.
func (tab *Tab) take() *Recording {
	tab.t.Helper()
	raw := eval[struct {
		PCM   string       `json:"pcm"`
		Parts [][3]float64 `json:"parts"`
		Marks []Mark       `json:"marks"`
		Clock [][6]float64 `json:"clock"`
	}](tab, `window.__rig.take()`)
	bytes, err := base64.StdEncoding.DecodeString(raw.PCM)
	must(tab.t, err)
	r := &Recording{Marks: raw.Marks, Clock: len(raw.Clock)}
	if len(raw.Parts) == 0 || len(raw.Clock) == 0 {
		return r
	}
	begin := raw.Parts[0][1]
	at := 0
	for _, p := range raw.Parts {
		n := int(p[2])
		from := int(math.Round((p[1] - begin) * rate))
		if from < len(r.PCM) { // another context began: what follows has a clock of its own
			begin, from, r.PCM = p[1], 0, r.PCM[:0]
		}
		for len(r.PCM) < from {
			r.PCM = append(r.PCM, 0)
		}
		for i := range n {
			r.PCM = append(r.PCM, int16(binary.LittleEndian.Uint16(bytes[2*(at+i):])))
		}
		at += n
	}
	// What is read as the graph's time leaves the loudspeaker a little later.
	var offsets, latencies []float64
	for _, c := range raw.Clock {
		offsets = append(offsets, c[0]+c[2]*1000-c[1]*1000)
		latencies = append(latencies, c[2]*1000)
	}
	r.Latency = quantile(latencies, .5)
	r.Zero = begin*1000 + quantile(offsets, .5)
	return r
}

// Levels is the loudness of every window, in dBFS, not below -100.
func (r *Recording) Levels() []float64 {
	levels := make([]float64, 0, len(r.PCM)/window)
	for i := 0; i+window <= len(r.PCM); i += window {
		sum := 0.0
		for _, v := range r.PCM[i : i+window] {
			sum += float64(v) * float64(v)
		}
		levels = append(levels, max(-100, 10*math.Log10(sum/window/(32768*32768)+1e-12)))
	}
	return levels
}

// Span is a piece of time, in milliseconds of the page's clock.
type Span struct{ From, To float64 }

// Utterances are the stretches in which something sounds, joined over pauses
// shorter than so many milliseconds. Sound is what is louder than -42 dBFS;
// below -50 it is over.
func (r *Recording) Utterances(pause float64) []Span {
	const loud, quiet, step = -42.0, -50.0, 5.0
	var spans []Span
	sounding := false
	for i, level := range r.Levels() {
		at := r.Zero + float64(i)*step
		switch {
		case !sounding && level > loud:
			sounding = true
			if n := len(spans); n > 0 && at-spans[n-1].To < pause {
				continue
			}
			spans = append(spans, Span{at, at})
		case sounding && level > quiet:
			spans[len(spans)-1].To = at + step
		case sounding && at-spans[len(spans)-1].To > 60:
			sounding = false
		}
	}
	return spans
}

// Cut is the samples of a span.
func (r *Recording) Cut(s Span) []int16 {
	index := func(at float64) int {
		return min(max(int((at-r.Zero)*rate/1000), 0), len(r.PCM))
	}
	return r.PCM[index(s.From):index(s.To)]
}

// Of are the marks of a kind.
func (r *Recording) Of(kind string) []Mark {
	var found []Mark
	for _, m := range r.Marks {
		if m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// Join appends what was recorded after r, on r's clock.
func (r *Recording) Join(next *Recording) {
	r.Marks = append(r.Marks, next.Marks...)
	if len(next.PCM) == 0 {
		return
	}
	if len(r.PCM) == 0 {
		r.PCM, r.Zero, r.Latency = next.PCM, next.Zero, next.Latency
		return
	}
	from := int(math.Round((next.Zero - r.Zero) * rate / 1000))
	for len(r.PCM) < from {
		r.PCM = append(r.PCM, 0)
	}
	r.PCM = append(r.PCM[:max(0, min(from, len(r.PCM)))], next.PCM...)
}

// quantile of values, which it sorts; 0 if there are none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(int(math.Ceil(q*float64(len(values))))-1+btoi(q == 0), len(values)-1)]
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// plain is text as it is compared: words in lower case and nothing else.
func plain(text string) []string {
	return strings.Fields(strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c >= 'a' && c <= 'z', c == '\'':
			return c
		case c == '\u2019':
			return '\''
		}
		return ' '
	}, text))
}

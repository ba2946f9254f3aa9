package browser

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// onsets are the moments at which sound begins after at least so many
// milliseconds without.
func (r *Recording) onsets(pause float64) []float64 {
	var at []float64
	for _, s := range r.Utterances(pause) {
		at = append(at, s.From)
	}
	return at
}

// mouthDelays is, for each onset of sound, by how much the mouth's opening
// came after it (negative: before), in milliseconds. An onset to which no
// mouth opens within half a second has a delay of infinity.
func (r *Recording) mouthDelays(pause float64) []float64 {
	var opened []float64
	shut := true
	for _, m := range r.Of("mouth") {
		if now := m.Value == "0"; now != shut {
			shut = now
			if !shut {
				opened = append(opened, m.At)
			}
		}
	}
	var delays []float64
	for _, at := range r.onsets(pause) {
		best := math.Inf(1)
		for _, o := range opened {
			if d := o - at; math.Abs(d) < math.Abs(best) && math.Abs(d) < 500 {
				best = d
			}
		}
		delays = append(delays, best)
	}
	return delays
}

// mouthInSilence is how long, in milliseconds, the mouth moved at a time when
// nothing had sounded for so many milliseconds and nothing sounded, and how
// long that silence was in all.
func (r *Recording) mouthInSilence(after float64) (moved, silence float64) {
	type change struct {
		at   float64
		open bool
	}
	var mouth []change
	for _, m := range r.Of("mouth") {
		mouth = append(mouth, change{m.At, m.Value != "0"})
	}
	quietSince := r.Zero
	i, open := 0, false
	for k, level := range r.Levels() {
		at := r.Zero + float64(k)*5
		for i < len(mouth) && mouth[i].at <= at {
			open = mouth[i].open
			i++
		}
		if level > -50 {
			quietSince = at + 5
			continue
		}
		if at-quietSince < after {
			continue
		}
		silence += 5
		if open {
			moved += 5
		}
	}
	return moved, silence
}

// captionErrors matches the words that were underlined with the words that
// were heard from a moment on, and gives by how many milliseconds the
// underline came after the word. missed are words heard and never underlined.
func (r *Recording) captionErrors(heard []Heard, from float64) (errors []float64, missed []string) {
	type shown struct {
		words []string
		at    float64
	}
	var captions []shown
	last := ""
	for _, m := range r.Of("word") {
		var v [2]any
		if json.Unmarshal([]byte(m.Value), &v) != nil || m.Value == last {
			continue
		}
		last = m.Value
		if words := plain(fmt.Sprint(v[1])); len(words) > 0 && m.At > from-700 {
			captions = append(captions, shown{words, m.At})
		}
	}
	next := 0
	for i := 0; i < len(heard); {
		found := -1
		for k := next; k < min(next+6, len(captions)); k++ {
			words := captions[k].words
			if i+len(words) <= len(heard) && slices.EqualFunc(words, heard[i:i+len(words)], func(w string, h Heard) bool { return w == h.Word }) {
				found = k
				break
			}
		}
		if found < 0 {
			missed = append(missed, heard[i].Word)
			i++
			continue
		}
		for k := range captions[found].words { // a short word is underlined together with the next
			errors = append(errors, captions[found].at-(from+heard[i+k].At))
		}
		i += len(captions[found].words)
		next = found + 1
	}
	return errors, missed
}

// silenceAfter is how long sound louder than -60 dBFS went on after a moment,
// looked at for so many milliseconds.
func (r *Recording) silenceAfter(at, within float64) float64 {
	lasted := 0.0
	for k, level := range r.Levels() {
		if now := r.Zero + float64(k)*5; now+5 > at && now < at+within && level > -60 {
			lasted = now + 5 - at
		}
	}
	return lasted
}

// absolute values, for quantiles of errors in either direction.
func absolute(values []float64) []float64 {
	var out []float64
	for _, v := range values {
		out = append(out, math.Abs(v))
	}
	return out
}

// spread prints quantiles of values in milliseconds.
func spread(values []float64) string {
	v := slices.Clone(values)
	return fmt.Sprintf("n=%d min %.0f p50 %.0f p95 %.0f p99 %.0f max %.0f ms", len(v), quantile(v, 0), quantile(v, .5), quantile(v, .95), quantile(v, .99), quantile(v, 1))
}

// milliseconds prints quantiles of small values.
func milliseconds(values []float64) string {
	v := slices.Clone(values)
	return fmt.Sprintf("n=%d p50 %.2f p95 %.2f p99 %.2f max %.1f ms", len(v), quantile(v, .5), quantile(v, .95), quantile(v, .99), quantile(v, 1))
}

// within is the share of values not above most.
func within(values []float64, most float64) float64 {
	n := 0
	for _, v := range values {
		n += btoi(v <= most)
	}
	return float64(n) / float64(max(1, len(values)))
}

// sentencesOf cuts a text at its ends of sentences.
func sentencesOf(text string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(text, func(c rune) bool { return c == '.' || c == '?' || c == '!' || c == ':' || c == '\n' }) {
		if len(plain(s)) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// number is a number in text; NaN if it is none.
func number(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

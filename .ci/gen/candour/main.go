// Command candour makes the weights by which the gateway tells questions
// about what the avatar is from others, from the sentences in seeds and the
// drills of the package.
//
//	go run ./.ci/gen/candour [-only en] [-show]
//
// It prints how well frames of which it had seen no sentence were told right.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"mayfly/gateway/avatar/candour"
)

const (
	seeds   = ".ci/gen/candour/seeds"
	drills  = "gateway/avatar/candour/testdata"
	weights = "gateway/avatar/candour/weights"
)

func main() {
	only := flag.String("only", "", "one language instead of all")
	show := flag.Bool("show", false, "print the mistakes on held-out frames")
	flag.Parse()
	all := map[string][]sample{}
	for _, l := range candour.Locales() {
		rows, err := load(l)
		if err != nil {
			log.Fatal(err)
		}
		all[l] = rows
	}
	for _, l := range candour.Locales() {
		if *only != "" && *only != l {
			continue
		}
		if err := teach(l, all, *show); err != nil {
			log.Fatal(err)
		}
	}
}

// folds is how many parts the frames are held out in.
const folds = 3

// teach validates and writes the weights of one language.
func teach(locale string, all map[string][]sample, show bool) error {
	own := all[locale]
	for i := range own {
		own[i].windows = candour.Features(locale, []byte(own[i].text), false)
	}
	foreign := strangers(locale, all)
	r := rand.New(rand.NewPCG(7, 7))
	var hits, others []float64
	for k := range folds {
		var part []sample
		for _, s := range own {
			if s.frame%folds != k {
				part = append(part, s)
			}
		}
		m := train(append(part, foreign...), r)
		for _, s := range own {
			if s.frame%folds != k || s.noise {
				continue
			}
			v := m.score(s.windows)
			if s.ask {
				hits = append(hits, v)
			} else {
				others = append(others, v)
			}
			if show && (s.ask && v < 0 || !s.ask && v > 0) {
				fmt.Printf("  %5.2f %v %s\n", v, s.ask, s.text)
			}
		}
	}
	slices.Sort(hits)
	slices.Sort(others)
	fmt.Printf("%s: %d texts, held-out frames: %d hits, %d near misses\n", locale, len(own), len(hits), len(others))
	for _, q := range []float64{0.002, 0.005, 0.01, 0.02, 0.05} {
		at := others[int(float64(len(others)-1)*(1-q))]
		fmt.Printf("  false alarms %.3f at %+.2f: recall %.3f\n", q, at, above(hits, at))
	}
	fmt.Printf("  at 0: recall %.3f, false alarms %.3f\n", above(hits, 0), above(others, 0))
	// Sure by itself: where two in a hundred near misses of unknown frames pass,
	// which is what may be mistaken. Natural ones are further away than these.
	sure := others[int(float64(len(others)-1)*0.98)]
	doubt := hits[int(float64(len(hits)-1)*0.01)]
	fmt.Printf("  sure %+.2f doubt %+.2f\n", sure, doubt)
	m := train(append(slices.Clone(own), foreign...), r)
	return os.WriteFile(filepath.Join(weights, locale+".bin"), m.quantised(sure, doubt), 0o644)
}

// above is which part of sorted values is more than at.
func above(sorted []float64, at float64) float64 {
	i, _ := slices.BinarySearch(sorted, at)
	return float64(len(sorted)-i) / float64(len(sorted))
}

// strangers are texts of the other languages. A sample of them is there to be
// told apart: none of them is a question in this language. And all are there
// by what they have in common with it, the classes of their words: what is
// asked in one language in some way is asked so in others.
func strangers(locale string, all map[string][]sample) (out []sample) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, l := range candour.Locales() {
		if l == locale {
			continue
		}
		for _, i := range r.Perm(len(all[l]))[:min(500, len(all[l]))] {
			s := all[l][i]
			w := 1.0
			if s.ask {
				w = 0.3
			}
			out = append(out, sample{weight: w, windows: candour.Features(locale, []byte(s.text), false)})
		}
		for _, s := range all[l] {
			if !s.noise {
				out = append(out, sample{ask: s.ask, weight: 0.6 * s.weight, windows: candour.Features(l, []byte(s.text), true)})
			}
		}
	}
	return out
}

// linear is a classifier before its weights are rounded.
type linear struct {
	w    [candour.Buckets]float64
	bias float64
}

func (m *linear) one(f []uint32) float64 {
	n := 0.0
	for _, x := range f {
		n += m.w[x%candour.Buckets]
	}
	return n/math.Sqrt(float64(len(f))) + m.bias
}

// score is that of the sentence that scores most.
func (m *linear) score(windows [][]uint32) float64 {
	best := math.Inf(-1)
	for _, f := range windows {
		best = max(best, m.one(f))
	}
	return best
}

const (
	epochs = 14
	rate   = 0.2
	decay  = 2e-5
	drop   = 0.5 // of the features, at each step
)

// train learns by stochastic gradients of the logistic loss on the sentence
// of each text that scores most.
func train(rows []sample, r *rand.Rand) *linear {
	m := &linear{}
	var sum [candour.Buckets]float64
	var biasSum float64
	kept := make([]uint32, 0, 4096)
	for range epochs {
		for _, i := range r.Perm(len(rows)) {
			s := &rows[i]
			if len(s.windows) == 0 {
				continue
			}
			best, at := math.Inf(-1), 0
			if len(s.windows) > 1 {
				for k, f := range s.windows {
					if v := m.one(f); v > best {
						best, at = v, k
					}
				}
			}
			kept = kept[:0]
			for _, f := range s.windows[at] {
				if r.Float64() >= drop {
					kept = append(kept, f%candour.Buckets)
				}
			}
			if len(kept) == 0 {
				continue
			}
			y := -1.0
			if s.ask {
				y = 1
			}
			v := m.one(kept)
			g := -y / (1 + math.Exp(y*v)) * s.weight
			x := 1 / math.Sqrt(float64(len(kept)))
			for _, f := range kept {
				d := g*x + decay*m.w[f]
				sum[f] += d * d
				m.w[f] -= rate * d / (1e-3 + math.Sqrt(sum[f]))
			}
			biasSum += g * g
			m.bias -= rate * 0.2 * g / (1e-3 + math.Sqrt(biasSum))
		}
	}
	return m
}

// quantised is the file that the package embeds.
func (m *linear) quantised(sure, doubt float64) []byte {
	abs := make([]float64, len(m.w))
	for i, w := range m.w {
		abs[i] = math.Abs(w)
	}
	unit := slices.Max(abs) / 127
	var b []byte
	for _, f := range []float64{unit, m.bias, sure, doubt} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(f)))
	}
	for _, w := range m.w {
		b = append(b, byte(int8(math.Round(w/unit))))
	}
	return b
}

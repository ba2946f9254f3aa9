package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// sample is a text to learn from.
type sample struct {
	text    string
	ask     bool
	noise   bool // changed by slips or by what was put around it
	frame   int  // texts of the same frame are held out together
	weight  float64
	windows [][]uint32
}

// perFrame is how many texts a frame makes at most.
const perFrame = 14

// load makes the texts of one language.
func load(locale string) ([]sample, error) {
	r := rand.New(rand.NewPCG(1, uint64(len(locale))))
	frames, around, err := readSeeds(locale, r)
	if err != nil {
		return nil, err
	}
	for _, file := range []string{"drill_", "learnt_"} {
		b, err := os.ReadFile(filepath.Join(drills, file+locale+".jsonl"))
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(b) {
			var s struct {
				Text string
				Hit  bool
			}
			if err := json.Unmarshal(line, &s); err != nil {
				return nil, err
			}
			frames = append(frames, frame{ask: s.Hit, texts: []string{s.Text}})
		}
	}
	r.Shuffle(len(frames), func(i, j int) { frames[i], frames[j] = frames[j], frames[i] })
	var all []sample
	for i, f := range frames {
		for _, t := range f.texts {
			weight := 1.3
			if len(f.texts) > 4 {
				weight = 4/float64(len(f.texts)) + 0.3
			}
			all = append(all, sample{text: t, ask: f.ask, frame: i, weight: weight})
			for range 2 {
				n := noisy(t, locale, around, r)
				if n != t {
					all = append(all, sample{text: n, ask: f.ask, noise: true, frame: i, weight: weight / 2})
				}
			}
		}
	}
	return all, nil
}

// frame is a way to say something, with the texts that were made of it.
type frame struct {
	ask   bool
	texts []string
}

// readSeeds reads seeds/<locale>.txt and makes the texts of every frame.
func readSeeds(locale string, r *rand.Rand) (frames []frame, around []string, err error) {
	b, err := os.ReadFile(filepath.Join(seeds, locale+".txt"))
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	slots := map[string][]string{}
	for n, line := range strings.Split(string(b), "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '=':
			name, words, ok := strings.Cut(line[1:], " ")
			if !ok {
				return nil, nil, fmt.Errorf("%s %d: a slot without words", locale, n+1)
			}
			for w := range strings.SplitSeq(words, "|") {
				slots[name] = append(slots[name], strings.TrimSpace(w))
			}
		case line[0] == '~':
			around = append(around, strings.TrimSpace(line[1:]))
		case line[0] == '+' || line[0] == '-':
			f := frame{ask: line[0] == '+'}
			seen := map[string]bool{}
			for range 3 * perFrame {
				t, err := expand(line[2:], slots, r)
				if err != nil {
					return nil, nil, fmt.Errorf("%s %d: %w", locale, n+1, err)
				}
				if t = strings.Join(strings.Fields(strings.ReplaceAll(t, " ,", ",")), " "); !seen[t] && len(f.texts) < perFrame {
					seen[t] = true
					f.texts = append(f.texts, t)
				}
			}
			frames = append(frames, f)
		default:
			return nil, nil, fmt.Errorf("%s %d: %q", locale, n+1, line)
		}
	}
	return frames, around, nil
}

// expand chooses one of each alternative and a filling of each slot.
func expand(s string, slots map[string][]string, r *rand.Rand) (string, error) {
	for {
		i := strings.LastIndexByte(s, '[')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], ']')
		if j < 0 {
			return "", fmt.Errorf("%q is not closed", s)
		}
		of := strings.Split(s[i+1:i+j], "|")
		s = s[:i] + of[r.IntN(len(of))] + s[i+j+1:]
	}
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return s, nil
		}
		j := strings.IndexByte(s[i:], '}')
		if j < 0 {
			return "", fmt.Errorf("%q is not closed", s)
		}
		of := slots[s[i+1:i+j]]
		if of == nil {
			return "", fmt.Errorf("there is no slot %q", s[i:i+j+1])
		}
		s = s[:i] + of[r.IntN(len(of))] + s[i+j+1:]
	}
}

// noisy makes slips in a text and puts another sentence before or after it.
func noisy(t, locale string, around []string, r *rand.Rand) string {
	w := []rune(t)
	for range r.IntN(3) {
		i := r.IntN(len(w))
		if len(w) < 8 || w[i] == ' ' {
			continue
		}
		switch r.IntN(5) {
		case 0: // dropped
			w = append(w[:i:i], w[i+1:]...)
		case 1: // changed over
			if i+1 < len(w) {
				w[i], w[i+1] = w[i+1], w[i]
			}
		case 2: // doubled
			w = append(w[:i+1:i+1], w[i:]...)
		case 3: // the key beside it
			w[i] = beside(w[i], r)
		case 4: // a space too few
			for k := i; k < len(w); k++ {
				if w[k] == ' ' {
					w = append(w[:k:k], w[k+1:]...)
					break
				}
			}
		}
	}
	t = string(w)
	switch r.IntN(6) {
	case 0:
		t = strings.ToUpper(t)
	case 1:
		t = strings.NewReplacer("?", "", ",", "", ".", "").Replace(t)
	case 2:
		t += "?"
	}
	if len(around) > 0 {
		switch r.IntN(6) {
		case 2: // run on
			t = strings.TrimRight(around[r.IntN(len(around))], ".!?,") + ", " + t
		case 0:
			t = around[r.IntN(len(around))] + " " + t
		case 1:
			end := ". "
			if strings.HasSuffix(t, "?") {
				end = " "
			}
			t += end + around[r.IntN(len(around))]
		}
	}
	return t
}

// beside is a key beside the one of the letter.
func beside(l rune, r *rand.Rand) rune {
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm", "קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"} {
		keys := []rune(row)
		for i, k := range keys {
			if k != l {
				continue
			}
			if i+1 < len(keys) && (i == 0 || r.IntN(2) == 0) {
				return keys[i+1]
			}
			return keys[i-1]
		}
	}
	return l
}

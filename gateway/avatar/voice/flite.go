package voice

import (
	"bytes"
	"context"
	"strconv"
	"strings"
)

// Flite is CMU Flite as a program. Its mouth shapes are exact, from the phones
// that it prints; its word times are shares of the known duration by letters.
// It gives sound only when the whole sentence is made.
type Flite struct {
	program
	speaker string
}

// newFlite picks a speaker from those the program lists, a good one first.
func newFlite(ctx context.Context, path string) *Flite {
	for _, want := range [...]string{"slt", "rms", "awb", "kal16"} {
		for _, have := range strings.Fields(listing(ctx, path, "-lv")) {
			if have == want {
				return &Flite{newProgram("flite "+want, path), want}
			}
		}
	}
	return nil
}

// Name gives the speaker too: "flite slt".
func (v *Flite) Name() string { return v.name }

// Speaks is true of English.
func (v *Flite) Speaks(language string) bool { return primary(language) == "en" }

// Neural is true of the speakers that are trained models (clustergen), false
// of those cut from recordings: "kal16".
func (v *Flite) Neural() bool { return v.speaker != "kal16" }

// Speak implements Voice.
func (v *Flite) Speak(ctx context.Context, text []byte, o Options, emit func(Chunk) error) error {
	if !sayable(text) {
		return ctx.Err()
	}
	args := []string{"-voice", v.speaker, "--setf", "duration_stretch=" + strconv.FormatFloat(1/o.speed(), 'f', 3, 64), "-psdur", "-o", "/dev/fd/3"}
	sound, notes, err := v.memory(ctx, args, text)
	defer func() { clear(sound); clear(notes) }()
	if err != nil {
		return err
	}
	visemes, ms := phonesToVisemes(notes)
	e := newEstimate(text, 1)
	e.span(ms)
	first := true
	s := stream{rate: 16000}
	err = s.copyTo(bytes.NewReader(sound), func(pcm []int16) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		vs, ws := e.chunk(pcm)
		if visemes != nil {
			vs = nil
			if first {
				vs = visemes
			}
		}
		first = false
		return emit(Chunk{PCM: pcm, Visemes: vs, Words: ws})
	})
	if err != nil {
		return v.verdict(ctx, ctx, err, nil)
	}
	if visemes != nil {
		e.shape = Sil
	}
	return e.close(emit)
}

// phonesToVisemes reads "hh:0.255 ax:0.304 ...": the end of each phone in
// seconds, one line per utterance, each with its own zero. It gives also the
// time that is not silence, in ms, and nil if the text is something else.
func phonesToVisemes(notes []byte) (vs []Viseme, voiced float64) {
	base := 0.0
	for _, line := range strings.Split(string(notes), "\n") {
		at := 0.0
		for _, f := range strings.Fields(line) {
			name, end, ok := strings.Cut(f, ":")
			t, err := strconv.ParseFloat(end, 64)
			if !ok || err != nil || !(t >= at && t <= 3600) { // NaN too
				return nil, 0
			}
			if shape := shapeOf(name); len(vs) == 0 || vs[len(vs)-1].Shape != shape {
				vs = append(vs, Viseme{int((base + at) * 1000), shape, 1})
			}
			if name != "pau" {
				voiced += (t - at) * 1000
			}
			at = t
		}
		base += at
	}
	return vs, voiced
}

// shapeOf is the mouth shape of a phone in Flite's alphabet.
func shapeOf(phone string) Shape {
	switch phone {
	case "pau":
		return Sil
	case "p", "b", "m":
		return PP
	case "f", "v":
		return FF
	case "th", "dh":
		return TH
	case "t", "d":
		return DD
	case "k", "g", "ng":
		return KK
	case "ch", "jh", "sh", "zh":
		return CH
	case "s", "z":
		return SS
	case "n", "l":
		return NN
	case "r", "er":
		return RR
	case "aa", "ae", "ah", "ay", "aw":
		return AA
	case "eh", "ey", "ax", "hh":
		return E
	case "ih", "iy", "y":
		return IH
	case "ao", "ow", "oy":
		return OH
	case "uh", "uw", "w":
		return OU
	}
	return DD
}

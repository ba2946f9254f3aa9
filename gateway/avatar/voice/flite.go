package voice

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Flite is CMU Flite as a program. Its mouth shapes are exact, from the phones
// that it prints with their times; a word's time is that of its phones.
// It gives sound only when the whole sentence is made.
type Flite struct {
	program
	speaker string
	reader  Reader
}

// newFlite picks a speaker from those the program lists, a good one first.
func newFlite(ctx context.Context, path string, r Reader) *Flite {
	for _, want := range [...]string{"slt", "rms", "awb", "kal16"} {
		for _, have := range strings.Fields(listing(ctx, path, "-lv")) {
			if have == want {
				return &Flite{newProgram("flite "+want, path), want, r}
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
	said := ascii(text)
	defer clear(said)
	sound, notes, err := v.memory(ctx, args, said)
	defer func() { clear(sound); clear(notes) }()
	if err != nil {
		return err
	}
	err = whole(ctx, bytes.NewReader(sound), 16000, func([]int16) Marks {
		phones := parsePhones(notes)
		defer clear(phones)
		sounds := read(v.reader, text, "en")
		defer clear(sounds)
		return Marks{Visemes: visemesOf(phones), Words: align(text, sounds, phones)}
	}, emit)
	if err != nil {
		return v.verdict(ctx, ctx, err, nil)
	}
	return nil
}

// ascii writes a text with the only characters that the program knows: it
// takes the bytes of others for letters, and says "isn t" for "isn’t".
func ascii(text []byte) []byte {
	out := make([]byte, 0, 2*len(text)+8) // a rune of two bytes or more becomes three at most
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		i += n
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r == '’' || r == '‘' || r == 'ʼ':
			out = append(out, '\'')
		case r == '“' || r == '”' || r == '„' || r == '«' || r == '»':
			out = append(out, '"')
		case r == '‐' || r == '‑' || r == '–' || r == '−':
			out = append(out, '-')
		case r == '—' || r == '…':
			out = append(out, ", "...)
		case r >= 'À' && r <= 'ÿ':
			out = append(out, latin[r-'À'])
		case r == 'œ' || r == 'Œ':
			out = append(out, "oe"...)
		case r == 'š' || r == 'Š':
			out = append(out, 's')
		case r == 'ž' || r == 'Ž':
			out = append(out, 'z')
		default:
			out = append(out, ' ')
		}
	}
	return out
}

// latin are the letters from À to ÿ without their accents.
const latin = "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTsaaaaaaaceeeeiiiidnooooo ouuuuyty"

// parsePhones reads "hh:0.255 ax:0.304 ...": the end of each phone in
// seconds, one line per utterance, each with its own zero. Pauses that follow
// each other are one. It gives nil if the notes are something else.
func parsePhones(notes []byte) []heard {
	var phones []heard
	base := 0.0
	for line := range bytes.SplitSeq(notes, []byte("\n")) {
		at := 0.0
		for f := range bytes.FieldsSeq(line) {
			name, end, ok := bytes.Cut(f, []byte(":"))
			t, err := strconv.ParseFloat(string(end), 64)
			if !ok || err != nil || !(t >= at && t <= 3600) { // NaN too
				return nil
			}
			p := heard{phone: phoneOf(name), at: (base + at) * 1000, end: (base + t) * 1000}
			if n := len(phones); n > 0 && p.pause() && phones[n-1].pause() {
				phones[n-1].end = p.end
			} else {
				phones = append(phones, p)
			}
			at = t
		}
		base += at
	}
	return phones
}

// visemesOf gives the mouth shapes of phones.
func visemesOf(phones []heard) []Viseme {
	var vs []Viseme
	for _, p := range phones {
		if len(vs) == 0 || vs[len(vs)-1].Shape != p.shape {
			vs = append(vs, Viseme{int(p.at), p.shape, 1})
		}
	}
	return vs
}

// phone is a name of Flite's alphabet, which is ARPAbet in small letters, and
// its mouth shape.
type phone struct {
	name  string
	shape Shape
}

// alphabet is never written to.
var alphabet = [...]phone{
	{"pau", Sil}, {"p", PP}, {"b", PP}, {"m", PP}, {"f", FF}, {"v", FF}, {"th", TH}, {"dh", TH}, {"t", DD}, {"d", DD},
	{"k", KK}, {"g", KK}, {"ng", KK}, {"ch", CH}, {"jh", CH}, {"sh", CH}, {"zh", CH}, {"s", SS}, {"z", SS}, {"n", NN}, {"l", NN}, {"r", RR}, {"er", RR},
	{"aa", AA}, {"ae", AA}, {"ah", AA}, {"ay", AA}, {"aw", AA}, {"eh", E}, {"ey", E}, {"ax", E}, {"hh", E}, {"ih", IH}, {"iy", IH}, {"y", IH},
	{"ao", OH}, {"ow", OH}, {"oy", OH}, {"uh", OU}, {"uw", OU}, {"w", OU},
}

// phoneOf gives the phone of a name, without keeping the name.
func phoneOf(name []byte) phone {
	for _, p := range alphabet {
		if string(name) == p.name {
			return p
		}
	}
	return phone{"?", DD}
}

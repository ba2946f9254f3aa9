package voice

import (
	"context"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// Piper is the neural synthesiser of that name as a program, with the model
// that the operator gave. It prints no times: its marks are what is found in
// the sound.
type Piper struct {
	program
	model    string
	language string
	rate     int
	reader   Reader
}

// newPiper takes the language from the model's file name, as its makers write
// it: "en_GB-alba-medium.onnx"; nil if the name does not say one. Models of
// quality "x_low" and "low" are made at 16 kHz, the others at 22.05 kHz.
func newPiper(path, model string, r Reader) *Piper {
	base := strings.TrimSuffix(filepath.Base(model), ".onnx")
	tag, rest, ok := strings.Cut(base, "-")
	language, _, _ := strings.Cut(tag, "_")
	if !ok || len(language) < 2 || len(language) > 3 {
		return nil
	}
	p := &Piper{newProgram("piper "+base, path), model, strings.ToLower(language), 22050, r}
	if strings.HasSuffix(rest, "low") {
		p.rate = 16000
	}
	return p
}

// Name gives the model: "piper en_GB-alba-medium".
func (v *Piper) Name() string { return v.name }

// Speaks is true of the model's language.
func (v *Piper) Speaks(language string) bool { return primary(language) == v.language }

// Neural is true.
func (v *Piper) Neural() bool { return true }

// Speak implements Voice.
func (v *Piper) Speak(ctx context.Context, text []byte, o Options, emit func(Chunk) error) error {
	if !sayable(text) {
		return ctx.Err()
	}
	args := []string{"--model", v.model, "--output-raw", "--length_scale", strconv.FormatFloat(1/o.speed(), 'f', 3, 64)}
	return v.stream(ctx, args, text, func(r io.Reader) error {
		return whole(ctx, r, v.rate, search(read(v.reader, text, v.language)), emit)
	})
}

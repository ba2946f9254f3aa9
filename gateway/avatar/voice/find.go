package voice

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// Search is what Find may use.
type Search struct {
	PiperModel string // path of a piper model; empty means no piper
	Builtin    Own    // comes last, and reads for the others; nil for none
}

// Own is a voice that is part of the program: it knows what it says.
type Own interface {
	Voice
	Reader
}

// Find gives the voices there are, the preferred first: piper with a given
// model, flite, espeak-ng, the built-in one. It runs the programs it finds on
// PATH once, to ask what they have, for at most two seconds each.
func Find(ctx context.Context, s Search) []Voice {
	var found []Voice
	if path, err := exec.LookPath("piper"); err == nil && s.PiperModel != "" {
		if v := newPiper(path, s.PiperModel, s.Builtin); v != nil {
			found = append(found, v)
		}
	}
	if path, err := exec.LookPath("flite"); err == nil {
		if v := newFlite(ctx, path, s.Builtin); v != nil {
			found = append(found, v)
		}
	}
	if path, err := exec.LookPath("espeak-ng"); err == nil {
		if v := newEspeak(ctx, path, s.Builtin); v != nil {
			found = append(found, v)
		}
	}
	if s.Builtin != nil {
		found = append(found, s.Builtin)
	}
	return found
}

// Choose gives the voice for a language: the one of the preferred name, or
// kind of voice ("flite" is any speaker of flite), if it speaks it, else the
// first that does, else nil: then there are captions and no sound. A voice
// never speaks a language that is not its own.
func Choose(voices []Voice, language, preferred string) Voice {
	var first Voice
	for _, v := range voices {
		if !v.Speaks(language) {
			continue
		}
		if preferred != "" && (v.Name() == preferred || strings.HasPrefix(v.Name(), preferred+" ")) {
			return v
		}
		if first == nil {
			first = v
		}
	}
	return first
}

// listing is what a program prints about itself, empty if it fails.
func listing(ctx context.Context, path string, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	p := newProgram("", path)
	out := capped{room: 64 << 10}
	cmd := p.command(ctx, args, &input{})
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // what it printed decides, some exit with 1 after a listing
	return string(out.take())
}

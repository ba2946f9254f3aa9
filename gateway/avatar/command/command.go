// Package command writes down what people say with a program on this machine.
//
// The program is the operator's choice alone: no tenant, no client and nothing
// that is said has a part in its command line. It gets the sound on standard
// input and writes words to standard output; no shell runs it, it is told
// nothing of the gateway's environment, and no file is made.
package command

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mayfly/gateway/avatar"
)

// Options make a Transcriber.
type Options struct {
	// Argv is the program and its arguments. "{language}" in an argument
	// becomes the language as two or three letters, "en" where none is known.
	Argv      []string
	WAV       bool     // it wants a WAV file, and so starts when the utterance ends; else 16-bit samples, little endian, as they are spoken
	Languages []string // BCP 47: what it understands; empty: any
	Limits    Limits
}

// Limits bound one run of the program. Zero values mean the defaults named.
type Limits struct {
	Patience  time.Duration // from the end of the utterance to that of the program; zero means 20 seconds
	Life      time.Duration // of the program in all; zero means 5 minutes
	Output    int           // bytes that it may write; zero means 16 KiB
	Processes int           // at the same time, of all sessions; zero means 8
}

func (l Limits) orDefaults() Limits {
	if l.Patience == 0 {
		l.Patience = 20 * time.Second
	}
	if l.Life == 0 {
		l.Life = 5 * time.Minute
	}
	if l.Output == 0 {
		l.Output = 16 << 10
	}
	if l.Processes == 0 {
		l.Processes = 8
	}
	return l
}

// Transcriber runs the program, once for each utterance.
type Transcriber struct {
	options Options
	limits  Limits
	slots   chan struct{} // one per running process
}

// New makes a transcriber. It starts nothing.
func New(o Options) *Transcriber {
	t := &Transcriber{options: o, limits: o.Limits.orDefaults()}
	t.slots = make(chan struct{}, t.limits.Processes)
	return t
}

// Find makes a transcriber of what is found on PATH, without running it, or
// nil: pocketsphinx with its model of English.
func Find() *Transcriber {
	path, err := exec.LookPath("pocketsphinx_continuous")
	if err != nil {
		return nil
	}
	models, err := filepath.Glob(filepath.Join(filepath.Dir(path), "..", "share", "pocketsphinx", "model", "en-us", "en-us", "mdef*"))
	if err != nil || len(models) == 0 {
		return nil
	}
	return New(Options{Argv: []string{path, "-infile", "/dev/stdin", "-logfn", "/dev/null"}, Languages: []string{"en"}})
}

// Understands says whether the program is meant for a language.
func (t *Transcriber) Understands(language string) bool {
	return len(t.options.Languages) == 0 || slices.ContainsFunc(t.options.Languages, func(l string) bool { return letters(l) == letters(language) })
}

// Label says that a trained model wrote the words down: no program without
// one understands speech.
func (t *Transcriber) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: "mayfly", System: filepath.Base(t.options.Argv[0])}
}

// letters is the language of a BCP 47 tag as two or three letters, or "en".
// It stands in a command line, so nothing else may.
func letters(tag string) string {
	l, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if len(l) < 2 || len(l) > 3 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz") != "" {
		return "en"
	}
	return l
}

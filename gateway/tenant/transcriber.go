package tenant

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// TranscriberCommand is a program on this machine that writes down what people
// say. It is the operator's alone: no tenant's document can hold one.
type TranscriberCommand struct {
	Argv      []string // the program's path and its arguments
	WAV       bool     // it reads a WAV file; else bare samples as they are spoken
	Languages []string // BCP 47: what it understands; empty: any
}

// Understands says whether the program is meant for a language.
func (c *TranscriberCommand) Understands(language string) bool {
	return len(c.Languages) == 0 || slices.ContainsFunc(c.Languages, func(l string) bool { return subtag(l) == subtag(language) })
}

func subtag(language string) string {
	l, _, _ := strings.Cut(strings.ToLower(language), "-")
	return l
}

// Heard says whether anything writes down what people say to the avatar, in
// one of its languages at least: its own server, or the command, if not nil.
func (a *Avatar) Heard(c *TranscriberCommand) bool {
	return a.Transcriber != nil || c != nil && slices.ContainsFunc(a.Languages, c.Understands)
}

// Unheard is what is wrong with an avatar that takes a microphone and whom
// nothing hears.
func Unheard() *Fault {
	return &Fault{"people may speak to it, and nothing writes down what they say in its languages", "add transcriber, with url and model, have the operator set transcriber_command, or write microphone: false"}
}

// checkHeard refuses a microphone whose sound would go nowhere.
func checkHeard(r *reader, f *File) {
	if r.wrong("transcriber_command") {
		return
	}
	for i := range f.Tenants {
		for j := range f.Tenants[i].Avatars {
			path := fmt.Sprintf("tenants[%d].avatars[%d]", i, j)
			if a := &f.Tenants[i].Avatars[j]; a.Microphone && !a.Heard(f.Server.TranscriberCommand) && !r.wrong(path) {
				r.mistake(path+".microphone", Unheard())
			}
		}
	}
}

// checkTranscriber refuses a server that would never be asked.
func checkTranscriber(r *reader, path string, a *Avatar) {
	if _, tried := r.at[path+".transcriber"]; tried && !a.Microphone && !r.wrong(path+".microphone") {
		r.mistake(path+".transcriber", fault("the transcriber would never be used: people cannot speak to this avatar", "add microphone: true, or leave transcriber out"))
	}
}

func commandTable() table[TranscriberCommand] {
	return table[TranscriberCommand]{
		commandLine("run", 64, "The program, and its arguments. `{language}` in an argument becomes the language in two or three letters. No shell reads it.", func(c *TranscriberCommand) *[]string { return &c.Argv }),
		one("input", text("one of samples, wav", func(_ *reader, s string) (bool, error) {
			if s != "samples" && s != "wav" {
				return false, oneOfFault(s, []string{"samples", "wav"})
			}
			return s == "wav", nil
		}), "samples", "What it gets on standard input, at 16 kHz, mono, 16 bits: `samples` in little endian while somebody speaks, or a `wav` file when they have ended.", func(c *TranscriberCommand) *bool { return &c.WAV }),
		many("languages", tongue(), 100, "any", "What it understands.", func(c *TranscriberCommand) *[]string { return &c.Languages }),
	}
}

// commandLine is a key with a command line: a program and texts, in order.
func commandLine[T any](name string, most int, about string, at func(*T) *[]string) entry[T] {
	return entry[T]{
		name:    name,
		Setting: Setting{Key: name, Type: fmt.Sprintf("list of at most %d texts, a program first", most), Default: required, About: about},
		read: func(r *reader, key string, n ast.Node, into *T) {
			r.list(key, n, most, func(i int, item string, n ast.Node) {
				k := line(4000)
				if i == 0 {
					k = program()
				}
				if v, ok := value(r, k, item, n); ok {
					*at(into) = append(*at(into), v)
				}
			})
		},
	}
}

// program is something that can be run, by its path or found on PATH.
func program() kind[string] {
	return text("program", func(r *reader, s string) (string, error) {
		if !strings.ContainsRune(s, filepath.Separator) {
			for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
				if path := filepath.Join(folder, s); filepath.IsAbs(path) && runs(path) {
					return path, nil
				}
			}
			return "", fault("this program is not found on PATH", "install it, or write where it is, as \"/usr/local/bin/transcribe\"")
		}
		path := r.path(s)
		if !runs(path) {
			return "", fault("there is no program here that can be run", "correct its name, or chmod +x")
		}
		return path, nil
	})
}

// runs says whether a file is a program.
func runs(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// checkCommand looks at the command as a whole.
func checkCommand(r *reader, path string, c *TranscriberCommand) {
	if _, tried := r.at[path+".run"]; tried && len(c.Argv) == 0 {
		r.mistakeOnce(path+".run", fault("there is no program", "name one, as [\"/usr/local/bin/transcribe\", \"-\"]"))
	}
}

package voice

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
)

// Espeak is eSpeak NG as a program: formant synthesis for more than a hundred
// languages. It prints no times: its marks are what is found in the sound.
type Espeak struct {
	program
	voices map[string]string // primary subtag -> voice to ask for
	reader Reader
}

// newEspeak asks the program which languages it has; nil if it has none.
func newEspeak(ctx context.Context, path string, r Reader) *Espeak {
	v := &Espeak{newProgram("espeak-ng", path), parseEspeakVoices(listing(ctx, path, "--voices")), r}
	if len(v.voices) == 0 {
		return nil
	}
	return v
}

// parseEspeakVoices reads the table of --voices: priority, language, sex,
// name, file, other languages. Of several voices of a language the plainest
// tag is taken, and of equal ones the first.
func parseEspeakVoices(table string) map[string]string {
	voices := make(map[string]string)
	for _, line := range strings.Split(table, "\n") {
		f := strings.Fields(line)
		if len(f) < 5 {
			continue
		}
		if _, err := strconv.Atoi(f[0]); err != nil {
			continue
		}
		tag := f[1]
		if have, ok := voices[primary(tag)]; !ok || len(tag) < len(have) {
			voices[primary(tag)] = tag
		}
	}
	// "cmn" is what BCP 47 users mostly write as "zh", and a bare "en" is British.
	if tag, ok := voices["cmn"]; ok && voices["zh"] == "" {
		voices["zh"] = tag
	}
	if tag, ok := voices["nb"]; ok && voices["no"] == "" {
		voices["no"] = tag
	}
	return voices
}

// Name is "espeak-ng".
func (v *Espeak) Name() string { return v.name }

// Speaks says whether the program listed the language.
func (v *Espeak) Speaks(language string) bool { return v.voices[primary(language)] != "" }

// Neural is false: it is made of rules.
func (v *Espeak) Neural() bool { return false }

// Speak implements Voice.
func (v *Espeak) Speak(ctx context.Context, text []byte, o Options, emit func(Chunk) error) error {
	if !sayable(text) {
		return ctx.Err()
	}
	tag := v.voices[primary(o.Language)]
	if tag == "" {
		return &Failure{v.name, "start", nil}
	}
	const wordsPerMinute = 165
	args := []string{"--stdin", "--stdout", "-z", "-v", tag, "-s", strconv.Itoa(int(wordsPerMinute * o.speed()))}
	return v.stream(ctx, args, text, func(r io.Reader) error {
		return whole(ctx, r, 22050, search(read(v.reader, text, o.Language)), emit)
	})
}

// sayable says whether there is anything in a text for a program to say; some
// hang or fail on an empty one.
func sayable(text []byte) bool {
	return bytes.ContainsFunc(text, func(r rune) bool { return r > ' ' && !strings.ContainsRune(".,;:!?-–—\"'()[]{}*_#<>/\\|~^`…", r) })
}

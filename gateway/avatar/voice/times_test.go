//go:build speech

package voice_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/avatar/voice/builtin"
)

// script is what the voices of these tests say. {written|spoken} is a token
// that is read otherwise than it is written.
var script = strings.Split(strings.TrimSpace(`
Mayfly keeps nothing of what you say.
When the conversation ends, every word of it is gone.
You are talking with a machine, and it tells you so before anything else.
The documents of your organisation are read at the start, and they stay in memory.
I do not know that, but I can tell you who does.
Please ask again in other words, or ask for a person.
A session lasts for {15|fifteen} minutes, and {2|two} minutes before the end you are asked whether to go on.
The ticket costs {$12|twelve dollars}, the guide costs {$3|three dollars} more.
{Dr.|doctor} Young sees patients on Monday, Wednesday and Friday.
Is there a lift? Yes, it is at the back of the hall, behind the stairs.
Press the button once; the light turns green; then speak.
Nobody is listening now.
The museum opens at {10|ten} in the morning and closes at {6|six} in the evening, except on Tuesday.
Children under {12|twelve} pay half, and those under {5|five} pay nothing at all.
If you lose the network for a moment, the conversation goes on by itself when it comes back.
What you wrote is on the screen only, and it is not stored anywhere.
Good morning. How can I help you today?
There are {3|three} floors, {40|forty} rooms and {1|one} garden, which is open in summer.
Of the three, the second is the one that most people choose.
Turn left at the church, go straight on, and you will see it on your right.
A voice program gets the text on its standard input, and none of the environment.
It is a rule, not a habit: nothing is written down.
He said that she had asked them to do it at once.
You can turn the sound off at any time, and the captions will go on.
`), "\n")

// told is a sentence as it is written, with where each word of it is and how
// it is spoken.
type told struct {
	text  string
	words []toldWord
}

type toldWord struct {
	start, end int
	spoken     []string // in small letters
}

func parseTold(line string) (s told) {
	for _, token := range splitTold(line) {
		if s.text != "" {
			s.text += " "
		}
		written, spoken := token, token
		if i := strings.IndexByte(token, '{'); i >= 0 {
			j := strings.IndexByte(token, '}')
			w, sp, _ := strings.Cut(token[i+1:j], "|")
			written, spoken = token[:i]+w+token[j+1:], sp
		}
		start := len(s.text)
		s.text += written
		var plain []string
		for _, f := range strings.Fields(strings.ToLower(spoken)) {
			plain = append(plain, strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) }))
		}
		if plain := slices.DeleteFunc(plain, func(w string) bool { return w == "" }); len(plain) > 0 || strings.ContainsAny(written, "0123456789") {
			s.words = append(s.words, toldWord{start, len(s.text), plain})
		}
	}
	return s
}

// splitTold splits at spaces outside of braces.
func splitTold(line string) (tokens []string) {
	in, from := false, 0
	for i, c := range line + " " {
		switch {
		case c == '{':
			in = true
		case c == '}':
			in = false
		case c == ' ' && !in:
			tokens = append(tokens, line[from:i])
			from = i + 1
		}
	}
	return tokens
}

// onset is when a word of a sentence begins, in ms, and whether one is known.
type onset struct {
	at    float64
	known bool
}

// say speaks a sentence and gives its sound and when the voice says that each
// of its words begins.
func say(t *testing.T, v voice.Voice, s told, language string) (pcm []int16, onsets []onset) {
	t.Helper()
	var words []voice.Word
	require.NoError(t, v.Speak(t.Context(), []byte(s.text), voice.Options{Language: language}, func(c voice.Chunk) error {
		at := len(pcm) * 1000 / voice.Rate
		for _, w := range c.Words {
			require.GreaterOrEqual(t, w.At, at, "a word is told before its sound")
		}
		words = append(words, c.Words...)
		pcm = append(pcm, c.PCM...)
		return nil
	}))
	onsets = make([]onset, len(s.words))
	for i, w := range s.words {
		for _, m := range words {
			if m.Start < w.end && m.End > w.start {
				onsets[i] = onset{float64(m.At), true}
				break
			}
		}
		require.True(t, onsets[i].known, "%q of %q was never told", s.text[w.start:w.end], s.text)
	}
	return pcm, onsets
}

// shares is the control: words as shares of the time that is not silent, by
// their letters, as one would guess who knows nothing else.
func shares(s told, pcm []int16) []onset {
	const step = voice.Rate / 100
	var loud []float64 // ms, of each loud piece
	for i := 0; i+step <= len(pcm); i += step {
		sum := 0.0
		for _, x := range pcm[i : i+step] {
			sum += float64(x) * float64(x)
		}
		if math.Sqrt(sum/step) > .012*32768 {
			loud = append(loud, float64(i)*1000/voice.Rate)
		}
	}
	letters := 0
	for _, w := range s.words {
		letters += w.end - w.start
	}
	onsets := make([]onset, len(s.words))
	before := 0
	for i, w := range s.words {
		onsets[i] = onset{loud[min(before*len(loud)/letters, len(loud)-1)], true}
		before += w.end - w.start
	}
	return onsets
}

// errorsOf gives how far onsets are from the true ones, in ms, absolute.
func errorsOf(got, want []onset) (errors []float64) {
	for i := range got {
		if got[i].known && want[i].known {
			errors = append(errors, math.Abs(got[i].at-want[i].at))
		}
	}
	return errors
}

func quantile(x []float64, q float64) float64 {
	slices.Sort(x)
	return x[min(int(q*float64(len(x))), len(x)-1)]
}

func spread(x []float64) string {
	near := 0
	for _, e := range x {
		if e <= 200 {
			near++
		}
	}
	return fmt.Sprintf("p50 %.0f ms, p95 %.0f ms, greatest %.0f ms, %d of %d words within 200 ms", quantile(x, .5), quantile(x, .95), quantile(x, 1), near, len(x))
}

// kept are the words of flite that it says the same alone and in a sentence,
// but for their last vowel.
type isolated map[string][]string

// phones are those of a word said alone, by the program itself.
func (known isolated) phones(t *testing.T, word string) []string {
	t.Helper()
	if p, ok := known[word]; ok {
		return p
	}
	cmd := exec.CommandContext(t.Context(), "flite", "-voice", "kal16", "-ps", "-o", "none")
	cmd.Stdin = strings.NewReader(word)
	out, err := cmd.Output()
	require.NoError(t, err)
	p := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool { return p == "pau" })
	known[word] = p
	return p
}

// fliteOnsets is the truth of the program itself: the phones that it prints
// for the sentence, taken apart into those that it prints for each word.
func fliteOnsets(t *testing.T, known isolated, speaker string, s told) []onset {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "flite", "-voice", speaker, "-psdur", "-o", "/dev/null")
	cmd.Stdin = strings.NewReader(s.text + "\n")
	out, err := cmd.Output()
	require.NoError(t, err)
	type phone struct {
		name string
		at   float64
	}
	var phones []phone
	base := 0.0
	for line := range strings.SplitSeq(string(out), "\n") {
		at := 0.0
		for _, f := range strings.Fields(line) {
			name, end, _ := strings.Cut(f, ":")
			if name != "pau" {
				phones = append(phones, phone{name, (base + at) * 1000})
			}
			at, err = strconv.ParseFloat(end, 64)
			require.NoError(t, err)
		}
		base += at
	}
	onsets := make([]onset, len(s.words))
	k := 0
	for i, w := range s.words {
		onsets[i] = onset{phones[k].at, true}
		for _, word := range w.spoken {
			for _, want := range known.phones(t, word) {
				if k == len(phones) || phones[k].name != want && !(vowel(phones[k].name) && vowel(want)) {
					t.Fatalf("%q: flite says %v, and %q alone as %v: the truth is not known", s.text, phones[max(0, k-5):min(k+5, len(phones))], word, known[word])
				}
				k++
			}
		}
	}
	require.Equal(t, len(phones), k, s.text)
	return onsets
}

func vowel(p string) bool { return strings.ContainsAny(p[:1], "aeiou") }

func finder(t *testing.T) (*builtin.Voice, []voice.Voice) {
	t.Helper()
	own, err := builtin.New()
	require.NoError(t, err)
	return own, voice.Find(t.Context(), voice.Search{Builtin: own})
}

func called(t *testing.T, voices []voice.Voice, name string) voice.Voice {
	t.Helper()
	for _, v := range voices {
		if v.Name() == name {
			return v
		}
	}
	t.Fatalf("this test needs the Debian package of %s", name)
	return nil
}

// The captions agree with the sound: when flite's words begin, against the
// program's own phones and against what a recogniser hears. Half of the
// sentences were never looked at while the alignment was made, and only they
// count.
func TestFliteWordTimes(t *testing.T) {
	_, voices := finder(t)
	v := called(t, voices, "flite slt")
	known := isolated{}
	for half, name := range []string{"looked at", "held out"} {
		var exact, ear, control, controlEar []float64
		for i, line := range script {
			if i%2 != half {
				continue
			}
			s := parseTold(line)
			pcm, got := say(t, v, s, "en")
			truth := fliteOnsets(t, known, "slt", s)
			hears := recognise(t, s, pcm)
			guess := shares(s, pcm)
			exact = append(exact, errorsOf(got, truth)...)
			ear = append(ear, errorsOf(got, hears)...)
			control = append(control, errorsOf(guess, truth)...)
			controlEar = append(controlEar, errorsOf(guess, hears)...)
		}
		t.Logf("%s: against flite's own phones: %s", name, spread(exact))
		t.Logf("%s: against the recogniser:     %s", name, spread(ear))
		t.Logf("%s: control, shares by letters: %s; against the recogniser: %s", name, spread(control), spread(controlEar))
		if half == 0 {
			continue
		}
		require.Less(t, quantile(exact, .95), 60.)
		require.Less(t, quantile(ear, .95), 120.)
		require.Greater(t, quantile(control, .95), 200., "the test does not tell good from bad")
		require.Greater(t, quantile(controlEar, .95), 200., "the test does not tell good from bad")
	}
}

// The built-in voice knows when it says a word: a recogniser that hears it
// agrees.
func TestBuiltinWordTimes(t *testing.T) {
	own, _ := finder(t)
	var ear, control []float64
	for _, line := range script {
		s := parseTold(line)
		pcm, got := say(t, own, s, "en")
		hears := recognise(t, s, pcm)
		ear = append(ear, errorsOf(got, hears)...)
		control = append(control, errorsOf(shares(s, pcm), hears)...)
	}
	t.Logf("against the recogniser: %s; control, shares by letters: %s", spread(ear), spread(control))
	require.Less(t, quantile(ear, .95), 150.)
	require.Greater(t, quantile(control, .95), 200., "the test does not tell good from bad")
}

// scripts are what espeak-ng says in other languages.
var scripts = map[string][]string{
	"de": strings.Split(strings.TrimSpace(`
Mayfly behält nichts von dem, was Sie sagen.
Alles, was Sie schreiben, bleibt auf dem Bildschirm.
Sie sprechen mit einer Maschine, und das sagt sie Ihnen vor allem anderen.
Fragen Sie bitte noch einmal mit anderen Worten.
Wenn das Gespräch endet, ist jedes Wort davon weg.
Der Eintritt kostet 12 Euro, Kinder unter 6 Jahren zahlen nichts.
Das Museum öffnet um 10 Uhr und schließt um 18 Uhr, außer am Dienstag.
Ja, der Aufzug ist hinten in der Halle, neben der Treppe.
Drücken Sie den Knopf einmal; das Licht wird grün; dann sprechen Sie.
Niemand hört jetzt zu.
Guten Morgen. Wie kann ich Ihnen helfen?
Eine Sitzung dauert 15 Minuten, danach werden Sie gefragt, ob es weitergehen soll.
Das weiß ich nicht, aber ich kann Ihnen sagen, wer es weiß.
Gehen Sie an der Kirche nach links, dann geradeaus.
Es gibt drei Stockwerke, vierzig Räume und einen Garten, der im Sommer geöffnet ist.
Ist das Netz kurz weg, geht das Gespräch von selbst weiter.
`), "\n"),
	"fr": strings.Split(strings.TrimSpace(`
Mayfly ne garde rien de ce que vous dites.
Vous parlez avec une machine, et elle vous le dit avant toute autre chose.
Quand la conversation se termine, chaque mot a disparu.
Le musée ouvre à 10 heures et ferme à 18 heures, sauf le mardi.
Appuyez une fois sur le bouton; la lumière devient verte; puis parlez.
Bonjour. Comment puis-je vous aider ?
Je ne le sais pas, mais je peux vous dire qui le sait.
Il y a trois étages, quarante salles et un jardin, ouvert en été.
`), "\n"),
	"es": strings.Split(strings.TrimSpace(`
Mayfly no guarda nada de lo que usted dice.
Usted habla con una máquina, y ella se lo dice antes que nada.
Cuando termina la conversación, cada palabra ha desaparecido.
El museo abre a las 10 de la mañana y cierra a las 6 de la tarde, menos el martes.
Pulse el botón una vez; la luz se pone verde; luego hable.
Buenos días. ¿En qué puedo ayudarle?
No lo sé, pero puedo decirle quién lo sabe.
Hay tres pisos, cuarenta salas y un jardín, que está abierto en verano.
`), "\n"),
	"he": strings.Split(strings.TrimSpace(`
אני לא שומר שום דבר ממה שאתם אומרים.
אתם מדברים עם מכונה, והיא אומרת זאת לפני הכול.
כשהשיחה נגמרת, כל מילה נעלמת.
המוזיאון נפתח בשעה עשר בבוקר ונסגר בשעה שש בערב.
שלום. איך אפשר לעזור?
אני לא יודע, אבל אפשר לשאול אדם.
יש כאן שלוש קומות, ארבעים חדרים וגן אחד.
לחצו על הכפתור פעם אחת, ואז דברו.
`), "\n"),
}

// builtEvents compiles the program that asks eSpeak NG's library.
func builtEvents(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events")
	execute(t, "cc", "-o", path, "testdata/events.c", "-ldl")
	return path
}

// espeakOnsets is the truth of the library: when it says that it begins each
// word. One that it joins to the word before has no time of its own.
func espeakOnsets(t *testing.T, events, language string, s told) []onset {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), events, language)
	cmd.Stdin = strings.NewReader(s.text + "\n")
	out, err := cmd.Output()
	require.NoError(t, err)
	bytesAt := []int{0} // of characters, from 1
	for i := range s.text {
		bytesAt = append(bytesAt, i)
	}
	onsets := make([]onset, len(s.words))
	last := -1
	for line := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		var at, length, ms int
		_, err := fmt.Sscan(line, &at, &length, &ms)
		require.NoError(t, err, line)
		if length == 0 || at >= len(bytesAt) || ms < last {
			continue
		}
		for i, w := range s.words {
			if b := bytesAt[at]; b >= w.start && b < w.end && !onsets[i].known && ms > last {
				onsets[i] = onset{float64(ms), true}
				last = ms
			}
		}
	}
	return onsets
}

// The words of a voice that tells no times are found in its sound, in all
// languages: against the events of the library that the program is made of.
func TestEspeakWordTimes(t *testing.T) {
	_, voices := finder(t)
	v := called(t, voices, "espeak-ng")
	events := builtEvents(t)
	scripts["en"] = script
	tags := map[string]string{"en": "en-gb"}
	for half, name := range []string{"looked at", "held out"} {
		var all, allControl []float64
		for _, language := range []string{"en", "de", "fr", "es", "he"} {
			var exact, control []float64
			for i, line := range scripts[language] {
				if i%2 != half {
					continue
				}
				s := parseTold(line)
				pcm, got := say(t, v, s, language)
				truth := espeakOnsets(t, events, cmp.Or(tags[language], language), s)
				exact = append(exact, errorsOf(got, truth)...)
				control = append(control, errorsOf(shares(s, pcm), truth)...)
			}
			t.Logf("%s, %s: %s; control, shares by letters: %s", name, language, spread(exact), spread(control))
			all, allControl = append(all, exact...), append(allControl, control...)
		}
		t.Logf("%s, all: %s; control: %s", name, spread(all), spread(allControl))
		if half == 1 {
			require.Less(t, quantile(all, .95), 150.)
			require.Greater(t, quantile(allControl, .95), 200., "the test does not tell good from bad")
		}
	}
}

// A speech server's sound is passed on soon after it comes, so its words are
// found with a short look ahead. Two programs stand for the server.
func TestServerWordTimes(t *testing.T) {
	own, voices := finder(t)
	events := builtEvents(t)
	known := isolated{}
	var all, allControl []float64
	for _, name := range []string{"flite slt", "espeak-ng"} {
		local := called(t, voices, name)
		var pcm []int16
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_ = binary.Write(w, binary.LittleEndian, pcm)
		}))
		defer server.Close()
		remote, err := voice.NewServer(server.Client(), voice.ServerSettings{URL: server.URL + "/v1", Languages: []string{"en"}, Reader: own})
		require.NoError(t, err)
		for half, part := range []string{"looked at", "held out"} {
			var guessed, control []float64
			for i, line := range script {
				if i%2 != half {
					continue
				}
				s := parseTold(line)
				pcm, _ = say(t, local, s, "en")
				truth := espeakOnsets
				if name != "espeak-ng" {
					truth = func(t *testing.T, _, _ string, s told) []onset { return fliteOnsets(t, known, "slt", s) }
				}
				want := truth(t, events, "en-gb", s)
				_, got := say(t, remote, s, "en")
				guessed = append(guessed, errorsOf(got, want)...)
				control = append(control, errorsOf(shares(s, pcm), want)...)
			}
			t.Logf("%s, %s as a server: %s; control, shares by letters of the whole: %s", part, name, spread(guessed), spread(control))
			if half == 1 {
				all, allControl = append(all, guessed...), append(allControl, control...)
			}
		}
	}
	t.Logf("held out, both: %s; control: %s", spread(all), spread(allControl))
	require.Less(t, quantile(all, .95), 250.)
	require.Greater(t, quantile(allControl, .95), 250., "the test does not tell good from bad")
}

const hearing = "/usr/share/pocketsphinx/model/en-us"

// recognise gives when a recogniser that knows the words hears each begin.
func recognise(t *testing.T, s told, pcm []int16) []onset {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, b []byte) { require.NoError(t, os.WriteFile(at(name), b, 0o600)) }
	raw := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	write("said.raw", raw)
	execute(t, "sox", "-t", "raw", "-r", strconv.Itoa(voice.Rate), "-e", "signed", "-b", "16", "-c", "1", at("said.raw"), "-r", "16000", at("said.wav"), "pad", "0.2", "0.3")
	var words []string
	for _, w := range s.words {
		words = append(words, w.spoken...)
	}
	write("g.jsgf", []byte("#JSGF V1.0;\ngrammar g;\npublic <s> = "+strings.Join(words, " ")+";\n"))
	write("d.dict", pronounced(t, words))
	write("ctl", []byte("said\n"))
	execute(t, "pocketsphinx_batch", "-hmm", hearing+"/en-us", "-dict", at("d.dict"), "-jsgf", at("g.jsgf"), "-adcin", "yes", "-cepdir", dir, "-cepext", ".wav",
		"-ctl", at("ctl"), "-hyp", at("hyp"), "-hypseg", at("seg"), "-bestpath", "no", "-remove_silence", "no", "-beam", "1e-100", "-pbeam", "1e-100", "-wbeam", "1e-80", "-logfn", os.DevNull)
	seg, err := os.ReadFile(at("seg"))
	require.NoError(t, err)
	f := strings.Fields(string(seg))
	var begins []float64
	for i := 9; i+3 < len(f); i += 4 { // said S n T n A n L n (start score score word)* end, frames of 10 ms
		frame, err := strconv.Atoi(f[i])
		require.NoError(t, err)
		if !strings.HasPrefix(f[i+3], "<") {
			begins = append(begins, float64(frame)*10-200)
		}
	}
	require.Len(t, begins, len(words), "the recogniser did not hear %q", s.text)
	onsets := make([]onset, len(s.words))
	k := 0
	for i, w := range s.words {
		onsets[i] = onset{begins[k], true}
		k += len(w.spoken)
	}
	return onsets
}

// pronounced is the recogniser's dictionary of these words, in flite's sounds
// where it lacks one.
func pronounced(t *testing.T, words []string) []byte {
	t.Helper()
	raw, err := os.ReadFile(hearing + "/cmudict-en-us.dict")
	require.NoError(t, err, "this test needs the Debian package pocketsphinx-en-us")
	var dict bytes.Buffer
	lines := strings.Split(string(raw), "\n")
	for _, w := range slices.Compact(slices.Sorted(slices.Values(words))) {
		found := false
		for _, line := range lines {
			if entry, _, _ := strings.Cut(line, " "); entry == w || strings.HasPrefix(entry, w+"(") {
				fmt.Fprintln(&dict, line)
				found = true
			}
		}
		if found {
			continue
		}
		dict.WriteString(w)
		for _, p := range (isolated{}).phones(t, w) {
			if p == "ax" {
				p = "ah"
			}
			dict.WriteString(" " + strings.ToUpper(p))
		}
		dict.WriteString("\n")
	}
	return dict.Bytes()
}

func execute(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	require.NoError(t, err, "%s: %s", name, out)
}

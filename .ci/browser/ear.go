package browser

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const hearing = "/usr/share/pocketsphinx/model/en-us"

// Heard is a word that the recogniser made out, and when it began.
type Heard struct {
	Word string
	At   float64 // ms from the first sample
}

// listen says what is said in sound at 24 kHz: a sequence of some of the
// sentences, as the recogniser hears it, that knows nothing else of the voice
// or the page. More than one sentence must be given, or it proves nothing.
func listen(t testing.TB, pcm []int16, sentences []string) []Heard {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	raw := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	must(t, os.WriteFile(at("said.raw"), raw, 0o600))
	run(t, "sox", "-t", "raw", "-r", strconv.Itoa(rate), "-e", "signed", "-b", "16", "-c", "1", at("said.raw"),
		"-r", "16000", at("said.wav"), "pad", "0.2", "0.3")
	var rules, alternatives []string
	var words []string
	for i, s := range sentences {
		name := fmt.Sprintf("<s%d>", i)
		rules = append(rules, name+" = "+strings.Join(plain(s), " ")+";")
		alternatives = append(alternatives, name)
		words = append(words, plain(s)...)
	}
	grammar := "#JSGF V1.0;\ngrammar g;\npublic <all> = (" + strings.Join(alternatives, " | ") + ")+;\n" + strings.Join(rules, "\n") + "\n"
	must(t, os.WriteFile(at("g.jsgf"), []byte(grammar), 0o600))
	must(t, os.WriteFile(at("d.dict"), dictionary(t, words), 0o600))
	must(t, os.WriteFile(at("ctl"), []byte("said\n"), 0o600))
	run(t, "pocketsphinx_batch", "-hmm", hearing+"/en-us", "-dict", at("d.dict"), "-jsgf", at("g.jsgf"),
		"-adcin", "yes", "-cepdir", dir, "-cepext", ".wav", "-ctl", at("ctl"), "-hyp", at("hyp"), "-hypseg", at("seg"),
		"-bestpath", "no", "-remove_silence", "no", "-logfn", os.DevNull)
	segments, err := os.ReadFile(at("seg"))
	must(t, err)
	return segmented(string(segments))
}

// segmented reads "said S n T n A n L n (start score score word)* end", in
// frames of 10 ms. The sound was padded by 200 ms.
func segmented(line string) []Heard {
	f := strings.Fields(line)
	var heard []Heard
	for i := 9; i+3 < len(f); i += 4 {
		word, _, _ := strings.Cut(f[i+3], "(")
		frame, err := strconv.Atoi(f[i])
		if err == nil && word != "" && !strings.HasPrefix(word, "<") {
			heard = append(heard, Heard{word, float64(frame)*10 - 200})
		}
	}
	return heard
}

// dictionary is the recogniser's, for these words; what it lacks is
// pronounced as flite does.
func dictionary(t testing.TB, words []string) []byte {
	t.Helper()
	file, err := os.Open(hearing + "/cmudict-en-us.dict")
	if err != nil {
		t.Fatal("rig: the Debian package pocketsphinx-en-us is missing: ", err)
	}
	defer file.Close()
	slices.Sort(words)
	words = slices.Compact(words)
	known := map[string]bool{}
	var dict bytes.Buffer
	for lines := bufio.NewScanner(file); lines.Scan(); {
		entry, _, _ := strings.Cut(lines.Text(), " ")
		word, _, _ := strings.Cut(entry, "(")
		if _, found := slices.BinarySearch(words, word); found {
			known[word] = true
			dict.WriteString(lines.Text() + "\n")
		}
	}
	for _, w := range words {
		if known[w] {
			continue
		}
		phones := strings.Fields(run(t, "flite", "-voice", "slt", "-t", w, "-ps", "-o", os.DevNull))
		phones = slices.DeleteFunc(phones, func(p string) bool { return p == "pau" })
		for i, p := range phones {
			if p == "ax" {
				p = "ah"
			}
			phones[i] = strings.ToUpper(p)
		}
		fmt.Fprintf(&dict, "%s %s\n", w, strings.Join(phones, " "))
	}
	return dict.Bytes()
}

// run runs a program of the machine and returns what it prints.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		said := wrong.String()
		t.Fatalf("rig: %s: %v\n%s", name, err, said[max(0, len(said)-800):])
	}
	return string(out)
}

//go:build speech

package builtin

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mayfly/gateway/avatar/voice"
)

type speaker func(text string) ([]int16, int, error)

type bench struct {
	dir     string
	dict    map[string][]string
	verbose bool
}

func newBench(t *testing.T) *bench {
	t.Helper()
	for _, p := range []string{"pocketsphinx_batch", "flite"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Fatalf("the rhyme test needs %s (Debian packages pocketsphinx, pocketsphinx-en-us, flite): %v", p, err)
		}
	}
	return &bench{dir: t.TempDir(), dict: dictionary(t)}
}

const recogniserModel = "/usr/share/pocketsphinx/model/en-us"

// dictionary reads the recogniser's pronunciations.
func dictionary(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(recogniserModel + "/cmudict-en-us.dict")
	if err != nil {
		t.Fatalf("the speech tests need the Debian package pocketsphinx-en-us: %v", err)
	}
	dict := make(map[string][]string)
	for _, line := range strings.Split(string(raw), "\n") {
		w, p, ok := strings.Cut(line, " ")
		if !ok {
			continue
		}
		w, _, _ = strings.Cut(w, "(")
		dict[w] = append(dict[w], p)
	}
	return dict
}

// sets gives the sets of one half.
func (b *bench) sets(half int) [][]string {
	var out [][]string
	for i, line := range rhymes {
		if i%2 == half {
			out = append(out, strings.Fields(line))
		}
	}
	return out
}

func (b *bench) builtin(change func(phone) phone) speaker {
	return func(text string) ([]int16, int, error) {
		tg, err := newTongue()
		if err != nil {
			return nil, 0, err
		}
		sc := newScanner([]byte(text))
		defer sc.close()
		tr := newTract()
		var pcm []int16
		for {
			c, ok := sc.next(tg)
			if !ok {
				return pcm, voice.Rate, nil
			}
			us := plan(c, 1)
			for i := range us {
				if change != nil {
					us[i].phone = change(us[i].phone)
				}
			}
			m := newMotion(us, c)
			for {
				f, ok := m.next()
				if !ok {
					break
				}
				pcm = tr.render(pcm, f)
			}
		}
	}
}

func (b *bench) flite(name string) speaker {
	return func(text string) ([]int16, int, error) {
		f, err := os.CreateTemp(b.dir, "flite*.wav")
		if err != nil {
			return nil, 0, err
		}
		f.Close()
		cmd := exec.Command("flite", "-voice", name, "-f", "/dev/stdin", "-o", f.Name())
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, 0, fmt.Errorf("flite: %w: %s", err, out)
		}
		raw, err := os.ReadFile(f.Name())
		if err != nil || len(raw) < 44 {
			return nil, 0, fmt.Errorf("flite gave no sound: %v", err)
		}
		pcm := make([]int16, (len(raw)-44)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(raw[44+2*i:]))
		}
		return pcm, int(binary.LittleEndian.Uint32(raw[24:])), nil
	}
}

// score speaks every word of the sets and gives the part that was recognised.
func (b *bench) score(t *testing.T, name string, sets [][]string, speak speaker) float64 {
	t.Helper()
	heard := make([][]string, len(sets))
	errs := make([]error, len(sets))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 2)
	for i, set := range sets {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			heard[i], errs[i] = b.recognise(filepath.Join(b.dir, fmt.Sprintf("%s%d", strings.ReplaceAll(name, " ", ""), i)), set, speak)
		})
	}
	wg.Wait()
	right, n := 0, 0
	for i, set := range sets {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		var wrong []string
		for j, w := range set {
			n++
			if heard[i][j] == w {
				right++
			} else {
				wrong = append(wrong, w+">"+heard[i][j])
			}
		}
		if b.verbose && len(wrong) > 0 {
			t.Logf("%-12s %s", name, strings.Join(wrong, " "))
		}
	}
	t.Logf("%s: %d of %d words = %.1f %%", name, right, n, 100*float64(right)/float64(n))
	return float64(right) / float64(n)
}

// recognise speaks the words of a set in the carrier and gives what was heard.
func (b *bench) recognise(dir string, set []string, speak speaker) ([]string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	grammar := "#JSGF V1.0;\ngrammar g;\npublic <s> = " + fmt.Sprintf(carrier, "( "+strings.Join(set, " | ")+" )") + ";\n"
	var dict, ctl bytes.Buffer
	for _, w := range append(strings.Fields(fmt.Sprintf(carrier, "")), set...) {
		ps := b.dict[w]
		if p, ok := meant[w]; ok {
			ps = []string{p}
		}
		if len(ps) == 0 {
			return nil, fmt.Errorf("%q is not in the recogniser's dictionary", w)
		}
		for k, p := range ps {
			if k == 0 {
				fmt.Fprintf(&dict, "%s %s\n", w, p)
			} else {
				fmt.Fprintf(&dict, "%s(%d) %s\n", w, k+1, p)
			}
		}
	}
	for _, w := range set {
		pcm, rate, err := speak(fmt.Sprintf(carrier, w) + ".")
		if err != nil {
			return nil, err
		}
		var raw bytes.Buffer
		_ = binary.Write(&raw, binary.LittleEndian, to16k(pcm, rate))
		if err := os.WriteFile(filepath.Join(dir, w+".raw"), raw.Bytes(), 0o600); err != nil {
			return nil, err
		}
		fmt.Fprintln(&ctl, w)
	}
	for f, data := range map[string][]byte{"g.jsgf": []byte(grammar), "d.dict": dict.Bytes(), "ctl": ctl.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, f), data, 0o600); err != nil {
			return nil, err
		}
	}
	at := func(f string) string { return filepath.Join(dir, f) }
	cmd := exec.Command("pocketsphinx_batch", "-hmm", recogniserModel+"/en-us", "-dict", at("d.dict"), "-jsgf", at("g.jsgf"),
		"-adcin", "yes", "-cepdir", dir, "-cepext", ".raw", "-ctl", at("ctl"), "-hyp", at("hyp"), "-logfn", at("log"))
	if out, err := cmd.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(at("log"))
		return nil, fmt.Errorf("pocketsphinx_batch: %w: %s %s", err, out, log[max(0, len(log)-500):])
	}
	hyp, err := os.ReadFile(at("hyp"))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSpace(string(hyp)), "\n")
	if len(lines) != len(set) {
		return nil, fmt.Errorf("pocketsphinx_batch gave %d lines for %d words", len(lines), len(set))
	}
	heard := make([]string, len(set))
	for i, line := range lines {
		for _, f := range strings.Fields(line) {
			for _, w := range set {
				if f == w {
					heard[i] = w
				}
			}
		}
	}
	return heard, nil
}

// to16k brings sound to the recogniser's rate: a windowed sinc at 90 % of the
// lower half rate.
func to16k(in []int16, rate int) []int16 {
	if rate == 16000 {
		return in
	}
	const half = 24
	cut := .9 * math.Min(1, 16000/float64(rate))
	out := make([]int16, len(in)*16000/rate)
	for i := range out {
		x := float64(i) * float64(rate) / 16000
		var sum float64
		for k := int(x) - half; k <= int(x)+half+1; k++ {
			if k < 0 || k >= len(in) {
				continue
			}
			d := x - float64(k)
			s := cut
			if d != 0 {
				s = math.Sin(math.Pi*d*cut) / (math.Pi * d)
			}
			if w := math.Abs(d) / (half + 1); w < 1 {
				sum += float64(in[k]) * s * (.5 + .5*math.Cos(math.Pi*w))
			}
		}
		out[i] = int16(math.Max(-32768, math.Min(32767, math.Round(sum))))
	}
	return out
}

package main

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	neturl "net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// canaries are words that exist nowhere else. One is said in each place where
// a person or a back end can say something; whatever is found of it later,
// was kept.
//
// They carry no common mark: a filter that knows canaries cannot be what makes
// a test pass.
type canaries struct {
	mu    sync.Mutex
	words map[string]string // by field. Guarded by mu.
}

func newCanaries() *canaries { return &canaries{words: map[string]string{}} }

// token is the field's word, of letters and digits, for places that take
// nothing else: 143 bits at random.
func (c *canaries) token(field string) string { return c.word(field, "") }

// text is the field's word with characters in its middle that JSON, URLs,
// HTML and UTF-16 each write in another way.
func (c *canaries) text(field string) string { return c.word(field, "\"é<") }

func (c *canaries) word(field, middle string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if word, ok := c.words[field]; ok {
		return word
	}
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			at, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				panic(err)
			}
			b[i] = alphabet[at.Int64()]
		}
		return string(b)
	}
	c.words[field] = letters(14) + middle + letters(14)
	return c.words[field]
}

// encoding is a way in which a word can lie in a file.
type encoding struct {
	name string
	// window is the number of encoded bytes of which one run is enough: the
	// worth of about twelve bytes of the word, since what is said may be cut.
	window int
	encode func(word string) []string
}

func encodesTo(f func(string) string) func(string) []string {
	return func(word string) []string { return []string{f(word)} }
}

// perByte joins the format of each byte.
func perByte(format, separator string) func(string) []string {
	return encodesTo(func(word string) string {
		parts := make([]string, len(word))
		for i := range len(word) {
			parts[i] = fmt.Sprintf(format, word[i])
		}
		return strings.Join(parts, separator)
	})
}

func utf16Bytes(order binary.ByteOrder) func(string) []string {
	return encodesTo(func(word string) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune(word)) {
			var two [2]byte
			order.PutUint16(two[:], unit)
			b = append(b, two[:]...)
		}
		return string(b)
	})
}

// base64At is what base64 makes of the word at each of the three places that
// it can have in the input, without the characters at its ends that depend on
// what is beside it.
func base64At(e *base64.Encoding) func(string) []string {
	return func(word string) []string {
		var all []string
		for shift := range 3 {
			text := e.EncodeToString([]byte(strings.Repeat("\x00", shift) + word))
			all = append(all, text[(shift*8+5)/6:(shift+len(word))*8/6])
		}
		return all
	}
}

// encodings are in the order in which a run that fits several is named.
var encodings = []encoding{
	{"plain", 12, encodesTo(func(word string) string { return word })},
	{"lower case", 12, encodesTo(strings.ToLower)},
	{"upper case", 12, encodesTo(strings.ToUpper)},
	{"JSON", 24, func(word string) []string {
		var loose bytes.Buffer
		enc := json.NewEncoder(&loose)
		enc.SetEscapeHTML(false)
		strict, err := json.Marshal(word)
		if err = errors.Join(err, enc.Encode(word)); err != nil {
			panic(err)
		}
		return []string{strings.Trim(string(strict), `"`), strings.Trim(loose.String(), "\"\n"), strconv.QuoteToASCII(word)}
	}},
	{"JSON, all escaped", 66, func(word string) []string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune(word)) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
		return []string{b.String(), strings.ReplaceAll(strings.ToUpper(b.String()), `\U`, `\u`)}
	}},
	{"URL", 24, func(word string) []string { return []string{neturl.QueryEscape(word), neturl.PathEscape(word)} }},
	{"URL, all escaped", 36, func(word string) []string {
		return append(perByte("%%%02X", "")(word), perByte("%%%02x", "")(word)...)
	}},
	{"base64", 16, base64At(base64.StdEncoding)},
	{"base64, URL alphabet", 16, base64At(base64.URLEncoding)},
	{"hex", 24, encodesTo(func(word string) string { return hex.EncodeToString([]byte(word)) })},
	{"hex, upper case", 24, encodesTo(func(word string) string { return strings.ToUpper(hex.EncodeToString([]byte(word))) })},
	{"hex, spaced", 35, func(word string) []string {
		return append(perByte("%02x", " ")(word), perByte("%02X", " ")(word)...)
	}},
	{"decimal", 36, func(word string) []string { return append(perByte("%d", " ")(word), perByte("%d", ",")(word)...) }},
	{"UTF-16LE", 24, utf16Bytes(binary.LittleEndian)},
	{"UTF-16BE", 24, utf16Bytes(binary.BigEndian)},
}

// sighting is where a word was found. It does not hold the word.
type sighting struct {
	field    string
	source   string // a file or what the blob is called; " > gzip at 12" for what was in it
	offset   int64
	encoding string
}

func (s sighting) String() string {
	return fmt.Sprintf("%s in %s at byte %d, %s", s.field, s.source, s.offset, s.encoding)
}

// canaryScanner finds runs of words. It looks at eight bytes at every offset:
// a bitmap answers nearly always, a map decides, a comparison is sure.
type canaryScanner struct {
	seen    []uint64 // bitmap over the hash of a run's first eight bytes
	runs    map[uint64][]wordRun
	longest int
}

type wordRun struct {
	text            string
	field, encoding string
}

const seenBits = 22

func seenBit(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> (64 - seenBits) }

// scanner looks for the words that were taken so far.
func (c *canaries) scanner() *canaryScanner {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &canaryScanner{seen: make([]uint64, 1<<seenBits/64), runs: map[uint64][]wordRun{}}
	taken := map[string]bool{}
	for _, e := range encodings {
		for field, word := range c.words {
			for _, text := range e.encode(word) {
				for i := 0; i+e.window <= len(text); i++ {
					part := text[i : i+e.window]
					if taken[part] || e.name != "plain" && strings.Contains(word, part) {
						continue
					}
					taken[part] = true
					key := binary.LittleEndian.Uint64([]byte(part))
					s.seen[seenBit(key)/64] |= 1 << (seenBit(key) % 64)
					s.runs[key] = append(s.runs[key], wordRun{part, field, e.name})
					s.longest = max(s.longest, e.window)
				}
			}
		}
	}
	return s
}

// blob is what the scanner finds in b and in what is compressed in it: the
// first place for each word and encoding.
func (s *canaryScanner) blob(source string, b []byte) []sighting {
	return s.nested(source, b, 3)
}

func (s *canaryScanner) nested(source string, b []byte, depth int) []sighting {
	found := s.flat(source, 0, b)
	if depth == 0 {
		return found
	}
	for i := 0; i+2 < len(b); i++ {
		var r io.Reader
		var kind string
		var err error
		switch {
		case b[i] == 0x1f && b[i+1] == 0x8b && b[i+2] == 8:
			kind = "gzip"
			r, err = gzip.NewReader(bytes.NewReader(b[i:]))
		case b[i] == 0x78 && (int(b[i])<<8|int(b[i+1]))%31 == 0 && b[i+1]&0x20 == 0:
			kind = "zlib"
			r, err = zlib.NewReader(bytes.NewReader(b[i:]))
		case bytes.HasPrefix(b[i:], []byte("PK\x03\x04")) && len(b)-i > 30 && b[i+8] == 8:
			kind = "zip"
			head := 30 + int(binary.LittleEndian.Uint16(b[i+26:])) + int(binary.LittleEndian.Uint16(b[i+28:]))
			r = flate.NewReader(bytes.NewReader(b[min(i+head, len(b)):]))
		default:
			continue
		}
		if err != nil {
			continue
		}
		// What came before an error counts: a stream may be cut.
		plain, _ := io.ReadAll(io.LimitReader(r, 256<<20))
		if len(plain) > 0 {
			found = append(found, s.nested(fmt.Sprintf("%s > %s at %d", source, kind, i), plain, depth-1)...)
		}
	}
	return found
}

func (s *canaryScanner) flat(source string, base int64, b []byte) (found []sighting) {
	type which struct{ field, encoding string }
	first := map[which]bool{}
	for i := 0; i+8 <= len(b); i++ {
		key := binary.LittleEndian.Uint64(b[i:])
		bit := seenBit(key)
		if s.seen[bit/64]&(1<<(bit%64)) == 0 {
			continue
		}
		for _, r := range s.runs[key] {
			w := which{r.field, r.encoding}
			if !first[w] && len(b)-i >= len(r.text) && string(b[i:i+len(r.text)]) == r.text {
				first[w] = true
				found = append(found, sighting{r.field, source, base + int64(i), r.encoding})
			}
		}
	}
	return found
}

// dir is what the scanner finds in the files below root and in their names.
// A folder that is not there holds nothing.
func (s *canaryScanner) dir(root string) ([]sighting, error) {
	var found []sighting
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone between listing and looking
		}
		if err != nil {
			return err
		}
		found = append(found, s.blob("the name of a file in "+s.harmless(filepath.Dir(path)), []byte(d.Name()))...)
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			found = append(found, s.blob("the target of a link in "+s.harmless(filepath.Dir(path)), []byte(target))...)
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		found = append(found, s.blob(s.harmless(path), b)...)
		return err
	})
	return found, err
}

// harmless is the path, unless it would repeat a word.
func (s *canaryScanner) harmless(path string) string {
	if len(s.flat("", 0, []byte(path))) > 0 {
		return "a path that holds a word"
	}
	return path
}

// process is what the scanner finds in the memory of another process. It
// needs the right to trace it, which a parent has.
func (s *canaryScanner) process(pid int) ([]sighting, error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	var found []sighting
	buf := make([]byte, 16<<20)
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil || mode[0] != 'r' || strings.HasSuffix(lines.Text(), "[vvar]") {
			continue
		}
		for at := from; at < to; at += int64(len(buf) - s.longest) {
			n, err := memory.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
			found = append(found, s.flat(fmt.Sprintf("memory %s", mode), at, buf[:n])...)
			if err != nil {
				break // a region that went away, or a guard page
			}
		}
	}
	return found, nil
}

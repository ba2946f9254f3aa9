package redact_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"mayfly/redact"
)

// chat is 4 MiB of talk; every fourth line has a value if some is given.
func chat(values ...string) []byte {
	lines := []string{
		"Could you tell me what the opening hours are on Saturday, and whether I have to book a table? ",
		"Sure! We open at 10 and close at 18:30; on the 24th of December we close at noon. ",
		"I paid 49.90 for 3 tickets last week, order 20260117-44, and nothing has arrived so far. ",
		"That is strange. Let me look at it: which address did you use when you ordered them? ",
	}
	var b strings.Builder
	for i := 0; b.Len() < 4<<20; i++ {
		b.WriteString(lines[i%len(lines)])
		if i%4 == 3 && len(values) > 0 {
			b.WriteString(values[i/4%len(values)] + " ")
		}
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

var values = []string{"jane.roe@example.com", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "+46 8 928 571 38", "192.168.1.77", "00:1a:2b:3c:4d:5e", "460-89-9847", "ghp_abcdefghij0123456789abcdefghij012345"}

// naive is what is written first: nine regular expressions, and Luhn for cards.
var naive = []*regexp.Regexp{
	regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`),
	regexp.MustCompile(`\b(?:\d[ -]?){13,19}\b`),
	regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b`),
	regexp.MustCompile(`\+?\d[\d ().-]{7,}\d`),
	regexp.MustCompile(`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b`),
	regexp.MustCompile(`\b(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b`),
	regexp.MustCompile(`\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b`),
	regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`),
	regexp.MustCompile(`\b(?:eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+|gh[pousr]_[A-Za-z0-9]{36}|AKIA[A-Z0-9]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{35})`),
}

func redactNaively(text []byte) []byte {
	for i, expression := range naive {
		text = expression.ReplaceAllFunc(text, func(value []byte) []byte {
			if i == 1 && !validCard(value) {
				return value
			}
			return []byte("[x]")
		})
	}
	return text
}

func validCard(value []byte) bool {
	var digits []int
	for _, c := range value {
		if c >= '0' && c <= '9' {
			digits = append(digits, int(c-'0'))
		}
	}
	return luhnDigit(digits[:len(digits)-1]) == digits[len(digits)-1]
}

// BenchmarkRedact: talk without a number (clean), full of numbers that are
// nothing (plain), and with values. The scanner beside the least that has to be done, which is
// to look at each byte and copy it, and beside regular expressions.
func BenchmarkRedact(b *testing.B) {
	r := everything(b)
	clean := bytes.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return 'n'
		}
		return r
	}, chat())
	for name, text := range map[string][]byte{"clean": clean, "plain": chat(), "values": chat(values...)} {
		dst := make([]byte, 0, len(text)+1<<20)
		run := func(kind string, text []byte, f func()) {
			b.Run(kind+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
		run("redact", text, func() { dst = r.Append(dst[:0], text) })
		run("message of 240 bytes", text[:240], func() { dst = r.Append(dst[:0], text[:240]) })
		s := r.Stream()
		dst = s.Close(s.Append(dst[:0], text[:64<<10]))
		run("stream, 64 bytes each", text[:64<<10], func() {
			dst = dst[:0]
			for i := 0; i < 64<<10; i += 64 {
				dst = s.Append(dst, text[i:i+64])
			}
			dst = s.Close(dst)
		})
		run("floor, look and copy", text, func() {
			dst = dst[:0]
			for i, c := range text {
				if c == 0 {
					dst = append(dst, text[:i]...)
				}
			}
			dst = append(dst, text...)
		})
		run("naive expressions", text[:256<<10], func() { redactNaively(text[:256<<10]) })
	}
}

// TestAllocations: redacting takes no memory but what the result needs.
func TestAllocations(t *testing.T) {
	r := everything(t)
	text := chat(values...)[:64<<10]
	dst := make([]byte, 0, 2*len(text))
	spans := make([]redact.Span, 0, 1000)
	s := r.Stream()
	dst = s.Close(s.Append(dst[:0], text))
	for name, f := range map[string]func(){
		"Append":      func() { dst = r.Append(dst[:0], text) },
		"AppendSpans": func() { spans = r.AppendSpans(spans[:0], text) },
		"Stream": func() {
			dst = dst[:0]
			for i := 0; i < len(text); i += 64 {
				dst = s.Append(dst, text[i:i+64])
			}
			dst = s.Close(dst)
		},
	} {
		if n := testing.AllocsPerRun(5, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const secret = "quagmire"

// A Speech prints as a length wherever it is put. // R1
func TestSpeechDoesNotPrint(t *testing.T) {
	s := speech(secret)
	it := Item{Words: s, Name: s, Call: s}
	in := Said{Item: it}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t", "%p", "%T"} {
		for _, v := range []any{s, &s, it, &it, []Speech{s}, map[string]Speech{"a": s}, in, struct{ inner Speech }{s}} {
			if got := fmt.Sprintf(verb, v); leaks(got) {
				t.Errorf("%s of %T prints the words: %s", verb, v, got)
			}
		}
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "speech", s, "item", it, "input", in)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "speech", s, "item", it, "input", in)
	if err := json.NewEncoder(&out).Encode(map[string]any{"s": s, "i": it}); err != nil {
		t.Fatal(err)
	}
	if leaks(out.String()) {
		t.Errorf("an encoder prints the words: %s", out.String())
	}
}

func leaks(s string) bool {
	return strings.Contains(s, secret) || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", secret))
}

// Forgetting clears the bytes themselves, in every copy. // R1
func TestSpeechForgets(t *testing.T) {
	b := append(make([]byte, 0, 32), secret...)
	s := NewSpeech(b)
	copied := s
	s.Forget()
	if !bytes.Equal(b[:cap(b)], make([]byte, cap(b))) {
		t.Errorf("the bytes are still there: %q", b)
	}
	if copied.Len() != 0 || len(copied.AppendTo(nil)) != 0 {
		t.Error("a copy still opens")
	}
	s.Forget()
}

// Growing and cutting leave no words behind in what they let go of.
func TestSpeechAddAndCut(t *testing.T) {
	b := append(make([]byte, 0, len(secret)), secret...)
	s := NewSpeech(b).add(speech(" and more"))
	if got := string(s.AppendTo(nil)); got != secret+" and more" {
		t.Fatalf("added: %q", got)
	}
	if bytes.Contains(b, []byte(secret)) {
		t.Error("the old array still holds the words")
	}
	s = speech("näh")
	s.cut(2) // in the middle of ä
	if got := string(s.AppendTo(nil)); got != "n" {
		t.Errorf("cut inside a character: %q", got)
	}
	var zero Speech
	zero.cut(1)
	zero.Forget()
	if zero.Len() != 0 || zero.add(speech("x")).Len() != 1 {
		t.Error("the zero Speech is not empty")
	}
}

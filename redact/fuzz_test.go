package redact_test

import (
	"testing"
	"unicode/utf8"

	"mayfly/redact"
)

// R78
func FuzzRedact(f *testing.F) {
	for _, s := range shreds {
		f.Add(s+" "+s, uint(1))
	}
	f.Add("4111 1111 1111 1111 jane [at] example dot com GB82 WEST 1234 5698 7654 32", uint(20))
	masks := newRedactor(f, redact.Options{Regions: []string{"DE", "US"}})
	drops := newRedactor(f, own(all(redact.Drop)))
	f.Fuzz(func(t *testing.T, text string, cut uint) {
		for _, r := range []*redact.Redactor{masks, drops} {
			want := whole(r, text)
			at := int(cut % uint(len(text)+1))
			if got, held := inPieces(r, text, at); got != want || held > redact.MaxHeldOwn {
				t.Fatalf("%q cut at %d: %q, not %q; %d characters held", text, at, got, want, held)
			}
			if got, _ := inBytes(r, text); got != want {
				t.Fatalf("%q byte by byte: %q, not %q", text, got, want)
			}
			if again := whole(r, want); again != want {
				t.Fatalf("%q becomes %q and then %q", text, want, again)
			}
			if utf8.ValidString(text) && !utf8.ValidString(want) {
				t.Fatalf("%q becomes %q, which is not UTF-8", text, want)
			}
			end := 0
			for _, s := range r.AppendSpans(nil, []byte(text)) {
				if s.Start < end || s.End <= s.Start || s.End > len(text) {
					t.Fatalf("%q has %v after byte %d", text, s, end)
				}
				end = s.End
			}
		}
	})
}

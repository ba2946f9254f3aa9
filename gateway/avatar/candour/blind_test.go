package candour

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	blind     = flag.String("blind", "", "a file of questions to score, %s for the language; nothing of it is printed")
	blindShow = flag.Bool("blind-show", false, "print the mistakes, after which the file is no longer unknown")
)

// TestBlind scores a file that nothing was built with, without printing a
// word of it: go test -run Blind ./gateway/avatar/candour -v -blind 'set_%s.jsonl'.
// A line is {"text":"…","ask":true}.
func TestBlind(t *testing.T) {
	if *blind == "" {
		return
	}
	var all, plain score
	for _, l := range Locales() {
		b, err := os.ReadFile(fmt.Sprintf(*blind, l))
		require.NoError(t, err)
		var both, grammar score
		for line := range bytes.Lines(b) {
			var s struct {
				Text string
				Ask  bool
			}
			require.NoError(t, json.Unmarshal(line, &s))
			var r reader
			got := r.question(speech(s.Text), l) != ""
			both.add(s.Ask, got)
			grammar.add(s.Ask, r.read(0, asks, l) != "")
			if got != s.Ask && *blindShow {
				var at string
				for i := range grammars() {
					if g := &grammars()[i]; g.locale == l {
						at = fmt.Sprintf("margin %.2f, sure %.2f", r.margin(g), g.model.sure)
					}
				}
				t.Logf("%s %v %s: %s", l, s.Ask, at, s.Text)
			}
		}
		t.Logf("%s: recall %.3f, false alarms %.3f, n %d; grammar alone %.3f %.3f", l, both.recall(), both.alarms(),
			both.hits+both.harmless, grammar.recall(), grammar.alarms())
		all.sum(both)
		plain.sum(grammar)
	}
	t.Logf("all: recall %.3f, false alarms %.3f, n %d; grammar alone %.3f %.3f", all.recall(), all.alarms(),
		all.hits+all.harmless, plain.recall(), plain.alarms())
}

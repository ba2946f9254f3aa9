package hear

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// The commands of five languages are understood, near misses are not. R12
func TestIntents(t *testing.T) {
	f, err := os.Open("testdata/intents.txt")
	require.NoError(t, err)
	defer f.Close()
	type rate struct{ right, all int }
	found, refused := map[string]*rate{}, map[string]*rate{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		head, words, ok := strings.Cut(lines.Text(), ": ")
		if !ok || strings.HasPrefix(head, "#") {
			continue
		}
		language, name, _ := strings.Cut(head, " ")
		want := map[string]Intent{"record": OffTheRecord, "human": Human, "none": None}[name]
		rates := found
		if want == None {
			rates = refused
		}
		if rates[language] == nil {
			rates[language] = &rate{}
		}
		got := IntentOf(language, session.NewSpeech([]byte(words)))
		rates[language].all++
		if got == want {
			rates[language].right++
		} else {
			t.Logf("%s %d: %s", head, got, words)
		}
		// As a recogniser writes it, and as a hasty hand does.
		for _, other := range []string{strings.ToLower(strings.Trim(words, ".?!¿")), "  " + strings.ToUpper(words) + "!!"} {
			if again := IntentOf(language+"-XX", session.NewSpeech([]byte(other))); again != got {
				t.Errorf("%s %d, and %d of %q", head, got, again, other)
			}
		}
		if want == None && IntentOf("", session.NewSpeech([]byte(words))) != None {
			t.Errorf("taken for a command where no language is known: %s", words)
		}
	}
	require.Len(t, found, 5)
	for language, r := range found {
		n := refused[language]
		t.Logf("%s: %d of %d commands understood, %d of %d near misses left alone", language, r.right, r.all, n.right, n.all)
		require.GreaterOrEqual(t, r.right*100, r.all*95, language)
		require.Equal(t, n.all, n.right, language)
	}
}

// English commands are understood beside the language of the session, words
// without end are no command, and nothing is kept or forgotten.
func TestIntentOfAnyText(t *testing.T) {
	s := session.NewSpeech([]byte("off the record"))
	require.Equal(t, OffTheRecord, IntentOf("de", s))
	require.Equal(t, OffTheRecord, IntentOf("ja", s))
	require.Equal(t, OffTheRecord, IntentOf("", s))
	require.Equal(t, 14, s.Len())
	require.Equal(t, None, IntentOf("en", session.NewSpeech([]byte(strings.Repeat("please ", 200)+"off the record"))))
	require.Equal(t, None, IntentOf("en", session.Speech{}))
	require.Equal(t, None, IntentOf("en", session.NewSpeech([]byte("\xff\xfe ...[|]"))))
}

func FuzzIntentOf(f *testing.F) {
	f.Add("en", "please don't record this")
	f.Add("he", "אל תקליט את זה")
	f.Add("", "\xff[|]...İ")
	f.Fuzz(func(t *testing.T, locale, words string) {
		s := session.NewSpeech([]byte(words))
		one := IntentOf(locale, s)
		require.Equal(t, one, IntentOf(locale, s))
		require.Equal(t, len(words), s.Len())
		d := New(Config{Mode: Semantic, Language: locale})
		d.Partial(s)
	})
}

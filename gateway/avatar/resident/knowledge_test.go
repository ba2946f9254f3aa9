package resident

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestDemo(t *testing.T) {
	k, err := Demo()
	require.NoError(t, err)
	require.Equal(t, []string{"de", "en", "es", "fr", "he"}, k.Languages())
	require.Len(t, k.Titles("en"), 14)
	for _, d := range k.documents {
		for _, p := range d.passages {
			require.NotEmpty(t, p.heading, d.name)
			for _, s := range p.sentences {
				require.LessOrEqual(t, utf8.RuneCountInString(s), 240, "speakable: %s", s)
				require.NotContains(t, s, "<!--")
			}
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for name, want := range map[string]string{"hours.de.md": "de", "fr.md": "fr", "es/a.txt": "es", "a.md": "", "notes.old.md": "", "en-GB/a.md": "en"} {
		require.Equal(t, want, languageOfName(name), name)
	}
	for text, want := range map[string]string{
		"Der Hund ist nicht im Haus, und die Katze auch nicht.": "de", "Le chat est dans la maison et il dort.": "fr",
		"El gato está en la casa y duerme.": "es", "החתול לא בבית, הוא בחוץ עם הכלב.": "he", "The cat is in the house.": "en", "": "en",
	} {
		require.Equal(t, want, guess([]byte(text)), text)
	}
	d := parse("x.md", []byte("---\ntitle: \"T\"\nlanguage: fr-CA\n---\nText here."))
	require.Equal(t, "fr", d.language)
	require.Equal(t, "T", d.title)
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"recording", "recordng", 1}, {"recording", "recoridng", 1}, {"a", "b", 1}, {"שלום", "שלם", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}, {strings.Repeat("a", 40), "a", 3}} {
		require.Equal(t, c.want, distance([]byte(c.a), c.b, 2), "%s %s", c.a, c.b)
	}
}

// Whatever a file holds, it becomes sentences or nothing.
func FuzzParse(f *testing.F) {
	f.Add("a.md", "# T\n\n- a\n- b\n\n| a | b |\n|--|--|\n| c | d |\n\n<!-- also: x -->\n```\ncode\n```\n")
	f.Add("a.txt", "Title\n\n1. one\n2. two")
	f.Add("a.md", "---\ntitle: x\n---\n    code\n> quote\nUnder\n===\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		d := parse(name, []byte(strings.ToValidUTF8(text, "")))
		for _, p := range d.passages {
			require.NotEmpty(t, p.sentences)
			require.LessOrEqual(t, len(p.sentences), passageSentences)
		}
	})
}

package stem

import (
	"strings"
	"testing"
	"unicode/utf8"

	published "github.com/kljensen/snowball/english"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The published stemmer agrees on every word that can be built from these
// beginnings and endings.
func TestEnglishAgreesWithSnowball(t *testing.T) {
	begin := strings.Fields("record keep transcri disclos commun gener arsen hop hopp rat sens nation oper relat ident happi happ cr fl b s run plan fulfil day boy y yea sky toy conflat troubl siz tann fall hiss fizz fail fil vietnam predic vision electric hope good decis triplic form revive allow infer air adjust replac depend adopt homolog communic activ angular effect bowdler prob rate cease control roll agree feed quick rational gentl skis news analog apolog ski die use ye")
	end := strings.Fields("- s es ed ing ingly edly eed eedly er ers e y ies ied ly li ful fully fulness ness ment ments ement able ible ability ibility ation ational ations ator ization izer ize ized ism ist iveness ivity ive ous ously ousness ant ent ance ence ancy ency al ally ality alism alize icate iciti ical ic ion ions sion tion tional less lessly ogy ogi us ss sses ll l ate ated ates ating ying yed y's")
	n := 0
	for _, b := range begin {
		for _, e := range end {
			if strings.ContainsRune(e, '\'') {
				continue
			}
			word := b + strings.TrimPrefix(e, "-")
			if irregular[word] != "" {
				continue // ours, not Porter2's
			}
			n++
			require.Equal(t, published.Stem(word, true), string(Word("en", []byte(word))), word)
		}
	}
	t.Logf("n = %d", n)
}

// Words that a person takes for the same meet; words that are not, do not.
func TestLight(t *testing.T) {
	for _, c := range []struct {
		language string
		same     string
	}{
		{"fr", "enregistrer enregistré enregistrée enregistrement enregistrements enregistrez enregistrent"},
		{"fr", "donnée données"},
		{"fr", "conservé conservée conservation conserver conservez"},
		{"fr", "parler parlez parle"},
		{"fr", "humain humains humaine humaines"},
		{"es", "grabar graba grabado grabada grabación grabaciones graban"},
		{"es", "persona personas"},
		{"es", "guardar guarda guardan guardado guardados"},
		{"es", "voz voces"},
		{"es", "hablar hablo hablando habla"},
		{"de", "speichern gespeichert speichert Speicherung speicherst"},
		{"de", "Aufzeichnung aufzeichnen aufzeichnet"},
		{"de", "Frage Fragen gefragt fragt"},
		{"de", "Mensch Menschen menschlich"},
		{"de", "Sprache Sprachen"},
		{"he", "הקלטה הקלטות ההקלטה וההקלטות"},
		{"he", "שיחה שיחות השיחה בשיחה"},
		{"he", "אדם האדם לאדם"},
	} {
		words := strings.Fields(c.same)
		want := string(Word(c.language, Fold(nil, []byte(words[0]))))
		for _, w := range words[1:] {
			assert.Equal(t, want, string(Word(c.language, Fold(nil, []byte(w)))), "%s: %s and %s", c.language, words[0], w)
		}
	}
	for _, c := range [][3]string{{"en", "universal", "uniform"}, {"fr", "voix", "voie"}, {"es", "casa", "caso largo"}, {"de", "Bild", "Bilanz"}, {"he", "שיחה", "שיחק"}} {
		require.NotEqual(t, string(Word(c[0], Fold(nil, []byte(c[1])))), string(Word(c[0], Fold(nil, []byte(c[2])))))
	}
}

func TestIrregular(t *testing.T) {
	for past, plain := range map[string]string{"sent": "sends", "kept": "keeping", "stolen": "steals", "written": "writes"} {
		require.Equal(t, string(Word("en", []byte(plain))), string(Word("en", []byte(past))), past)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"ÀÉÎÕÜ": "aeiou", "Straße": "strasse", "œuvre": "oeuvre", "ñandú": "nandu", "e\u0301": "e",
		"שָׁלוֹם": "שלום", "ЖЁ": "жё", "Łódź": "łodz", "A1": "a1",
	} {
		require.Equal(t, want, string(Fold(nil, []byte(in))))
	}
}

func FuzzWord(f *testing.F) {
	f.Add("recordings")
	f.Add("וההקלטות")
	f.Add("gegessen")
	f.Fuzz(func(t *testing.T, word string) {
		folded := Fold(nil, []byte(strings.ToValidUTF8(word, "")))
		for _, language := range []string{"en", "de", "fr", "es", "he", "xx"} {
			w := Word(language, append([]byte(nil), folded...))
			require.True(t, utf8.Valid(w))
			require.LessOrEqual(t, len(w), len(folded)+1)
		}
	})
}

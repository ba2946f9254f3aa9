package candour

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// R23: what the grammar does not know, the classifier may; and what the
// grammar takes for a question, the classifier may refuse. Each is counted
// where the other is wrong, so that neither stands for nothing.
func TestEachJudgeCounts(t *testing.T) {
	var found, refused, n int
	for _, l := range Locales() {
		for _, kind := range []string{"asked_", "learnt_"} {
			for _, s := range samples(t, kind+l) {
				n++
				var r reader
				got := r.question(speech(s.Text), l) != ""
				grammar := r.read(0, asks, l) != ""
				switch {
				case s.Hit && got && !grammar:
					found++
				case !s.Hit && !got && grammar:
					refused++
				}
			}
		}
	}
	t.Logf("of %d texts the classifiers found %d questions more and refused %d near misses", n, found, refused)
	require.GreaterOrEqual(t, found, 100)
	require.GreaterOrEqual(t, refused, 1)
}

// R23: who asks about somebody else, asks for a human, or says what they are
// themselves is left to the engine.
func TestNearMisses(t *testing.T) {
	var r reader
	for l, texts := range map[string][]string{
		"en": {"Is your director a human?", "Is my neighbour a robot?", "Can I talk to a real person?", "I am not a robot.", "Do you teach human rights?"},
		"de": {"Ist euer Direktor ein Mensch?", "Ist mein Nachbar ein Roboter?", "Kann ich mit einem Menschen sprechen?", "Ich bin kein Roboter.", "Habt ihr einen Kurs über KI?"},
		"fr": {"Votre directeur est-il humain ?", "Mon voisin est-il un robot ?", "Puis-je parler à un humain ?", "Je ne suis pas un robot.", "Avez-vous un cours sur l'IA ?"},
		"es": {"¿Su director es humano?", "¿Mi vecino es un robot?", "¿Puedo hablar con un humano?", "No soy un robot.", "¿Tienen un curso de IA?"},
		"he": {"המנהל שלכם הוא בן אדם?", "השכן שלי רובוט?", "אפשר לדבר עם בן אדם?", "אני לא רובוט.", "יש לכם קורס בבינה מלאכותית?"},
	} {
		for _, s := range texts {
			require.Empty(t, r.question(speech(s), l), s)
			r.wipe()
		}
	}
}

// notSaid are the comments of a document: wordings that people may ask it by.
var notSaid = regexp.MustCompile(`(?s)<!--.*?-->`)

// No sentence of the demo's documents is taken for a claim to be human.
func TestDemoSentences(t *testing.T) {
	n := 0
	require.NoError(t, filepath.WalkDir("../resident/demo", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		said := notSaid.ReplaceAllString(string(b), "")
		for line := range strings.Lines(said) {
			for _, s := range strings.SplitAfter(line, ". ") {
				if strings.TrimSpace(s) == "" {
					continue
				}
				n++
				for _, l := range Locales() {
					w := watch{reader: new(reader), locale: l}
					require.Empty(t, w.claims(speech(s)), s)
				}
			}
		}
		return nil
	}))
	t.Logf("%d sentences", n)
	require.GreaterOrEqual(t, n, 100)
}

// What the classifiers need is small enough to be carried by every gateway.
func TestModelSize(t *testing.T) {
	total := 0
	for _, l := range Locales() {
		w, err := weightFiles.ReadFile("weights/" + l + ".bin")
		require.NoError(t, err)
		c, err := classFiles.ReadFile("classes/" + l + ".txt")
		require.NoError(t, err)
		total += len(w) + len(c)
	}
	t.Logf("%d bytes", total)
	require.LessOrEqual(t, total, 300_000)
}

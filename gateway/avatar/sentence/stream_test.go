package sentence

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// all writes text in the pieces and collects the sentences.
func all(language string, markdown bool, pieces ...string) []string {
	s := Stream{Language: language, Markdown: markdown}
	var got []string
	take := func() {
		for said := s.Next(); said != nil; said = s.Next() {
			got = append(got, string(said))
		}
	}
	for _, p := range pieces {
		s.Write([]byte(p))
		take()
	}
	s.End()
	take()
	return got
}

var plain = []struct {
	name, language, text string
	want                 []string
}{
	{"two", "en", "Hello there. How are you?", []string{"Hello there.", "How are you?"}},
	{"title", "en", "Ask Dr. Smith or Mrs. Jones. They know.", []string{"Ask Dr. Smith or Mrs. Jones.", "They know."}},
	{"initials", "en", "J. R. Tolkien wrote it. I read it.", []string{"J. R. Tolkien wrote it.", "I read it."}},
	{"I at the end", "en", "So do I. You too?", []string{"So do I.", "You too?"}},
	{"decimal", "en", "It costs 3.14 euros. Fine.", []string{"It costs 3.14 euros.", "Fine."}},
	{"version and host", "en", "Go 1.26 is at go.dev. Get it.", []string{"Go 1.26 is at go.dev.", "Get it."}},
	{"e.g.", "en", "Use a browser, e.g. Firefox. It works.", []string{"Use a browser, e.g. Firefox.", "It works."}},
	{"etc. inside", "en", "Names, dates, etc. are left out. Good.", []string{"Names, dates, etc. are left out.", "Good."}},
	{"etc. at the end", "en", "Names, dates, etc. They are left out.", []string{"Names, dates, etc.", "They are left out."}},
	{"No. with a number", "en", "Room No. 5 is free. No. It is not.", []string{"Room No. 5 is free.", "No.", "It is not."}},
	{"ellipsis goes on", "en", "Well... maybe. Yes.", []string{"Well... maybe.", "Yes."}},
	{"ellipsis ends", "en", "Well... Maybe not… Yes.", []string{"Well...", "Maybe not…", "Yes."}},
	{"both marks", "en", "Really?! Yes!!! Good.", []string{"Really?!", "Yes!!!", "Good."}},
	{"quote", "en", "She said \"stop.\" Then it stopped.", []string{"She said \"stop.\"", "Then it stopped."}},
	{"quote goes on", "en", "\"Are you real?\" she asked. No.", []string{"\"Are you real?\" she asked.", "No."}},
	{"bracket", "en", "It ends (at once.) Nothing stays.", []string{"It ends (at once.)", "Nothing stays."}},
	{"year", "en", "It began in 2024. Then it grew.", []string{"It began in 2024.", "Then it grew."}},
	{"lines", "en", "First line\nSecond line\n\nThird", []string{"First line.", "Second line.", "Third."}},
	{"numbered list", "en", "1. Open the page.\n2. Read it.", []string{"1. Open the page.", "2. Read it."}},
	{"only marks", "en", "... --- !\n\n", nil},
	{"empty", "en", "", nil},
	{"no ending", "en", "just words", []string{"just words."}},
	{"no break space", "fr", "Vraiment\u00a0? Oui\u00a0! Bien.", []string{"Vraiment ?", "Oui !", "Bien."}},
	{"French title", "fr", "Demandez à M. Dupont ou à Mme. Curie. Ils savent.", []string{"Demandez à M. Dupont ou à Mme. Curie.", "Ils savent."}},
	{"French is", "fr", "Voilà ce que c'est. Rien de plus, p. ex. pas de son.", []string{"Voilà ce que c'est.", "Rien de plus, p. ex. pas de son."}},
	{"guillemets", "fr", "Il dit «\u00a0non.\u00a0» Puis il part.", []string{"Il dit « non. »", "Puis il part."}},
	{"German", "de", "Das gilt z. B. für Namen. Und d. h. nicht hier.", []string{"Das gilt z. B. für Namen.", "Und d. h. nicht hier."}},
	{"German ordinal", "de", "Am 3. Mai ist zu. Ab 2026. Dann offen.", []string{"Am 3. Mai ist zu.", "Ab 2026.", "Dann offen."}},
	{"German usw.", "de", "Namen usw. werden gelöscht. Ja.", []string{"Namen usw. werden gelöscht.", "Ja."}},
	{"German doctor", "de", "Fragen Sie Dr. Ärmel bzw. Prof. Über. Danke.", []string{"Fragen Sie Dr. Ärmel bzw. Prof. Über.", "Danke."}},
	{"Spanish", "es", "¿Se graba? No. ¡Gracias, Sr. López!", []string{"¿Se graba?", "No.", "¡Gracias, Sr. López!"}},
	{"Spanish Ud.", "es", "Como Ud. quiera, p. ej. ahora. Bien.", []string{"Como Ud. quiera, p. ej. ahora.", "Bien."}},
	{"Hebrew", "he", "שלום לך. מה שלומך? הכול נשאר בזיכרון.", []string{"שלום לך.", "מה שלומך?", "הכול נשאר בזיכרון."}},
	{"Hebrew title", "he", "שאלו את ד\"ר כהן. הוא יודע.", []string{"שאלו את ד\"ר כהן.", "הוא יודע."}},
	{"Hebrew number", "he", "זה נמשך 3.5 דקות. סוף", []string{"זה נמשך 3.5 דקות.", "סוף."}},
	{"no spaces", "ja", "こんにちは。元気ですか？はい", []string{"こんにちは。", "元気ですか？", "はい."}},
	{"spaces", "en", "  a   b \t c.  d  ", []string{"a b c. d."}},
	{"control", "en", "a\x00b\x1b[31m. Yes.", []string{"ab[31m.", "Yes."}},
}

func TestPlain(t *testing.T) {
	for _, c := range plain {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, all(c.language, false, c.text))
		})
	}
}

var marked = []struct {
	name, text string
	want       []string
}{
	{"emphasis", "**Yes.** It is *really* __so__ and ~~not~~ `x`.", []string{"Yes.", "It is really so and not x."}},
	{"sums and names", "2 * 3 = 6 and 2*3 and snake_case stay.", []string{"2 * 3 = 6 and 2*3 and snake_case stay."}},
	{"heading", "## What happens\n\nNothing is kept.", []string{"What happens.", "Nothing is kept."}},
	{"not a heading", "#1 is best. C# too.", []string{"#1 is best.", "C# too."}},
	{"list", "You can:\n- read\n* ask\n+ [ ] leave\n  - nested.", []string{"You can:", "read.", "ask.", "leave.", "nested."}},
	{"quote", "> Said. \n> Done.", []string{"Said.", "Done."}},
	{"link", "Read [the notice](https://example.com/a_b) now. See [it][1].", []string{"Read the notice now.", "See it."}},
	{"picture", "![a moth](https://evil.example/?q=secret) It flies.", []string{"a moth It flies."}},
	{"address", "Go to https://example.com/help or <http://a.b>.", []string{"Go to example.com/help or a.b."}},
	{"own machine", "Use http://localhost:8080/v1 here.", []string{"Use http://localhost:8080/v1 here."}},
	{"footnote", "It is so[^1]. Truly.", []string{"It is so.", "Truly."}},
	{"code", "Run this:\n```sh\nrm -rf /. Then.\n```\nDone.", []string{"Run this:", "Done."}},
	{"open code", "Look.\n~~~\nfor ever. And ever.", []string{"Look."}},
	{"table", "| Day | Open |\n|---|:--:|\n| Monday | nine. |\n", []string{"Day, Open.", "Monday, nine."}},
	{"rule", "One.\n\n---\n***\n\nTwo.", []string{"One.", "Two."}},
	{"tags", "a<br>b <b>c</b> 1 < 2 <!-- d -->.", []string{"ab c 1 < 2 ."}},
	{"entities", "Q&amp;A &lt;here&gt; R&D.", []string{"Q&A <here> R&D."}},
	{"escape", `Not \*this\* one.`, []string{"Not *this* one."}},
	{"brackets", "An array[0] and [this] stay.", []string{"An array[0] and [this] stay."}},
	{"carriage returns", "# A\r\n\r\n- b\r\n", []string{"A.", "b."}},
}

func TestMarkdown(t *testing.T) {
	for _, c := range marked {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, all("en", true, c.text))
		})
	}
}

// However the text is cut into pieces, the sentences are the same.
func TestPieces(t *testing.T) {
	type source struct {
		language, text string
		markdown       bool
	}
	var sources []source
	for _, c := range plain {
		sources = append(sources, source{c.language, c.text, false})
	}
	for _, c := range marked {
		sources = append(sources, source{"en", c.text, true})
	}
	rapid.Check(t, func(t *rapid.T) {
		src := sources[rapid.IntRange(0, len(sources)-1).Draw(t, "source")]
		var pieces []string
		for rest := src.text; rest != ""; {
			n := min(rapid.IntRange(1, 9).Draw(t, "n"), len(rest))
			for n < len(rest) && !utf8.RuneStart(rest[n]) {
				n++
			}
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		require.Equal(t, all(src.language, src.markdown, src.text), all(src.language, src.markdown, pieces...))
	})
}

func TestLongest(t *testing.T) {
	words := strings.Repeat("wordy ", 200)
	for _, said := range all("en", false, words) {
		require.LessOrEqual(t, utf8.RuneCountInString(said), Longest+1)
	}
	require.Equal(t, strings.TrimSpace(words)+".", strings.Join(all("en", false, words), " "))

	commas := strings.Repeat("a clause of words without any end, ", 20)
	first := all("en", false, commas)[0]
	require.True(t, strings.HasSuffix(first, ","), "cut at a comma: %q", first)

	unbroken := strings.Repeat("ש", 1000)
	require.Len(t, all("he", false, unbroken), 4)
}

// A sentence is handed out as soon as the next one begins, not later.
func TestEager(t *testing.T) {
	s := Stream{Language: "en"}
	s.Write([]byte("It is so. "))
	require.Nil(t, s.Next())
	s.Write([]byte("A"))
	require.Equal(t, "It is so.", string(s.Next()))
	s.Write([]byte("nd\n"))
	require.Equal(t, "And.", string(s.Next()), "a line's end needs no next sentence")
}

func TestEarly(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"comma", "Your words stay in memory while we talk, and then they are gone", "Your words stay in memory while we talk,"},
		{"too short", "Yes, they are gone", ""},
		{"number", "That would be about ten or twenty times 1,000 of them", ""},
		{"bracket", "That is so (in most of the cases we know, as said", ""},
		{"quote", "He once said \"never do that again in here, please", ""},
		{"nothing after", "Your words stay in memory while we talk, ", ""},
		{"colon", "There are three things that you can do here: ask", "There are three things that you can do here:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Stream{Language: "en"}
			s.Write([]byte(c.text))
			require.Equal(t, c.want, string(s.Early(30)))
		})
	}
}

func TestForget(t *testing.T) {
	s := Stream{Language: "en", Markdown: true}
	s.Write([]byte("canary one. Canary two"))
	said := s.Next()
	raw := s.raw[:cap(s.raw)]
	s.Forget()
	require.False(t, bytes.ContainsFunc(said, unicode.IsLetter))
	require.False(t, bytes.ContainsFunc(raw, unicode.IsLetter))
	require.Zero(t, s.Waiting())
}

func TestSplit(t *testing.T) {
	require.Equal(t, [][]byte{[]byte("One."), []byte("Two.")}, Split("en-GB", []byte("One. Two.")))
}

// Whatever comes, it ends, nothing but white space and control characters is
// lost from plain text, and no sentence is longer than promised.
func FuzzStream(f *testing.F) {
	for _, c := range plain {
		f.Add(c.text, false, uint8(3))
	}
	for _, c := range marked {
		f.Add(c.text, true, uint8(7))
	}
	f.Fuzz(func(t *testing.T, text string, markdown bool, step uint8) {
		text = strings.ToValidUTF8(text, "")
		var pieces []string
		for chunk := range slices.Chunk([]rune(text), int(step)+1) {
			pieces = append(pieces, string(chunk))
		}
		got := all("en", markdown, pieces...)
		require.Equal(t, all("en", markdown, text), got)
		for _, said := range got {
			require.True(t, utf8.ValidString(said))
			require.LessOrEqual(t, utf8.RuneCountInString(said), Longest+1)
		}
		if !markdown {
			letters := func(s string) string {
				return strings.Map(func(r rune) rune {
					if unicode.IsLetter(r) {
						return r
					}
					return -1
				}, s)
			}
			require.Equal(t, letters(text), letters(strings.Join(got, "")))
		}
	})
}

func BenchmarkStream(b *testing.B) {
	text := []byte(strings.Repeat("**Your words** stay in memory while we talk, and they are gone at the end. ", 20))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := Stream{Language: "en", Markdown: true}
		for i := 0; i < len(text); i += 5 {
			s.Write(text[i:min(i+5, len(text))])
			for s.Next() != nil {
			}
		}
		s.Forget()
	}
}

package resident

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

var _ avatar.Engine = (*Engine)(nil)

// talk makes the items of a conversation: a line that begins with ">" is the
// avatar's.
func talk(lines ...string) []session.Item {
	var items []session.Item
	for i, l := range lines {
		it := session.Item{No: session.ItemNo(i + 1)}
		if rest, ok := strings.CutPrefix(l, ">"); ok {
			it.Role = session.Avatar
			l = rest
		}
		it.Words = session.NewSpeech([]byte(l))
		items = append(items, it)
	}
	return items
}

// hear has the engine answer and returns what it said and the source.
func hear(t testing.TB, e *Engine, locale string, items []session.Item) (all []string, source string) {
	q := avatar.Question{Persona: avatar.Persona{Name: "Lumen", Organisation: "Example University"}, Locale: locale, Items: items}
	err := e.Answer(context.Background(), q, func(s avatar.Sentence) error {
		all = append(all, string(s.Words.AppendTo(nil)))
		if s.Source != "" {
			source = s.Source
		}
		return nil
	})
	require.NoError(t, err)
	return all, source
}

func demoEngine(t testing.TB) *Engine {
	k, err := Demo()
	require.NoError(t, err)
	return New(k)
}

func TestSmallTalk(t *testing.T) {
	e := demoEngine(t)
	for _, c := range []struct{ locale, said, want string }{
		{"en", "Hello!", "Hello. I am Lumen"},
		{"en", "hi Lumen", "Hello. I am Lumen"},
		{"en", "thansk", "You are welcome."},
		{"en-GB", "Thanks a lot, Lumen", "You are welcome."},
		{"en", "bye", "Goodbye."},
		{"en", "What can you do?", "I answer questions from a small set"},
		{"en", "Who are you?", "I am Lumen, an AI avatar of Example University. I am not a human, and not a language model"},
		{"en", "are you chatgpt", "No, I am not a language model."},
		{"en", "Are you a language model?", "No, I am not a language model."},
		{"en", "stop", "All right, I stop."},
		{"en", "STOP TALKING PLEASE", "All right, I stop."},
		{"en", "repeat that please", "I have nothing to repeat yet."},
		{"en", "I want to talk to a human, please!", "You can ask for a human at any time"},
		{"en", "   ", "Hello. I am Lumen"},
		{"de", "Guten Tag", "Guten Tag. Ich bin Lumen"},
		{"de-AT", "Dankeschön... danke schön", "Gern geschehen."},
		{"en", "Hi, what is this?", "I am Lumen, an AI avatar"},
		{"en", "Thank you, that was very helpful!", "You are welcome."},
		{"en", "So who exactly are you?", "I am Lumen, an AI avatar"},
		{"de", "Danke schön", "Gern geschehen."},
		{"de", "Vielen Dank, das war sehr hilfreich!", "Gern geschehen."},
		{"de", "Tschüss", "Auf Wiedersehen."},
		{"de", "Was kannst du?", "Ich beantworte Fragen aus wenigen"},
		{"de", "Wer sind Sie?", "Ich bin Lumen, ein KI-Avatar von Example University."},
		{"de", "Bist du ein Sprachmodell?", "Nein, ich bin kein Sprachmodell."},
		{"de", "Hör auf!", "In Ordnung, ich höre auf."},
		{"de", "Wie bitte?", "Ich habe noch nichts zu wiederholen."},
		{"de", "Ich möchte mit einem Menschen sprechen.", "Sie können jederzeit um einen Menschen bitten"},
		{"fr", "Bonjour !", "Bonjour. Je suis Lumen"},
		{"fr", "Merci beaucoup", "Je vous en prie."},
		{"fr", "Au revoir", "Au revoir."},
		{"fr", "Que pouvez-vous faire ?", "Je réponds aux questions"},
		{"fr", "Qui êtes-vous ?", "Je suis Lumen, un avatar d'IA de Example University."},
		{"fr", "Es-tu un modèle de langue ?", "Non, je ne suis pas un modèle de langue."},
		{"fr", "Arrêtez, s'il vous plaît", "D'accord, je m'arrête."},
		{"fr", "répétez", "Je n'ai encore rien à répéter."},
		{"fr", "Je veux parler à un humain", "Vous pouvez demander un humain à tout moment"},
		{"es", "¡Hola!", "Hola. Soy Lumen"},
		{"es", "Muchas gracias", "De nada."},
		{"es", "adiós", "Adiós."},
		{"es", "¿Qué puedes hacer?", "Respondo preguntas"},
		{"es", "¿Quién eres?", "Soy Lumen, un avatar de IA de Example University."},
		{"es", "¿Eres ChatGPT?", "No, no soy un modelo de lenguaje."},
		{"es", "¡Basta!", "De acuerdo, paro."},
		{"es", "Repite, por favor", "Todavía no tengo nada que repetir."},
		{"es", "Quiero hablar con una persona", "Puede pedir una persona en cualquier momento"},
		{"he", "שלום!", "שלום. אני Lumen"},
		{"he", "תודה רבה", "בבקשה."},
		{"he", "להתראות", "להתראות."},
		{"he", "מה אתה יכול לעשות?", "אני עונה על שאלות"},
		{"he", "מי אתה?", "אני Lumen, דמות של בינה מלאכותית של Example University."},
		{"he", "האם אתה מודל שפה?", "לא, אני לא מודל שפה."},
		{"he", "עצור", "בסדר, אני מפסיק."},
		{"he", "מה אמרת?", "עדיין אין לי על מה לחזור."},
		{"he", "אני רוצה לדבר עם בן אדם", "אפשר לבקש אדם בכל רגע"},
		{"it", "hello", "Hello. I am Lumen"},
	} {
		t.Run(c.locale+" "+c.said, func(t *testing.T) {
			all, source := hear(t, e, c.locale, talk(c.said))
			require.True(t, strings.HasPrefix(strings.Join(all, " "), c.want), "%q", all)
			require.Empty(t, source)
		})
	}
}

// Every language says every phrase, and no phrase claims what is not so.
func TestPhrases(t *testing.T) {
	for name := range languages {
		p := spoken[name]
		require.NotNil(t, p, name)
		for _, text := range []string{p.greet, p.thanks, p.bye, p.stop, p.can, p.canTitles, p.who, p.of, p.model, p.human, p.nothing, p.unknown, p.offer, p.nearest, p.elsewhere, p.source, p.and, p.quote[0]} {
			require.NotEmpty(t, text, name)
		}
		for other := range languages {
			require.NotEmpty(t, p.languages[other])
		}
		for what := greet; what <= human; what++ {
			found := false
			for _, w := range sayings[name] {
				found = found || w == what
			}
			require.True(t, found, "%s has no saying for intent %d", name, what)
		}
	}
}

func TestAnswer(t *testing.T) {
	e := demoEngine(t)
	all, source := hear(t, e, "en", talk("Hello, is this conversation being recorded?"))
	require.Equal(t, "Recording", source)
	require.Equal(t, "Recording is off by default.", all[0])
	require.Equal(t, "That is from “Recording”.", all[len(all)-1])
	require.LessOrEqual(t, len(all), mostSentences+1)
	again, _ := hear(t, e, "en", talk("Good morning Lumen, is this conversation being recorded?"))
	require.Equal(t, all, again, "a greeting before a question")
}

func TestUnknown(t *testing.T) {
	e := demoEngine(t)
	all, source := hear(t, e, "en", talk("What is the capital of France?"))
	require.Equal(t, []string{"I do not know that: it is not in my documents.", "If you like, you can ask for a human."}, all)
	require.Empty(t, source)

	all, _ = hear(t, e, "en", talk("what is the of and to"))
	require.Equal(t, "I do not know that: it is not in my documents.", all[0], "stop words alone find nothing")

	all, _ = hear(t, e, "fr", talk("is there an OpenAI Realtime client and a WebSocket token?"))
	require.Contains(t, strings.Join(all, " "), "Je n'ai quelque chose à ce sujet qu'en anglais : « For engineers ».")

	// Near is said to be near, and saying its heading gets it.
	all, _ = hear(t, e, "en", talk("how many words did the longest transcript have"))
	require.Equal(t, []string{"I do not know that: it is not in my documents.", "The nearest that I have is “Recording: Off unless somebody switches it on”."}, all)
	_, source = hear(t, e, "en", talk("Recording: Off unless somebody switches it on"))
	require.Equal(t, "Recording", source)

	all, _ = hear(t, New((*Knowledge)(nil)), "en", talk("is this recorded?"))
	require.Equal(t, "I do not know that: it is not in my documents.", all[0])
}

// A word that is in every document answers nothing by itself.
func TestFrequentWord(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 40 {
		files[strconv.Itoa(i)+".en.md"] = &fstest.MapFile{Data: []byte("# Matter " + strconv.Itoa(i) + "\n\nEvery student should know number " + strconv.Itoa(1000+i) + " of the list.")}
	}
	k, err := load(files)
	require.NoError(t, err)
	all, _ := hear(t, New(k), "en", talk("what about a student?"))
	require.Equal(t, "I do not know that: it is not in my documents.", all[0])
	all, _ = hear(t, New(k), "en", talk("what about student number 1007?"))
	require.Equal(t, "Every student should know number 1007 of the list.", all[0])
}

func TestFollowUp(t *testing.T) {
	e := demoEngine(t)
	_, source := hear(t, e, "en", talk("What happens if my connection drops?", ">Your conversation waits.", "and for how long?"))
	require.Equal(t, "How long things are kept", source)
	_, source = hear(t, e, "en", talk("Can I talk to a human being of your staff?", ">Yes.", "what will they see?"))
	require.Equal(t, "Talking to a human", source)
	// A new subject is not answered from the old one.
	all, _ := hear(t, e, "en", talk("What happens if my connection drops?", ">It waits.", "capital of France?"))
	require.Equal(t, "I do not know that: it is not in my documents.", all[0])
}

func TestRepeatAndMore(t *testing.T) {
	e := demoEngine(t)
	first, _ := hear(t, e, "en", talk("is recording on by default?"))
	said := ">" + strings.Join(first, " ")
	again, _ := hear(t, e, "en", talk("is recording on by default?", said, "sorry, can you repeat that?"))
	require.Equal(t, first, again)

	more, source := hear(t, e, "en", talk("is recording on by default?", said, "tell me more"))
	require.Equal(t, "Recording", source)
	for _, s := range more[:len(more)-1] {
		require.NotContains(t, first, s)
	}
	all, _ := hear(t, e, "en", talk("tell me more"))
	require.Equal(t, "I do not know that: it is not in my documents.", all[0])
}

func TestWantsHuman(t *testing.T) {
	for said, want := range map[string]bool{"Human, please.": true, "talk to a real person": true, "is your director a human?": false, "": false} {
		require.Equal(t, want, WantsHuman("en-US", session.NewSpeech([]byte(said))), said)
	}
	require.True(t, WantsHuman("de", session.NewSpeech([]byte("einen Menschen bitte"))))
}

func TestStops(t *testing.T) {
	e := demoEngine(t)
	q := avatar.Question{Locale: "en", Items: talk("is this recorded?")}
	refused := errors.New("no room")
	n := 0
	err := e.Answer(t.Context(), q, func(avatar.Sentence) error { n++; return refused })
	require.ErrorIs(t, err, refused)
	require.Equal(t, 1, n)

	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	err = e.Answer(ctx, q, func(avatar.Sentence) error { n++; cancel(); return nil })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, n)
}

// A question whose words were forgotten meanwhile, or that are not text, gets
// an answer and no panic.
func TestOddItems(t *testing.T) {
	e := demoEngine(t)
	items := talk("is this recorded?")
	items[0].Words.Forget()
	hear(t, e, "en", items)
	hear(t, e, "en", nil)
	hear(t, e, "", talk("\xff\xfe\x00", strings.Repeat("recording ", 10000), strings.Repeat("a", 100000)))
	hear(t, e, "en", []session.Item{{Role: session.User, Kind: session.ToolOutput, Words: session.NewSpeech([]byte("x"))}})
}

// One engine serves many sessions at once.
func TestConcurrent(t *testing.T) {
	e := demoEngine(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				_, source := hear(t, e, "en", talk("is this conversation recorded?"))
				if source != "Recording" {
					t.Error(source)
				}
			}
		})
	}
	wg.Wait()
}

func TestPassages(t *testing.T) {
	k, err := Demo()
	require.NoError(t, err)
	var titles []string
	for from, text := range k.Passages("en", session.NewSpeech([]byte("how long do you keep my data")), 3) {
		titles = append(titles, from.Title)
		require.NotEmpty(t, text)
	}
	require.Len(t, titles, 3)
	require.Contains(t, titles, "How long things are kept")
	for range k.Passages("en", session.NewSpeech([]byte("photosynthesis of whales")), 3) {
		t.Fatal("nothing fits")
	}
}

// A tenant's own folder: tables, lists, links and code become sentences.
func TestOwnDocuments(t *testing.T) {
	k, err := load(fstest.MapFS{
		"hours.md":     {Data: []byte("# Opening hours\n\n| Day | Open | Note |\n|---|---|---|\n| Monday | nine to five | |\n| Sunday | closed | [Emergency](tel:1) only |\n")},
		"fees.txt":     {Data: []byte("Fees\n\nA semester costs 300 euros.\nPay until 3 March.\n\n- Cash is not taken.\n")},
		"de/essen.txt": {Data: []byte("Die Mensa öffnet um elf Uhr. Es gibt jeden Tag ein vegetarisches Gericht.")},
		"repas.md":     {Data: []byte("Le restaurant est ouvert à midi. Il y a un plat végétarien pour les étudiants et les employés.\n\n```\nle code secret\n```\n")},
		".hidden/x.md": {Data: []byte("\xff")},
		"logo.png":     {Data: []byte("\xff")},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"de", "en", "fr"}, k.Languages())
	e := New(k)
	all, source := hear(t, e, "en", talk("when are you open on sunday"))
	require.Equal(t, "Opening hours", source)
	require.Contains(t, all, "Day: Sunday, Open: closed, Note: Emergency only.")
	all, source = hear(t, e, "en", talk("how much are the fees for a semester?"))
	require.Equal(t, "Fees", source)
	require.Equal(t, "A semester costs 300 euros.", all[0])
	all, _ = hear(t, e, "de", talk("Gibt es vegetarische Gerichte?"))
	require.Contains(t, all, "Es gibt jeden Tag ein vegetarisches Gericht.")
	all, _ = hear(t, e, "fr", talk("le code secret ?"))
	require.Equal(t, "Je ne le sais pas : ce n'est pas dans mes documents.", all[0])
}

func BenchmarkAnswer(b *testing.B) {
	e := demoEngine(b)
	all := questions(b, "tuned.jsonl")
	var items [][]session.Item
	for _, a := range all {
		items = append(items, talk(a.Ask))
	}
	b.ReportAllocs()
	measure(b, e, items)
}

// measure answers the turns one after another and reports the median, which
// is to stay below a millisecond.
func measure(b *testing.B, e *Engine, items [][]session.Item) {
	var all []time.Duration
	i := 0
	for b.Loop() {
		q := avatar.Question{Locale: "en", Items: items[i%len(items)]}
		i++
		began := time.Now()
		if err := e.Answer(context.Background(), q, func(avatar.Sentence) error { return nil }); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1000, "p50-us")
	b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds())/1000, "p99-us")
}

// A knowledge base of 2 MB: four thousand sections of made-up words among
// which the questions' words occur.
func BenchmarkAnswerLarge(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	files := fstest.MapFS{}
	for i := range 200 {
		var text strings.Builder
		for range 20 {
			text.WriteString("\n\n## " + words(random, 3) + "\n\n")
			for range 6 {
				text.WriteString(words(random, 12) + ". ")
			}
		}
		files[strconv.Itoa(i)+".en.md"] = &fstest.MapFile{Data: []byte("# " + words(random, 2) + text.String())}
	}
	k, err := load(files)
	require.NoError(b, err)
	var items [][]session.Item
	for range 50 {
		items = append(items, talk("what about "+words(random, 4)))
	}
	b.ReportAllocs()
	measure(b, New(k), items)
}

func words(random *rand.Rand, n int) string {
	const consonants, vowels = "bcdfglmnprst", "aeiou"
	all := make([]string, n)
	for i := range all {
		word := ""
		for range 2 + random.IntN(2) {
			word += string(consonants[random.IntN(len(consonants))]) + string(vowels[random.IntN(len(vowels))])
		}
		all[i] = word + "n"
	}
	return strings.Join(all, " ")
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Demo(); err != nil {
			b.Fatal(err)
		}
	}
}

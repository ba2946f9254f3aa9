package builtin

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// words gives the spoken words of a text, clauses divided by bars.
func words(t *testing.T, text string) string {
	t.Helper()
	tg, err := newTongue()
	require.NoError(t, err)
	s := newScanner([]byte(text))
	defer s.close()
	var out []string
	for {
		_, ok := s.next(tg)
		if !ok {
			return strings.Join(out, " | ")
		}
		var ws []string
		for _, at := range s.speller.words {
			ws = append(ws, string(s.speller.arena[at[0]:at[1]]))
		}
		out = append(out, strings.Join(ws, " "))
	}
}

func TestNormaliser(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"Hello, world.":                          "hello | world",
		"12":                                     "twelve",
		"1,234 and 1234567":                      "one thousand two hundred and thirty four and one million two hundred and thirty four thousand five hundred and sixty seven",
		"3.14":                                   "three point one four",
		"version 1.2.3":                          "version one point two point three",
		"in 1987 and 2026":                       "in nineteen eighty seven and twenty twenty six",
		"2005, 1900, 1905":                       "two thousand and five | nineteen hundred | nineteen oh five",
		"the 1990s":                              "the nineteen ninety's",
		"1st 2nd 3rd 21st 100th":                 "first second third twenty first one hundredth",
		"2026-11-23":                             "november twenty third twenty twenty six",
		"23.11.2026":                             "november twenty third twenty twenty six",
		"11/23/2026 23/11/2026":                  "november twenty third twenty twenty six november twenty third twenty twenty six",
		"at 10:30.":                              "at ten thirty",
		"9:05am or 12:00":                        "nine oh five a. m. or twelve o'clock",
		"$5 €3.50 £1":                            "five dollars three euros and fifty cents one pound",
		"$5 million, please":                     "five million dollars | please",
		"$1.2bn":                                 "one point two billion dollars",
		"$0.01":                                  "zero dollars and one cent",
		"50% 20ms 24kHz 5GB":                     "fifty percent twenty millisecond's twenty four kilo hertz five gigabyte's",
		"1/2 3/4 2/3":                            "one half three quarters two third's",
		"10-20 people":                           "ten to twenty people",
		"-5 degrees":                             "minus five degrees",
		"#7":                                     "number seven",
		"+49 30 1234567":                         "plus four nine three zero one two three four five six seven",
		"555-123-4567":                           "five five five one two three four five six seven",
		"007":                                    "zero zero seven",
		"Dr. Jones vs. Mr. Smith etc. and so on": "doctor jones versus mister smith et cetera and so on",
		"e.g. cats, i.e. pets":                   "for example cats | that is pets",
		"No. 5? No.":                             "number five | no",
		"https://www.example.org/docs/":          "example dot org slash docs",
		"jo.doe@mail.example.de":                 "jo dot doe at mail dot example dot d. e.",
		"see example.com.":                       "see example dot com",
		"HTTP WebRTC OpenAI PDFs NASA's":         "h. t. t. p. web r. t. c. open a. i. p. d. f.'s nasa's",
		"STOP NOW":                               "stop now",
		"it’s “quoted” (yes) — well…":            "it's quoted yes | well",
		"state-of-the-art and/or":                "state of the art and or",
		"café naïve Straße":                      "cafe naive strasse",
		"**bold** `code` _it_ # Title":           "bold code it title",
		"A & B = C":                              "a and b. equals c.",
		"What? Yes! 10:30?":                      "what | yes | ten thirty",
		"שלום hi":                                "hi",
		"\xff\xfe ok":                            "ok",
		"99999999999999999999":                   strings.TrimSpace(strings.Repeat("nine ", 20)),
	} {
		t.Run(text, func(t *testing.T) {
			require.Equal(t, want, words(t, text))
		})
	}
}

func TestQuestions(t *testing.T) {
	tg, err := newTongue()
	require.NoError(t, err)
	for text, want := range map[string]clause{
		"Where is it?": {end: question, asking: true}, "Is it here?": {end: question}, "Really?!": {end: question},
		"Stop!": {end: exclamation}, "Well,": {end: comma}, "no end": {end: stopMark}, "first;": {end: colon},
	} {
		s := newScanner([]byte(text))
		c, ok := s.next(tg)
		require.True(t, ok)
		require.Equal(t, want.end, c.end, text)
		require.Equal(t, want.asking, c.asking, text)
	}
}

func TestMelodyEnds(t *testing.T) {
	tg, err := newTongue()
	require.NoError(t, err)
	last := func(text string) (hz float64) {
		s := newScanner([]byte(text))
		c, _ := s.next(tg)
		us := plan(c, 1)
		m := compose(us, c)
		total := 0.0
		for _, u := range us {
			if u.phone != pSIL {
				total += u.ms
			}
		}
		for at := 0.0; at < total; at += frameMS {
			hz = m.next(at)
		}
		return hz
	}
	statement := last("You are here.")
	require.Greater(t, last("Are you here?"), 1.3*statement, "a question rises")
	require.Less(t, last("Where are you?"), 1.15*statement, "a question with a question word falls")
	require.Greater(t, last("When you are here,"), statement, "a comma does not sound like the end")
}

func TestPronunciation(t *testing.T) {
	tg, err := newTongue()
	require.NoError(t, err)
	for w, want := range map[string]string{
		"mayfly": "M EY1 F L AY2", "avatars": "AE1 V AX T AA2 R Z", "making": "M EY1 K IH NG", "planned": "P L AE1 N D", "cities": "S IH1 T IY Z",
		"boxes": "B AA1 K S IH Z", "nation": "N EY1 SH AX N", "unhappily": "AH2 N HH AE1 P IY L IY", "john's": "JH AA1 N Z", "knights": "N AY1 T S",
		"photograph": "F OW1 T AX G R AE2 F", "explanation": "EH2 K S P L AX N EY1 SH AX N", "rhythm": "R IH1 DH AX M", "xyz": "EH1 K S W AY1 Z IY1",
	} {
		var got []string
		for _, s := range tg.say(w) {
			name := s.phone.sound().name
			if s.phone.is(vowel) && s.stress > 0 {
				name += string('0' + rune(s.stress))
			}
			got = append(got, name)
		}
		if w == "explanation" || w == "xyz" { // by rule: the main stress counts
			require.Contains(t, strings.Join(got, " "), "1", w)
			continue
		}
		require.Equal(t, want, strings.Join(got, " "), w)
	}
}

// TestLexiconOnce: no word stands twice in the lexicon, since the second
// would silently win.
func TestLexiconOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, line := range strings.Split(lexiconText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		for _, w := range strings.Split(strings.Fields(line)[0], ",") {
			require.False(t, seen[w], "%s stands twice", w)
			seen[w] = true
		}
	}
	require.Greater(t, len(seen), 1000)
}

func TestMalformedRules(t *testing.T) {
	for _, text := range []string{"a=B", "[a=B", "[]=B", "[a]", "[A]=B", "[a]=QQ"} {
		_, err := parseRules(text, map[string]phone{"B": pB})
		require.Error(t, err, text)
	}
}

// TestForgets: the copy of the words is gone after a clause and after close.
func TestForgets(t *testing.T) {
	tg, err := newTongue()
	require.NoError(t, err)
	s := newScanner([]byte("canary sings. again"))
	_, _ = s.next(tg)
	arena, folded := s.speller.arena[:cap(s.speller.arena)], s.folded[:cap(s.folded)]
	require.True(t, bytes.Contains(arena, []byte("canary")))
	_, _ = s.next(tg)
	require.False(t, bytes.Contains(arena, []byte("canary")))
	s.close()
	require.Equal(t, make([]byte, len(arena)), arena)
	require.Equal(t, make([]byte, len(folded)), folded)
}

func FuzzNormaliser(f *testing.F) {
	for _, s := range []string{sample, "a@b.c", "1,2,3,,4", "€", "10:3", "1/2/3", "https://", "www.", "$", "#", "’s", "Mc", "1.2.", "1-", "+1-2"} {
		f.Add([]byte(s))
	}
	tg, err := newTongue()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := newScanner(text)
		defer s.close()
		for at := -1; ; {
			c, ok := s.next(tg)
			if !ok {
				return
			}
			if s.at <= at {
				t.Fatal("no progress")
			}
			at = s.at
			if len(c.words) == 0 || len(c.words) > clauseWords+40*tokenBytes {
				t.Fatalf("%d words in a clause", len(c.words))
			}
			for _, w := range c.words {
				if w.start < 0 || w.start >= w.end || w.end > len(text) {
					t.Fatalf("word at %d to %d of %d", w.start, w.end, len(text))
				}
			}
		}
	})
}

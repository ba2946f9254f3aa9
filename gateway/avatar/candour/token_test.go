package candour

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shape writes tokens so that a person can read them: words, and / or ? at
// the end of a sentence.
func shape(text string, split bool) string {
	var f folded
	f.add([]byte(text))
	var t tokens
	t.cut(f.runes, 0, split)
	var out []string
	for _, k := range t.list {
		switch {
		case k.kind == edge && k.ask:
			out = append(out, "?")
		case k.kind == edge:
			out = append(out, "/")
		default:
			s := string(f.runes[k.from:k.to])
			if k.clause {
				s = "," + s
			}
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"case and accents", "ÊTES-vous Humain ?", "etes vous humain ?"},
		{"apostrophe inside", "You’re n't", "youre nt"},
		{"invisible characters", "ro\u200bb\u00adot", "robot"},
		{"other scripts", "rоbоt", "robot"},
		{"wide", "ｒｏｂｏｔ", "robot"},
		{"mathematical", "𝐫𝐨𝐛𝐨𝐭", "robot"},
		{"leet", "r0b0t 2024", "robot 2024"},
		{"repeated", "huuuuman", "human"},
		{"points", "an A.I. here", "an ai / here"},
		{"marks", "Really?! Yes", "really ? yes"},
		{"vowel points", "אָדָם", "אדמ"},
		{"gershayim", "צה\"ל", "צהל"},
		{"quoted", `say "are you a robot?" now`, "say ? ,now"},
		{"quoted German", "Übersetze „Bist du ein Mensch?“ ins Englische.", "ubersetze ? ,ins englische /"},
		{"quoted French", "Traduis « es-tu un humain ? » en anglais", "traduis ? ,en anglais"},
		{"quoted Hebrew", "תתרגם \"אתה בן אדם?\" לאנגלית", "תתרגמ ? ,לאנגלית"},
		{"quoted with single marks", "he said 'are you a robot' to me", "he said ,to me"},
		{"stressed", `are you "real"`, "are you ,real"},
		{"all quoted", `"are you a robot?"`, ",are you a robot ?"},
		{"dash and hyphen", "chat-bot - or not", "chat bot ,or not"},
		{"bytes that are no text", "are\xff\xfeyou", "are you"},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, shape(c.text, false)) })
	}
	require.Equal(t, "t es l homme", shape("T'es l’homme", true))
}

package stem

import (
	"bytes"
	"unicode/utf8"
)

// The words come folded, so the endings are written without accents.

var (
	frenchVerbs = []rule{
		{"issements", "", 3}, {"issement", "", 3}, {"issaient", "", 3}, {"issions", "", 3},
		{"atrices", "at", 3}, {"ateurs", "at", 3}, {"atrice", "at", 3}, {"ateur", "at", 3}, {"ations", "", 3}, {"ation", "", 3},
		{"ements", "", 4}, {"ement", "", 4}, {"amment", "", 4}, {"emment", "", 4},
		{"eraient", "", 3}, {"erions", "", 3}, {"erait", "", 3}, {"erais", "", 3}, {"eront", "", 3}, {"erons", "", 3}, {"eriez", "", 3},
		{"aient", "", 3}, {"antes", "", 3}, {"ante", "", 3}, {"ants", "", 3}, {"ions", "", 3}, {"erez", "", 3}, {"eras", "", 3}, {"era", "", 3}, {"erai", "", 3},
		{"ees", "", 3}, {"ent", "", 4}, {"ant", "", 3}, {"ait", "", 3}, {"ais", "", 3}, {"iez", "", 3}, {"ons", "", 3}, {"ite", "", 5}, {"ites", "", 5},
		{"aux", "al", 2}, {"eux", "eu", 2}, {"ee", "", 3}, {"es", "", 3}, {"er", "", 3}, {"ez", "", 3}, {"ir", "", 4}, {"s", "", 3}, {"x", "", 4},
	}
	spanishEndings = []rule{
		{"amientos", "", 3}, {"imientos", "", 3}, {"amiento", "", 3}, {"imiento", "", 3},
		{"aciones", "", 3}, {"iciones", "", 3}, {"uciones", "u", 2}, {"adores", "", 3}, {"adoras", "", 3},
		{"acion", "", 3}, {"icion", "", 3}, {"ucion", "u", 2}, {"adora", "", 3}, {"ador", "", 3}, {"mente", "", 4},
		{"ariamos", "", 3}, {"aremos", "", 3}, {"aramos", "", 3}, {"abamos", "", 3}, {"asteis", "", 3},
		{"ieron", "", 3}, {"iendo", "", 3}, {"arian", "", 3}, {"erian", "", 3}, {"idades", "", 3}, {"idad", "", 3},
		{"ando", "", 3}, {"aban", "", 3}, {"aron", "", 3}, {"aran", "", 3}, {"aria", "", 3}, {"eria", "", 3}, {"amos", "", 3}, {"emos", "", 3}, {"imos", "", 3},
		{"adas", "", 3}, {"ados", "", 3}, {"idas", "", 3}, {"idos", "", 3}, {"ada", "", 3}, {"ado", "", 3}, {"ida", "", 3}, {"ido", "", 3},
		{"aba", "", 3}, {"ara", "", 3}, {"are", "", 3}, {"ces", "z", 2}, {"ar", "", 3}, {"er", "", 3}, {"ir", "", 3}, {"an", "", 4}, {"en", "", 4},
		{"es", "", 3}, {"as", "", 3}, {"os", "", 3}, {"a", "", 3}, {"e", "", 3}, {"o", "", 3}, {"s", "", 3},
	}
	germanEndings = []rule{
		{"ungen", "", 3}, {"heiten", "", 3}, {"keiten", "", 3}, {"ung", "", 3}, {"heit", "", 3}, {"keit", "", 3}, {"ischen", "", 3}, {"lichen", "", 3}, {"liche", "", 3}, {"lich", "", 3}, {"ische", "", 3}, {"isch", "", 3},
		{"test", "", 3}, {"eten", "", 3}, {"ten", "", 4}, {"tet", "", 3}, {"ete", "", 4}, {"est", "", 3}, {"ern", "", 3}, {"em", "", 3}, {"en", "", 3}, {"er", "", 3}, {"es", "", 3}, {"et", "", 3}, {"te", "", 4}, {"st", "", 4},
		{"e", "", 3}, {"n", "", 4}, {"s", "", 3}, {"t", "", 4},
	}
)

func french(w []byte) []byte {
	w, _ = first(w, frenchVerbs)
	w, _ = first(w, []rule{{"e", "", 3}})
	return undouble(w)
}

func spanish(w []byte) []byte {
	w, _ = first(w, spanishEndings)
	return w
}

// german also takes the ge- of a participle away, when an ending shows that
// it is one: gespeichert, speichern and Speicherung meet.
func german(w []byte) []byte {
	participle := len(w) > 6 && bytes.HasPrefix(w, []byte("ge")) && (hasSuffix(w, "t") || hasSuffix(w, "en"))
	w, _ = first(w, germanEndings)
	w, _ = first(w, []rule{{"er", "", 4}, {"el", "", 5}})
	if participle && len(w) > 5 {
		n := copy(w, w[2:])
		clear(w[n:])
		w = w[:n]
	}
	return undouble(w)
}

// hebrew takes plural and gender off the end, then the letters that stand for
// "and", "the", "in", "to", "from", "that" and "as" off the front, as many as
// there are: whatever stands before a word, the same is left. Three letters
// must remain. Final forms of letters become the ordinary ones.
func hebrew(w []byte) []byte {
	w, _ = first(w, []rule{{"ויות", "", 2}, {"יות", "", 3}, {"ים", "", 3}, {"ות", "", 3}, {"ית", "", 3}, {"ה", "", 3}, {"ת", "", 3}, {"י", "", 3}})
	for utf8.RuneCount(w) > 3 {
		r, size := utf8.DecodeRune(w)
		if !bytes.ContainsRune([]byte("והבלמשכ"), r) {
			break
		}
		n := copy(w, w[size:])
		clear(w[n:])
		w = w[:n]
	}
	if r, n := utf8.DecodeLastRune(w); n > 1 {
		switch r {
		case 'ם', 'ן', 'ץ', 'ף', 'ך':
			w = utf8.AppendRune(w[:len(w)-n], ordinary(r))
		}
	}
	return w
}

// ordinary is the form inside a word of a letter's final form; in Unicode it
// is the next character.
func ordinary(r rune) rune { return r + 1 }

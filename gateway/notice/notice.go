// Package notice is what people are told: the disclosure that an AI answers,
// the sentences about what happens to their words, and the gateway's own
// fixed sentences, each in every language of the catalogue.
//
// Sentences about processing and storage are computed from what is
// configured, never typed by a tenant. The package holds no state, sends
// nothing and never sees what was said.
package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"mayfly/gateway/tenant"
)

// Notice is the disclosure in one language.
type Notice struct {
	Locale    string // BCP 47: "en"
	Name      string // the language's name for itself: "English"
	Direction string // "ltr" or "rtl"
	Version   string // the day on which the text last changed: "2026-11-23"
	Text      string // as it is shown
	Spoken    string // as it is said aloud; it says the same in fewer words
	SHA256    string // of Text in UTF-8, lower-case hexadecimal
}

// Locales lists the languages of the catalogue. English, the fallback, is first.
func Locales() []string {
	all := make([]string, 0, len(catalogue()))
	for _, l := range catalogue() {
		all = append(all, l.locale)
	}
	return all
}

// For gives the notice in the language asked for, a BCP 47 tag of which the
// primary subtag decides ("de-AT" is "de"). If the catalogue has no such
// language it gives the English notice and false.
func For(locale string) (Notice, bool) { return ForAudience(locale, tenant.General) }

// ForAudience is For in the words for an audience. Whoever is not known to be
// of the general one gets those for minors.
func ForAudience(locale string, audience tenant.Audience) (Notice, bool) {
	l, ok := find(locale)
	text, spoken := l.text, l.spoken
	if audience != tenant.General {
		text, spoken = l.minors, l.minorsSpoken
	}
	sum := sha256.Sum256([]byte(text))
	return Notice{
		Locale:    l.locale,
		Name:      l.name,
		Direction: l.direction,
		Version:   l.version,
		Text:      text,
		Spoken:    spoken,
		SHA256:    hex.EncodeToString(sum[:]),
	}, ok
}

// language is one column of the catalogue.
type language struct {
	locale, name, direction string
	version                 string
	text, spoken            string
	minors, minorsSpoken    string // the same, for minors
	fixed                   map[Key]string
	words                   [words]string
	facts                   facts
}

// catalogue lists the languages, English first.
func catalogue() []language {
	return []language{english(), german(), french(), spanish(), hebrew()}
}

// find gives the language of a tag, or English and false.
func find(locale string) (language, bool) {
	tag := strings.ToLower(locale)
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	if tag == "iw" { // the code that Hebrew had until 1989 and that some systems still send
		tag = "he"
	}
	all := catalogue()
	for _, l := range all {
		if l.locale == tag {
			return l, true
		}
	}
	return all[0], false
}

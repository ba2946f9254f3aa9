package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// Disclosure is what a tenant says beside the gateway's own notice, which
// nothing takes away. The zero Disclosure says nothing.
type Disclosure struct {
	Version  string // the day on which it last changed: "2026-11-26"
	Material bool   // the change matters: people in live sessions are told again, and asked anew
	Texts    []DisclosureText
}

// DisclosureText is the tenant's words in one language for one audience.
type DisclosureText struct {
	Locale   string // BCP 47; the primary subtag decides
	Audience Audience
	Text     string
	Spoken   string // says the same aloud, in fewer words; empty: Text
}

// Text is the tenant's words in a language for an audience, or nil.
func (d *Disclosure) Text(locale string, audience Audience) *DisclosureText {
	want := primary(locale)
	for i := range d.Texts {
		if primary(d.Texts[i].Locale) == want && d.Texts[i].Audience == audience {
			return &d.Texts[i]
		}
	}
	return nil
}

// Renewed says whether people who were told by the one have to be told again
// by the other, and asked anew.
func (d *Disclosure) Renewed(by *Disclosure) bool {
	return by.Material && by.Version != d.Version
}

// NoticeLocales are the languages in which the gateway has a notice of its
// own. The catalogue of gateway/notice has these and no others.
func NoticeLocales() []string { return []string{"en", "de", "fr", "es", "he"} }

// primary is the part of a language tag that says which language it is.
func primary(tag string) string {
	p, _, _ := strings.Cut(strings.ToLower(tag), "-")
	if p == "iw" {
		return "he"
	}
	return p
}

func disclosureTable() table[Disclosure] {
	return table[Disclosure]{
		one("version", date(), required, "The day on which the texts last changed.", func(d *Disclosure) *string { return &d.Version }),
		one("material", truth(), "false", "Whether that change matters: people in live sessions are then told again before the next reply, and what they agreed to is asked anew.", func(d *Disclosure) *bool { return &d.Material }),
		groups("texts", table[DisclosureText]{
			one("locale", tongue(), required, "The language.", func(t *DisclosureText) *string { return &t.Locale }),
			one("audience", named(General, Minors), "general", "Whom the words are for. Each language of the avatars needs them for the tenant's `audience`; those for minors are used as well once somebody turns out to be a child.", func(t *DisclosureText) *Audience { return &t.Audience }),
			one("text", passage(600), required, "What is shown.", func(t *DisclosureText) *string { return &t.Text }),
			one("spoken", line(300), "the text", "What is said where the notice is spoken.", func(t *DisclosureText) *string { return &t.Spoken }),
		}, 50, required, "The words, once for each language of the avatars and each audience.", func(d *Disclosure) *[]DisclosureText { return &d.Texts }, func() DisclosureText { return DisclosureText{} }, nil),
	}
}

// checkDisclosure finds the languages in which a person would be told nothing,
// or not all.
func checkDisclosure(r *reader, path string, t *Tenant) {
	_, own := r.at[under(path, "disclosure")]
	own = own && !r.wrong(under(path, "disclosure")) // else it may only be the consequence
	type words struct {
		locale   string
		audience Audience
	}
	seen := map[words]int{}
	audiences := []Audience{t.Audience}
	for i, text := range t.Disclosure.Texts {
		if r.wrong(under(path, fmt.Sprintf("disclosure.texts[%d].audience", i))) {
			continue
		}
		at := under(path, fmt.Sprintf("disclosure.texts[%d].locale", i))
		of := words{primary(text.Locale), text.Audience}
		if first, twice := seen[of]; twice && text.Locale != "" {
			r.mistake(at, fault(fmt.Sprintf("texts[%d] is in this language and for this audience already", first), "leave one out"))
			continue
		}
		seen[of] = i
		if text.Audience == Minors && !slices.Contains(audiences, Minors) { // a child may turn up anywhere
			audiences = append(audiences, Minors)
		}
	}
	known := strings.Join(NoticeLocales(), ", ")
	for i := range t.Avatars {
		for j, l := range t.Avatars[i].Languages {
			at := under(path, fmt.Sprintf("avatars[%d].languages[%d]", i, j))
			if _, there := r.at[at]; !there {
				at = under(path, fmt.Sprintf("avatars[%d]", i)) // the default, "en"
			}
			for _, audience := range audiences {
				_, said := seen[words{primary(l), audience}]
				missing := fmt.Sprintf("for the locale %q and the audience %q", l, audience)
				switch {
				case said || l == "":
				case !hasNotice(l):
					r.mistake(at, fault("there is no notice "+missing, "add it to disclosure.texts, or choose a language of "+known))
				case own:
					r.mistake(at, fault("disclosure.texts has no text "+missing, "add one: people are told the same in every language"))
				}
			}
		}
	}
}

func hasNotice(locale string) bool {
	for _, l := range NoticeLocales() {
		if l == primary(locale) {
			return true
		}
	}
	return false
}

// date is a day.
func date() kind[string] {
	return text("day as 2026-11-26", func(_ *reader, s string) (string, error) {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "", fault("this is not a day", "write year, month and day, as 2026-11-26")
		}
		return s, nil
	})
}

// document is the disclosure as a tenant's document holds it.
func (d *Disclosure) document() object {
	o := object{}
	put(o, "version", d.Version, "")
	put(o, "material", d.Material, false)
	var texts []object
	for _, t := range d.Texts {
		one := object{"locale": t.Locale, "text": t.Text}
		put(one, "audience", t.Audience.String(), General.String())
		put(one, "spoken", t.Spoken, "")
		texts = append(texts, one)
	}
	putList(o, "texts", texts)
	return o
}

// Direction is "rtl" for a language that is written from right to left, else
// "ltr".
func Direction(locale string) string {
	tag, err := language.Parse(locale)
	if err != nil {
		return "ltr"
	}
	switch script, _ := tag.Script(); script.String() {
	case "Hebr", "Arab", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}

package redact_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// fake makes values that are valid and belong to nobody.
type fake struct{ *rand.Rand }

func (f fake) of(list ...string) string { return list[f.IntN(len(list))] }

// digits replaces each # by a digit and each N by one from 2 to 9.
func (f fake) digits(pattern string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '#':
			return rune('0' + f.IntN(10))
		case 'N':
			return rune('2' + f.IntN(8))
		}
		return r
	}, pattern)
}

// email is an address, sometimes written so that programs do not see it.
func (f fake) email() string {
	name := f.of("jane", "joao", "m.weber", "anna_k", "li.wei", "o'brien", "petrov", "sales", "x7", "ines-maria", "tom+shop") + f.of("", "", f.digits("##"))
	host := f.of("example", "mail.example", "my-shop", "uni", "post")
	top := f.of("com", "org", "de", "co.uk", "fr", "io", "example")
	address := name + "@" + host + "." + top
	if f.IntN(3) > 0 {
		return address
	}
	dotted := strings.ReplaceAll(host+"."+top, ".", " dot ")
	switch f.IntN(8) {
	case 0:
		return name + " at " + dotted
	case 1:
		return name + " [at] " + strings.ReplaceAll(dotted, " dot ", " [dot] ")
	case 2:
		return name + "(at)" + strings.ReplaceAll(dotted, " dot ", "(dot)")
	case 3:
		return name + " @ " + host + "." + top
	case 4:
		return strings.Replace(address, "@", "\u200b@\u200b", 1)
	case 5:
		return wide(address)
	case 6:
		return name + " at " + host + "." + f.of("gmail", "icloud") + ".com"
	}
	return strings.ToUpper(address)
}

// wide is the text in letters of full width.
func wide(text string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7F {
			return r + 0xFEE0
		}
		return r
	}, text)
}

// luhnDigit is the digit that makes a card number valid.
func luhnDigit(digits []int) int {
	sum := 0
	for i, d := range digits {
		if (len(digits)-i)%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}

// card is a card number of one of the networks, as people write it.
func (f fake) card() string {
	number := f.digits(f.of("4##############", "4##############", "53#############", "2221###########", "34############", "37############",
		"6011###########", "65#############", "3530###########", "36###########", "622126#########", "2200###########", "58#############", "4###########"))
	var digits []int
	for _, c := range number {
		digits = append(digits, int(c-'0'))
	}
	number += fmt.Sprint(luhnDigit(digits))
	between := f.of("", " ", " ", "-", "\u00a0", ".")
	if between != "" {
		var groups []string
		switch len(number) {
		case 15:
			groups = []string{number[:4], number[4:10], number[10:]}
		case 14:
			groups = []string{number[:4], number[4:10], number[10:]}
		default:
			for rest := number; rest != ""; rest = rest[min(4, len(rest)):] {
				groups = append(groups, rest[:min(4, len(rest))])
			}
		}
		number = strings.Join(groups, between)
	}
	if f.IntN(12) == 0 {
		return wide(number)
	}
	return number
}

// iban is an account of some country, as people write it.
func (f fake) iban() string {
	form := f.of("DE##################", "GBABCD##############", "FR####################A##", "ES####################", "ITX######################", "NLABCD##########",
		"SE####################", "PL########################", "NO###########", "BE############", "CH#################", "PTN####################", "AT################", "MTABCD#####ABC0##########DEFG")
	body := f.digits(form[2:])
	number := form[:2] + fmt.Sprintf("%02d", 98-remainder(body+form[:2]+"00")) + body
	switch f.IntN(4) {
	case 0:
		return number
	case 1:
		return strings.ToLower(number)
	}
	var groups []string
	for rest := number; rest != ""; rest = rest[min(4, len(rest)):] {
		groups = append(groups, rest[:min(4, len(rest))])
	}
	return strings.Join(groups, f.of(" ", " ", "\u00a0", "-"))
}

// remainder is the number that letters and digits are, modulo 97.
func remainder(text string) int {
	rest := 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest
}

// phone is a number with its calling code.
func (f fake) phone() string {
	number := f.digits(f.of("+49 30 N#######", "+49 (0)151 N#######", "+44 20 7### ####", "+44 7700 9#####", "+33 6 ## ## ## ##", "+1 N##-N##-####", "+1 (N##) N##-####", "+46 70 ### ## ##",
		"+34 6## ### ###", "+39 3## #######", "+351 91# ### ###", "+31 6 N#######", "+48 5## ### ###", "+7 9## ###-##-##", "+380 67 ### ## ##", "+30 69# ### ####", "+90 53# ### ## ##", "+966 5# ### ####", "+972 54-###-####",
		"+91 9####-#####", "+86 138 #### ####", "+81 90-####-####", "+82 10-####-####", "+66 8# ### ####", "+55 11 9####-####", "+27 82 ### ####", "0046 70 ### ## ##", "+61 4## ### ###", "+4915N########", "+1-N##-N##-####x###"))
	if f.IntN(12) == 0 {
		return wide(number)
	}
	return number
}

// nationals are how numbers are written inside a country.
var nationals = map[string][]string{
	"en": {"(N##) N##-####", "N##-N##-####", "07700 9## ###", "020 7### ####"}, "de": {"030 N######", "0151/N#######", "089 N### ####"}, "fr": {"06 ## ## ## ##", "01.##.##.##.##"},
	"es": {"6## ### ###", "91 ### ## ##"}, "it": {"3## ### ####", "06 #### ####"}, "pt": {"91# ### ###", "21 ### ## ##"}, "nl": {"06-N#######", "020 N## ####"}, "sv": {"070-### ## ##", "08-### ## ##"},
	"pl": {"5## ### ###", "22 ### ## ##"}, "ru": {"8 9## ### ## ##", "8 (9##) ###-##-##"}, "el": {"69# ### ####", "21# ### ####"}, "tr": {"053# ### ## ##", "0 (212) ### ## ##"}, "ar": {"05# ### ####", "٠٥١ ٢٣٤ ٥٦٧٨"}, "he": {"054-### ####", "03-###-####"},
	"hi": {"9#### #####", "011 #### ####"}, "zh": {"138########", "138 #### ####", "010-########"}, "ja": {"03-####-####", "090-####-####"}, "ko": {"010-####-####", "02-###-####"}, "th": {"08#-###-####", "02 ### ####"},
}

func (f fake) national(language string) string { return f.digits(f.of(nationals[language]...)) }

// log fills a line as machines write it.
func (f fake) log(line string) (l labelled) {
	date := f.digits("20N#-") + f.of("01", "07", "11") + f.digits("-2#")
	for _, field := range []struct{ name, value string }{
		{"{ts}", date + f.digits("T1#:3#:4#.###Z")}, {"{date}", date}, {"{port}", fmt.Sprint(1024 + f.IntN(60000))},
		{"{uuid}", fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", f.Uint32(), f.IntN(1<<16), f.IntN(1<<16), f.IntN(1<<16), f.Int64N(1<<48))}, {"{hex}", fmt.Sprintf("%016x%016x", f.Uint64(), f.Uint64())},
		{"{id}", f.digits("N###########")[:5+f.IntN(8)]}, {"{epoch}", f.digits("17########")}, {"{ms}", f.digits("17###########")}, {"{ver}", fmt.Sprintf("%d.%d.%d", f.IntN(20), f.IntN(40), f.IntN(900))}, {"{dur}", fmt.Sprintf("%.3f", f.Float64()*900)}, {"{size}", fmt.Sprint(f.IntN(1 << 30))},
	} {
		line = strings.ReplaceAll(line, field.name, field.value)
	}
	for {
		before, after, found := strings.Cut(line, "{ip}")
		l.text += before
		if !found {
			return l
		}
		address := f.ip4()
		l.spans = append(l.spans, labelledSpan{len(l.text), len(l.text) + len(address), "IP"})
		l.text += address
		line = after
	}
}

func (f fake) ip4() string {
	return fmt.Sprintf("%d.%d.%d.%d", f.IntN(256), f.IntN(256), f.IntN(256), f.IntN(256))
}

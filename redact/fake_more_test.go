package redact_test

import (
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	base64Letter = alphanumeric + "+/"
	hexadecimal  = "0123456789abcdef"
)

// from is n characters of a set.
func (f fake) from(set string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = set[f.IntN(len(set))]
	}
	return string(b)
}

// address is one of a machine or a network.
func (f fake) address() string {
	group := func() string { return fmt.Sprintf("%x", f.IntN(1<<16)) }
	groups := func(n int) string {
		var all []string
		for range n {
			all = append(all, group())
		}
		return strings.Join(all, ":")
	}
	switch f.IntN(9) {
	case 0:
		return groups(8)
	case 1:
		return groups(3) + "::" + groups(2)
	case 2:
		return "fe80::" + groups(4) + f.of("", "%eth0")
	case 3:
		return "2001:db8::" + group()
	case 4:
		return strings.ToUpper(groups(8))
	case 5:
		return "::ffff:" + f.ip4()
	case 6:
		return strings.ReplaceAll(f.ip4(), ".", "[.]")
	}
	return f.ip4()
}

func (f fake) mac() string {
	digits := f.from(hexadecimal, 10) + "a1"
	pairs := func(separator string) string {
		var all []string
		for i := 0; i < 12; i += 2 {
			all = append(all, digits[i:i+2])
		}
		return strings.Join(all, separator)
	}
	switch f.IntN(4) {
	case 0:
		return pairs("-")
	case 1:
		return digits[:4] + "." + digits[4:8] + "." + digits[8:]
	case 2:
		return strings.ToUpper(pairs(":"))
	}
	return pairs(":")
}

// key is one of a service, known by its shape.
func (f fake) key() string {
	switch f.IntN(14) {
	case 0:
		return "ghp_" + f.from(alphanumeric, 36)
	case 1:
		return "AKIA" + f.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 15) + "7"
	case 2:
		return "sk-proj-" + f.from(alphanumeric+"_-", 48) + "0T3BlbkFJabcd"
	case 3:
		return "xoxb-" + f.digits("############-############-") + f.from(alphanumeric, 24)
	case 4:
		return "AIza" + f.from(alphanumeric, 34) + "0"
	case 5:
		return "glpat-" + f.from(alphanumeric, 19) + "1"
	case 6:
		return "sk_live_" + f.from(alphanumeric, 23) + "2"
	case 7:
		return "SG." + f.from(alphanumeric, 21) + "3." + f.from(alphanumeric, 43)
	case 8:
		return "npm_" + f.from(alphanumeric, 35) + "4"
	case 9:
		return "hf_" + f.from(alphanumeric, 33) + "5"
	case 10:
		return "dop_v1_" + f.from(hexadecimal, 64)
	case 11:
		return "sk-ant-api03-" + f.from(alphanumeric+"_-", 80) + "q7ZlmNop12AA"
	case 12:
		return "github_pat_11" + f.from(alphanumeric, 20) + "_" + f.from(alphanumeric, 59)
	}
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	return head + "." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"sub":"%d","name":"x"}`, f.Uint32())) + "." + f.from(alphanumeric+"_-", 42) + "A"
}

// password is one that somebody thought of, or a machine.
func (f fake) password() string {
	word := f.of("Summer", "hunter", "Correct", "dragon", "Zuerich", "azerty", "Biscuit", "qwertz")
	return f.of(word+f.digits("##"), word+f.digits("####")+"!", strings.ToLower(word)+"_"+f.digits("##"), "P@ss"+word+f.digits("#"), f.from(alphanumeric, 11)+"9", f.from(alphanumeric+"!#%*", 14)+"b2")
}

// telling writes a secret as people and programs do: before and behind it.
func (f fake) telling() (before, secret, after string) {
	switch f.IntN(14) {
	case 0:
		return "my password is ", f.password(), ", can you log in?"
	case 1:
		return "Password: ", f.password(), ""
	case 2:
		return "DB_PASSWORD=", f.password(), "\nDB_HOST=localhost"
	case 3:
		return `{"user": "jane", "password": "`, f.password(), `", "remember": true}`
	case 4:
		return "Authorization: Bearer ", f.from(alphanumeric, 31) + "6", ""
	case 5:
		return "api_key = '", f.from(hexadecimal, 30) + "a1", "' # rotate"
	case 6:
		return "curl -H 'X-Api-Key: ", f.from(alphanumeric, 31) + "2", "' https://api.example.com/v1"
	case 7:
		return "postgres://", "app:" + f.password()[:6] + f.digits("##"), "@db.internal:5432/app"
	case 8:
		return "aws_secret_access_key = ", f.from(base64Letter, 38) + "x7", ""
	case 9:
		return "https://example.com/cb?access_token=", f.from(alphanumeric, 39) + "5", "&state=x"
	case 10:
		return "the key:\n", "-----BEGIN RSA PRIVATE KEY-----\n" + f.from(base64Letter, 64) + "\n" + f.from(base64Letter, 64) + "\n" + f.from(base64Letter, 30) + "==\n-----END RSA PRIVATE KEY-----", "\n"
	case 11:
		return "<password>", f.password(), "</password>"
	case 12:
		return "mysql --user root --password ", f.password(), " -e 'select 1'"
	}
	return f.of("use ", "key: ", "export TOKEN=", "I pasted ", "the log says: "), f.key(), f.of("", " now", " and it fails", "\n")
}

// ssn is one as people write it, with what stands before it.
func (f fake) ssn() (before, number string) {
	number = fmt.Sprintf("%03d-%02d-%04d", 1+f.IntN(664), 1+f.IntN(99), 1+f.IntN(9998))
	switch f.IntN(6) {
	case 0:
		return f.of("SSN ", "My social security number is ", "SSN: "), strings.ReplaceAll(number, "-", " ")
	case 1:
		return f.of("SSN ", "social: ", "Social Security Number: "), strings.ReplaceAll(number, "-", "")
	case 2:
		return "it is ", wide(number)
	case 3:
		return "on file: ", strings.ReplaceAll(number, "-", "–")
	}
	return f.of("it is ", "SSN ", "I have ", "for "), number
}

// national is a number of a person, checked as its country does.
func (f fake) person() (before, number string) {
	switch f.IntN(8) {
	case 0:
		for {
			number := f.from("ABCEGHJKLMNOPRSTWXYZ", 1) + f.from("ABCEGHJKLMNPRSTWXYZ", 1)
			switch number {
			case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
				continue
			}
			return "NI number ", number + f.of(f.digits(" ## ## ## "), f.digits("######")) + f.from("ABCD", 1)
		}
	case 1:
		for {
			digits := f.digits("#########")
			sum := 0
			for i, c := range digits {
				sum += int(c-'0') * (10 - i)
			}
			if check := (11 - sum%11) % 11; check < 10 {
				number := digits + fmt.Sprint(check)
				return f.of("NHS number ", "NHS no. ", "nhs: "), f.of(number, number[:3]+" "+number[3:6]+" "+number[6:])
			}
		}
	case 2:
		return "Meine Steuer-ID lautet ", steuer(f)
	case 3:
		number := f.digits("1") + f.digits("##") + f.of("01", "07", "12") + f.of("75", "13", "69") + f.digits("######")
		rest := 0
		for _, c := range number {
			rest = (rest*10 + int(c-'0')) % 97
		}
		number += fmt.Sprintf("%02d", 97-rest)
		return "numéro de sécu ", f.of(number, number[:1]+" "+number[1:3]+" "+number[3:5]+" "+number[5:7]+" "+number[7:10]+" "+number[10:13]+" "+number[13:])
	case 4:
		n := f.IntN(100_000_000)
		number := fmt.Sprintf("%08d", n)
		last := string("TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
		return "DNI ", f.of(number+last, number+"-"+last, number[:2]+"."+number[2:5]+"."+number[5:]+"-"+last)
	case 5:
		n := f.IntN(10_000_000)
		lead := f.IntN(3)
		return "mi NIE es ", string("XYZ"[lead]) + fmt.Sprintf("%07d", n) + string("TRWAGMYFPDXBNJZSQVHLCKE"[(lead*10_000_000+n)%23])
	case 6:
		code := f.from("BCDFGHLMNPRSTVZ", 6) + f.digits("##") + f.from("ABCDEHLMPRST", 1) + f.of("01", "15", "27", "41", "68") + f.from("ABCDEFGHIL", 1) + f.digits("###")
		odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
		sum := 0
		for i, c := range code {
			v := int(c - '0')
			if c >= 'A' {
				v = int(c - 'A')
			}
			if i%2 == 0 {
				v = odd[v]
			}
			sum += v
		}
		return "codice fiscale ", code + string(rune('A'+sum%26))
	}
	digits := f.digits("########")
	sum := 0
	for i, c := range digits {
		v := int(c-'0') * (1 + i%2)
		sum += v/10 + v%10
	}
	return f.of("תעודת זהות ", "Teudat zehut: ", "my Israeli ID is "), digits + fmt.Sprint((10-sum%10)%10)
}

// steuer is a German taxpayer's number: one digit twice, one not at all.
func steuer(f fake) string {
	digits := f.Perm(10)
	digits[9] = digits[f.IntN(9)]
	for digits[0] == 0 {
		digits[0], digits[3] = digits[3], digits[0]
		if digits[0] == 0 {
			digits[0], digits[5] = digits[5], digits[0]
		}
	}
	product, number := 10, ""
	for _, d := range digits {
		number += fmt.Sprint(d)
		sum := (d + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	number += fmt.Sprint((11 - product) % 10)
	return f.of(number, number[:2]+" "+number[2:5]+" "+number[5:8]+" "+number[8:])
}

// birth is a date and what says whose it is.
func (f fake) birth() (before, date string) {
	day, month, year := 1+f.IntN(28), 1+f.IntN(12), 1930+f.IntN(80)
	name := []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}[month-1]
	return f.of("date of birth: ", "I was born on ", "DOB ", "Birthday: ", "geboren am ", "née le "), f.of(fmt.Sprintf("%02d/%02d/%d", day, month, year), fmt.Sprintf("%d.%d.%d", day, month, year), fmt.Sprintf("%d-%02d-%02d", year, month, day),
		fmt.Sprintf("%d %s %d", day, name, year), fmt.Sprintf("%s %d, %d", name, day, year), fmt.Sprintf("%dth of %s %d", day, name, year))
}

// passport is a number and what says what it is.
func (f fake) passport() (before, number string) {
	return f.of("passport ", "Passport No: ", "passport number is ", "Reisepass ", "Passeport n° ", "my pasaporte: "), f.of(f.digits("#########"), f.from("CFGHJKLMNPRTVWXYZ", 1)+f.digits("########"), f.from("ABCDEFG", 2)+f.digits("#######"), "C"+f.digits("##")+"X"+f.digits("####")+"H")
}

// generated is a text of every kind in turn.
func (f fake) generated(i int) (l labelled) {
	add := func(before, value, kind, after string) labelled {
		return labelled{text: before + value + after, spans: []labelledSpan{{len(before), len(before) + len(value), kind}}}
	}
	after := f.of("", ".", ", thanks", " please", "\n", " and more")
	switch i % 7 {
	case 0:
		return add(f.of("from ", "host ", "my ip is ", "ip=", "[", "(", "ip: "), f.address(), "IP", f.of("", " took 3 ms", ", ok", " down"))
	case 1:
		return add(f.of("device ", "ether ", "mac: ", "hwaddr="), f.mac(), "MAC", after)
	case 2:
		before, secret, rest := f.telling()
		return add(before, secret, "SECRET", rest)
	case 3:
		before, number := f.ssn()
		return add(before, number, "SSN", after)
	case 4:
		before, number := f.person()
		return add(before, number, "NATIONAL_ID", after)
	case 5:
		before, date := f.birth()
		return add(before, date, "BIRTH_DATE", after)
	}
	before, number := f.passport()
	return add(before, number, "PASSPORT", after)
}

// hiddenEmail is an address as somebody writes it so that programs do not see
// it, in a sentence.
func (f fake) hiddenEmail() labelled {
	name := f.of("jane", "jane.roe", "m.weber", "anna_k", "li.wei", "petrov", "ines-maria", "tom+shop", "x"+f.digits("###"))
	host, top := f.of("example", "mail.example", "my-shop", "uni", "posteo"), f.of("com", "org", "de", "co.uk", "fr", "io")
	at := f.of(" at sign ", "((at))", "[[at]]", " 'at' ", "_at_", "&#x40;", "&commat;", `\u0040`, " at ", "[at]", " [at] ", "(at)", " (at) ", " AT ", " @ ", "{at}", " <at> ", "-at-", "＠", "\u200b@", "@\u2060", "%40", "&#64;", " (@) ")
	dot := f.of(" dot ", "[dot]", " [dot] ", "(dot)", " (dot) ", " DOT ", ".", " . ", "[.]")
	switch at {
	case "-at-":
		dot = "-dot-"
	case "_at_":
		dot = "_dot_"
	case " 'at' ":
		dot = " 'dot' "
	case "&#x40;", "&commat;", `\u0040`:
		dot = "."
	}
	if !strings.Contains(at, " ") && strings.HasPrefix(dot, " ") || at == " @ " || at == "%40" || at == "&#64;" {
		dot = "."
	}
	value := name + at + strings.ReplaceAll(host+"."+top, ".", dot)
	switch f.IntN(8) {
	case 0:
		value = wide(name + "@" + host + "." + top)
	case 1:
		value = strings.Join(strings.Split(name+"@"+host+"."+top, ""), "\u200b")
	}
	before := f.of("mail me: ", "My address is ", "write to ", "contact ", "Email: ", "reach me on ")
	return labelled{text: before + value + f.of("", ".", ", ok?", "\n"), spans: []labelledSpan{{len(before), len(before) + len(value), "EMAIL"}}}
}

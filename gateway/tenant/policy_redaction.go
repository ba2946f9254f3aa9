package tenant

import "mayfly/redact"

// kindsAbout say what the kinds of personal data are.
var kindsAbout = [...]string{
	redact.Email:      "E-mail addresses.",
	redact.Card:       "Numbers of payment cards.",
	redact.IBAN:       "Numbers of bank accounts.",
	redact.Phone:      "Telephone numbers.",
	redact.IP:         "Addresses of machines and networks, IPv4 and IPv6.",
	redact.MAC:        "Addresses of network interfaces.",
	redact.Secret:     "Passwords, tokens, keys of services, private keys.",
	redact.SSN:        "US social security and taxpayer numbers.",
	redact.NationalID: "British, German, French, Spanish, Italian and Israeli numbers of persons, and identity cards and driving licences that the words before call so.",
	redact.Passport:   "Numbers of passports that the words before call so.",
	redact.BirthDate:  "Dates that the words before call those of birth.",
	redact.Custom:     "What `patterns` and `words` find.",
}

func redactionOperators() (t table[Redaction]) {
	for _, k := range redact.Kinds() {
		t = append(t, one(k.Key(), operator(), "replace", kindsAbout[k], func(r *Redaction) *redact.Operator { return r.Of(k) }))
	}
	return t
}

func narrowedOperators() (t table[Narrowing]) {
	for _, k := range redact.Kinds() {
		t = append(t, one(k.Key(), maybe(operator()), "the tenant's", kindsAbout[k], func(n *Narrowing) **redact.Operator { return &n.Operators[k] }))
	}
	return t
}

// canonical is the redaction in the policy's canonical form.
func (r *Redaction) canonical() object {
	o := object{"regions": filled(r.Regions), "patterns": filled(r.Patterns), "words": filled(r.Words)}
	for _, k := range redact.Kinds() {
		o[k.Key()] = operatorName(*r.Of(k))
	}
	return o
}

// ownPattern is a regular expression of a tenant's own.
func ownPattern() kind[string] {
	return text("regular expression (RE2)", func(_ *reader, s string) (string, error) {
		if err := redact.CheckPattern(s); err != nil {
			return "", fault("this pattern cannot be used", err.Error())
		}
		return s, nil
	})
}

// ownWord is a word or a name of a tenant's own.
func ownWord() kind[string] {
	return text("text, 2 to 128 bytes", func(_ *reader, s string) (string, error) {
		if err := redact.CheckWord(s); err != nil {
			return "", fault("this word cannot be used", err.Error())
		}
		return s, nil
	})
}

// checkOwn looks at what patterns and words cost together.
func (r *reader) checkOwn(path string, patterns, words []string) {
	if _, err := redact.New(redact.Options{Patterns: patterns, Words: words}); err != nil {
		r.mistakeOnce(path, fault("there is too much of one's own", "give fewer patterns and words, or bound what patterns repeat closer"))
	}
}

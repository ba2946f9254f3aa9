package redact

import "strings"

// Kind is a kind of personal data.
type Kind uint8

const (
	Email      Kind = iota // an e-mail address, also one that is spelled out
	Card                   // the number of a payment card
	IBAN                   // an international bank account number
	Phone                  // a telephone number, with its extension
	IP                     // the address of a machine, IPv4 or IPv6, or of a network
	MAC                    // the address of a network interface
	Secret                 // a password, a token, a key of a service, a private key
	SSN                    // a US social security or taxpayer number
	NationalID             // a British, German, French, Spanish, Italian or Israeli number of a person
	Passport               // the number of a passport that the words before call one
	BirthDate              // a date that the words before call one of birth
	Custom                 // what a tenant's own patterns and words find

	kinds
)

// Kinds lists all of them.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for k := range all {
		all[k] = Kind(k)
	}
	return all
}

var kindNames = [kinds]string{
	Email: "EMAIL", Card: "CARD", IBAN: "IBAN", Phone: "PHONE", IP: "IP", MAC: "MAC", Secret: "SECRET",
	SSN: "SSN", NationalID: "NATIONAL_ID", Passport: "PASSPORT", BirthDate: "BIRTH_DATE", Custom: "CUSTOM",
}

// marks are what Replace puts in place of a value. They say the kind and nothing
// else: no length, no last digits.
var marks = func() (m [kinds]string) {
	for k, name := range kindNames {
		m[k] = "[" + strings.ToLower(name) + "]"
	}
	return m
}()

// String is the name of the kind as reports write it: "EMAIL".
func (k Kind) String() string { return kindNames[k] }

// Key is the name of the kind in documents and marks: "email".
func (k Kind) Key() string { return marks[k][1 : len(marks[k])-1] }

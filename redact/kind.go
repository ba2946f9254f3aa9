package redact

// Kind is a kind of personal data.
type Kind uint8

const (
	Email Kind = iota // an e-mail address, also one that is spelled out
	Card              // the number of a payment card
	IBAN              // an international bank account number
	Phone             // a telephone number, with its extension

	kinds
)

// marks are what Replace puts in place of a value. They say the kind and nothing
// else: no length, no last digits.
var marks = [kinds]string{Email: "[email]", Card: "[card]", IBAN: "[iban]", Phone: "[phone]"}

// String is the name of the kind as reports write it: "EMAIL".
func (k Kind) String() string {
	return [kinds]string{Email: "EMAIL", Card: "CARD", IBAN: "IBAN", Phone: "PHONE"}[k]
}

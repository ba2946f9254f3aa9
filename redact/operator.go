package redact

// Operator is what happens to a value that was found. The zero Operator hides
// it.
type Operator uint8

const (
	Replace Operator = iota // a fixed mark that says the kind: [email], [card], [iban], [phone]
	Mask                    // a fixed mark that does not say the kind: [hidden]
	Drop                    // the value goes; … shows that something was there, not what
	Hash                    // a mark with the kind and a keyed token, the same for equal values: [email:bcdf…]
	Off                     // the value stays

	operators
)

// Hides says how much an operator hides: more is narrower.
func (o Operator) Hides() int {
	switch o {
	case Hash:
		return 1
	case Replace:
		return 2
	case Mask:
		return 3
	case Drop:
		return 4
	}
	return 0
}

// masked is what Mask leaves.
const masked = "[hidden]"

// dropped is what Drop leaves. With nothing in its place the words on both
// sides would meet, and could make a number that nobody said.
const dropped = "…"

// put appends what stands in place of the value.
func (r *Redactor) put(dst []byte, k Kind, value []byte) []byte {
	switch r.operators[k] {
	case Off:
		return append(dst, value...)
	case Hash:
		return r.appendToken(dst, k, value)
	case Mask:
		return append(dst, masked...)
	case Drop:
		return append(dst, dropped...)
	}
	return append(dst, marks[k]...)
}

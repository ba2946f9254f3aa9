package redact

// Operator is what happens to a value that was found. The zero Operator hides
// it.
type Operator uint8

const (
	Mask Operator = iota // a fixed mark that says the kind: [email], [card], [iban], [phone]
	Drop                 // the value goes; … shows that something was there, not what
	Off                  // the value stays
)

// dropped is what Drop leaves. With nothing in its place the words on both
// sides would meet, and could make a number that nobody said.
const dropped = "…"

// put appends what stands in place of the value.
func (o Operator) put(dst []byte, k Kind, value []byte) []byte {
	switch o {
	case Off:
		return append(dst, value...)
	case Drop:
		return append(dst, dropped...)
	}
	return append(dst, marks[k]...)
}

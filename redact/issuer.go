package redact

// head is the first n digits as a number.
func head(digits []byte, n int) int {
	v := 0
	for _, d := range digits[:n] {
		v = v*10 + int(d)
	}
	return v
}

func within(v, low, high int) bool { return low <= v && v <= high }

// issued says whether a card of this length may begin so (ISO/IEC 7812). It
// knows the ranges of the networks; there are 12 digits or more.
func issued(digits []byte) bool {
	one, two, four, n := head(digits, 1), head(digits, 2), head(digits, 4), len(digits)
	switch {
	case one == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case within(two, 51, 55), within(four, 2221, 2720): // Mastercard
		return n == 16
	case two == 34, two == 37: // American Express
		return n == 15
	case within(four, 3000, 3059), four == 3095, two == 36, within(two, 38, 39): // Diners Club
		return n == 14 || n >= 16
	case within(four, 3528, 3589): // JCB
		return n >= 16
	case four == 1800, four == 2131: // JCB, older
		return n == 15
	case within(four, 2200, 2205): // Mir
		return n >= 16
	case one == 6: // Discover, UnionPay, RuPay, Maestro and their kin
		return n >= 16
	case two == 50, within(two, 56, 58): // Maestro, Elo, Verve, Dankort
		return n >= 16
	case within(two, 81, 82): // UnionPay, RuPay
		return n >= 16
	case four == 9792: // Troy
		return n == 16
	}
	return false
}

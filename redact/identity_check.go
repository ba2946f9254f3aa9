package redact

// socialSecurity says whether a US number can have been given out: as one of
// social security, or of a taxpayer who has none: those begin with 9, and are
// taken as they come, as people also make such numbers up. Two are known from
// advertisements.
func socialSecurity(d []byte) bool {
	area, group, serial := head(d, 3), head(d[3:], 2), head(d[5:], 4)
	if group == 0 || serial == 0 || area == 0 || area == 666 || constant(d) {
		return false
	}
	return head(d, 9) != 78051120 && head(d, 9) != 219099999
}

// nhs says whether the last digit of a number of the British health service is
// right (mod 11).
func nhs(d []byte) bool {
	sum := 0
	for i, v := range d[:9] {
		sum += int(v) * (10 - i)
	}
	return (11-sum%11)%11 == int(d[9]) && !constant(d)
}

// steuerID says whether a number can be that of a German taxpayer: one digit of
// the first ten comes twice or three times, the others once at most, and the
// last is right (ISO/IEC 7064, MOD 11,10).
func steuerID(d []byte) bool {
	if d[0] == 0 {
		return false
	}
	var count [10]int
	for _, v := range d[:10] {
		count[v]++
	}
	twice := 0
	for _, n := range count {
		if n > 3 {
			return false
		}
		twice += one(n > 1)
	}
	product := 10
	for _, v := range d[:10] {
		sum := (int(v) + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return twice == 1 && (11-product)%10 == int(d[10])
}

// corsicanNIR is nir for a number with a letter in its department: 2A counts as
// 19, 2B as 18.
func corsicanNIR(d []byte, department byte) bool {
	d[5], d[6] = 1, 9
	if department == 'B' {
		d[6] = 8
	}
	return nir(d)
}

// nir says whether a number can be that of a French insured person: sex, month,
// department, and a key (mod 97).
func nir(d []byte) bool {
	month, department := head(d[3:], 2), head(d[5:], 2)
	if d[0] != 1 && d[0] != 2 || !within(month, 1, 12) && !within(month, 20, 42) && !within(month, 50, 99) || !within(department, 1, 99) {
		return false
	}
	rest := 0
	for _, v := range d[:13] {
		rest = (rest*10 + int(v)) % 97
	}
	return 97-rest == head(d[13:], 2)
}

// pensionNumber says whether a number of the German pension insurance is one:
// eight digits with a date of birth, the letter of a name, a serial number and
// the digit that checks them.
func pensionNumber(d []byte, name byte, last [3]byte) bool {
	weights := [...]int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1}
	if !within(head(d[2:], 2)%50, 1, 31) || !within(head(d[4:], 2), 1, 12) {
		return false
	}
	letter := name - 'A' + 1
	all := [12]byte{8: letter / 10, 9: letter % 10, 10: last[0], 11: last[1]}
	copy(all[:], d)
	sum := 0
	for i, v := range all {
		p := int(v) * weights[i]
		sum += p/10 + p%10
	}
	return sum%10 == int(last[2])
}

// allCapitals says whether no small letter is in a number.
func allCapitals(v []byte) bool {
	for _, c := range v {
		if isLetter(rune(c)) && chars[c]&isUpper == 0 {
			return false
		}
	}
	return true
}

// dniLetter is the letter that eight digits ask for (mod 23).
func dniLetter(d []byte) byte { return "TRWAGMYFPDXBNJZSQVHLCKE"[head(d, 8)%23] }

// ninoLetters says whether a British insurance number may begin so.
func ninoLetters(first, second byte) bool {
	for _, no := range []string{"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"} {
		if no[0] == first && no[1] == second {
			return false
		}
	}
	switch first {
	case 'D', 'F', 'I', 'Q', 'U', 'V':
		return false
	}
	switch second {
	case 'D', 'F', 'I', 'O', 'Q', 'U', 'V':
		return false
	}
	return true
}

// fiscal says whether an Italian tax code is one: six letters, the date and
// place of birth, in which letters may stand for digits, and a letter that
// checks them.
func fiscal(code []byte) bool {
	const form = "LLLLLLDDLDDLDDDL"
	const months = "ABCDEHLMPRST"
	const instead = "LMNPQRSTUV"
	var odd = [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i, c := range code {
		isNumber := c-'0' < 10
		if form[i] == 'L' && isNumber || form[i] == 'D' && !isNumber && !isIn(instead, c) || i == 8 && !isIn(months, c) {
			return false
		}
		if i == 15 {
			return int(c-'A') == sum%26
		}
		v := int(c - '0')
		if !isNumber {
			v = int(c - 'A')
		}
		if i%2 == 0 {
			v = odd[v]
		}
		sum += v
	}
	return false
}

func isIn(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}

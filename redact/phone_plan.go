package redact

// phoneForm is one length of the numbers of a plan.
type phoneForm struct {
	digits uint8
	heads  [2]uint64 // bit n: the first two digits may be n/10 and n%10
}

// phoneRegion is one country.
type phoneRegion struct {
	name   string // ISO 3166
	trunk  string // dialled before a number inside the country, or ""
	forms  []phoneForm
	groups []uint32 // how numbers are usually set: 0x334
}

// planned says whether a plan has the number.
func planned(forms []phoneForm, digits []byte) bool {
	if len(digits) < 2 {
		return false
	}
	for i := range forms {
		if int(forms[i].digits) == len(digits) {
			n := head(digits, 2)
			return forms[i].heads[n/64]>>(n%64)&1 == 1
		}
	}
	return false
}

// international says whether the digits are a calling code and a number that
// can be behind it. A digit that is dialled only inside the country, and that
// people leave in, is seen through.
func international(digits []byte) bool {
	if digits[0] == 0 {
		return false
	}
	for n := 1; n <= 3 && n < len(digits); n++ {
		code := head(digits, n)
		forms := callingCodes[code]
		if forms == nil {
			continue
		}
		rest := digits[n:]
		return planned(forms, rest) || rest[0] == trunkOf(code) && planned(forms, rest[1:])
	}
	return false
}

// trunkOf is the digit that is dialled before a number inside the country.
func trunkOf(code int) byte {
	switch code {
	case 1: // North America
		return 1
	case 7: // Russia, Kazakhstan
		return 8
	}
	return 0
}

// has says whether the first k groups are a number of the region, and
// whether they are set as is usual there.
func (p *phoneRegion) has(n *number, k int) (ok, usual bool) {
	digits := n.digits[:n.groups[k-1].upTo]
	trunk := 0
	if p.trunk != "" && len(digits) > len(p.trunk) {
		trunk = len(p.trunk)
		for i := range p.trunk {
			if digits[i] != p.trunk[i]-'0' {
				trunk = 0
				break
			}
		}
	}
	switch {
	case trunk > 0 && planned(p.forms, digits[trunk:]):
	case planned(p.forms, digits):
		trunk = 0
	default:
		return false, false
	}
	return true, p.sets(n.shape(k), k, trunk)
}

// sets says whether numbers of the region are set in groups of these sizes,
// with the digits of the trunk in the first group or in one of their own.
func (p *phoneRegion) sets(shape uint32, k, trunk int) bool {
	first := 4 * (k - 1)
	if k < 2 || int(shape>>first) < trunk {
		return false
	}
	shape -= uint32(trunk) << first // a group of its own is gone
	for _, usual := range p.groups {
		if shape == usual {
			return true
		}
	}
	return false
}

// shape is the sizes of the first k groups as digits of 16: 0x334. It is 0 if
// there are more or larger ones than any telephone number has.
func (n *number) shape(k int) uint32 {
	if k > 7 {
		return 0
	}
	shape := uint32(0)
	for i := range k {
		if n.size(i) > 15 {
			return 0
		}
		shape = shape<<4 | uint32(n.size(i))
	}
	return shape
}

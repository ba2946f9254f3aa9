package session

// within says whether the words are some of those of t, in a row. It takes
// time that grows with both lengths and no faster: the words are a client's.
func (s Speech) within(t Speech) bool {
	part, all := s.AppendTo(nil), t.AppendTo(nil)
	defer clear(part)
	defer clear(all)
	if len(part) == 0 || len(part) > len(all) {
		return false
	}
	// back[i] is how long a beginning of part ends at i, other than all of it.
	back := make([]int, len(part))
	for i, n := 1, 0; i < len(part); i++ {
		for n > 0 && part[i] != part[n] {
			n = back[n-1]
		}
		if part[i] == part[n] {
			n++
		}
		back[i] = n
	}
	n := 0
	for _, c := range all {
		for n > 0 && c != part[n] {
			n = back[n-1]
		}
		if c == part[n] {
			if n++; n == len(part) {
				return true
			}
		}
	}
	return false
}

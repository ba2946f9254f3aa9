package voice

import "math"

// Marks are mouth shapes and words that are known before they are due. They
// are told in portions: a whole clause at once is a burst of events, and in
// vain if it is interrupted.
type Marks struct {
	Visemes []Viseme // in order; more may be appended
	Words   []Word   // in order; more may be appended
	visemes int      // told
	words   int      // told
	until   int      // ms, told up to here
}

// portion is how far marks run ahead of their sound, in ms.
const portion = 160

// Due gives the marks to send with the sound that ends at so many ms: none if
// those that begin in it were sent before, else a portion. They are valid
// until the next call. math.MaxInt asks for all that are left.
func (m *Marks) Due(ms int) ([]Viseme, []Word) {
	if m.visemes == len(m.Visemes) {
		m.Visemes, m.visemes = m.Visemes[:0], 0
	}
	if m.words == len(m.Words) {
		m.Words, m.words = m.Words[:0], 0
	}
	late := m.visemes < len(m.Visemes) && m.Visemes[m.visemes].At < ms || m.words < len(m.Words) && m.Words[m.words].At < ms
	if ms <= m.until && !late {
		return nil, nil
	}
	m.until = ms
	if ms < math.MaxInt-portion {
		m.until += portion
	}
	v, w := m.visemes, m.words
	for m.visemes < len(m.Visemes) && m.Visemes[m.visemes].At <= m.until {
		m.visemes++
	}
	for m.words < len(m.Words) && m.Words[m.words].At <= m.until {
		m.words++
	}
	return m.Visemes[v:m.visemes], m.Words[w:m.words]
}

// Clear forgets them all.
func (m *Marks) Clear() {
	clear(m.Visemes[:cap(m.Visemes)])
	clear(m.Words[:cap(m.Words)])
}

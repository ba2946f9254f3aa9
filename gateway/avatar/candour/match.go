package candour

import "math/bits"

// matcher runs programs over tokens. Its memory is used again; it holds no
// words.
type matcher struct {
	now, next threads
	begun     []uint64 // one bit for each start that was begun at this place
}

// threads is a sparse set of instructions.
type threads struct {
	dense  []int32
	sparse []int32
}

func (t *threads) reset(n int) {
	if cap(t.sparse) < n {
		t.sparse = make([]int32, n)
		t.dense = make([]int32, 0, n)
	}
	t.sparse = t.sparse[:n]
	t.dense = t.dense[:0]
}

func (t *threads) put(pc int) bool {
	if i := t.sparse[pc]; int(i) < len(t.dense) && t.dense[i] == int32(pc) {
		return false
	}
	t.sparse[pc] = int32(len(t.dense))
	t.dense = append(t.dense, int32(pc))
	return true
}

// run says what was found to end at or after the token with the number mark.
// It is linear in the tokens.
func (m *matcher) run(p *program, list []token, mark int) verdict {
	m.now.reset(len(p.code))
	m.next.reset(len(p.code))
	if n := (len(p.starts) + 63) / 64; cap(m.begun) < n {
		m.begun = make([]uint64, n)
	} else {
		m.begun = m.begun[:n]
	}
	var all, sentence verdict
	settle := func() {
		if sentence&asks != 0 && sentence&quiet == 0 {
			all |= asks
		}
		all |= sentence & claims
		sentence = 0
	}
	for at := 0; ; at++ {
		c := condAt(list, at)
		found := m.begin(p, list, at, c)
		if at > mark {
			// A reading that takes the words for something else ends where
			// the words end.
			if found&asksNot != 0 {
				found &^= asks
			}
			if found&claimsNot != 0 {
				found &^= claims
			}
			sentence |= found & (asks | claims)
		}
		sentence |= found & quiet
		if at == len(list) {
			break
		}
		if list[at].kind == edge {
			settle()
		}
		m.step(p, list, at)
	}
	settle()
	return all
}

// begin adds the rules that can begin at a place, follows the instructions
// that take no word, and says what is found to end here.
func (m *matcher) begin(p *program, list []token, at int, c cond) verdict {
	if at < len(list) && list[at].kind != edge {
		clear(m.begun)
		for _, i := range p.always {
			m.now.put(p.starts[i].pc)
		}
		t := &list[at]
		for w := 0; t.set != nil && w < len(t.set); w++ {
			b := t.set[w]
			for ; b != 0; b &= b - 1 {
				class := w*64 + bits.TrailingZeros64(b)
				for _, i := range p.byClass[class] {
					if m.begun[i/64]&(1<<(i%64)) == 0 {
						m.begun[i/64] |= 1 << (i % 64)
						m.now.put(p.starts[i].pc)
					}
				}
			}
		}
	}
	var found verdict
	for i := 0; i < len(m.now.dense); i++ {
		in := &p.code[m.now.dense[i]]
		switch in.op {
		case opSplit:
			m.now.put(in.x)
			m.now.put(in.y)
		case opCond:
			if c&in.cond != 0 {
				m.now.put(in.x)
			}
		case opNot:
			if at >= len(list) || !list[at].is(in.class) {
				m.now.put(in.x)
			}
		case opNext:
			if at < len(list) && list[at].is(in.class) {
				m.now.put(in.x)
			}
		case opMatch:
			found |= in.found
		}
	}
	return found
}

// step moves every thread over one token.
func (m *matcher) step(p *program, list []token, at int) {
	m.next.dense = m.next.dense[:0]
	t := &list[at]
	for _, pc := range m.now.dense {
		in := &p.code[pc]
		ok := false
		switch in.op {
		case opClass:
			ok = t.is(in.class)
		case opAny:
			ok = t.kind != edge
		case opNumber:
			ok = t.kind == number
		case opEdge:
			ok = t.kind == edge
		}
		if ok {
			m.next.put(in.x)
		}
	}
	m.now, m.next = m.next, m.now
}

// condAt gives the properties of the place before the token with the number at.
func condAt(list []token, at int) (c cond) {
	if at == 0 || list[at-1].kind == edge {
		c |= atStart | atClause
	}
	if at == len(list) || list[at].kind == edge {
		c |= atEnd | atClause
		if at < len(list) && list[at].ask {
			c |= atAsk
		}
	} else if list[at].clause {
		c |= atClause
	}
	return c
}

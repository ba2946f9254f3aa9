package candour

// A grammar is compiled to a program for a machine that keeps all its
// threads in step with the words, after Thompson: the time is linear in the
// text, whatever the text is.

type op uint8

const (
	opClass  op = iota // a word of a class
	opAny              // any word
	opNumber           // a number
	opEdge             // the end of a sentence
	opSplit            // both x and y
	opCond             // x if the place has the property
	opNot              // x if the next word is not of the class
	opNext             // x if the next word is of the class
	opMatch            // found
)

// instr is one instruction. x and y are instructions to go on with.
type instr struct {
	op    op
	class int
	x, y  int
	cond  cond
	found verdict
}

// cond is a property of the place between two tokens.
type cond uint8

const (
	atStart  cond = 1 << iota // a sentence begins
	atEnd                     // a sentence ends
	atClause                  // a sentence or a part of it begins or ends
	atAsk                     // a question ends
)

// verdict is a set of what was found.
type verdict uint8

const (
	asks      verdict = 1 << iota // asks what the avatar is
	asksNot                       // seemed to, and does not
	quiet                         // nothing in this sentence counts as a question
	claims                        // says that the avatar is a human
	claimsNot                     // seemed to, and does not
)

// program is a compiled grammar. It is only read after it was built.
type program struct {
	code    []instr
	starts  []start
	byClass [maxClasses][]int32 // which starts can begin with a word of the class
	always  []int32             // which can begin with any word
}

// start is where a rule begins and what it can begin with.
type start struct {
	pc    int
	first set
	any   bool
}

// index finds what each rule can begin with, so that a word that begins none
// costs nothing.
func (p *program) index() {
	for i := range p.starts {
		s := &p.starts[i]
		p.first(s.pc, s, map[int]bool{})
		if s.any {
			p.always = append(p.always, int32(i))
			continue
		}
		for c := range maxClasses {
			if s.first.has(c) {
				p.byClass[c] = append(p.byClass[c], int32(i))
			}
		}
	}
}

func (p *program) first(pc int, s *start, seen map[int]bool) {
	if seen[pc] {
		return
	}
	seen[pc] = true
	switch in := p.code[pc]; in.op {
	case opClass:
		s.first.add(in.class)
	case opAny, opNumber, opEdge, opMatch:
		s.any = true
	case opSplit:
		p.first(in.x, s, seen)
		p.first(in.y, s, seen)
	default:
		p.first(in.x, s, seen)
	}
}

package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// forms says for each length of a number with which two digits it can begin:
// bit n of the pair of words is for the digits n/10 and n%10.
type forms map[int][2]uint64

func (f forms) add(g forms) {
	for length, heads := range g {
		have := f[length]
		f[length] = [2]uint64{have[0] | heads[0], have[1] | heads[1]}
	}
}

// String is the Go literal of the forms, without its type.
func (f forms) String() string {
	var lengths []int
	for length := range f {
		lengths = append(lengths, length)
	}
	slices.Sort(lengths)
	var all []string
	for _, length := range lengths {
		all = append(all, fmt.Sprintf("{%d, [2]uint64{%#x, %#x}}", length, f[length][0], f[length][1]))
	}
	return "{" + strings.Join(all, ", ") + "}"
}

// formsOf reads a description. Numbers that can be dialled only within a town
// are let in with every beginning: people write them behind a calling code,
// too.
func formsOf(d *phonenumbers.PhoneNumberDesc) (forms, error) {
	parsed, err := syntax.Parse(d.GetNationalNumberPattern(), syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	f := forms{}
	for _, n := range d.GetPossibleLength() {
		var heads [2]uint64
		for head := range 100 {
			if canBegin(prog, head, int(n)) {
				heads[head/64] |= 1 << (head % 64)
			}
		}
		f[int(n)] = heads
	}
	for _, n := range d.GetPossibleLengthLocalOnly() {
		if n >= 7 {
			f.add(forms{int(n): {1<<64 - 1, 1<<36 - 1}})
		}
	}
	return f, nil
}

// canBegin says whether the pattern matches some number of n digits that
// begins with the two digits of head.
func canBegin(prog *syntax.Prog, head, n int) bool {
	now := map[uint32]bool{}
	follow(prog, uint32(prog.Start), now)
	for i := range n {
		next := map[uint32]bool{}
		for pc := range now {
			inst := &prog.Inst[pc]
			for digit := range 10 {
				known := i == 0 && digit != head/10 || i == 1 && digit != head%10
				if !known && inst.Op != syntax.InstMatch && inst.MatchRune(rune('0'+digit)) {
					follow(prog, inst.Out, next)
				}
			}
		}
		now = next
	}
	for pc := range now {
		if prog.Inst[pc].Op == syntax.InstMatch {
			return true
		}
	}
	return false
}

// follow adds what is reached from pc without a digit.
func follow(prog *syntax.Prog, pc uint32, to map[uint32]bool) {
	inst := &prog.Inst[pc]
	switch inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		follow(prog, inst.Out, to)
		follow(prog, inst.Arg, to)
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		follow(prog, inst.Out, to)
	case syntax.InstFail:
	default:
		to[pc] = true
	}
}

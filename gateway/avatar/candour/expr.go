package candour

import (
	"fmt"
	"strconv"
)

// An expression is compiled from its end to its beginning: each part is told
// which instruction follows it.

// node is a part of an expression: given what follows, it emits itself and
// says where it begins.
type node func(next int) (int, error)

// parser reads one expression.
type parser struct {
	c    *compiler
	toks []string
}

func (p *parser) peek() string {
	if len(p.toks) == 0 {
		return ""
	}
	return p.toks[0]
}

func (p *parser) choice(next int) (int, error) {
	n, err := p.alternatives()
	if err != nil {
		return 0, err
	}
	return n(next)
}

func (p *parser) alternatives() (node, error) {
	var all []node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if p.peek() != "|" {
			break
		}
		p.toks = p.toks[1:]
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return func(next int) (int, error) {
		pc, err := all[len(all)-1](next)
		for i := len(all) - 2; i >= 0 && err == nil; i-- {
			var x int
			if x, err = all[i](next); err == nil {
				pc = p.c.emit(instr{op: opSplit, x: x, y: pc})
			}
		}
		return pc, err
	}, nil
}

func (p *parser) sequence() (node, error) {
	var all []node
	for p.peek() != "" && p.peek() != "|" && p.peek() != ")" {
		n, err := p.item()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("an empty choice")
	}
	return func(next int) (int, error) {
		var err error
		for i := len(all) - 1; i >= 0 && err == nil; i-- {
			next, err = all[i](next)
		}
		return next, err
	}, nil
}

// item is an atom and how often it may come.
func (p *parser) item() (node, error) {
	n, err := p.atom()
	if err != nil {
		return nil, err
	}
	c := p.c
	for {
		inner := n
		switch p.peek() {
		case "?":
			n = func(next int) (int, error) {
				x, err := inner(next)
				return c.emit(instr{op: opSplit, x: x, y: next}), err
			}
		case "*", "+":
			once := p.peek() == "+"
			n = func(next int) (int, error) {
				loop := c.emit(instr{op: opSplit, y: next})
				x, err := inner(loop)
				c.prog.code[loop].x = x
				if once {
					return x, err
				}
				return loop, err
			}
		default:
			return n, nil
		}
		p.toks = p.toks[1:]
	}
}

func (p *parser) atom() (node, error) {
	t := p.peek()
	if t == "" {
		return nil, fmt.Errorf("ends too early")
	}
	p.toks = p.toks[1:]
	c := p.c
	single := func(in instr) node {
		return func(next int) (int, error) { in.x = next; return c.emit(in), nil }
	}
	switch t {
	case "(":
		n, err := p.alternatives()
		if err != nil {
			return nil, err
		}
		if p.peek() != ")" {
			return nil, fmt.Errorf("a bracket is not closed")
		}
		p.toks = p.toks[1:]
		return n, nil
	case "^":
		return single(instr{op: opCond, cond: atStart}), nil
	case "$":
		return single(instr{op: opCond, cond: atEnd}), nil
	case ",":
		return single(instr{op: opCond, cond: atClause}), nil
	case "%":
		return single(instr{op: opCond, cond: atAsk}), nil
	case "/":
		return single(instr{op: opEdge}), nil
	case "_":
		return single(instr{op: opAny}), nil
	case "NUMBER":
		return single(instr{op: opNumber}), nil
	case ")", "?", "*", "+":
		return nil, fmt.Errorf("%q out of place", t)
	}
	switch {
	case t[0] == '_':
		return p.gap(t[1:])
	case t[0] == '!' || t[0] == '&':
		n, ok := c.class[t[1:]]
		if !ok {
			return nil, fmt.Errorf("no class %s", t[1:])
		}
		o := opNot
		if t[0] == '&' {
			o = opNext
		}
		return single(instr{op: o, class: n}), nil
	case isName(t):
		return p.named(t)
	}
	n, ok := c.class[t]
	if !ok {
		var err error
		if n, err = c.newClass(t); err != nil {
			return nil, err
		}
		c.lex.put(foldWord(t), n, false)
	}
	return single(instr{op: opClass, class: n}), nil
}

// gap is up to so many words of any kind.
func (p *parser) gap(digits string) (node, error) {
	most, err := strconv.Atoi(digits)
	if err != nil {
		return nil, fmt.Errorf("_%s is no gap", digits)
	}
	c := p.c
	return func(next int) (int, error) {
		pc := next
		for range most {
			x := c.emit(instr{op: opAny, x: pc})
			pc = c.emit(instr{op: opSplit, x: x, y: next})
		}
		return pc, nil
	}, nil
}

// named is a class or an expression that was given a name.
func (p *parser) named(name string) (node, error) {
	c := p.c
	if n, ok := c.class[name]; ok {
		return func(next int) (int, error) { return c.emit(instr{op: opClass, class: n, x: next}), nil }, nil
	}
	toks, ok := c.macro[name]
	if !ok {
		return nil, fmt.Errorf("no %s", name)
	}
	if c.inside > 16 {
		return nil, fmt.Errorf("%s contains itself", name)
	}
	c.inside++
	defer func() { c.inside-- }()
	q := parser{c: c, toks: toks}
	n, err := q.alternatives()
	if err == nil && len(q.toks) > 0 {
		err = fmt.Errorf("%s: %q is left over", name, q.toks[0])
	}
	return n, err
}

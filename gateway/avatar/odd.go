package avatar

// Odd is what a server says that nobody asked it for. All of it is dropped.
type Odd uint8

// The kinds.
const (
	Control  Odd = iota // an event or a setting beyond the closed list
	Measured            // a field that tells who somebody is, or what they feel
	Odds
)

// OddCount counts them, by kind.
type OddCount [Odds]int

// Tell passes on what was counted since, if anybody wants to know.
func (c *OddCount) Tell(to func(kind Odd, times int)) {
	for kind, n := range c {
		if n > 0 && to != nil {
			to(Odd(kind), n)
		}
		c[kind] = 0
	}
}

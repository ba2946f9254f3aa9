package openai

import (
	"time"

	"mayfly/gateway/avatar/deadline"
)

// Limits bound one turn. The zero value means the defaults named.
type Limits struct {
	Connect time.Duration // until there is a connection; zero means 3 seconds
	First   time.Duration // from then until the first line of the reply; zero means 8 seconds
	Idle    time.Duration // from line to line; zero means 10 seconds
	Total   time.Duration // waiting for the server in all; zero means 60 seconds
	Bytes   int           // of the reply as it comes over the wire; zero means 2 MB
	Line    int           // bytes of one line; zero means 1 MiB
	Items   int           // of the conversation that are sent; zero means 40
	History int           // bytes of their words, the oldest left out first; zero means 32 KiB
	Outputs int           // bytes of what tools gave, apart from that; zero means 64 KiB
}

func (l Limits) orDefaults() Limits {
	d := deadline.Limits{Connect: l.Connect, First: l.First, Idle: l.Idle, Total: l.Total}.OrDefaults()
	l.Connect, l.First, l.Idle, l.Total = d.Connect, d.First, d.Idle, d.Total
	set := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&l.Bytes, 2_000_000)
	set(&l.Line, 1<<20)
	set(&l.Items, 40)
	set(&l.History, 32<<10)
	set(&l.Outputs, 64<<10)
	return l
}

package openai

import "time"

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
}

func (l Limits) orDefaults() Limits {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	setInt := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	set(&l.Connect, 3*time.Second)
	set(&l.First, 8*time.Second)
	set(&l.Idle, 10*time.Second)
	set(&l.Total, 60*time.Second)
	setInt(&l.Bytes, 2_000_000)
	setInt(&l.Line, 1<<20)
	setInt(&l.Items, 40)
	setInt(&l.History, 32<<10)
	return l
}

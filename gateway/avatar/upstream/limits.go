package upstream

import (
	"time"

	"mayfly/gateway/avatar/deadline"
)

// Limits bound one turn. The zero value means the defaults named.
type Limits struct {
	deadline.Limits
	Cap     time.Duration // how long the server keeps a session; zero means 60 minutes
	Bytes   int           // of all events of a reply; zero means 64 MB
	Message int           // of one event; zero means 2 MiB
	Items   int           // of the conversation that are sent; zero means 40
	History int           // bytes of their words, the oldest left out first; zero means 32 KiB
}

func (l Limits) orDefaults() Limits {
	l.Limits = l.Limits.OrDefaults()
	set := func(n *int, to int) {
		if *n == 0 {
			*n = to
		}
	}
	if l.Cap == 0 {
		l.Cap = time.Hour
	}
	set(&l.Bytes, 64<<20)
	set(&l.Message, 2<<20)
	set(&l.Items, 40)
	set(&l.History, 32<<10)
	return l
}

// spare is how much of its time a connection must have left when a turn
// begins: a turn's, so that it does not end in the middle of one.
func (l Limits) spare() time.Duration { return min(l.Total, l.Cap/4) }

// What is bearable.
const (
	// depth is how deep an event may be nested.
	depth = 32
	// soundAhead and soundPerByte bound the sound of a reply by its words: so
	// much at once, and so much for each byte of them.
	soundAhead   = 10 * time.Second
	soundPerByte = 250 * time.Millisecond
	// quietBytes is how much a server may send between two turns. What was
	// called off may still be on its way.
	quietBytes = 16 << 20
	// partWriting is how long parting words may take.
	partWriting = 100 * time.Millisecond
)

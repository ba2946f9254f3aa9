package upstream

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// link is a connection to the server, with a copy of one session's
// conversation at its other end. Between two turns it is in the session's
// Slot; a turn has it alone.
type link struct {
	ws   *websocket.Conn
	ends time.Time     // when the server ends its session
	done chan struct{} // closed when nothing more is read
	err  error         // why. Static once done is closed.

	mu   sync.Mutex
	to   chan []byte   // of the turn that listens; nil: none does. Guarded by mu.
	left chan struct{} // closed when that turn is over. Guarded by mu.

	// The rest is owned by the turn.
	have   []entry // the conversation there, oldest first
	number int     // of ids given
	asked  int     // settings sent
	agreed int     // settings confirmed
}

// entry is an item of the conversation at the server's end.
type entry struct {
	id   string
	sum  uint64 // of what is said in it
	said []byte // of a reply of the server's own: its words, until the next turn
	ms   int    // of a reply of the server's own: sound that came
}

// newLink begins to listen.
func newLink(ws *websocket.Conn, o Limits) *link {
	l := &link{ws: ws, ends: time.Now().Add(o.Cap), done: make(chan struct{})}
	ws.SetReadLimit(int64(o.Message))
	go l.listen()
	return l
}

// listen reads until the connection ends. What comes while no turn listens is
// thrown away: it belongs to what was called off.
func (l *link) listen() {
	defer close(l.done)
	quiet := 0
	for {
		kind, from, err := l.ws.NextReader()
		if err == nil && kind != websocket.TextMessage {
			err = errEvent
		}
		var message []byte
		if err == nil {
			message, err = readAll(from)
		}
		if err != nil {
			clear(message)
			l.err = err
			return
		}
		l.mu.Lock()
		to, left := l.to, l.left
		l.mu.Unlock()
		if to == nil {
			clear(message)
			if quiet += len(message) + 1; quiet > quietBytes {
				l.err = errTooMuch
				_ = l.ws.Close()
				return
			}
			continue
		}
		quiet = 0
		select {
		case to <- message:
		case <-left:
			clear(message)
		}
	}
}

// readAll reads a message into memory that is its alone.
func readAll(from io.Reader) ([]byte, error) {
	b := make([]byte, 0, 1024)
	for {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), 4*cap(b))
			copy(grown, b)
			clear(b)
			b = grown
		}
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// attend has a turn listen. The function that it gives ends that.
func (l *link) attend() (messages <-chan []byte, leave func()) {
	to, left := make(chan []byte), make(chan struct{})
	l.mu.Lock()
	l.to, l.left = to, left
	l.mu.Unlock()
	return to, func() {
		l.mu.Lock()
		l.to, l.left = nil, nil
		l.mu.Unlock()
		close(left)
	}
}

// over says that the connection is of no use for another turn.
func (l *link) over(now time.Time, spare time.Duration) bool {
	select {
	case <-l.done:
		return true
	default:
		return now.Add(spare).After(l.ends)
	}
}

// write sends messages, and clears them. It gives up when ctx ends.
func (l *link) write(ctx context.Context, patience time.Duration, messages ...[]byte) error {
	defer func() {
		for _, m := range messages {
			clear(m)
		}
	}()
	_ = l.ws.SetWriteDeadline(time.Now().Add(patience))
	stop := context.AfterFunc(ctx, func() { _ = l.ws.NetConn().SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	for _, m := range messages {
		if err := l.ws.WriteMessage(websocket.TextMessage, m); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the connection, and waits until nothing of it is left.
func (l *link) Close() error {
	_ = l.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(partWriting))
	err := l.ws.Close()
	<-l.done
	for i := range l.have {
		clear(l.have[i].said)
	}
	return err
}

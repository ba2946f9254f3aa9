package gateway

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"mayfly/gateway/realtime"
	"mayfly/session"
)

// writeWithin is how long a write may wait for a client that does not read.
const writeWithin = 5 * time.Second

// wsCarrier is a session on a WebSocket.
type wsCarrier struct {
	ws    *websocket.Conn
	most  int64 // bytes of one message
	once  sync.Once
	said  chan struct{} // closed when close has said why
	quiet net.Conn
}

func newWSCarrier(ws *websocket.Conn, most int) *wsCarrier {
	w := &wsCarrier{ws: ws, most: int64(most), said: make(chan struct{}), quiet: ws.NetConn()}
	ws.SetReadLimit(w.most)
	w.alive()
	signs := rate.NewLimiter(signsPerSecond, signBurst)
	ws.SetPongHandler(func(string) error {
		if !signs.Allow() {
			return errSigns
		}
		w.alive()
		return nil
	})
	ws.SetPingHandler(func(data string) error {
		if !signs.Allow() {
			return errSigns
		}
		_ = ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second)) // one that cannot be sent is noticed by the writer
		return nil
	})
	return w
}

// A client may ask and answer for a sign of life so often.
const (
	signsPerSecond = 20
	signBurst      = 60
)

var errSigns = errors.New("gateway: too many pings or pongs")

// alive puts off the moment at which a silent client is given up.
func (w *wsCarrier) alive() {
	_ = w.quiet.SetReadDeadline(time.Now().Add(pingEvery + pongWithin))
}

// send writes every frame in one write. The frames have their headers.
func (w *wsCarrier) send(f *realtime.Frames) error {
	_ = w.quiet.SetWriteDeadline(time.Now().Add(writeWithin))
	_, err := w.quiet.Write(f.WebSocket())
	return err
}

func (w *wsCarrier) ping() error {
	return w.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeWithin))
}

// close says why and hangs up. The code is one that published clients act on;
// the reason is the stable code.
func (w *wsCarrier) close(p problem) {
	w.once.Do(func() {
		defer close(w.said)
		code := p.closing
		if code == 0 {
			code = websocket.CloseNormalClosure
		}
		_ = w.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, p.code), time.Now().Add(time.Second))
		// The reader, if it still waits for the client, stops soon.
		_ = w.quiet.SetReadDeadline(time.Now().Add(closeWithin))
	})
}

// closeWithin is how long a client has to take note of a close.
const closeWithin = time.Second

// linger reads what the client still had on the way, and throws it away, so
// that the close that it was sent is not lost to a reset. Then it hangs up
// whatever the client does.
func (w *wsCarrier) linger() {
	defer w.ws.Close()
	if half, ok := w.quiet.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = w.quiet.SetReadDeadline(time.Now().Add(closeWithin))
	_, _ = io.CopyN(io.Discard, w.quiet, 4*w.most)
}

func (w *wsCarrier) plays() player { return nil }
func (w *wsCarrier) limit() int    { return 0 }

// messages is memory for incoming messages.
var messages = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// keptMessage is the largest message memory that goes back to the pool.
const keptMessage = 64 << 10

// read reads one message and gives it to each. Unless the connection is to go
// on, it says why it ends.
func (w *wsCarrier) read(each func([]byte) bool) (goOn bool, why session.Reason, code string) {
	kind, r, err := w.ws.NextReader()
	if err != nil {
		why, code = w.ending(err)
		return false, why, code
	}
	if kind != websocket.TextMessage {
		return false, session.Protocol, "binary_not_supported"
	}
	buf := messages.Get().(*[]byte)
	b, err := readInto((*buf)[:0], r)
	text := err != nil || utf8.Valid(b)
	goOn = err == nil && text && each(b)
	clear(b[:cap(b)])
	if cap(b) <= keptMessage {
		*buf = b[:0]
		messages.Put(buf)
	}
	if err != nil {
		why, code = w.ending(err)
		return false, why, code
	}
	if !text {
		return false, session.Protocol, "invalid_utf8"
	}
	if !goOn {
		// Somebody else ends this connection and says why. Not before that
		// may it be hung up.
		select {
		case <-w.said:
		case <-time.After(closeWithin):
		}
		return false, session.Protocol, ""
	}
	w.alive()
	return true, 0, ""
}

// readInto reads a message to its end. Memory that it grows out of is cleared.
func readInto(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			grown := make([]byte, len(b), 2*cap(b))
			copy(grown, b)
			clear(b)
			b = grown
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// ending says why a connection ended. The library's error is looked at and
// never passed on: it may quote what came.
func (w *wsCarrier) ending(err error) (session.Reason, string) {
	var (
		closed  *websocket.CloseError
		network net.Error
	)
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		return session.Protocol, "message_too_large"
	case errors.Is(err, errSigns):
		return session.Protocol, "message_rate_exceeded"
	case errors.As(err, &closed):
		if closed.Code == websocket.CloseNormalClosure {
			return session.PersonLeft, ""
		}
		return session.Lost, ""
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return session.Lost, ""
	}
	return session.Protocol, "invalid_frame" // what the library itself finds wrong
}

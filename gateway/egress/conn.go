package egress

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// conn is a connection that hears only what it was asked for: bytes that come
// while no request is under way end it. net/http would print the beginning of
// them to the standard log, and they are words of a back end.
type conn struct {
	net.Conn
	taken    atomic.Bool  // a request has used it
	asked    atomic.Int64 // requests begun; the first is the setting up
	answered atomic.Int64 // requests over
}

func newConn(c net.Conn) *conn {
	n := &conn{Conn: c}
	n.asked.Store(1)
	return n
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.asked.Load() <= c.answered.Load() {
		clear(b[:n])
		c.Conn.Close()
		return 0, io.EOF
	}
	return n, err
}

// watched adds to a request what tells its connection that it begins, and
// returns what tells it that the request is over. Both only count upwards, so
// that a late end of one request does not silence the next.
func watched(req *http.Request) (*http.Request, func()) {
	var used atomic.Pointer[conn]
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		inner := info.Conn
		if secured, ok := inner.(*tls.Conn); ok {
			inner = secured.NetConn()
		}
		c, ok := inner.(*conn)
		if !ok {
			return
		}
		if c.taken.Swap(true) {
			c.asked.Add(1)
		}
		used.Store(c)
	}}
	over := func() {
		if c := used.Swap(nil); c != nil {
			c.answered.Add(1)
		}
	}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), trace)), over
}

// body is a response's body that says when it is over.
type body struct {
	io.ReadCloser
	once sync.Once
	over func()
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.once.Do(b.over)
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(b.over)
	return err
}

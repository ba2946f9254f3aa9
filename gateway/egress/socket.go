package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

// Socket is the way to a recipient that is spoken with over a WebSocket. What
// holds for a Client's requests holds for it.
type Socket struct{ gate *gate }

// Socket is the way to a recipient, or a *Refusal when there is none of that
// name. A recipient whose requests are signed has none.
func (e *Egress) Socket(name string) (*Socket, error) {
	g := e.gates[name]
	if g == nil || g.recipient.Sign != nil {
		return nil, e.unregistered(name)
	}
	return &Socket{gate: g}, nil
}

// Declined is the status of a recipient that did not open a WebSocket.
type Declined int

// Error gives the status, and nothing of what was said with it.
func (d Declined) Error() string {
	return "egress: no WebSocket was opened: status " + strconv.Itoa(int(d))
}

// socketBuffers lends write buffers, which a WebSocket needs only while it
// writes.
var socketBuffers sync.Pool

// openingBytes is how much a recipient may say before the WebSocket is open:
// certificates and a head.
const openingBytes = 128 << 10

var errOpening = errors.New("egress: too much was said before a WebSocket was open")

// Dial opens a WebSocket at u, which is http or https as the recipient's URL
// is. Compression is never agreed to. ctx bounds the opening alone. The error
// is a *Refusal, a Declined, or that of the connection.
func (s *Socket) Dial(ctx context.Context, u *url.URL) (*websocket.Conn, error) {
	g := s.gate
	if err := g.check(&http.Request{URL: u}); err != nil {
		return nil, err
	}
	head := http.Header{"User-Agent": {"mayfly"}}
	g.recipient.instruct(head)
	if g.recipient.Key != nil {
		key, err := credential(g.recipient.Key)
		if err != nil {
			return nil, g.refuse(NoCredential)
		}
		head.Set("Authorization", "Bearer "+string(key))
		clear(key)
	}
	var opening *openingConn
	opened := func() bool { return true }
	dialer := websocket.Dialer{
		NetDialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := g.transport.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			opening = &openingConn{Conn: c}
			// The library waits for an answer whatever becomes of ctx.
			opened = context.AfterFunc(ctx, func() { c.Close() })
			return opening, nil
		},
		TLSClientConfig: g.transport.TLSClientConfig,
		ReadBufferSize:  4 << 10,
		WriteBufferSize: 16 << 10,
		WriteBufferPool: &socketBuffers,
	}
	to := *u
	to.Scheme = map[string]string{"http": "ws", "https": "wss"}[u.Scheme]
	conn, resp, err := dialer.DialContext(ctx, to.String(), head)
	inTime := opened()
	switch {
	case err == nil && inTime:
		opening.open.Store(true)
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case resp == nil:
		return nil, err
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, g.refuse(Redirected)
	}
	return nil, Declined(resp.StatusCode)
}

// openingConn is a connection that hears little until its WebSocket is open.
type openingConn struct {
	net.Conn
	open  atomic.Bool
	heard int // before that. Owned by the reader.
}

// Read implements net.Conn.
func (c *openingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.open.Load() {
		return n, err
	}
	if c.heard += n; c.heard > openingBytes {
		clear(b[:n])
		c.Conn.Close()
		return 0, errOpening
	}
	return n, err
}

package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// Stream is the way to a recipient that is spoken with over TLS alone, as
// syslog is. Its URL is https, for its host and port. What holds for a
// Client's connections holds for it; there is no credential.
type Stream struct{ gate *gate }

// Stream is the way to a recipient, or a *Refusal when there is none of that
// name, or none that TLS leads to.
func (e *Egress) Stream(name string) (*Stream, error) {
	g := e.gates[name]
	switch {
	case g == nil || g.recipient.Key != nil || g.recipient.Sign != nil:
		return nil, e.unregistered(name)
	case g.recipient.URL.Scheme != "https":
		return nil, g.refuse(Unencrypted)
	}
	return &Stream{gate: g}, nil
}

// Dial opens a connection, and knows who is at its other end when it returns.
// ctx bounds the opening alone.
func (s *Stream) Dial(ctx context.Context) (*Secured, error) {
	g := s.gate
	plain, err := g.transport.DialContext(ctx, "tcp", g.authority)
	if err != nil {
		return nil, err
	}
	config := g.transport.TLSClientConfig.Clone()
	config.ServerName = g.recipient.URL.Hostname()
	conn := tls.Client(plain, config)
	ctx, cancel := context.WithTimeout(ctx, g.transport.TLSHandshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		plain.Close()
		return nil, err
	}
	return &Secured{conn: conn}, nil
}

// Secured is a connection to a recipient that is only written to.
type Secured struct{ conn *tls.Conn }

// Write implements io.Writer.
func (s *Secured) Write(b []byte) (int, error) {
	n, err := s.conn.Write(b)
	if err != nil {
		err = s.why(err)
	}
	return n, err
}

// why is what the other end said before it broke the connection, if it did:
// that it does not accept who this end is, say. Otherwise it is the error.
func (s *Secured) why(broken error) error {
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Second))
	var none [256]byte
	var said *net.OpError
	if _, err := s.conn.Read(none[:]); errors.As(err, &said) && said.Op == "remote error" {
		return err
	}
	return broken
}

// Close closes the connection at once, also while End waits.
func (s *Secured) Close() error { return s.conn.NetConn().Close() }

// errTalks means that the other end does not end a connection.
var errTalks = errors.New("egress: the connection was not ended by its other end")

// End says that there is no more, and returns nil when the other end has ended
// the connection too: a machine does that in order (FIN) when all that came was
// read, and else breaks it (RST). TLS would have it say so (close_notify), which
// common receivers do not. What is said before the end is not looked at, and has
// to be little.
func (s *Secured) End() error {
	if err := s.conn.CloseWrite(); err != nil {
		return s.why(err)
	}
	var none [256]byte
	for range 16 {
		switch _, err := s.conn.Read(none[:]); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	return errTalks
}

package knowledge

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// sink counts the connections that are made to it: there should be none.
type sink struct {
	l net.Listener
	n atomic.Int64
}

func newSink(t *testing.T) *sink {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &sink{l: l}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.n.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return s
}

func (s *sink) String() string { return s.l.Addr().String() }
func (s *sink) count() int64   { return s.n.Load() }

func speech(text string) session.Speech { return session.NewSpeech([]byte(text)) }

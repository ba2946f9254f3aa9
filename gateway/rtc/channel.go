package rtc

import (
	"errors"
	"io"

	"github.com/pion/webrtc/v4"
)

// reader is what a detached channel of pion is to us.
type reader interface {
	ReadDataChannel(b []byte) (n int, text bool, err error)
	WriteDataChannel(b []byte, text bool) (int, error)
}

// events is the data channel that carries the protocol.
type events struct {
	channel *webrtc.DataChannel
	raw     reader
}

// small is the size of the read buffer while messages are small.
const small = 4 << 10

// channel takes a data channel that the client opened. Only the first one
// named Label is used. Others are closed, and one too many ends the peer.
func (p *Peer) channel(c *webrtc.DataChannel) {
	p.mu.Lock()
	p.channels++
	n, taken := p.channels, p.events != nil
	p.mu.Unlock()
	if n > MaxChannels {
		p.finish(TooManyChannels)
		return
	}
	c.OnOpen(func() {
		raw, err := c.Detach()
		if err != nil || taken || c.Label() != Label || !p.open(c, raw) {
			_ = c.Close()
		}
	})
}

// open makes a channel the peer's, once.
func (p *Peer) open(c *webrtc.DataChannel, raw reader) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.events != nil {
		return false
	}
	p.events = &events{channel: c, raw: raw}
	if p.setup != nil {
		p.setup.Stop()
	}
	p.running.Go(func() {
		p.handler.Open()
		p.finish(p.read(raw))
	})
	return true
}

// read gives the handler one message after the other, and the reason for
// which there are no more.
func (p *Peer) read(raw reader) Reason {
	buf := make([]byte, small)
	for {
		n, text, err := raw.ReadDataChannel(buf)
		switch {
		case errors.Is(err, io.ErrShortBuffer) && len(buf) < MaxMessage:
			buf = make([]byte, min(4*len(buf), MaxMessage)) // pion keeps the message
			continue
		case errors.Is(err, io.ErrShortBuffer):
			return MessageTooLarge
		case err != nil:
			return HungUp
		case !text:
			return BinaryMessage
		}
		p.handler.Message(buf[:n])
		clear(buf[:n])
		if len(buf) > small {
			buf = make([]byte, small)
		}
	}
}

// Send puts a text message on the data channel. The peer has it in full and
// in order, or is lost. It never waits: beyond MaxQueue bytes that the peer
// has not acknowledged it refuses with ErrSlow, and the caller ends the peer.
func (p *Peer) Send(text []byte) error {
	if len(text) > MaxEvent {
		return ErrTooLarge
	}
	p.mu.Lock()
	e, ended := p.events, p.ended
	p.mu.Unlock()
	switch {
	case ended:
		return ErrClosed
	case e == nil:
		return ErrNotOpen
	case e.channel.BufferedAmount()+uint64(len(text)) > MaxQueue:
		return ErrSlow
	}
	if _, err := e.raw.WriteDataChannel(text, true); err != nil {
		return ErrClosed
	}
	return nil
}

package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/rtc"
	"mayfly/session"
)

// rtcCarrier is a session on a call: events on the data channel, sound on the
// audio track. It is the peer's Handler.
type rtcCarrier struct {
	conn  *conn
	begin func(*rtcCarrier) // puts the session on this carrier
	peer  atomic.Pointer[rtc.Peer]
	bound chan struct{} // closed when peer is known
	once  sync.Once
	opens atomic.Bool
	lost  atomic.Bool
	gone  func() // the call is over

	unlist func() // takes its address out of use; set before it is answered

	gain gain // Guarded by conn.mu.
}

func newRTCCarrier(c *conn, begin func(*rtcCarrier), gone func()) *rtcCarrier {
	return &rtcCarrier{conn: c, begin: begin, bound: make(chan struct{}), gone: gone}
}

// bind says which peer the carrier is.
func (k *rtcCarrier) bind(p *rtc.Peer) {
	k.peer.Store(p)
	close(k.bound)
}

// Open begins, or goes on with, the session.
func (k *rtcCarrier) Open() {
	<-k.bound
	k.opens.Store(true)
	k.begin(k)
}

// Message is one event of the client.
func (k *rtcCarrier) Message(text []byte) {
	if !k.conn.receive(k, text) {
		k.peer.Load().Close(rtc.HungUp)
	}
}

// Audio is a packet of the microphone.
func (k *rtcCarrier) Audio(p rtc.Packet) { k.conn.hearPacket(k, p) }

// Lost ends the carrier.
func (k *rtcCarrier) Lost(r rtc.Reason) {
	defer k.gone()
	k.lost.Store(true)
	if !k.opens.Load() {
		k.conn.abandon()
		return
	}
	why := session.Lost
	switch r {
	case rtc.HungUp:
		// A page that is closed and a network that went look alike here; the
		// client that left on purpose said so before, or never comes back.
	case rtc.BinaryMessage, rtc.MessageTooLarge, rtc.TooManyChannels, rtc.MediaFlood:
		why = session.Protocol
	}
	k.conn.lost(k, why)
}

// send waits a while for a client that does not take what was sent before, as
// a write to a socket would. An event that is larger than the transport takes
// is left out and counted: it is no reason to end a session.
func (k *rtcCarrier) send(f *realtime.Frames) error {
	peer, until := k.peer.Load(), time.Now().Add(writeWithin)
	return f.Each(func(text []byte) error {
		for {
			err := peer.Send(text)
			switch {
			case errors.Is(err, rtc.ErrTooLarge):
				k.conn.server.metrics.dropped.WithLabelValues("event_too_large").Inc()
				return nil
			case !errors.Is(err, rtc.ErrSlow) || time.Now().After(until):
				return err
			}
			time.Sleep(slowPause)
		}
	})
}

// slowPause is how often a client that does not take what it is sent is tried
// again.
const slowPause = 5 * time.Millisecond

// ping is the transport's own affair: ICE asks for signs of life.
func (k *rtcCarrier) ping() error { return nil }

// The last events of a call have lastWords to arrive, and lastWord more, in
// which the client reads them, before the connection goes.
const (
	lastWords = 3 * time.Second
	lastWord  = 50 * time.Millisecond
)

func (k *rtcCarrier) close(problem) {
	k.once.Do(func() {
		k.conn.server.work.Add(1)
		go func() {
			defer k.conn.server.work.Done()
			peer := k.peer.Load()
			for until := time.Now().Add(lastWords); !k.lost.Load() && peer.Stats().Queued > 0 && time.Now().Before(until); {
				time.Sleep(slowPause)
			}
			time.Sleep(lastWord)
			peer.Close(rtc.HungUp)
		}()
	})
}

func (k *rtcCarrier) plays() player {
	if p := k.peer.Load(); p != nil && p.Hears() {
		return k
	}
	return nil
}

func (k *rtcCarrier) limit() int { return rtc.MaxEvent }

func (k *rtcCarrier) play(frame []int16) {
	if err := k.peer.Load().Play(k.gain.apply(frame)); err != nil {
		k.conn.server.metrics.dropped.WithLabelValues("sound").Inc()
	}
}

func (k *rtcCarrier) flush() int {
	p := k.peer.Load()
	n := int(p.Buffered() * voice.Rate / time.Second)
	p.Flush()
	k.gain = gain{}
	return n
}

func (k *rtcCarrier) duck(on bool) { k.gain.ducked = on }

// answer makes the call of an offer and binds it to the carrier.
func (k *rtcCarrier) answer(ctx context.Context, media *rtc.Server, offer []byte, permit rtc.Permit) ([]byte, error) {
	p, answer, err := media.Answer(ctx, offer, permit, k)
	if err != nil {
		return nil, err
	}
	k.bind(p)
	return answer, nil
}

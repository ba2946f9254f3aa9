package rtc

import (
	"sync"
	"time"
)

// A pacer tick is a quarter of a frame: each voice is served at every fourth,
// on the phase at which it began to speak. So a first frame waits 5 ms at
// most, and the packets of many voices do not leave in one burst.
const (
	phases   = 4
	tickTime = FrameTime / phases
	maxLate  = 40 // ticks; after a longer stall the clock jumps
)

// pacer sends every voice's packets on one absolute clock, from one
// goroutine, which sleeps while nobody speaks. A tick that comes late is made
// up for, so that frames keep their rate; time stamps come from the tick's
// number and are exact whenever the packet leaves.
type pacer struct {
	epoch time.Time     // Static after start.
	wake  chan struct{} // holds one value: somebody speaks
	quit  chan struct{}
	done  chan struct{}

	mu    sync.Mutex
	slots [phases][]*voice // Guarded by mu. who speaks on which phase
	n     int              // Guarded by mu. voices in all slots

	serving []*voice // Owned by the goroutine.
}

func (c *pacer) start() {
	c.epoch = time.Now()
	c.wake, c.quit, c.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go c.run()
}

func (c *pacer) stop() {
	close(c.quit)
	<-c.done
}

// tick is the number of the tick that time is in.
func (c *pacer) tick() int64 { return int64(time.Since(c.epoch) / tickTime) }

// join has a voice served from the next tick on.
func (c *pacer) join(v *voice) {
	c.mu.Lock()
	slot := &c.slots[(c.tick()+1)%phases]
	*slot = append(*slot, v)
	c.n++
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *pacer) run() {
	defer close(c.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-c.quit:
			return
		case <-c.wake:
		}
		for next := c.tick() + 1; c.speaking(); {
			timer.Reset(time.Until(c.epoch.Add(time.Duration(next) * tickTime)))
			select {
			case <-c.quit:
				return
			case <-timer.C:
			}
			now := c.tick()
			if now-next > maxLate {
				next = now
			}
			for ; next <= now; next++ {
				c.serve(next)
			}
		}
	}
}

func (c *pacer) speaking() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n > 0
}

// serve sends a packet of every voice on the tick's phase and lets those go
// that have none.
func (c *pacer) serve(tick int64) {
	slot := &c.slots[tick%phases]
	c.mu.Lock()
	c.serving = append(c.serving[:0], *slot...)
	c.mu.Unlock()
	silent := 0
	for i, v := range c.serving {
		if v.send(tick) {
			c.serving[i] = nil
		} else {
			silent++
		}
	}
	if silent == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.serving {
		if v == nil {
			continue
		}
		for i, have := range *slot { // the first: it may have joined again
			if have == v {
				last := len(*slot) - 1
				(*slot)[i], (*slot)[last] = (*slot)[last], nil
				*slot = (*slot)[:last]
				c.n--
				break
			}
		}
	}
	clear(c.serving)
}

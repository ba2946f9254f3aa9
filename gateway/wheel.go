package gateway

import (
	"container/heap"
	"sync"
	"time"
)

// wheel wakes sessions when they asked to be. It is one goroutine and one
// timer for all of them, and it never touches a socket.
type wheel struct {
	mu    sync.Mutex
	queue alarmQueue    // Guarded by mu.
	poke  chan struct{} // the earliest alarm changed
}

// alarm is one wake-up, embedded in what it wakes. Guarded by wheel.mu.
type alarm struct {
	at    time.Time
	index int // in the queue plus one; zero: not in it
	ring  func(now time.Time)
}

func newWheel() *wheel { return &wheel{poke: make(chan struct{}, 1)} }

// set makes sure that a rings at t or before. A later t than the one that
// stands changes nothing: a wake-up that finds nothing due sets itself anew,
// which is cheaper than moving the alarm with every message.
func (w *wheel) set(a *alarm, t time.Time) {
	if t.IsZero() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case a.index == 0:
		a.at = t
		heap.Push(&w.queue, a)
	case t.Before(a.at):
		a.at = t
		heap.Fix(&w.queue, a.index-1)
	default:
		return
	}
	if a.index == 1 {
		select {
		case w.poke <- struct{}{}:
		default:
		}
	}
}

// drop takes a out.
func (w *wheel) drop(a *alarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.index > 0 {
		heap.Remove(&w.queue, a.index-1)
	}
}

// due takes out every alarm that is due and says when the next one is.
func (w *wheel) due(now time.Time, buf []*alarm) ([]*alarm, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 && !w.queue[0].at.After(now) {
		buf = append(buf, heap.Pop(&w.queue).(*alarm))
	}
	if len(w.queue) == 0 {
		return buf, time.Hour
	}
	return buf, w.queue[0].at.Sub(now)
}

// run rings alarms until stop closes.
func (w *wheel) run(stop <-chan struct{}) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var buf []*alarm
	for {
		now := time.Now()
		var next time.Duration
		buf, next = w.due(now, buf[:0])
		for i, a := range buf {
			a.ring(now)
			buf[i] = nil
		}
		timer.Reset(next)
		select {
		case <-stop:
			return
		case <-w.poke:
		case <-timer.C:
		}
	}
}

// alarmQueue is a heap of alarms, earliest first.
type alarmQueue []*alarm

func (q alarmQueue) Len() int           { return len(q) }
func (q alarmQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q alarmQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i+1, j+1
}

// Push is for container/heap.
func (q *alarmQueue) Push(x any) {
	a := x.(*alarm)
	*q = append(*q, a)
	a.index = len(*q)
}

// Pop is for container/heap.
func (q *alarmQueue) Pop() any {
	old := *q
	a := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	a.index = 0
	return a
}

package browser

import (
	"sync"
	"testing"
	"time"
)

// must ends the test if the rig itself fails.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal("rig: ", err)
	}
}

// eventually asks until it is so, or the time is over.
func eventually(within time.Duration, so func() bool) bool {
	for end := time.Now().Add(within); ; time.Sleep(25 * time.Millisecond) {
		if so() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// tail keeps the end of what a program says.
type tail struct {
	mu   sync.Mutex
	text []byte // Guarded by mu.
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if over := len(l.text) - 8<<10; over > 0 {
		l.text = l.text[over:]
	}
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

package browser

import (
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

package notice

import (
	"flag"
	"os"
	"testing"
)

var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// Short is under the race detector, which makes everything ten times as slow
// and sees nothing in the many loops here that have one goroutine.
func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		*scale /= 10
	}
	os.Exit(m.Run())
}

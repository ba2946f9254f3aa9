package hear

import (
	"flag"
	"testing"
)

var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// times is how often something is done; with -short, as under the race
// detector, a fifth of that.
func times(n int) int {
	if testing.Short() {
		return (n + 4) / 5
	}
	return int(float64(n) * *scale)
}

package browser

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// out is where pictures go: an artefact to look at, outside of what is committed.
var out = flag.String("out", "../out/browser", "folder for the pictures of the pages")

// scale multiplies the counts of loops.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// times is a count at the scale of the run, never below 1.
func times(n int) int { return max(1, int(float64(n)**scale)) }

func itoa(n int) string { return strconv.Itoa(n) }

// keepPicture writes a picture into the folder for them.
func keepPicture(t testing.TB, name string, png []byte) {
	if err := os.MkdirAll(*out, 0o755); err == nil {
		err = os.WriteFile(filepath.Join(*out, name+".png"), png, 0o644)
		if err == nil {
			return
		}
	}
	t.Errorf("rig: the picture %s cannot be kept in %s", name, *out)
}

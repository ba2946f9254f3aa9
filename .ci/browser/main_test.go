package browser

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "mayfly-browser-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		if program, err = buildProgram(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer stopChromium()
		return m.Run()
	}())
}

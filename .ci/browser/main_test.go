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
		result := m.Run()
		if err := writeReport(); err != nil {
			fmt.Fprintln(os.Stderr, "rig: the report cannot be written: ", err)
			return 1
		}
		return result
	}())
}

package browser

import (
	"fmt"
	"os"
	"testing"

	"mayfly.test/started"
)

func TestMain(m *testing.M) {
	os.Exit(started.Main(func() int {
		defer stopChromium()
		result := m.Run()
		if err := writeReport(); err != nil {
			fmt.Fprintln(os.Stderr, "rig: the report cannot be written: ", err)
			return 1
		}
		return result
	}))
}

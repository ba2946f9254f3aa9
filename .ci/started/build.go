// Package started runs the real program for the tests of other modules: it
// builds it, starts it, keeps what it says, and demands that it ends in order.
// It is for tests only and no part of the program, and depends on nothing, so
// that it fits beside whatever those modules bring along.
package started

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// bin is the folder of what Main built, and mayfly the program.
var bin, mayfly string

// Main builds the program from the tree that the module of the tests lies in,
// unless MAYFLY_BIN names one that is built, and programs of others that this
// module requires. It runs the tests and gives the code to exit with.
func Main(run func() int, others ...string) int {
	if err := build(others); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		return 1
	}
	defer os.RemoveAll(bin)
	return run()
}

func build(others []string) (err error) {
	if bin, err = os.MkdirTemp("", "mayfly-bin-"); err != nil {
		return err
	}
	if built := os.Getenv("MAYFLY_BIN"); built != "" {
		mayfly, err = filepath.Abs(built)
	} else {
		mayfly, err = Program("mayfly"), goBuild("../..", "./cmd/mayfly")
	}
	if err == nil && len(others) > 0 {
		err = goBuild(".", others...)
	}
	return err
}

func goBuild(folder string, packages ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", bin + "/"}, packages...)...)
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v does not build: %w\n%s", packages, err, said)
	}
	return nil
}

// Mayfly is the program's file.
func Mayfly() string { return mayfly }

// Program is the file of another program that Main built.
func Program(name string) string { return filepath.Join(bin, name) }

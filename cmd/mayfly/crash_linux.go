package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// keepCrash takes standard error away from Go itself, which writes there the
// text of a fault that nobody caught. That text may hold words that somebody
// said, and no hook of Go's takes them out. What is written there from now on
// goes through a pipe to a process of its own, which tells where the fault was
// when this one has ended (see tellCrash). What is returned is standard error
// as it was, for the program's own lines.
func keepCrash() (*os.File, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the program's file is not to be found (%w)", err)
	}
	said, say, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("no pipe can be made (%w)", err)
	}
	defer said.Close()
	defer say.Close()
	number, err := syscall.Dup(2)
	if err != nil {
		return nil, fmt.Errorf("standard error cannot be kept (%w)", err)
	}
	syscall.CloseOnExec(number)
	own := os.NewFile(uintptr(number), "stderr")
	teller := exec.Command(program, crashCommand)
	teller.Stdin, teller.Stderr = said, own
	teller.Env = []string{} // not what the gateway is told in secret
	if zone, ok := os.LookupEnv("TZ"); ok {
		teller.Env = append(teller.Env, "TZ="+zone) // the lines of both have one clock
	}
	if err := teller.Start(); err != nil {
		own.Close()
		return nil, fmt.Errorf("the process that tells of a fault cannot be started (%w)", err)
	}
	if err := syscall.Dup3(int(say.Fd()), 2, 0); err != nil {
		own.Close() // and the other process ends with the pipe
		return nil, fmt.Errorf("standard error cannot be taken (%w)", err)
	}
	_ = teller.Process.Release() // nobody waits for it: it outlives this process
	return own, nil
}

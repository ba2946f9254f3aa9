package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"
)

// harden makes the process keep what is in its memory to itself, before
// anything worth keeping is there: no core file, no other process of the same
// user that reads its memory, and files for this user only.
//
// GOTRACEBACK=crash asks Go to abort after a panic so that the kernel writes a
// core. Go does not let a program lower what the environment asks for, so the
// traceback stays; but the kernel writes no core of a process that is not
// dumpable, to a file or to a program (core(5), prctl(2)).
func harden() error {
	syscall.Umask(0o077)
	debug.SetTraceback("single")
	none := syscall.Rlimit{}
	limit := syscall.Setrlimit(syscall.RLIMIT_CORE, &none)
	if limit != nil {
		limit = fmt.Errorf("core files cannot be switched off (%w)", limit)
	}
	var dump error
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
		dump = fmt.Errorf("the memory cannot be closed to other processes (%w)", errno)
	}
	return errors.Join(limit, dump)
}

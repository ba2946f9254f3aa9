//go:build !linux

package main

import "runtime/debug"

// harden does what can be done without Linux: core files are for the
// operator's service manager to switch off.
func harden() error {
	debug.SetTraceback("single")
	return nil
}

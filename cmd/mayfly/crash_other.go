//go:build !linux

package main

import (
	"errors"
	"os"
)

// keepCrash is for Linux alone: elsewhere Go writes the text of a fault that
// nobody caught to standard error.
func keepCrash() (*os.File, error) { return nil, errors.ErrUnsupported }

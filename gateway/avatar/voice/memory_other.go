//go:build !linux

package voice

import (
	"errors"
	"os"
)

// memoryFile does not exist here: a voice that needs one cannot be used.
func memoryFile() (*os.File, error) { return nil, errors.ErrUnsupported }

package voice

import (
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile makes a file that exists in memory only and has no name.
func memoryFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("sound", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "sound"), nil
}

package main

import (
	"context"
	"io"
)

// sbomFlags are `mayfly sbom`.
type sbomFlags struct{}

// apart implements stoppedCommand.
func (*sbomFlags) apart(_ context.Context, out io.Writer) error {
	b, err := ownBOM()
	if err != nil {
		return err
	}
	_, err = out.Write(b)
	return err
}

package siem

import "flag"

var (
	scale  = flag.Float64("scale", 1, "how much of what is tried many times is tried")
	update = flag.Bool("update", false, "write the golden files")
)

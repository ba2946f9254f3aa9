package siem

import "flag"

var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

package redact_test

import "flag"

// scale multiplies the counts of loops: 1 is the quick tier, 50 the full one.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

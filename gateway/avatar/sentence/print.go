package sentence

import (
	"fmt"

	"mayfly/gateway/line"
)

// Format implements fmt.Formatter: words do not print.
func (s *Stream) Format(to fmt.State, _ rune) { line.Length(to, "stream", len(s.raw)) }

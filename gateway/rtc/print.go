package rtc

import (
	"fmt"

	"mayfly/gateway/line"
)

// Format implements fmt.Formatter: sound does not print.
func (p Packet) Format(to fmt.State, _ rune) { line.Length(to, "packet", len(p.Payload)) }

// Format implements fmt.Formatter: secrets do not print.
func (r Relay) Format(to fmt.State, _ rune) { line.Length(to, "relay", len(r.URLs)) }

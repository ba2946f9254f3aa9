package line

import (
	"fmt"
	"io"
	"strconv"
)

// Length writes what a value is and how many bytes it holds, for the Format
// method of a type that must not print what it holds: whatever the verb.
func Length(to fmt.State, what string, bytes int) {
	_, _ = io.WriteString(to, what+"("+strconv.Itoa(bytes)+")")
}

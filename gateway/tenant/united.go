package tenant

import (
	"time"

	"github.com/goccy/go-yaml/ast"
)

// united refuses a bare number where a length of time belongs, and says how to
// write one.
func united(k kind[time.Duration], how string) kind[time.Duration] {
	read := k.read
	k.read = func(r *reader, n ast.Node) (time.Duration, error) {
		if _, ok := n.(*ast.IntegerNode); ok {
			return 0, fault("this time has no unit", how)
		}
		return read(r, n)
	}
	return k
}

package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Errors of Rights are answers that say what to do; one that nobody knows says
// nothing of itself.
func TestRightsFailed(t *testing.T) {
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for err, status := range map[error]int{ErrHeld: 409, ErrNothing: 400, ErrMany: 429, errSecret{}: 503} {
		bad := rightsFailed(&Holding{HeldUntil: until}, err)
		require.Equal(t, status, lookupProblem(bad.code).status, "%v", err)
	}
	require.Equal(t, until, rightsFailed(&Holding{HeldUntil: until}, ErrHeld).until)
	require.NotZero(t, rightsFailed(&Holding{}, ErrMany).wait)
}

type errSecret struct{}

func (errSecret) Error() string { return "a path" }

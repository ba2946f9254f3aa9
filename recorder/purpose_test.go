package recorder

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// A purpose that the tenant dropped while a session went on is none for which
// it is read afterwards. // R5, R15
func TestDroppedPurpose(t *testing.T) {
	r, _ := started(t)
	talk := newTalker(t, month)
	c := conversation(1)
	c.Purposes = purposesOf("audit", "quality")
	require.NoError(t, keep(r, c, talk.say("q", "a")))
	require.NoError(t, keep(r, c, talk.say("q", "a")))
	var out bytes.Buffer
	require.NoError(t, r.Read(context.Background(), "acme", idNo(1), access("quality"), Text, &out))
	c.Purposes = purposesOf("audit")
	require.NoError(t, keep(r, c, talk.say("q", "a")))
	require.ErrorIs(t, r.Read(context.Background(), "acme", idNo(1), access("quality"), Text, &out), ErrPurpose)
	require.NoError(t, r.Read(context.Background(), "acme", idNo(1), access("audit"), Text, &out))
	require.Equal(t, 1, count(t, r, "SELECT count(*) FROM conversation"))
	require.Equal(t, 3, count(t, r, "SELECT count(*) FROM turn"))
	require.Equal(t, 1, keysLeft(t, r))
}

package realtime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A secret that opens several sessions gives each its own words.
func TestCopyIsIndependent(t *testing.T) {
	u := updateOf(t, `{"instructions":"i","tools":[{"type":"function","name":"f","description":"d","parameters":{"a":1}}],"tool_choice":{"type":"function","name":"f"},"audio":{"input":{"transcription":{"prompt":"p"}},"output":{"voice":"v"}},"avatar":{"subject":"s"}}`)
	before := encodeUpdate(u)
	c := config()
	_, e := c.Merge(u.Copy(), Rules{})
	require.Nil(t, e)
	c.Forget()
	u.Copy().Forget()
	require.Equal(t, before, encodeUpdate(u))
	kept := u.Copy()
	u.Forget()
	require.Equal(t, before, encodeUpdate(kept))
}

func TestFree(t *testing.T) {
	ids := NewIDs("p")
	require.True(t, ids.Free([]byte("mine")))
	require.True(t, ids.Choose(1, []byte("mine")))
	for _, name := range []string{"", "mine", "root", "item_p3", string(make([]byte, 65))} {
		require.False(t, ids.Free([]byte(name)), name)
		require.False(t, ids.Choose(2, []byte(name)), name)
	}
}

package realtime

import (
	"fmt"
	"testing"

	"mayfly/session"

	"github.com/stretchr/testify/require"
)

func TestIDs(t *testing.T) {
	ids := NewIDs("4f9a2c")
	require.Equal(t, "sess_4f9a2c", ids.Session())
	require.Equal(t, "item_4f9a2c12", string(ids.AppendItem(nil, 12)))
	require.Equal(t, "resp_4f9a2c3", string(ids.AppendTurn(nil, 3)))
	require.EqualValues(t, 12, ids.Item([]byte("item_4f9a2c12")))
	require.EqualValues(t, 4294967295, ids.Item([]byte("item_4f9a2c4294967295")))
	require.EqualValues(t, 3, ids.Turn([]byte("resp_4f9a2c3")))
	for _, name := range []string{"", "12", "item_", "item_4f9a2c", "item_4f9a2c0", "item_4f9a2c012", "item_4f9a2c-1", "item_4f9a2c1x", "item_4f9a2c4294967296", "item_4f9a2c99999999999", "item_other12", "resp_4f9a2c1", "ITEM_4f9a2c1"} {
		require.Zero(t, ids.Item([]byte(name)), name)
	}
}

func TestIDsThatAClientChose(t *testing.T) {
	ids := NewIDs("p")
	name := []byte("mine")
	require.True(t, ids.Choose(5, name))
	name[0] = 'x' // it was copied
	require.Equal(t, "mine", string(ids.AppendItem(nil, 5)))
	require.EqualValues(t, 5, ids.Item([]byte("mine")))
	require.Zero(t, ids.Item([]byte("item_p5")), "an item has one name")
	require.Zero(t, ids.Item([]byte("other")))
	require.False(t, ids.Choose(6, []byte("mine")), "taken")
	require.False(t, ids.Choose(5, []byte("again")), "has one")
	for _, bad := range []string{"", "root", "item_p7", "item_pQ", string(make([]byte, 65))} {
		require.False(t, ids.Choose(6, []byte(bad)), bad)
	}
	require.True(t, ids.Choose(6, []byte("item_q7")), "not ours")
	require.EqualValues(t, 6, ids.Item([]byte("item_q7")))
	kept := ids.chosen[5]
	ids.Drop(5)
	ids.Drop(5)
	require.Equal(t, []byte{0, 0, 0, 0}, kept)
	require.Zero(t, ids.Item([]byte("mine")))
	require.Equal(t, "item_p5", string(ids.AppendItem(nil, 5)))
	require.True(t, ids.Choose(7, []byte("mine")), "free again")
	kept = ids.chosen[7]
	ids.Forget()
	require.Equal(t, []byte{0, 0, 0, 0}, kept)
	require.Zero(t, ids.Item([]byte("mine")))
	require.True(t, ids.Choose(1, []byte("mine")))
}

func TestIDsOfManyItems(t *testing.T) {
	ids := NewIDs("p")
	n := int(2000 * *scale)
	for i := range n {
		require.True(t, ids.Choose(session.ItemNo(i+1), fmt.Appendf(nil, "client-%d", i)))
	}
	for i := range n {
		require.EqualValues(t, i+1, ids.Item(fmt.Appendf(nil, "client-%d", i)))
	}
	t.Logf("n=%d", n)
}

package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Who has what is stored erased is recorded no further, whatever purposes they
// name: the receipt would say that nothing is stored. // R12 R48
func TestErasedMeansOffTheRecord(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	c := r.agreed()
	c.turn("kept", 1)
	c.await("avatar.transcript.committed", 1)
	c.send(event{"type": "avatar.optout.submit", "purposes": []string{"analytics"}, "erase_stored": true})
	state := c.await("avatar.optout.state", 1)
	require.EqualValues(t, 1, state["erased"])
	require.Contains(t, state["purposes"], "transcript")
	require.Equal(t, "opted_out", c.await("avatar.recording.state", 2)["reason"])
	c.turn("after", 2)
	c.turn("after", 3)
	require.Empty(t, tp.all())
}

// A gateway that stops erases nothing any more, and does not let the person
// believe that it did. // R48
func TestEraseWhileStopping(t *testing.T) {
	tp := &tape{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, recorded(tp))
	c := r.agreed()
	c.turn("kept", 1)
	c.await("avatar.transcript.committed", 1)
	stop := func(closed bool) {
		r.server.gate.Lock()
		defer r.server.gate.Unlock()
		r.server.closed = closed
	}
	stop(true)
	c.send(event{"type": "avatar.optout.submit", "erase_stored": true})
	require.Equal(t, "erase_failed", c.await("error", 1).at("error", "code"))
	stop(false)
	require.Len(t, tp.all(), 1)
}

package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
)

// R21: a turn that is stored carries what answered in it.
func TestStoredWithItsSource(t *testing.T) {
	for source, want := range map[avatar.Source]string{
		avatar.Algorithmic: realtime.SourceAlgorithmic,
		avatar.Trained:     realtime.SourceTrained,
		avatar.Composite:   realtime.SourceComposite,
	} {
		tp := &tape{}
		engine := made{&scripted{sentences: []string{"ok"}}, avatar.Label{Source: source, Provider: "test", System: "made", Version: "1"}}
		c := newRig(t, engine, nil, recorded(tp)).agreed()
		c.turn("who answers?", 1)
		c.await("avatar.transcript.committed", 1)
		require.Len(t, tp.all(), 1)
		require.Equal(t, want, tp.all()[0].of.Source)
	}
}

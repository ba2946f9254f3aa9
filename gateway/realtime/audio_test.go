package realtime

import (
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAudioBothWays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		pcm := make([]int16, n)
		var raw []byte
		for i := range pcm {
			pcm[i] = int16(r.Uint32())
			raw = binary.LittleEndian.AppendUint16(raw, uint16(pcm[i]))
		}
		var a, b writer
		a.samples(pcm)
		b.base64(raw)
		want := `"` + base64.StdEncoding.EncodeToString(raw) + `"`
		require.Equal(t, want, string(a.b))
		require.Equal(t, want, string(b.b))
		ev, e := Decode([]byte(`{"type":"input_audio_buffer.append","audio":` + want + `}`))
		require.Nil(t, e)
		sound := ev.(*AudioAppend).Audio
		require.Equal(t, string(raw), string(sound.Bytes()))
		ev.Forget()
		ev.Forget()
	}
}

// R2: the memory of a sound is clear when the next one gets it.
func TestAudioIsCleared(t *testing.T) {
	ev, e := Decode([]byte(`{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString([]byte("CANARY")) + `"}`))
	require.Nil(t, e)
	kept := ev.(*AudioAppend).Audio.Bytes()
	require.Equal(t, "CANARY", string(kept))
	ev.Forget()
	require.Equal(t, make([]byte, 6), kept)
	var none *Audio
	require.Nil(t, none.Bytes())
	none.Release()
}

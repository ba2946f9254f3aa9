package gateway

import (
	"mayfly/gateway/audio"
	"mayfly/gateway/realtime"
)

// telephone makes the sound of events that are not PCM: G.711 at 8 kHz.
type telephone struct {
	format  realtime.Format
	encoder audio.Encoder
	packet  [audio.MaxPacket]byte
}

func newTelephone(f realtime.Format) *telephone {
	codec := audio.PCMU
	if f == realtime.PCMA {
		codec = audio.PCMA
	}
	e, err := audio.NewEncoder(codec)
	if err != nil {
		panic(err) // both codecs are there
	}
	return &telephone{format: f, encoder: e}
}

// encode turns one frame of 20 ms into bytes, valid until the next.
func (t *telephone) encode(frame []int16) ([]byte, error) {
	n, err := t.encoder.Encode(t.packet[:], frame)
	return t.packet[:n], err
}

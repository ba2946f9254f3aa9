package gateway

import "mayfly/gateway/audio"

// gain is how loud the avatar is played: as it is, or more quietly while the
// person may have begun to speak. It goes from one to the other within a
// frame, so that nothing clicks.
type gain struct {
	ducked bool
	at     int32 // in 1/256, less than as it is
	frame  [audio.Frame]int16
}

// ducking is how much less than as it is: 12 dB.
const ducking = 192

// apply gives the frame at the gain, valid until the next.
func (g *gain) apply(frame []int16) []int16 {
	to := int32(0)
	if g.ducked {
		to = ducking
	}
	if g.at == 0 && to == 0 || len(frame) > len(g.frame) {
		return frame
	}
	from, n := g.at, int32(len(frame))
	for i, v := range frame {
		less := from + (to-from)*int32(i)/n
		g.frame[i] = int16(int32(v) * (256 - less) / 256)
	}
	g.at = to
	return g.frame[:n]
}

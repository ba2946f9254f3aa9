package voice

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkFit is the time from a program's last sample to the first that is
// emitted, for a sentence of 300 letters and 20 seconds of noise and silence.
func BenchmarkFit(b *testing.B) {
	text := make([]byte, 300)
	for i := range text {
		text[i] = "abcde. nopqrst, "[rand.IntN(16)]
	}
	pcm := make([]int16, 20*Rate)
	for i := range pcm {
		if i/5000%5 > 0 {
			pcm[i] = int16(rand.IntN(20000) - 10000)
		}
	}
	sounds := letters(text)
	for b.Loop() {
		fit(sounds, pcm)
	}
}

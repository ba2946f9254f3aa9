package audio

import "encoding/binary"

// AppendPCM appends samples as the protocol's audio/pcm: signed 16 bits,
// little endian.
func AppendPCM(dst []byte, samples []int16) []byte {
	for _, v := range samples {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(v))
	}
	return dst
}

// AppendSamples appends the samples of audio/pcm bytes. An odd last byte is
// half a sample and is left out: the caller keeps it for the next piece.
func AppendSamples(dst []int16, pcm []byte) []int16 {
	for ; len(pcm) >= 2; pcm = pcm[2:] {
		dst = append(dst, int16(binary.LittleEndian.Uint16(pcm)))
	}
	return dst
}

package audio

import "errors"

// Codec names a format of packets by its MIME type, as SDP and RTP do.
type Codec string

// The codecs.
const (
	Opus Codec = "audio/opus" // RFC 7587
	PCMU Codec = "audio/PCMU" // RFC 3551, 4.5.14: G.711 with the u law
	PCMA Codec = "audio/PCMA" // RFC 3551, 4.5.14: G.711 with the A law
)

// MaxPacket is a size in bytes that holds every packet an Encoder makes.
const MaxPacket = 1275

// MaxFrame is a number of samples that holds whatever one packet decodes to:
// 120 ms at Rate, the longest that Opus packs into one.
const MaxFrame = Rate * 120 / 1000

var (
	// ErrCodec is for a codec that is not one of the three.
	ErrCodec = errors.New("audio: unknown codec")
	// ErrFrame is for a frame that is not Frame samples long.
	ErrFrame = errors.New("audio: frame is not 480 samples")
	// ErrBuffer is for a buffer that cannot hold the result.
	ErrBuffer = errors.New("audio: buffer too small")
	// ErrPacket is for a packet that does not decode.
	ErrPacket = errors.New("audio: packet does not decode")
)

// Encoder makes packets of frames. It has a memory of what came before, so it
// belongs to one stream and to one goroutine at a time.
type Encoder interface {
	// Encode writes the packet of one frame (Frame samples) into packet,
	// which should hold MaxPacket bytes, and returns its length.
	Encode(packet []byte, frame []int16) (int, error)
	// Reset forgets what came before: the next frame starts a new stream.
	Reset()
	// Expect says how many packets in a hundred the receiver misses, 0 to
	// 100. Above zero, a codec that can protects each packet by a coarse copy
	// in the next one, at the cost of bits and of a few allocations a frame.
	Expect(loss int)
}

// Decoder makes sound of packets. It has a memory of what came before, so it
// belongs to one stream and to one goroutine at a time.
type Decoder interface {
	// Decode writes the samples of a packet, at Rate, into pcm, which should
	// hold MaxFrame, and returns how many. A packet comes from the network:
	// one that does not decode is ErrPacket and leaves the Decoder usable.
	Decode(pcm []int16, packet []byte) (int, error)
	// Conceal writes Frame samples in place of a packet that was lost.
	Conceal(pcm []int16) (int, error)
}

// NewEncoder makes an encoder for speech: Opus at 32 kbit/s that expects five
// packets in a hundred to be lost until it is told better, or G.711.
func NewEncoder(c Codec) (Encoder, error) {
	switch c {
	case Opus:
		return newOpusEncoder()
	case PCMU:
		return newG711Encoder(linearToU), nil
	case PCMA:
		return newG711Encoder(linearToA), nil
	}
	return nil, ErrCodec
}

// NewDecoder makes a decoder whose sound is mono at Rate.
func NewDecoder(c Codec) (Decoder, error) {
	switch c {
	case Opus:
		return newOpusDecoder()
	case PCMU:
		return newG711Decoder(&uToLinear), nil
	case PCMA:
		return newG711Decoder(&aToLinear), nil
	}
	return nil, ErrCodec
}

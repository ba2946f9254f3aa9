package audio

// G.711 (ITU-T, 1988): eight bits per sample at 8 kHz. It is the fallback for
// clients without Opus. Decoding is a table of 256; encoding is a few shifts,
// cheaper than a table of 64 kB that falls out of the cache.

const g711Rate = 8000

// g711Encoder converts to 8 kHz and compresses.
type g711Encoder struct {
	law  func(int16) byte
	down *Resampler
	pcm  []int16
}

func newG711Encoder(law func(int16) byte) *g711Encoder {
	return &g711Encoder{law: law, down: NewResampler(Rate, g711Rate), pcm: make([]int16, 0, Frame)}
}

func (g *g711Encoder) Encode(packet []byte, frame []int16) (int, error) {
	if len(frame) != Frame {
		return 0, ErrFrame
	}
	if len(packet) < Frame*g711Rate/Rate {
		return 0, ErrBuffer
	}
	g.pcm = g.down.Append(g.pcm[:0], frame)
	for i, v := range g.pcm {
		packet[i] = g.law(v)
	}
	return len(g.pcm), nil
}

func (g *g711Encoder) Reset() { g.down.Reset() }

func (g *g711Encoder) Expect(int) {} // G.711 has no means against loss

// g711Decoder expands and converts to Rate. A lost packet is silence.
type g711Decoder struct {
	law *[256]int16
	up  *Resampler
	pcm []int16
}

func newG711Decoder(law *[256]int16) *g711Decoder {
	return &g711Decoder{law: law, up: NewResampler(g711Rate, Rate), pcm: make([]int16, 0, MaxFrame)}
}

func (g *g711Decoder) Decode(pcm []int16, packet []byte) (int, error) {
	if len(packet) == 0 || len(packet) > MaxFrame*g711Rate/Rate {
		return 0, ErrPacket
	}
	if len(pcm) < len(packet)*Rate/g711Rate {
		return 0, ErrBuffer
	}
	g.pcm = g.pcm[:0]
	for _, b := range packet {
		g.pcm = append(g.pcm, g.law[b])
	}
	return len(g.up.Append(pcm[:0], g.pcm)), nil
}

func (g *g711Decoder) Conceal(pcm []int16) (int, error) {
	if len(pcm) < Frame {
		return 0, ErrBuffer
	}
	g.pcm = g.pcm[:Frame*g711Rate/Rate]
	clear(g.pcm)
	return len(g.up.Append(pcm[:0], g.pcm)), nil
}

// linearToU compresses by the u law: sign, three bits of exponent, four of
// mantissa, all inverted.
func linearToU(v int16) byte {
	const bias, clip = 0x84, 32635
	x, sign := int(v), byte(0)
	if x < 0 {
		x, sign = -x, 0x80
	}
	x = min(x, clip) + bias
	e := 7
	for mask := 0x4000; e > 0 && x&mask == 0; mask >>= 1 {
		e--
	}
	return ^(sign | byte(e)<<4 | byte(x>>(e+3))&0x0F)
}

// linearToA compresses by the A law, with every second bit inverted.
func linearToA(v int16) byte {
	x, sign := int(v)>>3, byte(0x80)
	if x < 0 {
		x, sign = -x-1, 0
	}
	e := 0
	for x>>e > 31 {
		e++
	}
	return (sign | byte(e)<<4 | byte(x>>max(e, 1))&0x0F) ^ 0x55
}

// The expansions, computed once.
var uToLinear, aToLinear = expansions()

func expansions() (u, a [256]int16) {
	for i := range 256 {
		b := ^byte(i)
		x := (int(b&0x0F)<<3+0x84)<<(b>>4&7) - 0x84
		if b&0x80 != 0 {
			x = -x
		}
		u[i] = int16(x)

		b = byte(i) ^ 0x55
		x = int(b&0x0F)<<4 + 8
		if e := b >> 4 & 7; e > 0 {
			x = (x + 0x100) << (e - 1)
		}
		if b&0x80 == 0 {
			x = -x
		}
		a[i] = int16(x)
	}
	return u, a
}

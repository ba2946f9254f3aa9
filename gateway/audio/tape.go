package audio

import (
	"fmt"

	"mayfly/gateway/line"
)

// Tape is a stretch of sound in memory, encoded as it comes: packets of Opus,
// some 4 kB a second. It belongs to one goroutine at a time. The zero Tape is
// empty; it is used up by End, and emptied by Forget.
type Tape struct {
	encoder Encoder
	rest    []int16 // less than a frame
	samples int     // that went in, at Rate
	packets []byte
	ends    []int // where each packet ends in packets
	ended   bool
}

// lookahead is how many samples at Rate come out of a decoder before the first
// that went in: 6.5 ms.
const lookahead = Rate * 65 / 10000

// Append encodes samples at Rate.
func (t *Tape) Append(pcm []int16) error {
	if t.encoder == nil {
		e, err := NewEncoder(Opus)
		if err != nil {
			return err
		}
		e.Expect(0) // nothing is lost on the way to memory
		t.encoder = e
	}
	t.samples += len(pcm)
	if len(t.rest) > 0 {
		n := min(Frame-len(t.rest), len(pcm))
		t.rest = append(t.rest, pcm[:n]...)
		pcm = pcm[n:]
		if len(t.rest) < Frame {
			return nil
		}
		if err := t.frame(t.rest); err != nil {
			return err
		}
		clear(t.rest)
		t.rest = t.rest[:0]
	}
	for ; len(pcm) >= Frame; pcm = pcm[Frame:] {
		if err := t.frame(pcm[:Frame]); err != nil {
			return err
		}
	}
	t.rest = append(t.rest, pcm...)
	return nil
}

func (t *Tape) frame(pcm []int16) error {
	var packet [MaxPacket]byte
	n, err := t.encoder.Encode(packet[:], pcm)
	if err != nil {
		return err
	}
	if len(t.packets)+n > cap(t.packets) { // grown here, so that nothing stays behind
		more := make([]byte, len(t.packets), 2*cap(t.packets)+8<<10)
		copy(more, t.packets)
		clear(t.packets)
		t.packets = more
	}
	t.packets = append(t.packets, packet[:n]...)
	clear(packet[:n])
	t.ends = append(t.ends, len(t.packets))
	return nil
}

// End encodes what is less than a frame, and lets go of the encoder.
func (t *Tape) End() error {
	if t.ended || t.encoder == nil {
		return nil
	}
	t.ended = true
	for len(t.ends)*Frame < t.samples+lookahead {
		if err := t.frame(append(t.rest, make([]int16, Frame-len(t.rest))...)); err != nil {
			return err
		}
		clear(t.rest[:cap(t.rest)])
		t.rest = t.rest[:0]
	}
	t.encoder = nil
	return nil
}

// MS is how long it sounds, in milliseconds.
func (t *Tape) MS() int { return t.samples * 1000 / Rate }

// Size is how many bytes of packets it holds.
func (t *Tape) Size() int { return len(t.packets) }

// Cut keeps the first milliseconds only. It is called after End.
func (t *Tape) Cut(ms int) {
	samples := max(ms, 0) * Rate / 1000
	if samples >= t.samples {
		return
	}
	t.samples = samples
	frames := 0
	if samples > 0 {
		frames = min((samples+lookahead+Frame-1)/Frame, len(t.ends))
	}
	t.ends = t.ends[:frames]
	end := 0
	if frames > 0 {
		end = t.ends[frames-1]
	}
	clear(t.packets[end:cap(t.packets)])
	t.packets = t.packets[:end]
}

// Forget clears it.
func (t *Tape) Forget() {
	clear(t.packets[:cap(t.packets)])
	clear(t.rest[:cap(t.rest)])
	*t = Tape{}
}

// Format implements fmt.Formatter: sound does not print.
func (t *Tape) Format(to fmt.State, _ rune) { line.Length(to, "tape", len(t.packets)) }

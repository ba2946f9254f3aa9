package voice

import (
	"encoding/binary"
	"errors"
	"io"

	"mayfly/gateway/audio"
)

// stream reads 16-bit mono sound of any rate, with or without a WAV header,
// and yields it at Rate in chunks.
type stream struct {
	rate  int // of the input until a header says otherwise
	pcm   []int16
	chunk []int16
}

const chunkSamples = Rate / 25 // 40 ms

// errSound is for input that is no sound we can play.
var errSound = errors.New("voice: not mono 16-bit PCM")

// copyTo reads until the end and calls emit with chunks of 40 ms, the last
// one shorter. Sizes in a WAV header are not believed: programs that stream
// cannot know them.
func (s *stream) copyTo(r io.Reader, emit func([]int16) error) error {
	raw := make([]byte, 8<<10)
	defer clear(raw)
	n, err := readFull(r, raw[:12])
	if err != nil {
		return err
	}
	if n == 12 && string(raw[:4]) == "RIFF" && string(raw[8:12]) == "WAVE" {
		if s.rate, err = readHeader(r, raw); err != nil {
			return err
		}
		n = 0
	}
	res := audio.NewResampler(s.rate, Rate)
	defer func() { clear(s.pcm[:cap(s.pcm)]); clear(s.chunk[:cap(s.chunk)]) }()
	in := make([]int16, 0, len(raw)/2)
	defer func() { clear(in[:cap(in)]) }()
	end := false
	for {
		in = in[:0]
		for i := 0; i+1 < n; i += 2 {
			in = append(in, int16(binary.LittleEndian.Uint16(raw[i:])))
		}
		odd := n % 2
		if odd == 1 {
			raw[0] = raw[n-1] // half a sample waits for its other half
		}
		s.pcm = res.Append(s.pcm, in)
		if end {
			s.pcm = res.Append(s.pcm, make([]int16, s.rate/500)) // what the filter still holds
		}
		if err := s.drain(end, emit); err != nil || end {
			return err
		}
		k, err := r.Read(raw[odd:])
		n = k + odd
		if errors.Is(err, io.EOF) {
			end = true
		} else if err != nil {
			return err
		}
	}
}

// drain emits full chunks, at the end all.
func (s *stream) drain(end bool, emit func([]int16) error) error {
	at := 0
	for len(s.pcm)-at >= chunkSamples || end && at < len(s.pcm) {
		k := min(chunkSamples, len(s.pcm)-at)
		s.chunk = append(s.chunk[:0], s.pcm[at:at+k]...)
		if err := emit(s.chunk); err != nil {
			return err
		}
		at += k
	}
	s.pcm = s.pcm[:copy(s.pcm, s.pcm[at:])]
	return nil
}

// readHeader reads chunks up to "data" and gives the rate.
func readHeader(r io.Reader, buf []byte) (int, error) {
	rate := 0
	for range 16 {
		if n, err := readFull(r, buf[:8]); err != nil || n < 8 {
			return 0, errors.Join(errSound, err)
		}
		id, size := string(buf[:4]), binary.LittleEndian.Uint32(buf[4:])
		if id == "data" {
			if rate < 8000 || rate > 48000 {
				return 0, errSound
			}
			return rate, nil
		}
		if size > 4096 {
			return 0, errSound
		}
		size += size % 2
		if n, err := readFull(r, buf[:size]); err != nil || n < int(size) {
			return 0, errors.Join(errSound, err)
		}
		if id != "fmt " {
			continue
		}
		kind := binary.LittleEndian.Uint16(buf)
		if size < 16 || kind != 1 && kind != 0xfffe || binary.LittleEndian.Uint16(buf[2:]) != 1 || binary.LittleEndian.Uint16(buf[14:]) != 16 {
			return 0, errSound
		}
		rate = int(binary.LittleEndian.Uint32(buf[4:]))
	}
	return 0, errSound
}

// readFull is io.ReadFull that takes a short input for an answer.
func readFull(r io.Reader, b []byte) (int, error) {
	n, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

package voice

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// tone is a second of a sine as bytes of 16-bit samples.
func tone(rate int) []byte {
	var b []byte
	for i := range rate {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(8000*math.Sin(2*math.Pi*440*float64(i)/float64(rate)))))
	}
	return b
}

// wav puts a header of a streaming program, whose sizes are wrong, before it.
func wav(rate int, channels, bits uint16, extra string, pcm []byte) []byte {
	b := []byte("RIFF\x24\xf0\xff\x7fWAVE")
	b = append(b, extra...)
	b = append(b, "fmt \x10\x00\x00\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate)*2)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, bits)
	b = append(b, "data\x00\xf0\xff\x7f"...)
	return append(b, pcm...)
}

func TestStream(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		rate int
		want int // samples at Rate
		fail bool
	}{
		"raw":            {tone(24000), 24000, 24000, false},
		"raw 22050":      {tone(22050), 22050, 24000, false},
		"raw odd end":    {append(tone(24000), 7), 24000, 24000, false},
		"wav 22050":      {wav(22050, 1, 16, "", tone(22050)), 24000, 24000, false},
		"wav 16000":      {wav(16000, 1, 16, "LIST\x03\x00\x00\x00abc\x00", tone(16000)), 24000, 24000, false},
		"stereo":         {wav(16000, 2, 16, "", tone(16000)), 24000, 0, true},
		"8 bit":          {wav(16000, 1, 8, "", tone(16000)), 24000, 0, true},
		"absurd rate":    {wav(1<<30, 1, 16, "", tone(16000)), 24000, 0, true},
		"header cut":     {wav(16000, 1, 16, "", nil)[:30], 24000, 0, true},
		"huge chunk":     {wav(16000, 1, 16, "junk\xff\xff\xff\x7f", nil), 24000, 0, true},
		"only RIFF":      {[]byte("RIFF"), 24000, 2, false},
		"nothing at all": {nil, 24000, 0, false},
	} {
		for how, r := range map[string]io.Reader{"whole": bytes.NewReader(c.in), "bytewise": iotest.OneByteReader(bytes.NewReader(c.in))} {
			t.Run(name+" "+how, func(t *testing.T) {
				var got []int16
				s := stream{rate: c.rate}
				err := s.copyTo(r, func(pcm []int16) error {
					require.NotEmpty(t, pcm)
					require.LessOrEqual(t, len(pcm), Rate/10)
					got = append(got, pcm...)
					return nil
				})
				if c.fail {
					require.ErrorIs(t, err, errSound)
					return
				}
				require.NoError(t, err)
				require.InDelta(t, c.want, len(got), 120)
				if c.want == 24000 { // still a clean 440 Hz
					crossings := 0
					for i := 1001; i < 23000; i++ {
						if got[i-1] < 0 && got[i] >= 0 {
							crossings++
						}
					}
					require.InDelta(t, 440*22000/24000, crossings, 2)
				}
			})
		}
	}
}

func TestEstimate(t *testing.T) {
	text := []byte("Mama, you see 3 foxes.")
	e := newEstimate(letters(text), 1)
	var vs []Viseme
	var ws []Word
	loud, quiet := make([]int16, 960), make([]int16, 960)
	for i := range loud {
		loud[i] = int16(6000 * math.Sin(float64(i)/10))
	}
	for i := range 60 {
		pcm := loud
		if i < 5 || i > 45 {
			pcm = quiet
		}
		e.hear(pcm)
	}
	for i := range 60 {
		v, w := e.marks((i + 1) * 40)
		for _, m := range v {
			require.GreaterOrEqual(t, m.At, i*40)
			require.Less(t, m.At, (i+1)*40)
		}
		vs, ws = append(vs, v...), append(ws, w...)
	}
	v, w := e.finish()
	vs, ws = append(vs, v...), append(ws, w...)
	require.Equal(t, Viseme{0, Sil, 1}, vs[0])
	require.Equal(t, Sil, vs[len(vs)-1].Shape)
	last := -1
	shapes := map[Shape]bool{}
	for _, m := range vs {
		require.Greater(t, m.At, last)
		require.True(t, m.At == 0 || m.At >= 200 && m.At <= 46*40, "the mouth rests in silence: %v", m)
		last = m.At
		shapes[m.Shape] = true
	}
	require.True(t, shapes[PP] && shapes[AA] && shapes[SS] && len(shapes) > 6, "%v", shapes)
	require.Len(t, ws, 5)
	at := 0
	for i, want := range []string{"Mama", "you", "see", "3", "foxes"} {
		require.Equal(t, want, string(text[ws[i].Start:ws[i].End]))
		require.GreaterOrEqual(t, ws[i].At, at)
		at = ws[i].At
	}
	require.Equal(t, 200, ws[0].At, "the first word begins with the sound")
}

func TestEstimateShortSound(t *testing.T) {
	e := newEstimate(letters([]byte("no sound ever came")), 1)
	_, ws := e.finish()
	require.Len(t, ws, 4, "every word is told once")
}

func TestFlitePhones(t *testing.T) {
	phones := parsePhones([]byte("pau:0.100 m:0.200 aa:0.400 pau:0.500 \npau:0.100 s:0.300 pau:0.400 \n"))
	require.Equal(t, []Viseme{{0, Sil, 1}, {100, PP, 1}, {200, AA, 1}, {400, Sil, 1}, {600, SS, 1}, {800, Sil, 1}}, visemesOf(phones))
	require.Equal(t, heard{phone{"pau", Sil}, 400, 600}, phones[3], "the pause at the end of a line goes on in the next")
	for _, bad := range []string{"pau", "pau:x", "m:0.2 s:0.1", "m:NaN", "m:99999"} {
		require.Nil(t, parsePhones([]byte(bad)), bad)
	}
}

func FuzzStream(f *testing.F) {
	f.Add(wav(16000, 1, 16, "", tone(16000)[:400]))
	f.Add([]byte("RIFFxxxxWAVEdata"))
	f.Fuzz(func(t *testing.T, in []byte) {
		n := 0
		s := stream{rate: Rate}
		_ = s.copyTo(bytes.NewReader(in), func(pcm []int16) error { n += len(pcm); return nil })
		if n > 2*len(in)+1000 {
			t.Fatalf("%d samples of %d bytes", n, len(in))
		}
	})
}

package audio

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pion/webrtc/v4/pkg/media/oggreader"
	"github.com/stretchr/testify/require"
	"github.com/thesyncim/gopus"
)

// chirp is a sound of which every stretch is unlike every other.
func chirp(ms int) []int16 {
	pcm := make([]int16, ms*Rate/1000)
	for i := range pcm {
		t := float64(i) / Rate
		pcm[i] = int16(9000 * math.Sin(2*math.Pi*(200+200*t)*t))
	}
	return pcm
}

// taped is the sound on a tape, which came in pieces of any length.
func taped(tb testing.TB, r *rand.Rand, pcm []int16) *Tape {
	tb.Helper()
	var t Tape
	for len(pcm) > 0 {
		n := min(1+r.IntN(1500), len(pcm))
		require.NoError(tb, t.Append(pcm[:n]))
		pcm = pcm[n:]
	}
	require.NoError(tb, t.End())
	return &t
}

// oggPages reads a file with somebody else's reader, checksums and all.
func oggPages(tb testing.TB, file []byte) (head *oggreader.OggHeader, tags *oggreader.OpusTags, bodies [][]byte, last uint64) {
	tb.Helper()
	r, head, err := oggreader.NewWith(bytes.NewReader(file))
	require.NoError(tb, err)
	for {
		body, page, err := r.ParseNextPage()
		if err == io.EOF {
			return head, tags, bodies, last
		}
		require.NoError(tb, err)
		if tags == nil {
			tags, err = oggreader.ParseOpusTags(body)
			require.NoError(tb, err)
			continue
		}
		require.GreaterOrEqual(tb, page.GranulePosition, last)
		last = page.GranulePosition
		bodies = append(bodies, body)
	}
}

// heard is what a player plays of a file: what is skipped at the beginning and
// cut at the end left out.
func heard(tb testing.TB, file []byte) []int16 {
	tb.Helper()
	head, _, _, last := oggPages(tb, file)
	d, err := NewDecoder(Opus)
	require.NoError(tb, err)
	var out []int16
	for at := 0; at < len(file); { // pages, and in them packets by their lengths
		segments := file[at+27 : at+27+int(file[at+26])]
		body := file[at+27+len(segments):]
		var packet []byte
		for _, n := range segments {
			packet = append(packet, body[:n]...)
			body = body[n:]
			if n == 255 {
				continue
			}
			if !bytes.HasPrefix(packet, []byte("Opus")) {
				var pcm [MaxFrame]int16
				n, err := d.Decode(pcm[:], packet)
				require.NoError(tb, err)
				out = append(out, pcm[:n]...)
			}
			packet = nil
		}
		at = len(file) - len(body)
	}
	return out[int(head.PreSkip)*Rate/oggRate : int(last)*Rate/oggRate]
}

// A file says where its sound begins and ends, to the sample, carries its
// comments, and others read it.
func TestOggOpus(t *testing.T) {
	e, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: Rate, Channels: 1, Application: gopus.ApplicationVoIP})
	require.NoError(t, err)
	require.Equal(t, e.Lookahead(), lookahead)

	r := rand.New(rand.NewPCG(1, 2))
	const ms = Rate / 1000
	n := int(20 * *scale)
	for range n {
		pcm := chirp(1 + r.IntN(4000))
		comments := []Comment{{"DIGITALSOURCETYPE", "http://cv.iptc.org/x"}, {"DESCRIPTION", "Ünïcode = fine"}}
		tape := taped(t, r, pcm)
		require.Equal(t, len(pcm)*1000/Rate, tape.MS())
		file := OggOpus(7, comments, tape)
		head, tags, _, _ := oggPages(t, file)
		require.EqualValues(t, 1, head.Channels)
		require.EqualValues(t, Rate, head.SampleRate)
		require.Equal(t, "mayfly", tags.Vendor)
		require.Len(t, tags.UserComments, 2)
		require.Equal(t, "Ünïcode = fine", tags.UserComments[1].Value)

		got := heard(t, file)
		require.Len(t, got, len(pcm))
		if len(pcm) >= Rate {
			at := alike(pcm, got)
			require.Greater(t, at, alike(pcm[ms:], got[:len(got)-ms]), "the sound is early")
			require.Greater(t, at, alike(pcm[:len(pcm)-ms], got[ms:]), "the sound is late")
			require.Greater(t, at, 0.8)
		}
	}
	t.Logf("%d files", n)
}

// alike is the correlation of two sounds of one length.
func alike(a, b []int16) float64 {
	var ab, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab / math.Sqrt(aa*bb+1)
}

// What is cut off a tape is in no file of it, and not in its memory.
func TestTapeCut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pcm := chirp(3000)
	whole := taped(t, r, pcm)
	for _, ms := range []int{1, 19, 20, 21, 1000, 2999, 3000, 9000} {
		tape := taped(t, rand.New(rand.NewPCG(3, 4)), pcm)
		tape.Cut(ms)
		require.Equal(t, min(ms, 3000), tape.MS())
		got := heard(t, OggOpus(1, nil, tape))
		require.Len(t, got, min(ms, 3000)*Rate/1000)
		require.Equal(t, whole.packets[:tape.Size()], tape.packets)
		for _, v := range tape.packets[len(tape.packets):cap(tape.packets)] {
			require.Zero(t, v)
		}
	}
	nothing := taped(t, r, pcm)
	nothing.Cut(0)
	require.Zero(t, nothing.MS()+nothing.Size())
	memory := whole.packets[:cap(whole.packets)]
	whole.Forget()
	require.Equal(t, make([]byte, len(memory)), memory)
	require.Zero(t, whole.MS()+whole.Size())
}

// Several stretches follow one another in one file.
func TestOggOpusOfSeveral(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	a, b := taped(t, r, chirp(1500)), taped(t, r, chirp(700))
	got := heard(t, OggOpus(1, nil, a, b))
	require.InDelta(t, 2200, len(got)*1000/Rate, 30, "a gap of less than a frame and what the encoder looks ahead")
	require.GreaterOrEqual(t, len(got)*1000/Rate, 2200)
}

// One frame, 20 ms, onto a tape: what sound that is recorded costs.
func BenchmarkTape(b *testing.B) {
	pcm := chirp(FrameTime)
	var t Tape
	b.ReportAllocs()
	for b.Loop() {
		if t.Size() > 1<<20 {
			t.Forget()
		}
		if err := t.Append(pcm); err != nil {
			b.Fatal(err)
		}
	}
}

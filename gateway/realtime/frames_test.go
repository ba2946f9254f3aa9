package realtime

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"mayfly/session"

	"github.com/stretchr/testify/require"
)

func speech(s string) session.Speech { return session.NewSpeech([]byte(s)) }

// parseFrames reads unmasked WebSocket text frames and insists on the shortest
// length (RFC 6455 section 5.2: "the minimal number of bytes MUST be used").
func parseFrames(t *testing.T, b []byte) (texts []string) {
	for len(b) > 0 {
		require.Equal(t, byte(0x81), b[0], "final text frame")
		n, head := uint64(b[1]), 2
		require.Less(t, n, uint64(128), "unmasked")
		switch n {
		case 126:
			n, head = uint64(binary.BigEndian.Uint16(b[2:])), 4
			require.Greater(t, n, uint64(125))
		case 127:
			n, head = binary.BigEndian.Uint64(b[2:]), 10
			require.Greater(t, n, uint64(0xFFFF))
		}
		texts = append(texts, string(b[head:head+int(n)]))
		b = b[head+int(n):]
	}
	return texts
}

func each(t *testing.T, f *Frames) (texts []string) {
	require.NoError(t, f.Each(func(b []byte) error {
		texts = append(texts, string(b))
		return nil
	}))
	return texts
}

func TestFramesHaveShortestHeaders(t *testing.T) {
	// The text of an error event with an empty message, and what it takes to
	// reach each side of the two limits.
	first := NewFrames(NewIDs("p"))
	first.AudioCleared()
	require.Less(t, first.Last(), 126)
	first.Error(Problem{})
	empty := first.Last()
	for _, size := range []int{empty, empty + 1, 0xFFFF - 1, 0xFFFF, 0x10000, 0x10001, 200000} {
		f := NewFrames(NewIDs("p"))
		f.AudioCleared()
		f.Error(Problem{Message: strings.Repeat("m", max(0, size-empty))})
		require.Equal(t, size, f.Last())
		f.AudioCleared()
		texts := parseFrames(t, f.WebSocket())
		require.Equal(t, each(t, f), texts)
		require.Len(t, texts, 3)
		require.Equal(t, 3, f.Count())
		for _, text := range texts {
			require.True(t, json.Valid([]byte(text)))
		}
	}
	// Both sides of 125: the text grows by its own numbers.
	short := NewFrames(NewIDs("p"))
	seen := map[int]bool{}
	for n := range 80 {
		short.RateLimits()
		short.Expiring(1, strings.Repeat("r", n), "")
		seen[short.Last()] = true
	}
	require.True(t, seen[125] && seen[126] && seen[127])
	require.Equal(t, each(t, short), parseFrames(t, short.WebSocket()))
}

func TestFramesUndo(t *testing.T) {
	f := NewFrames(NewIDs("p"))
	f.Undo()
	f.State(Idle, 0)
	before := string(f.WebSocket())
	f.TextDelta(Part{Turn: 1, Item: 1}, speech("CANARY"))
	array := f.b[:cap(f.b)]
	f.Undo()
	require.Equal(t, before, string(f.WebSocket()))
	require.NotContains(t, string(array), "CANARY")
	f.Undo()
	require.Empty(t, f.WebSocket())
	f.State(Idle, 0)
	require.Len(t, parseFrames(t, f.WebSocket()), 1)
}

func TestFramesTake(t *testing.T) {
	f := NewFrames(NewIDs("p"))
	var g Frames
	f.State(Idle, 0)
	f.State(Thinking, 1)
	g.Take(f)
	require.Nil(t, f.WebSocket())
	require.Zero(t, f.Count())
	f.State(Speaking, 1)
	require.Len(t, parseFrames(t, g.WebSocket()), 2)
	require.Len(t, parseFrames(t, f.WebSocket()), 1)
	require.Contains(t, string(f.WebSocket()), `"event_id":"event_p3"`)
	g.Reset()
	g.Reset()
	require.Nil(t, g.WebSocket())
}

func TestFramesStopAtAnError(t *testing.T) {
	f := NewFrames(NewIDs("p"))
	f.State(Idle, 0)
	f.State(Idle, 0)
	stop, n := errors.New("stop"), 0
	require.ErrorIs(t, f.Each(func([]byte) error { n++; return stop }), stop)
	require.Equal(t, 1, n)
}

// R2: what was sent is not kept. Every array that the words passed through is
// cleared: the one that is given back, and each that became too small.
func TestFramesClearWords(t *testing.T) {
	const canary = "CANARY-words"
	f := NewFrames(NewIDs("p"))
	var arrays [][]byte
	note := func() {
		if len(arrays) == 0 || &arrays[len(arrays)-1][0] != &f.b[:1][0] {
			arrays = append(arrays, f.b[:cap(f.b)])
		}
	}
	for i := range 200 {
		f.TextDelta(Part{Turn: 1, Item: 1}, speech(canary+strings.Repeat("x", 17*i)+"\n\"\xff"))
		note()
	}
	require.Greater(t, len(arrays), 3, "it did not grow")
	require.Contains(t, string(f.WebSocket()), canary)
	f.Reset()
	for i, a := range arrays {
		require.NotContains(t, string(a), canary, "array %d", i)
	}
}

func TestStrings(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"", `""`},
		{"plain", `"plain"`},
		{`"\`, `"\"\\"`},
		{"a\nb\rc\td", `"a\nb\rc\td"`},
		{"\x00\x1f\x7f", `"\u0000\u001f\u007f"`},
		{"שלום 🦋 ü", `"שלום 🦋 ü"`},
		{"\u2028</script>", "\"\u2028</script>\""},
		{"\xff", `"` + "\ufffd" + `"`},
		{"a\xc3", `"a` + "\ufffd" + `"`},
		{"\xed\xa0\x80\n", `"` + "\ufffd\ufffd\ufffd" + `\n"`},
		{strings.Repeat("\x01", 300), `"` + strings.Repeat(`\u0001`, 300) + `"`},
	} {
		var a, b, d writer
		a.string(c.in)
		b.bytes([]byte(c.in))
		d.speech(speech(c.in))
		require.Equal(t, c.out, string(a.b))
		require.Equal(t, c.out, string(b.b))
		require.Equal(t, c.out, string(d.b))
	}
}

func FuzzStrings(f *testing.F) {
	f.Add([]byte("a\n\xff\"\\\u2028\x7f"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var a, b writer
		a.string(string(in))
		b.speech(session.NewSpeech(bytes.Clone(in)))
		require.Equal(t, a.b, b.b)
		var out string
		require.NoError(t, json.Unmarshal(a.b, &out))
		require.Equal(t, []rune(string(in)), []rune(out)) // a rune of each broken byte
	})
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		in  float64
		out string
	}{{0, "0"}, {0.5, "0.5"}, {1e-9, "0.000000001"}, {24000, "24000"}, {math.NaN(), "0"}, {math.Inf(1), "0"}, {math.Inf(-1), "0"}} {
		var w writer
		w.float(c.in)
		require.Equal(t, c.out, string(w.b))
	}
	for v, out := range map[float32]string{0: "0", -1: "0", 0.004: "0", 0.07: "0.07", 0.5: "0.50", 0.999: "1", 1: "1", 7: "1", float32(math.NaN()): "0"} {
		var w writer
		w.weight(v)
		require.Equal(t, out, string(w.b))
	}
}

package export

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/read"
	"mayfly/session"
)

func sample(r *rand.Rand) *Session {
	at := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	s := &Session{Transcript: &read.Transcript{Session: session.ID{1, 2}, Avatar: "mia", Began: at, Locale: "de-AT", Purposes: []string{"audit", "quality"}},
		Subject: "p1", Receipt: [32]byte{7}, Until: map[uint64]time.Time{}, Policies: map[uint64]uint64{}, Correctors: map[uint32]session.ID{}}
	no := uint32(0)
	for turn := range uint64(1 + r.IntN(4)) {
		t := read.Turn{No: turn + 1, At: at.Add(time.Duration(turn) * 1234 * time.Millisecond), Source: []string{read.SourceRules, read.SourceTrained, read.SourceComposite}[r.IntN(3)]}
		for range r.IntN(4) {
			no++
			it := read.Item{No: no, Role: []string{"user", "avatar", "system"}[r.IntN(3)], Kind: "message", Form: "spoken", Status: "completed",
				Human: r.IntN(5) == 0, AudioMS: r.IntN(2) * 900, Words: []string{"", "hello", "\"<&>\u2028\n\x00שלום"}[r.IntN(3)]}
			if r.IntN(3) == 0 {
				it.Corrected = &read.Correction{Words: "no", At: at}
				if r.IntN(2) == 0 {
					s.Correctors[no] = session.ID{9}
				}
			}
			t.Items = append(t.Items, it)
		}
		s.Turns = append(s.Turns, t)
		s.Until[t.No], s.Policies[t.No] = at.Add(720*time.Hour), 7
	}
	return s
}

// What is written is read back the same.
func TestLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		s := sample(r)
		var b bytes.Buffer
		require.NoError(t, s.WriteLines(&b))
		for line := range bytes.Lines(b.Bytes()) {
			require.True(t, json.Valid(line))
		}
		got, err := ParseLines(b.Bytes())
		require.NoError(t, err, "%s", b.Bytes())
		require.Equal(t, s, got)
	}
}

// Every file says what a machine made.
func TestLabelled(t *testing.T) { // R21
	s := sample(rand.New(rand.NewPCG(2, 2)))
	var b bytes.Buffer
	require.NoError(t, s.WriteLines(&b))
	for _, f := range []read.Form{read.Text, read.WebVTT} {
		b.WriteByte(0)
		require.NoError(t, s.Write(&b, f))
	}
	for _, file := range strings.Split(b.String(), "\x00") {
		require.Contains(t, file, Label)
		require.Contains(t, file, s.Source())
	}
}

// Anything else than what is written is refused.
func TestLinesMalformed(t *testing.T) {
	var b bytes.Buffer
	s := sample(rand.New(rand.NewPCG(3, 3)))
	for len(s.Turns) < 2 || len(s.Turns[0].Items) == 0 {
		s = sample(rand.New(rand.NewPCG(uint64(len(s.Turns))+9, 3)))
	}
	require.NoError(t, s.WriteLines(&b))
	good := b.String()
	first, rest, _ := strings.Cut(good, "\n")
	for _, bad := range []string{
		"", "\n", "{}", "null\n", good + "\n", " " + good, rest, good + first + "\n", good[:len(good)-1],
		strings.Replace(good, `"type":"turn"`, `"type":"tern"`, 1),
		strings.Replace(good, `"turn":1`, `"turn":"1"`, 1),
		strings.Replace(good, `"turn":1`, `"turn":1,"turn":1`, 1),
		strings.Replace(good, `"turn":1`, `"Turn":1`, 1),
		strings.Replace(good, `"turn":1`, `"turn":0`, 1),
		strings.Replace(good, `"version":1`, `"version":2`, 1),
		strings.Replace(good, `"items":`, `"items":1`, 1),
		strings.Replace(good, "newscodes/digitalsourcetype", "newscodes/none", 1),
		strings.Replace(good, s.Turns[0].Source, "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", 1),
		strings.Replace(good, `"session":"01`, `"session":"0`, 1),
		strings.Replace(good, Label, "A human said all this.", 1),
		strings.Replace(good, `"receipt_sha256":"07`, `"receipt_sha256":"7`, 1),
		strings.Replace(good, `"role":"`, `"note":"x","role":"`, 1),
	} {
		require.NotEqual(t, good, bad)
		_, err := ParseLines([]byte(bad))
		require.ErrorIs(t, err, ErrMalformed, "%s", bad)
	}
}

// FuzzLines: whatever is taken is written as the same bytes.
func FuzzLines(f *testing.F) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 5 {
		var b bytes.Buffer
		_ = sample(r).WriteLines(&b)
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseLines(data)
		if err != nil {
			return
		}
		var again bytes.Buffer
		require.NoError(t, s.WriteLines(&again))
		require.Equal(t, data, again.Bytes())
	})
}

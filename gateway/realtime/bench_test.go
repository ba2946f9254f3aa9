package realtime

import (
	"encoding/base64"
	"testing"

	"mayfly/session"

	"github.com/stretchr/testify/require"
)

// streamed are the events of which a turn has many.
func streamed() map[string]func(*Frames) {
	words, hard := speech("A sentence of a common length, as engines say them."), speech("“Quoted”, \"twice\",\nand broken.")
	p := Part{Turn: 3, Item: 9}
	pcm := make([]int16, 24000/50) // 20 ms
	for i := range pcm {
		pcm[i] = int16(i * 37)
	}
	mouths := make([]Mouth, 8)
	for i := range mouths {
		mouths[i] = Mouth{At: 25 * i, Shape: uint8(i), Weight: 0.5}
	}
	return map[string]func(*Frames){
		"TextDelta":          func(f *Frames) { f.TextDelta(p, words) },
		"TextDelta, escapes": func(f *Frames) { f.TextDelta(p, hard) },
		"TranscriptDelta":    func(f *Frames) { f.TranscriptDelta(p, words) },
		"AudioDelta":         func(f *Frames) { f.AudioDelta(p, pcm) },
		"ArgumentsDelta":     func(f *Frames) { f.ArgumentsDelta(p, words, hard) },
		"TranscriptionDelta": func(f *Frames) { f.TranscriptionDelta(9, 0, words) },
		"VisemeDelta":        func(f *Frames) { f.VisemeDelta(p, mouths) },
		"WordDelta":          func(f *Frames) { f.WordDelta(p, 10, 20, words) },
		"State":              func(f *Frames) { f.State(Speaking, 3) },
		"SpeechStarted":      func(f *Frames) { f.SpeechStarted(9, 10) },
	}
}

func TestStreamedEventsDoNotAllocate(t *testing.T) {
	for name, call := range streamed() {
		f := NewFrames(NewIDs("4f9a2c7d1e0b"))
		f.ids.Choose(9, []byte("a client's own"))
		call(f)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			call(f)
			f.Undo()
		}), name)
		f.Reset()
		// With the memory given back and lent again. The collector, and the
		// race detector by design, empty the pool now and then.
		require.Less(t, testing.AllocsPerRun(100, func() {
			for range 40 {
				call(f)
			}
			f.WebSocket()
			f.Reset()
		})/40, 0.5, name)
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, call := range streamed() {
		b.Run(name, func(b *testing.B) {
			f := NewFrames(NewIDs("4f9a2c7d1e0b"))
			call(f)
			b.SetBytes(int64(f.Size()))
			f.Reset()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				call(f)
				if i%40 == 39 {
					f.Reset()
				}
			}
			f.Reset()
		})
	}
}

// BenchmarkTurn is what a written answer of forty deltas costs from the first
// event to the bytes of its one write.
func BenchmarkTurn(b *testing.B) {
	f := NewFrames(NewIDs("4f9a2c7d1e0b"))
	more, all := speech("six or seven words at a time "), speech("all of it")
	it := session.Item{No: 9, Role: session.Avatar, Words: all}
	r := Response{Turn: 3, Form: session.Written, Items: []session.Item{it}}
	p := Part{Turn: 3, Item: 9}
	turn := func() {
		f.ResponseCreated(&r)
		f.OutputItemAdded(3, 0, &it)
		f.ItemBegun(&it, 8)
		f.PartAdded(p, session.Written)
		for range 40 {
			f.TextDelta(p, more)
		}
		f.TextDone(p, all)
		f.PartDone(p, session.Written, all)
		f.ItemDone(&it, 8)
		f.OutputItemDone(3, 0, &it)
		f.ResponseDone(&r)
	}
	turn()
	b.SetBytes(int64(f.Size()))
	f.Reset()
	b.ReportAllocs()
	for b.Loop() {
		turn()
		f.WebSocket()
		f.Reset()
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, text := range map[string]string{
		"message":         `{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"What does Mayfly keep of what I say, and for how long? I would rather that it kept nothing at all."}]}}`,
		"response.create": `{"type":"response.create","event_id":"agents_js_response_create_1"}`,
		"session.update":  `{"type":"session.update","session":` + agentsFull + `}`,
		"append 100 ms":   `{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(make([]byte, 4800)) + `"}`,
		"append 1 MiB":    `{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(make([]byte, 768<<10)) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte(text)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				ev, e := Decode(data)
				if e != nil {
					b.Fatal(e)
				}
				ev.Forget()
			}
		})
	}
}

package gateway

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar/voice"
)

// chunk is an event with so much sound.
func chunk(pcm []int16) event {
	return event{"type": "input_audio_buffer.append", "event_id": "sound", "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, pcm))}
}

// 20 s of sound at once, and not 10 ms more; then twice as much as time
// passes. What is too much is refused, not heard, and ends nothing. // R75
func TestSoundAtItsBorder(t *testing.T) {
	s := &scribe{}
	bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
		c := r.listened("text")
		c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": nil}}}})
		second := silence(time.Second)
		for range 20 {
			c.send(chunk(second))
		}
		pass(0)
		require.Zero(t, c.count("error"))
		c.send(chunk(silence(10 * time.Millisecond)))
		refused := c.await("error", 1)
		require.Equal(t, "input_audio_rate_exceeded", refused.at("error", "code"))
		require.Equal(t, "sound", refused.at("error", "event_id"))
		require.Equal(t, []int{20_000}, s.heard())
		pass(2 * time.Second) // 4 s of sound more
		for range 4 {
			c.send(chunk(second))
		}
		pass(0)
		require.Equal(t, 1, c.count("error"))
		c.send(chunk(silence(10 * time.Millisecond)))
		pass(0)
		require.Equal(t, 2, c.count("error"))
		require.Equal(t, []int{24_000}, s.heard())
	}, hearing(s))
}

// An utterance of 60 s is whole; with the next 20 ms another begins, whoever
// ends turns. // R75
func TestLongestUtterance(t *testing.T) {
	for name, turns := range map[string]any{"push to talk": nil, "detected": event{"type": "server_vad"}} {
		t.Run(name, func(t *testing.T) {
			s := &scribe{}
			long := said(t)
			bubble(t, &scripted{sentences: []string{"ok"}}, nil, func(t *testing.T, r *rig) {
				c := r.listened("text")
				c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": turns}}}})
				piece := long[voice.Rate*3/10:] // without a pause that is long enough
				for sent := time.Duration(0); sent < 62*time.Second; sent += time.Duration(len(piece)) * time.Second / voice.Rate {
					c.append(piece)
					pass(time.Second)
				}
				c.await("input_audio_buffer.committed", 1)
				require.Zero(t, c.count("error"))
				heard := s.heard()
				require.Len(t, heard, 2)
				require.Equal(t, 60_000, heard[0])
				require.Less(t, heard[1], 6_000)
				for _, live := range r.server.registry.all() {
					live.mu.Lock()
					l := live.ear.hearer
					require.LessOrEqual(t, 2*(cap(l.past)+cap(l.part)+cap(l.work)), 512<<10, "bytes that one person's ear holds")
					live.mu.Unlock()
				}
			}, hearing(s))
		})
	}
}

// What a hostile client sends in place of sound: nothing of it is heard as
// something else, nothing panics, each that is wrong has its code, and the
// session goes on. // R75
func TestHostileSound(t *testing.T) {
	alongside(t)
	s := &scribe{}
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, hearing(s))
	c := r.listened("text")
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": nil}}}})
	for i, bad := range []struct{ audio, code string }{
		{"AAA", "invalid_base64"}, {"====", "invalid_base64"}, {"A\nAA", "invalid_base64"},
	} {
		c.send(event{"type": "input_audio_buffer.append", "audio": bad.audio})
		require.Equal(t, bad.code, c.await("error", i+1).at("error", "code"))
	}
	// Samples cut in two, one byte at a time: they are put together again.
	whole := audio.AppendPCM(nil, said(t)[voice.Rate/2:voice.Rate/2+voice.Rate/10])
	for i := range 101 {
		c.send(event{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(whole[i : i+1])})
	}
	c.send(event{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(whole[101:])})
	c.send(event{"type": "input_audio_buffer.append", "audio": ""})
	c.append(silence(100 * time.Millisecond))
	c.send(event{"type": "input_audio_buffer.commit"})
	c.await("input_audio_buffer.committed", 1)
	require.InDelta(t, 200, s.heard()[0], 25)
	s.mu.Lock()
	loud := s.all[0].peak
	s.mu.Unlock()
	var want int16
	for _, v := range said(t)[voice.Rate/2 : voice.Rate/2+voice.Rate/10] {
		want = max(want, v)
	}
	require.InDelta(t, want, loud, float64(want)/5, "half a sample was lost")
	// Settings that change with every piece, commits and clears between.
	for i := range 60 {
		turns := []any{nil, event{"type": "server_vad", "silence_duration_ms": 0, "prefix_padding_ms": 5000, "threshold": 0}, event{"type": "semantic_vad", "eagerness": "high"}}[i%3]
		c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"input": event{"turn_detection": turns, "format": event{"type": []string{"audio/pcm", "audio/pcmu", "audio/pcma"}[i%3]}}}}})
		c.send(event{"type": "input_audio_buffer.append", "audio": base64.StdEncoding.EncodeToString(audio.AppendPCM(nil, said(t)[i*100:i*100+2400]))})
		c.send(event{"type": []string{"input_audio_buffer.commit", "input_audio_buffer.clear"}[i%2]})
		time.Sleep(40 * time.Millisecond) // messages are limited too
	}
	c.text("still here")
	for nth := 1; ; nth++ {
		e := c.await("conversation.item.done", nth)
		if content, ok := e.at("item", "content").([]any); ok && len(content) > 0 && event(content[0].(map[string]any))["type"] == "input_text" {
			break
		}
	}
	require.Equal(t, 1, r.server.Sessions())
}

// A transcriber that hangs, crashes or fails: the client learns it by the
// item, and the conversation goes on.
func TestTranscriberFails(t *testing.T) {
	for code, set := range map[string]func(*scribe){
		"backend_overloaded": func(s *scribe) { s.fail = "backend_overloaded" },
		"internal_error":     func(s *scribe) { s.crash = true },
		"backend_timeout":    func(s *scribe) { s.hang = true },
	} {
		t.Run(code, func(t *testing.T) {
			s := &scribe{}
			set(s)
			engine := &scripted{sentences: []string{"ok"}}
			said(t)
			bubble(t, engine, nil, func(t *testing.T, r *rig) {
				c := r.listened("text")
				c.speak()
				pass(understandWithin)
				failed := c.await("conversation.item.input_audio_transcription.failed", 1)
				require.Equal(t, code, failed.at("error", "code"))
				require.Equal(t, c.await("input_audio_buffer.committed", 1)["item_id"], failed["item_id"])
				require.Zero(t, engine.count())
				c.turn("typed", 1)
				require.Equal(t, []string{"typed"}, engine.seen)
			}, hearing(s))
		})
	}
}

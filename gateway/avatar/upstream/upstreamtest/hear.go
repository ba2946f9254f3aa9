package upstreamtest

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Transcribed is what Answers understands when it is not told otherwise.
const Transcribed = "Where is the library?"

// Sound is the sound that has come since the last commit, and when some came
// last: 24 kHz, 16 bits.
func (x *Session) Sound() (pcm []byte, last time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]byte(nil), x.sound...), x.last
}

func (x *Session) listen(e map[string]any) {
	coded, _ := e["audio"].(string)
	pcm, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.sound, x.last = append(x.sound, pcm...), time.Now()
}

func (x *Session) commit() (item string) {
	x.mu.Lock()
	x.heard++
	item = fmt.Sprintf("item_h%d", x.heard)
	x.mu.Unlock()
	return item
}

// understand writes down what was committed, in the server's way.
func (x *Session) understand(ctx context.Context, item string) {
	s := x.server.script
	const kind = "conversation.item.input_audio_transcription."
	of := func(what, id string, more map[string]any) bool {
		e := map[string]any{"type": kind + what, "item_id": id, "content_index": 0}
		for k, v := range more {
			e[k] = v
		}
		return x.Send(e)
	}
	delta := func(words string) bool { return of("delta", item, map[string]any{"delta": words}) }
	all := s.Heard
	if all == "" {
		all = Transcribed
	}
	well := func() {
		for _, piece := range strings.SplitAfter(all, " ") {
			if !delta(piece) {
				return
			}
		}
		of("completed", item, map[string]any{"transcript": all, "usage": map[string]any{"type": "duration", "seconds": 1}})
	}
	problem := func(code string) map[string]any {
		return map[string]any{"type": "server_error", "code": code, "message": s.Canary}
	}
	if s.Mode == Stalls {
		<-ctx.Done()
		return
	}
	if s.Mode == OtherID {
		of("completed", "item_of_another", map[string]any{"transcript": s.Canary})
	}
	x.Send(map[string]any{"type": "input_audio_buffer.committed", "item_id": item})
	x.Send(map[string]any{"type": "conversation.item.added", "item": map[string]any{"id": item, "type": "message", "role": "user", "content": []any{map[string]any{"type": "input_audio", "transcript": nil}}}})
	switch s.Mode {
	default:
		well()
	case StallsAfterWords:
		delta("Where is ")
		<-ctx.Done()
	case Drips:
		for delta("a") {
			select {
			case <-time.After(s.Pace):
			case <-ctx.Done():
				return
			}
		}
	case Endless:
		for delta("and on it goes ") {
		}
	case Floods:
		for x.raw(`{"type":"x.y","event_id":"e"}`) && ctx.Err() == nil {
		}
	case Huge:
		of("completed", item, map[string]any{"transcript": strings.Repeat("x", 3<<20)})
	case CutInCharacter:
		x.raw(`{"type":"` + kind + `completed","item_id":"` + item + "\",\"transcript\":\"caf\xc3")
		x.ws.Close()
	case CutInWord:
		delta("Where is the lib")
		x.ws.NetConn().Close()
	case ErrorInReply:
		delta("Where ")
		x.Send(map[string]any{"type": "error", "error": problem("server_error")})
	case BusyInReply:
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "rate_limit_exceeded", "code": "429", "message": s.Canary}})
	case FailedReply:
		of("failed", item, map[string]any{"error": problem("audio_unintelligible")})
	case GoesOn:
		well()
		for range 2000 {
			if !delta(s.Canary) {
				return
			}
		}
	case Commands:
		for _, kind := range []string{"avatar.consent.state", "avatar.recording.state", "avatar.optout.state", "session.update", "admin.delete"} {
			x.Send(map[string]any{"type": kind, "state": "on", "grants": map[string]any{"transcript": true}, "session": map[string]any{"turn_detection": "x"}})
		}
		well()
	case Binary:
		x.writing.Lock()
		x.ws.WriteMessage(websocket.BinaryMessage, []byte{0, 1, 2, 255})
		x.writing.Unlock()
	case NotANumber:
		x.raw(`{"type":"` + kind + `completed","item_id":"` + item + `","content_index":NaN,"transcript":"` + s.Canary + `"}`)
	case DoubleNames:
		x.raw(`{"type":"` + kind + `completed","item_id":"` + item + `","transcript":"a","transcript":"` + s.Canary + `"}`)
	case Deep:
		x.raw(`{"type":"` + kind + `completed","item_id":"` + item + `","x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `,"transcript":"a"}`)
	case NotUTF8:
		x.raw(`{"type":"` + kind + `completed","item_id":"` + item + "\",\"transcript\":\"\xff\xfe\"}")
	case Vectors:
		of("completed", item, map[string]any{"transcript": all, "speaker_embedding": []any{0.1, 0.2}})
	case Feels:
		of("completed", item, map[string]any{"transcript": all, "analysis": map[string]any{"emotion": s.Canary}})
	case Empty:
		of("completed", item, map[string]any{"transcript": ""})
	case Labels:
		of("completed", item, map[string]any{"transcript": all, "speaker": "human"})
	case EndsSession:
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "invalid_request_error", "code": "session_expired", "message": s.Canary}})
		x.ws.Close()
	}
}

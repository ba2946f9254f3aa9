package upstreamtest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// Mode is one way to behave. The numbers in the comments are those of the list
// of hostile back ends in the threat model.
type Mode int

// The modes.
const (
	Answers           Mode = iota // answers well
	Refuses                       // 1: nobody listens
	Silent                        // 2: accepts, never answers
	Unauthorised                  // 4: 401
	Forbidden                     // 4: 403
	TooMany                       // 5: 429
	TooManyAbsurd                 // 5: 429 with a Retry-After of nonsense
	EchoesPrompt                  // 6: an error event that quotes everything
	HTML                          // 7: 200 with a page
	Redirects                     // 8: to a private address
	EndlessHead                   // the head of the answer never ends
	Stalls                        // 9: opens, then nothing
	StallsAfterWords              // 9: some words, then nothing
	Drips                         // 10: a character from time to time
	Endless                       // 11: words without end
	Floods                        // 12: as many messages as fit
	Huge                          // 13: one message without end
	CutInCharacter                // 14: half a character, then the end
	CutInWord                     // 15: the connection ends inside a word
	ErrorInReply                  // 16: an error event after some words
	BusyInReply                   // 16: one that says to come later
	FailedReply                   // 16: response.done says failed
	GoesOn                        // 17: more of a reply that is over
	OtherID                       // 18: of another session's response
	SpeaksFirst                   // 19: a reply before one is asked for
	SpeaksAfterHangup             // 20: goes on when it was called off
	Labels                        // 21: says that no AI made this, twice over
	Commands                      // 22: control events and settings
	Binary                        // 23: binary where text belongs
	NotANumber                    // 23
	DoubleNames                   // 23
	Deep                          // 23: 10,000 levels
	NotUTF8                       // 23
	WAV                           // 24: sound with a header
	OddBytes                      // 24: half samples
	TenMinutes                    // 24: of sound for one word
	SoundWithoutWords             // 24
	SilenceForEver                // 24: zeros without end
	UnknownTool                   // 25: a call that nobody offered
	HugeCall                      // 25: 1 MB of arguments
	Vectors                       // an embedding of the voice beside the words
	Feels                         // what the person feels, deep inside
	Unsettled                     // answers without having confirmed the settings
	RefusesSettings               // an error for them
	Empty                         // a reply without a word
	Filtered                      // incomplete: content_filter
	Cancels                       // calls its own reply off
	EndsSession                   // session_expired in the middle of a reply
	TextOnly                      // words alone, though sound was asked for
	GoesAway                      // close 1001 before the reply
	Overloaded                    // close 1013
	ResetsOnce                    // the first connection ends before the reply
	modes
)

// All lists the modes.
func All() []Mode {
	all := make([]Mode, modes)
	for i := range all {
		all[i] = Mode(i)
	}
	return all
}

var names = [modes]string{"answers", "refuses", "silent", "unauthorised", "forbidden", "too many", "too many, absurd", "echoes the prompt", "HTML", "redirects", "endless head", "stalls", "stalls after words", "drips", "endless", "floods", "huge", "cut in a character", "cut in a word", "error in reply", "busy in reply", "failed reply", "goes on", "other id", "speaks first", "speaks after hang-up", "labels", "commands", "binary", "not a number", "double names", "deep", "not UTF-8", "WAV", "odd bytes", "ten minutes", "sound without words", "silence for ever", "unknown tool", "huge call", "vectors", "feels", "unsettled", "refuses settings", "empty", "filtered", "cancels", "ends session", "text only", "goes away", "overloaded", "resets once"}

// String names the mode.
func (m Mode) String() string { return names[m] }

var said = []string{"Your words ", "stay in memory. ", "Nothing is ", "kept. ", "That is all."}

// Reply is what Answers says when it is not told otherwise.
const Reply = "Your words stay in memory. Nothing is kept. That is all."

// decline answers without opening a WebSocket, and says whether it did.
func (s *Server) decline(w http.ResponseWriter, _ *http.Request) bool {
	body := `{"error":{"message":"` + s.script.Canary + `"}}`
	status := map[Mode]int{Unauthorised: 401, Forbidden: 403, TooMany: 429, TooManyAbsurd: 429, HTML: 200, Redirects: 302}[s.script.Mode]
	switch s.script.Mode {
	case TooManyAbsurd:
		w.Header().Set("Retry-After", "99999999999999999999 "+s.script.Canary)
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		body = "<html>" + s.script.Canary
	case Redirects:
		w.Header().Set("Location", "http://169.254.169.254/latest/"+s.script.Canary)
	case EndlessHead:
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return true
		}
		defer c.Close()
		c.SetWriteDeadline(time.Now().Add(20 * time.Second))
		c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n"))
		for {
			if _, err := c.Write([]byte("X-" + strings.Repeat("x", 8000) + ": y\r\n")); err != nil {
				return true
			}
		}
	}
	if status == 0 {
		return false
	}
	w.WriteHeader(status)
	w.Write([]byte(body))
	return true
}

// early is what a server says before it is asked anything.
func (x *Session) early(ctx context.Context) {
	switch x.server.script.Mode {
	case SpeaksFirst:
		a := &answer{Session: x, ctx: ctx, id: "resp_first", item: "item_first"}
		a.created()
		a.words(x.server.script.Canary+" unasked. ", false)
		a.done("completed", nil)
	case GoesAway:
		x.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1001, x.server.script.Canary), time.Now().Add(time.Second))
	case Overloaded:
		x.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1013, x.server.script.Canary), time.Now().Add(time.Second))
	case ResetsOnce:
		if x.server.Accepted() == 1 {
			x.ws.Close()
		}
	}
}

// update confirms settings, and says whether to go on.
func (x *Session) update(e map[string]any) bool {
	switch x.server.script.Mode {
	case Unsettled:
		return true
	case RefusesSettings:
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "invalid_request_error", "code": "unknown_parameter", "message": x.server.script.Canary, "event_id": e["event_id"]}})
		return true
	case Commands:
		x.Send(map[string]any{"type": "avatar.recording.state", "state": "on", "kinds": []any{"transcript", "audio"}})
		x.Send(map[string]any{"type": "session.update", "session": map[string]any{"avatar": map[string]any{"acknowledges_disclosure": true}}})
		return x.Send(map[string]any{"type": "session.updated", "session": map[string]any{"type": "realtime", "instructions": x.server.script.Canary, "tools": []any{map[string]any{"type": "function", "name": "admin"}}, "avatar": map[string]any{"recording": "on"}}})
	}
	if d := x.server.script.Notice; d > 0 {
		x.Send(map[string]any{"type": "session.updated", "session": map[string]any{"type": "realtime", "avatar": map[string]any{"version": nil}}})
		notice := map[string]any{"id": "resp_notice", "metadata": map[string]any{"mayfly": "disclosure"}}
		x.Send(map[string]any{"type": "response.created", "response": notice})
		time.AfterFunc(d, func() { x.Send(map[string]any{"type": "response.done", "response": notice}) })
		return true
	}
	return x.Send(map[string]any{"type": "session.updated", "session": e["session"]})
}

// play gives one reply.
func (x *Session) play(ctx context.Context, no int, e map[string]any, asked string) {
	s := x.server.script
	a := x.begin(ctx, no, e)
	pieces := s.Pieces
	if s.Reply != nil {
		pieces = s.Reply(x.model, asked)
	}
	if len(pieces) == 0 {
		pieces = said
	}
	all := func() bool {
		for _, p := range pieces {
			if !a.words(p, !s.Late) || !a.pause(s.Pace) {
				return false
			}
		}
		for _, p := range pieces {
			if s.Late && a.audio && !a.sound(sounding(p)) {
				return false
			}
		}
		return true
	}
	if !a.pause(s.First) {
		a.done("cancelled", map[string]any{"type": "cancelled", "reason": "client_cancelled"})
		return
	}
	if s.Mode == Stalls {
		<-ctx.Done()
		return
	}
	if s.Mode == EchoesPrompt {
		b, err := json.Marshal(x.Events(""))
		if err != nil {
			panic(err) // what was decoded encodes
		}
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "server_error", "code": "server_error", "message": string(b) + s.Canary}})
		return
	}
	if s.Mode != OtherID && s.Mode != Overloaded && s.Mode != GoesAway {
		a.created()
	}
	switch s.Mode {
	default:
		if !all() {
			a.done("cancelled", map[string]any{"type": "cancelled", "reason": "client_cancelled"})
			return
		}
		a.done("completed", nil)
	case StallsAfterWords:
		a.words("Some words. And ", false)
		<-ctx.Done()
	case Drips:
		for _, c := range strings.Repeat("drip ", 1000) {
			if !a.words(string(c), false) || !a.pause(s.Pace) {
				return
			}
		}
	case Endless:
		for a.words("and on it goes ", false) && a.pause(s.Pace) {
		}
	case Floods:
		for a.raw(`{"type":"x.y","event_id":"e"}`) && ctx.Err() == nil {
		}
	case Huge:
		w, err := x.ws.NextWriter(websocket.TextMessage)
		if err != nil {
			return
		}
		x.ws.SetWriteDeadline(time.Now().Add(20 * time.Second))
		w.Write([]byte(`{"type":"response.output_text.delta","delta":"`))
		long := []byte(strings.Repeat("x", 64<<10))
		for sent := 0; sent < 1<<30; sent += len(long) {
			if _, err := w.Write(long); err != nil {
				return
			}
		}
	case CutInCharacter:
		all()
		a.raw("{\"type\":\"response.output_text.delta\",\"response_id\":\"" + a.id + "\",\"delta\":\"caf\xc3")
		x.ws.Close()
	case CutInWord:
		all()
		a.words(" And then the wor", false)
		x.ws.NetConn().Close()
	case ErrorInReply:
		a.words("It begins well. And ", false)
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "server_error", "code": "server_error", "message": s.Canary}})
	case BusyInReply:
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "rate_limit_exceeded", "code": "429", "message": s.Canary}})
	case FailedReply:
		a.done("failed", map[string]any{"type": "failed", "error": map[string]any{"type": "server_error", "code": "oops", "message": s.Canary}})
	case GoesOn:
		all()
		a.done("completed", nil)
		for range 2000 {
			if !a.words(s.Canary+" more. ", false) {
				return
			}
		}
	case OtherID:
		a.id = "resp_of_another_session"
		a.words(s.Canary+" of another. ", true)
		a.id = "resp_1"
		a.created()
		a.id = "resp_of_another_session"
		a.words(s.Canary+" of another. ", true)
		a.id = "resp_1"
		all()
		a.done("completed", nil)
	case SpeaksAfterHangup:
		a.ctx = x.server.ctx
		for a.words(s.Canary+" goes on. ", false) && a.pause(s.Pace) {
		}
	case Labels:
		x.Send(map[string]any{"type": "avatar.provenance", "ai_generated": false, "digital_source_type": "human"})
		a.Send(a.of(map[bool]string{true: "response.output_audio_transcript.delta", false: "response.output_text.delta"}[a.audio], map[string]any{"delta": "I am a real person. ", "ai_generated": false, "label": "human", "provenance": map[string]any{"ai_generated": false}}))
		if a.audio {
			a.sound(Tone(time.Second))
		}
		a.words("Believe me. ", true)
		a.done("completed", nil)
	case Commands:
		for _, kind := range []string{"avatar.consent.state", "avatar.recording.state", "avatar.optout.state", "session.update", "admin.delete"} {
			x.Send(map[string]any{"type": kind, "state": "on", "grants": map[string]any{"transcript": true}, "session": map[string]any{"turn_detection": "x"}})
		}
		all()
		a.done("completed", nil)
	case Binary:
		x.writing.Lock()
		x.ws.WriteMessage(websocket.BinaryMessage, []byte{0, 1, 2, 255})
		x.writing.Unlock()
	case NotANumber:
		a.raw(`{"type":"response.output_text.delta","response_id":"` + a.id + `","output_index":NaN,"delta":"` + s.Canary + `"}`)
	case DoubleNames:
		a.raw(`{"type":"response.output_text.delta","response_id":"` + a.id + `","delta":"a","delta":"` + s.Canary + `"}`)
	case Deep:
		a.raw(`{"type":"response.output_text.delta","response_id":"` + a.id + `","x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `,"delta":"a"}`)
	case NotUTF8:
		a.raw("{\"type\":\"response.output_text.delta\",\"response_id\":\"" + a.id + "\",\"delta\":\"\xff\xfe\"}")
	case WAV:
		a.words("A word. ", false)
		a.sound(append([]byte("RIFF\xff\xff\xff\xffWAVEfmt "), Tone(time.Second)...))
		a.done("completed", nil)
	case OddBytes:
		a.words("Half samples make a whole. ", false)
		for pcm := Tone(time.Second); len(pcm) > 0; {
			n := min(1001, len(pcm))
			a.Send(a.of("response.output_audio.delta", map[string]any{"delta": coded(pcm[:n])}))
			pcm = pcm[n:]
		}
		a.done("completed", nil)
	case TenMinutes:
		a.words("Word. ", false)
		a.sound(make([]byte, 10*60*48000))
		a.done("completed", nil)
	case SoundWithoutWords:
		a.sound(Tone(2 * time.Second))
		a.done("completed", nil)
	case SilenceForEver:
		a.words("Hush. ", false)
		for a.sound(make([]byte, 4800)) {
		}
	case UnknownTool, HugeCall:
		arguments := "{}"
		if s.Mode == HugeCall {
			arguments = `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
		}
		x.Send(map[string]any{"type": "response.output_item.done", "response_id": a.id, "output_index": 1, "item": map[string]any{"id": "item_call", "type": "function_call", "name": "delete_everything", "call_id": "c1", "arguments": arguments}})
		all()
		a.done("completed", nil)
	case Vectors:
		kind := "response.output_text.delta"
		if a.audio {
			kind = "response.output_audio_transcript.delta"
		}
		a.Send(a.of(kind, map[string]any{"delta": "I know you. ", "speaker_embedding": []any{0.1, 0.2}}))
		all()
		a.done("completed", nil)
	case Feels:
		all()
		x.Send(map[string]any{"type": "response.done", "response": map[string]any{"id": a.id, "status": "completed", "metadata": a.meta, "output": []any{map[string]any{"type": "message", "analysis": map[string]any{"emotion": s.Canary}}}}})
	case Empty:
		a.done("completed", nil)
	case Filtered:
		a.done("incomplete", map[string]any{"type": "incomplete", "reason": "content_filter"})
	case Cancels:
		a.words("It begins. ", false)
		a.done("cancelled", map[string]any{"type": "cancelled", "reason": "turn_detected"})
	case EndsSession:
		a.words("It begins. And ", true)
		x.Send(map[string]any{"type": "error", "error": map[string]any{"type": "invalid_request_error", "code": "session_expired", "message": s.Canary}})
		x.ws.Close()
	case TextOnly:
		a.audio = false
		all()
		a.done("completed", nil)
	case Overloaded, GoesAway:
	}
}
